"""All tables come and go, on the database of this run."""

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connection

pytestmark = [pytest.mark.long, pytest.mark.both_databases, pytest.mark.django_db(transaction=True)]
OURS = tuple(f"{config.label}_" for config in apps.get_app_configs() if config.name.startswith("townhall."))


def our_tables() -> list[str]:
    return [name for name in connection.introspection.table_names() if name.startswith(OURS)]


def test_every_table_goes_and_comes_back() -> None:
    there = our_tables()
    assert "questions_question" in there
    try:
        for config in reversed(list(apps.get_app_configs())):
            if config.models_module and config.name.startswith("townhall."):
                call_command("migrate", config.label, "zero", verbosity=0)
        assert our_tables() == []
    finally:
        call_command("migrate", verbosity=0)
    assert our_tables() == there
