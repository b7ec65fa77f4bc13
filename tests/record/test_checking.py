"""What the doctor says about the record."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import connection

from tests.fixtures import GOOD_ANSWER
from tests.record.test_keeping import promised
from townhall.config import record_probes
from townhall.kernel import clock
from townhall.people.models import Installation
from townhall.readiness.lines import Subject
from townhall.record import actions, checking, keys, notes, published, tiles
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


@pytest.mark.parametrize(
    ("table", "trigger", "change"),
    [
        ("questions_version", "questions_version_fixed", "text = text || '，不算数'"),
        ("questions_version", "questions_version_fixed", "progress = '另有说明'"),
        ("questions_question", "", "text = '另一个问题'"),
        ("commitments_commitment", "commitments_commitment_fixed", "text = '尽快研究'"),
    ],
)
def test_a_published_word_changed_in_the_database_is_red_and_said_on_its_page(
    live: District, keeper: Keeper, table: str, trigger: str, change: str
) -> None:
    """The same person, where the pages read it: the record still says what was signed."""
    question = promised(live)
    live.walk("published")
    keeper.turn()
    assert levels() == ["ok"] * 4
    assert (published.of_question(question.id) or {})["altered"] is False
    with connection.cursor() as cursor:
        if trigger:
            on = f"ON {table}" if connection.vendor == "postgresql" else ""
            cursor.execute(f"DROP TRIGGER IF EXISTS {trigger} {on}")
        key = "id" if table == "questions_question" else "question_id"
        cursor.execute(f"UPDATE {table} SET {change} WHERE {key} = %s", [question.id])
    assert levels()[2:] == ["fail", "fail"]
    assert f"#{question.number}" in lines()[3][1]
    assert (published.of_question(question.id) or {})["altered"] is ("commitments" not in table)


def test_what_was_changed_by_right_is_as_published(live: District, keeper: Keeper) -> None:
    """Corrected, covered, removed by law, renamed: nothing of it is an alteration."""
    corrected, covered, removed = (live.walk("published") for _number in range(3))
    keeper.turn()
    live.does("member1", "correct", corrected, text=GOOD_ANSWER + "（更正）", note="日期写错")
    corrected.refresh_from_db()
    live.does("mayor", "sign", corrected, version=corrected.draft_version)
    live.does("moderator", "withhold", covered, code="personal_data")
    live.does("moderator", "withhold", removed, code="personal_data")
    live.does("coordinator", "confirm_withhold", removed)
    live.accounts["mayor"].name = "改了名"
    live.accounts["mayor"].save()
    keeper.turn()
    assert levels() == ["ok"] * 4


def test_missing_leaves_and_tiles_are_red(live: District, keeper: Keeper) -> None:
    keeper.turn()
    Leaf.objects.filter(index=1).delete()
    assert levels()[2:] == ["fail", "fail"]
    for path in actions.folder().glob("tile/0/000.p/*"):
        path.unlink()
    assert levels()[2:] == ["fail", "fail"]
    (actions.folder() / "checkpoint").write_bytes(b"nonsense")
    assert levels()[1:] == ["fail", "fail"]
