"""Who prepares an hour: the coordinator, and the units' own people."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.fixtures import START
from townhall.kernel import clock
from townhall.preparation import actions
from townhall.preparation.models import Notice, Receipt
from townhall.preparation.parties import UnitActor, unit_actor

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from tests.fixtures import District

BEFORE = START - timedelta(days=15)  # a Sunday evening; the signing is due on the Wednesday


@pytest.fixture(autouse=True)
def before(frozen: datetime) -> Iterator[datetime]:
    """Two weeks before the hour."""
    with clock.steer(BEFORE):
        yield BEFORE


def words(district: District, **more: Any) -> dict[str, Any]:
    """The fields of a notice to three units."""
    return {
        "layout": "document", "grade": "", "title": "关于举办网上办公的通知", "text": "请做好准备。", "issuer": "区政府办公室",
        "code": "澄府办", "units": [str(one.id) for one in district.units[:3]], "due_at": "2026-11-18T17:00", **more,
    }  # fmt: skip


def written(district: District, **more: Any) -> Notice:
    """A notice that is not sent yet."""
    return actions.write_notice(district.actor("coordinator"), words(district, **more))


def sent(district: District, **more: Any) -> Notice:
    """A notice that went out."""
    notice = written(district, **more)
    return actions.send(district.actor("coordinator"), notice.id, {"accept_paper": "on"})


def unit(district: District, name: str = "member1") -> UnitActor:
    """Somebody of a unit."""
    found = unit_actor(district.accounts[name])
    assert found is not None
    return found


def receipt_of(notice: Notice, district: District, number: int = 0) -> Receipt:
    """One unit's copy of the text that stands."""
    return Receipt.objects.get(notice=notice, unit=district.units[number], version=notice.sent_version or 0)
