"""What stood before promises had a life: the day promised first is the day that holds."""

from django.db import migrations
from django.db.models import F


def fill(apps, schema_editor):
    commitment = apps.get_model("commitments", "Commitment")
    commitment.objects.filter(first_due=None).update(first_due=F("due"), quiet_since=F("made_at"))


class Migration(migrations.Migration):

    dependencies = [
        ("commitments", "0003_life"),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
