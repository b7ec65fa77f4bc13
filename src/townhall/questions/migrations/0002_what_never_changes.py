from django.db import migrations

from townhall.kernel.database_rules import FixedRows


class Migration(migrations.Migration):
    dependencies = [("questions", "0001_initial")]

    operations = [
        FixedRows("questions_version", "OLD.signed_at IS NOT NULL", "a signed answer is never edited"),
        FixedRows("questions_signature", "1 = 1", "a signature stays as it was given"),
    ]
