from django.db import migrations

from townhall.kernel.database_rules import FixedRows


class Migration(migrations.Migration):
    dependencies = [("preparation", "0001_initial")]

    operations = [
        FixedRows("preparation_noticeversion", "OLD.id IS NOT NULL", "the words of a notice are versions"),
        FixedRows("preparation_receipt", "OLD.signed_at IS NOT NULL", "a signed receipt stays"),
        FixedRows("preparation_approach", "OLD.id IS NOT NULL", "what was done to reach a unit stays"),
        FixedRows("preparation_minutes", "OLD.id IS NOT NULL", "minutes are versions"),
        FixedRows("preparation_taskstep", "OLD.id IS NOT NULL", "what happened to a task stays"),
        FixedRows("preparation_announcement", "OLD.id IS NOT NULL", "announcements are versions"),
        FixedRows("preparation_handover", "OLD.id IS NOT NULL", "who took an announcement stays"),
    ]
