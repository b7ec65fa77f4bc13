from django.db import migrations

from townhall.kernel.database_rules import FixedRows


class Migration(migrations.Migration):
    dependencies = [("plans", "0001_initial")]

    operations = [
        FixedRows("plans_planversion", "1 = 1", "a version of a plan never changes"),
        FixedRows("plans_decision", "1 = 1", "a decision on a plan never changes"),
    ]
