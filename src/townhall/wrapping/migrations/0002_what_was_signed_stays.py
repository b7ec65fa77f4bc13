from django.db import migrations

from townhall.kernel.fixed_rows import fixed_rows


class Migration(migrations.Migration):
    dependencies = [("wrapping", "0001_initial")]

    operations = [
        fixed_rows("wrapping_paper", "OLD.state = 'signed'", "a signed closing paper is never edited"),
        fixed_rows("wrapping_handover", "OLD.state = 'signed'", "a handover list that was signed for is never edited"),
        fixed_rows("wrapping_extension", "OLD.decided_at IS NOT NULL", "a decision on an extension stays"),
    ]
