"""What the database itself refuses, and the way back of the migrations."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.db.migrations.loader import MigrationLoader

from tests.outreach.conftest import Desk, numbers
from townhall.outreach.models import Message


def _again(**changed: object) -> None:
    """The broadcast's only message once more, with what is changed."""
    row = Message.objects.get()
    row.pk = None
    for name, value in changed.items():
        setattr(row, name, value)
    with transaction.atomic():
        row.save()


@pytest.mark.django_db
@pytest.mark.both_databases
def test_the_database_refuses_a_second_message_to_a_number(desk: Desk) -> None:
    desk.draft()
    desk.listed(numbers(1))
    with pytest.raises(IntegrityError):
        _again(idempotency_key="another")
    with pytest.raises(IntegrityError):
        _again(recipient_index="another")
    with pytest.raises(IntegrityError):
        _again(recipient_index="another", idempotency_key="another", state="maybe")


def test_every_migration_leads_back() -> None:
    loader = MigrationLoader(None)
    found = [migration for (app, _name), migration in loader.disk_migrations.items() if app == "outreach"]
    assert found
    assert all(operation.reversible for migration in found for operation in migration.operations)
