from django.db import migrations

from townhall.kernel.database_rules import FixedRows


class Migration(migrations.Migration):
    dependencies = [("readiness", "0001_initial")]

    operations = [
        FixedRows("readiness_dryrun", "OLD.id IS NOT NULL", "what a dry run found is never edited"),
    ]
