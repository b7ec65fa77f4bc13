"""What the doctor says about the record."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import connection

from townhall.config import record_probes
from townhall.kernel import clock
from townhall.people.models import Installation
from townhall.readiness.lines import Subject
from townhall.record import actions, checking, keys, notes, tiles
from townhall.record.models import Leaf

if TYPE_CHECKING:
    from datetime import datetime

    from tests.fixtures import District
    from townhall.record.actions import Keeper

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]
CHECKS = (record_probes.key, record_probes.fresh, record_probes.sampled, record_probes.whole)


def lines() -> list[tuple[str, str]]:
    return [(line.level.value, line.finding) for check in CHECKS for line in check(Subject())]


def levels() -> list[str]:
    return [level for level, _finding in lines()]


def test_a_record_in_order_is_green_and_shows_its_fingerprint(live: District, keeper: Keeper) -> None:
    live.walk("published")
    keeper.turn()
    assert levels() == ["ok"] * 4
    assert keys.signers()[0].verifier.fingerprint in lines()[0][1]
    size = Leaf.objects.count()
    assert checking.agree(thorough=True) == checking.agree(thorough=False) == size


def test_before_the_first_signature_a_real_office_is_told_to_make_its_key(live: District) -> None:
    assert levels()[:2] == ["warn", "warn"]
    Installation.objects.update(kind="real")
    assert levels()[0] == "fail"


def test_what_waits_too_long_is_red(live: District, keeper: Keeper, frozen: datetime) -> None:
    keeper.turn()
    live.walk("accepted")
    assert levels()[1] == "ok"
    with clock.steer(frozen + timedelta(minutes=2)):
        assert lines()[1] == ("fail", "有 1 条公布没有写入公开记录")
    list(actions.draw_leaves())  # in the database, and still under no signature
    with clock.steer(frozen + timedelta(minutes=2)):
        assert lines()[1][0] == "fail"
    keeper.turn()
    assert levels() == ["ok"] * 4


def test_another_key_is_red(live: District, keeper: Keeper) -> None:
    keeper.turn()
    keys.keep([notes.make_signer("wsbg.example.gov/record")])
    assert levels()[0] == "fail"
    keys.path().unlink()
    assert levels()[0] == "fail"


def test_a_leaf_rewritten_in_the_database_is_red(live: District, keeper: Keeper) -> None:
    """Somebody with the database's password, past the trigger that says never."""
    live.walk("published")
    keeper.turn()
    with connection.cursor() as cursor:
        on = "ON record_leaf" if connection.vendor == "postgresql" else ""
        cursor.execute(f"DROP TRIGGER record_leaf_fixed {on}")
        cursor.execute("UPDATE record_leaf SET data = replace(data, 'question.signed', 'question.forged')")
    assert levels()[2:] == ["fail", "fail"]
    with pytest.raises(tiles.RecordBroken, match="not the one that was signed"):
        checking.agree(thorough=True)


def test_missing_leaves_and_tiles_are_red(live: District, keeper: Keeper) -> None:
    keeper.turn()
    Leaf.objects.filter(index=1).delete()
    assert levels()[2:] == ["fail", "fail"]
    for path in actions.folder().glob("tile/0/000.p/*"):
        path.unlink()
    assert levels()[2:] == ["fail", "fail"]
    (actions.folder() / "checkpoint").write_bytes(b"nonsense")
    assert levels()[1:] == ["fail", "fail"]
