from django.db import migrations

from townhall.kernel.database_rules import FixedRows

# What was promised before anybody applied, the frozen list, and the draw: each fixed from the moment it is public.
RULE = (
    "(OLD.state NOT IN ('none', 'skipped') AND (NEW.commitment <> OLD.commitment OR NEW.source <> OLD.source "
    "OR NEW.source_at <> OLD.source_at OR NEW.closes_at <> OLD.closes_at OR NEW.quota <> OLD.quota))"
)
LIST = "(OLD.list_digest <> '' AND (NEW.list_digest <> OLD.list_digest OR NEW.listed <> OLD.listed))"
DRAW = "(OLD.seed <> '' AND (NEW.seed <> OLD.seed OR NEW.secret <> OLD.secret OR NEW.value <> OLD.value))"
PLACE = (
    "NEW.entry <> OLD.entry OR NEW.call_id <> OLD.call_id "
    "OR (OLD.rank IS NOT NULL AND (NEW.rank IS NULL OR NEW.rank <> OLD.rank))"
)


class Migration(migrations.Migration):
    dependencies = [("observers", "0001_initial")]

    operations = [
        FixedRows("observers_call", f"{RULE} OR {LIST} OR {DRAW}", "what was published of a lot never changes"),
        FixedRows("observers_application", PLACE, "a place in a published list never changes"),
    ]
