from django.db import migrations

from townhall.kernel.fixed_rows import fixed_rows


class Migration(migrations.Migration):
    """Versions and decisions are history."""

    dependencies = [("plans", "0001_initial")]

    operations = [
        fixed_rows("plans_planversion", "1 = 1", "a version of a plan never changes"),
        fixed_rows("plans_decision", "1 = 1", "a decision on a plan never changes"),
    ]
