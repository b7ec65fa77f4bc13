from django.db import migrations

from townhall.kernel.database_rules import FixedRows


class Migration(migrations.Migration):
    dependencies = [("journal", "0001_initial")]

    operations = [
        FixedRows("journal_entry", "OLD.id IS NOT NULL", "the journal is never rewritten"),
    ]
