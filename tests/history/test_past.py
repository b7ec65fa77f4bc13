"""What was imported is shown with its source, never as signed, and can be withheld by the office."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError, transaction

from townhall.history import actions, flow, importing, published
from townhall.history.models import PastQuestion
from townhall.hours.choices import Role
from townhall.hours.seats import Actor
from townhall.journal.models import Entry
from townhall.kernel.errors import InvalidFields, Refused

if TYPE_CHECKING:
    from pathlib import Path

    from tests.fixtures import District

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def take(folder: Path, *rows: tuple[str, str, str]) -> list[PastQuestion]:
    """Past questions: text, answer, day."""
    out = io.StringIO()
    csv.writer(out).writerows([("问题", "答复", "答复日期"), *rows])
    (folder / "past.csv").write_text(out.getvalue())
    importing.run(importing.plan(folder / "past.csv", source="区长信箱"), folder / "back.csv")
    return list(PastQuestion.objects.order_by("id"))


def test_it_carries_its_source_and_no_signer(district: District, tmp_path: Path) -> None:
    (past,) = take(tmp_path, ("我是13800138000，路灯坏了？", "修好了。", "2012-02-01"))
    shown = published.get(past.id)
    assert shown is not None
    assert shown["mark"] == "来源：区长信箱（导入，未经本系统签发）"
    assert not {"signed_by", "signed_at", "version"} & shown.keys()
    assert "13800138000" not in str(shown)
    assert published.hours() == [
        {
            "id": past.hour_id,
            "name": "2012 年导入的问答",
            "year": 2012,
            "source": "区长信箱",
            "mark": shown["mark"],
            "questions": 1,
        }
    ]


def second(district: District) -> Actor:
    """Another person of the office."""
    return Actor(district.accounts["mayor"].id, "mayor", "", 0, frozenset({"coordinator"}))


def test_withheld_it_is_a_stub_until_restored(district: District, tmp_path: Path) -> None:
    (past,) = take(tmp_path, ("路灯坏了？", "修好了。", "2012-02-01"))
    office = district.actor("coordinator")
    with pytest.raises(InvalidFields) as wrong:
        actions.perform(office, "withhold", past.id, {"code": "dislike"})
    assert "code" in wrong.value.errors
    actions.perform(office, "withhold", past.id, {"code": "personal_data"})
    shown = published.get(past.id)
    assert shown is not None and not shown["confirmed"], "covered at once, by one person"
    assert (shown["title"], shown["text"], shown["answer"]) == ("", "", "")
    assert shown["withhold_label"] == "他人个人信息"
    assert published.of_ids([past.id]) == {}
    with pytest.raises(Refused) as alone:
        actions.perform(office, "confirm_withhold", past.id, {})
    assert (alone.value.status, alone.value.code) == (409, "by_another")
    actions.perform(second(district), "confirm_withhold", past.id, {})
    shown = published.get(past.id)
    assert shown is not None and shown["confirmed"] and shown["withhold_label"] == "他人个人信息"
    actions.perform(office, "restore", past.id, {})
    assert published.of_ids([past.id])[past.id]["answer"] == "修好了。"
    kinds = list(Entry.objects.filter(subject="past").order_by("id").values_list("kind", flat=True))
    assert kinds == ["history.withheld", "history.withhold_confirmed", "history.restored"]


def test_the_database_wants_a_second_person_too(district: District, tmp_path: Path) -> None:
    (past,) = take(tmp_path, ("路灯坏了？", "修好了。", "2012-02-01"))
    past = actions.perform(district.actor("coordinator"), "withhold", past.id, {"code": "minor"})
    past.confirmed_by, past.confirmed_at = past.withheld_by, past.withheld_at
    with pytest.raises(IntegrityError), transaction.atomic():
        past.save()


@pytest.mark.parametrize("role", [role.value for role in Role])
@pytest.mark.parametrize("state", ["shown", "pending", "confirmed"])
@pytest.mark.parametrize("verb", flow.MOVES)
def test_every_seat_and_state(district: District, tmp_path: Path, role: str, verb: str, state: str) -> None:
    (past,) = take(tmp_path, ("路灯坏了？", "修好了。", "2012-02-01"))
    if state != "shown":
        past = actions.perform(district.actor("coordinator"), "withhold", past.id, {"code": "minor"})
    if state == "confirmed":
        past = actions.perform(second(district), "confirm_withhold", past.id, {})
    actor = Actor(district.accounts["stranger"].id, "stranger", "", 0, frozenset({role}))
    refused: Any = flow.refusal(actor, verb, past)
    right = {"withhold": {"shown"}, "confirm_withhold": {"pending"}, "restore": {"pending", "confirmed"}}
    may = role == "coordinator" and state in right[verb]
    assert (refused is None) == may
    if refused is not None:
        assert refused.status == (409 if role == "coordinator" else 403)
        with pytest.raises(Refused) as error:
            actions.perform(actor, verb, past.id, {"code": "minor"})
        assert error.value.status == refused.status


def test_there_is_no_other_verb_and_no_other_thing(district: District) -> None:
    for verb, thing in (("erase", 1), ("restore", 999)):
        with pytest.raises(Refused) as error:
            actions.perform(district.actor("coordinator"), verb, thing, {})
        assert error.value.status == 404


@pytest.mark.parametrize("number", [1, 30])
def test_lists_cost_the_same_however_long(
    district: District, tmp_path: Path, django_assert_num_queries: Any, number: int
) -> None:
    hour = take(tmp_path, *[(f"第 {n} 条路？", "修好了。", "2012-02-01") for n in range(number)])[0].hour_id
    with django_assert_num_queries(1):
        found, following = published.of_hour(hour)
    assert (len(found), following) == (number, None)
    with django_assert_num_queries(2):
        assert len(published.hours()) == 1
