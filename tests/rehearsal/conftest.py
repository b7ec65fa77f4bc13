"""A filled demo, once for all tests of a module; what each test does to it is rolled back."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from townhall.hours.models import OfficeHour
from townhall.kernel import clock
from townhall.rehearsal import fill

NOW = datetime(2026, 11, 25, 11, 26, tzinfo=UTC)


@pytest.fixture(scope="module")
def filled(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[int]:
    """The id of the live demo hour."""
    outer = transaction.atomic()
    # Units of work are durable; inside this outer transaction they must not insist, as in Django's own tests.
    outer._from_testcase = True
    with django_db_blocker.unblock(), outer:
        with clock.steer(NOW):
            slug = fill.fill("live")["hour"]
        yield OfficeHour.objects.get(slug=slug).id
        transaction.set_rollback(True)


@pytest.fixture
def hour(filled: int, db: None) -> Iterator[OfficeHour]:
    """The live demo hour, 26 minutes in."""
    with clock.steer(NOW):
        yield OfficeHour.objects.get(id=filled)
