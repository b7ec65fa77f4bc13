import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('history', '0001_initial'),
        ('questions', '0003_clarifications_after_signing'),
        ('redress', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='case',
            name='redress_about_one_thing',
        ),
        migrations.AddField(
            model_name='case',
            name='clarification',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='redress_cases', to='questions.clarification'),
        ),
        migrations.AddConstraint(
            model_name='case',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('clarification__isnull', True), ('past__isnull', True), ('question__isnull', False)), models.Q(('clarification__isnull', True), ('commitment_id', 0), ('past__isnull', False), ('question__isnull', True)), models.Q(('clarification__isnull', False), ('commitment_id', 0), ('past__isnull', True), ('question__isnull', True)), _connector='OR'), name='redress_about_one_thing'),
        ),
    ]
