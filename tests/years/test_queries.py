"""After years a page asks the database as often as before: every public page, every list for programs, every desk."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bench.decade import addresses, copies, grow
from bench.decade.worker import Reader
from townhall.kernel import clock
from townhall.questions.models import Question
from townhall.rehearsal import fill

if TYPE_CHECKING:
    from pathlib import Path

    from bench.decade.addresses import Address

NOW = datetime(2026, 11, 30, 11, 24, tzinfo=UTC)
MORE_HOURS = 14
QUESTIONS = 110  # enough that every list fills its page from the beginning


def counted(every: list[Address]) -> dict[str, int]:
    """How many queries each page takes; all of them are there."""
    reader = Reader()
    found = {}
    for one in every:
        status, _bytes, _ms, queries = reader.count(one.url, one.who)
        assert status < 400, one.name
        found[one.name] = len(queries)
    return found


@pytest.mark.long
@pytest.mark.django_db
def test_every_page_and_every_desk_asks_as_often_after_years_as_before(settings: Any, tmp_path: Path) -> None:
    settings.RECORD_DIR, settings.RECORD_KEY_FILE = tmp_path / "record", tmp_path / "record.key"
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    with clock.steer(NOW):
        copies.leave_room()
        fill.fill("live")
        grow.furnish()
        templates = grow.live_through(QUESTIONS)
        grow.keep_derived()
        things = addresses.known()
        every = [*addresses.public(things), *addresses.files(things), *addresses.desks(things)]
        before, asked = counted(every), Question.objects.count()
        grow.copy(templates, MORE_HOURS)
        grow.accept()
    with clock.steer(NOW + timedelta(minutes=2)):  # a live hour is counted anew once a minute
        grow.keep_derived()
        assert addresses.known() == things
        assert Question.objects.count() > 5 * asked
        after = counted(every)
    # A page may ask once less: what belongs to a row of a certain kind is not asked for where none is on the page.
    grown = [f"{name}: {before[name]} -> {after[name]}" for name in before if after[name] > before[name]]
    assert not grown, "\n".join(grown)
