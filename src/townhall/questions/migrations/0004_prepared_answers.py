import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q

from townhall.kernel.fixed_rows import fixed_rows

# SQLite remakes the table to alter it: the trigger goes before and comes back after, on both databases.
FIXED = fixed_rows("questions_version", "OLD.signed_at IS NOT NULL", "a signed answer is never edited")


class Migration(migrations.Migration):
    dependencies = [
        ("questions", "0003_wider_columns"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunPython(FIXED.reverse_code, FIXED.code),
        migrations.AddField(
            model_name="question",
            name="answer_due",
            field=models.DateField(help_text="until when the prepared answer (预答稿) is wanted", null=True),
        ),
        migrations.AddField(
            model_name="version",
            name="reviewed_at",
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name="version",
            name="reviewed_by",
            field=models.ForeignKey(
                help_text="a signer has read it before the hour and would sign it; a new version starts without",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddConstraint(
            model_name="version",
            constraint=models.CheckConstraint(
                condition=Q(reviewed_by__isnull=True, reviewed_at__isnull=True)
                | (Q(reviewed_by__isnull=False, reviewed_at__isnull=False) & ~Q(reviewed_by=F("author"))),
                name="questions_author_is_not_reviewer",
            ),
        ),
        FIXED,
    ]
