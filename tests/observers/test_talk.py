"""The face-to-face talk: points become questions once, minutes become public with names covered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.observers.conftest import ASKED, OPENED
from townhall.kernel import clock
from townhall.kernel.errors import InvalidFields, Refused
from townhall.observers import actions, published, queries
from townhall.observers.models import Point
from townhall.observers.names import mask_name, mask_text
from townhall.questions.models import Asker, Question

if TYPE_CHECKING:
    from tests.observers.conftest import Search
    from townhall.hours.seats import Actor


@pytest.fixture
def actor(search: Search) -> Actor:
    """The coordinator on the evening; two observers have confirmed, the second without consent to be named."""
    with clock.steer(OPENED):
        search.open()
        search.apply(1, "欧阳小满")
        search.apply(2, "李小寒", consents=["contact", "list"])
    with clock.steer(search.call.closes_at or OPENED):
        search.does("close")
    with clock.steer(ASKED):
        search.does("invite", confirm_by="2026-11-29T12:00")
        search.answers(1, "confirm")
        search.answers(2, "confirm")
    for verb in ("close_asking", "open_live"):
        search.district.hour_does(verb)
    return search.district.actor("coordinator")


def test_a_point_becomes_a_question_once(search: Search, actor: Actor) -> None:
    point = actions.note_point(
        actor, {"text": "老小区加装电梯补贴怎么申请？", "application": str(search.row(1).id)}
    )
    asked = actions.register_point(actor, point.id)
    question = Question.objects.get(id=asked.id)
    assert (question.channel, question.display_name) == ("venue", "网民代表欧阳**")
    assert Asker.objects.get(question=question).typed_by_id == actor.account_id
    with pytest.raises(Refused) as caught:
        actions.register_point(actor, point.id)
    assert caught.value.code == "not_registered"
    Point.objects.update(question_id=None)  # as if the machine had died between the two units of work
    assert actions.register_point(actor, point.id).id == asked.id
    assert Question.objects.count() == 1


def test_a_name_in_a_point_does_not_come_into_the_question(search: Search, actor: Actor) -> None:
    point = actions.note_point(actor, {"text": "欧阳小满代表问：电梯补贴怎么申请？可打 13800138000。"})
    asked = actions.register_point(actor, point.id)
    assert Question.objects.get(id=asked.id).text == "欧阳**代表问：电梯补贴怎么申请？可打 138****8000。"


def test_without_consent_no_part_of_the_name_is_shown(search: Search, actor: Actor) -> None:
    point = actions.note_point(actor, {"text": "公园几点关门？", "application": str(search.row(2).id)})
    anonymous = actions.note_point(actor, {"text": "公园几点开门？"})
    for one in (point, anonymous):
        assert Question.objects.get(id=actions.register_point(actor, one.id).id).display_name == "网民代表"


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"text": ""}, "text"), ({"text": "字" * 3001}, "text"), ({"text": "x", "application": "999"}, "application"),
        ({"text": "x", "application": "一"}, "application"), ({"text": "x", "application": "9" * 40}, "application"),
    ],
)  # fmt: skip
def test_a_point_that_cannot_be_is_named(actor: Actor, data: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidFields) as caught:
        actions.note_point(actor, data)
    assert set(caught.value.errors) == {field}


def test_another_hours_point_does_not_exist(search: Search, actor: Actor) -> None:
    with pytest.raises(Refused) as caught:
        actions.register_point(actor, 4711)
    assert caught.value.status == 404
    for name in ("moderator", "clerk"):
        point = actions.note_point(actor, {"text": "一件事"})
        with pytest.raises(Refused) as caught:
            actions.register_point(search.district.actor(name), point.id)
        assert caught.value.status == 403


def test_minutes_are_public_once_approved_with_people_covered(search: Search, actor: Actor) -> None:
    hour = search.district.hour
    with pytest.raises(Refused) as caught:
        actions.approve_minutes(actor)
    assert caught.value.code == "has_minutes"
    actions.write_minutes(actor, {"minutes": "欧阳小满代表说：请打 13800000001 联系我。李小寒赞成。"})
    assert published.get(hour)["minutes"] == ""
    actions.approve_minutes(actor)
    shown = published.get(hour)["minutes"]
    assert shown == "欧阳**代表说：请打 138****0001 联系我。李**赞成。"
    with pytest.raises(Refused) as caught:
        actions.write_minutes(actor, {"minutes": "改一改"})
    assert caught.value.code == "state"
    search.answers(1, "withdraw")
    found = queries.talk_of(actor, queries.call_of(actor, search.district.hour))
    assert "欧阳小满" not in found["minutes"]
    assert published.get(hour)["minutes"] == shown


def test_no_talk_where_nobody_was_invited(search: Search) -> None:
    search.does("skip")
    with pytest.raises(Refused) as caught:
        actions.write_minutes(search.district.actor("coordinator"), {"minutes": "x"})
    assert caught.value.status == 404


@pytest.mark.parametrize(
    ("name", "masked"),
    [
        ("张三", "张*"), ("张三丰", "张**"), ("欧阳娜", "欧阳*"), ("欧阳", "欧*"), ("买买提·吐尔逊", "买**"),
        ("John Smith", "J**"), ("甲", "甲*"),
    ],
)  # fmt: skip
def test_names_are_masked(name: str, masked: str) -> None:
    assert mask_name(name) == masked


def test_names_in_a_text_are_masked_the_longer_first() -> None:
    assert mask_text("张三丰和张三", ["张三", "张三丰"]) == "张**和张*"
