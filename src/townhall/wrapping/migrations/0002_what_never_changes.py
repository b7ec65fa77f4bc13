from django.db import migrations

from townhall.kernel.database_rules import FixedRows


class Migration(migrations.Migration):
    dependencies = [("wrapping", "0001_initial")]

    operations = [
        FixedRows("wrapping_paper", "OLD.state = 'signed'", "a signed closing paper is never edited"),
        FixedRows("wrapping_handover", "OLD.state = 'signed'", "a handover list that was signed for is never edited"),
        FixedRows("wrapping_extension", "OLD.decided_at IS NOT NULL", "a decision on an extension stays"),
    ]
