from django.db import migrations

from townhall.kernel.fixed_rows import fixed_rows


class Migration(migrations.Migration):
    dependencies = [("preparation", "0001_initial")]

    operations = [
        fixed_rows("preparation_noticeversion", "OLD.id IS NOT NULL", "the words of a notice are versions"),
        fixed_rows("preparation_receipt", "OLD.signed_at IS NOT NULL", "a signed receipt stays"),
        fixed_rows("preparation_approach", "OLD.id IS NOT NULL", "what was done to reach a unit stays"),
        fixed_rows("preparation_minutes", "OLD.id IS NOT NULL", "minutes are versions"),
        fixed_rows("preparation_taskstep", "OLD.id IS NOT NULL", "what happened to a task stays"),
        fixed_rows("preparation_announcement", "OLD.id IS NOT NULL", "announcements are versions"),
        fixed_rows("preparation_handover", "OLD.id IS NOT NULL", "who took an announcement stays"),
    ]
