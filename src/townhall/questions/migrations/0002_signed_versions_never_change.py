from django.db import migrations

from townhall.kernel.fixed_rows import fixed_rows


class Migration(migrations.Migration):
    dependencies = [("questions", "0001_initial")]

    operations = [fixed_rows("questions_version", "OLD.signed_at IS NOT NULL", "a signed answer is never edited")]
