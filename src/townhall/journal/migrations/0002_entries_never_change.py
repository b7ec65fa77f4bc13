from django.db import migrations

from townhall.kernel.fixed_rows import fixed_rows


class Migration(migrations.Migration):
    dependencies = [("journal", "0001_initial")]

    operations = [fixed_rows("journal_entry", "OLD.id IS NOT NULL", "the journal is never rewritten")]
