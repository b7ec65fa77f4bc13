"""Venues: what is kept of them, what an evening does to them, who sees what, and what a clerk notes."""

from __future__ import annotations

from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from tests.fixtures import START, District
from townhall.config import environment
from townhall.hours import planning
from townhall.hours.choices import Role, Stage
from townhall.hours.seats import Actor, actor_for
from townhall.journal.models import Entry
from townhall.kernel import clock
from townhall.kernel.errors import InvalidFields, Refused
from townhall.questions.models import Question
from townhall.staffing import actions as staffing
from townhall.staffing.models import Assignment, Post
from townhall.venues import actions, flow, inputs, links, published, queries
from townhall.venues.choices import Provider, State
from townhall.venues.flow import LIST, MOVES, STATES
from townhall.venues.models import Registration, Venue

HALL = {"name": "莘桥镇分会场", "address": "莘桥镇人民路8号三楼"}


def does(
    district: District, verb: str, venue: Venue | None = None, by: str = "coordinator", **data: Any
) -> None:
    actions.perform(district.actor(by), verb, venue.id if venue else None, data)


def add(district: District, name: str = HALL["name"], **data: Any) -> Venue:
    does(district, "add", **{**HALL, "name": name, **data})
    return Venue.objects.get(name=name, hour=district.hour)


@pytest.fixture
def evening(district: District) -> District:
    """Pre-questions closed, the hour to come."""
    district.to_stage("preparing")
    return district


# -- the record


def test_one_main_and_thirteen_branches(district: District) -> None:
    add(district, "主会场", is_main="1")
    for number in range(13):
        add(district, f"第{number + 1}分会场")
    shown = queries.board(district.actor("coordinator"), district.hour)["venues"]
    assert [one["name"] for one in shown[:2]] == ["主会场", "第1分会场"]
    assert len(shown) == 14
    with pytest.raises(InvalidFields) as wrong:
        add(district, "另一个主会场", is_main="1")
    assert set(wrong.value.errors) == {"is_main"}


@pytest.mark.both_databases
def test_the_database_too_knows_of_one_main_and_of_named_trouble(district: District) -> None:
    hall = add(district, is_main="1")
    for fields in (
        {"is_main": True, "name": "第二"},
        {"state": "trouble"},
        {"state": "ready"},
        {"note_code": "power"},
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            Venue.objects.create(hour=hall.hour, **{"name": "另一处", "address": "路", **fields})


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "字" * 61}, "name"),
        ({"address": " "}, "address"),
        ({"contact_phone": "call me"}, "contact_phone"),
        ({"link_phone": "12"}, "link_phone"),
        ({"meeting_number": "〈1〉"}, "meeting_number"),
        ({"link_address": "http://meet.example.cn/1"}, "link_address"),
        ({"link_address": "https://user:secret@meet.example.cn/1"}, "link_address"),
        ({"link_address": "javascript:alert(1)"}, "link_address"),
        ({"link_address": "https://"}, "link_address"),
        ({"link_address": "https://[1/"}, "link_address"),
        ({"link_address": "https://meet.example.cn/" + "a" * 300}, "link_address"),
        ({"opens": "noon"}, "opens"),
        ({"opens": "20:00", "closes": "19:00"}, "closes"),
    ],
)
def test_what_was_typed_wrong_is_named(district: District, data: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidFields) as wrong:
        does(district, "add", **{**HALL, **data})
    assert set(wrong.value.errors) == {field}
    assert not Venue.objects.exists()


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"provider": "pigeon"}, "provider"),
        ({"provider": "phone"}, "link_phone"),
        ({"provider": "phone", "link_phone": "021-64120012", "link_address": "https://meet.example.cn/1"}, "link_address"),
    ],
)  # fmt: skip
def test_what_a_way_of_joining_needs_or_has_no_use_for_is_named(
    district: District, settings: Any, data: dict[str, str], field: str
) -> None:
    settings.VENUE_LINKS = ["external", "phone"]
    with pytest.raises(InvalidFields) as wrong:
        does(district, "add", **{**HALL, **data})
    assert set(wrong.value.errors) == {field}


def test_a_venue_keeps_a_way_of_joining_that_is_no_longer_offered(district: District, settings: Any) -> None:
    with pytest.raises(InvalidFields):
        does(district, "add", **HALL, provider="phone", link_phone="021-64120012")
    settings.VENUE_LINKS = ["external", "phone"]
    hall = add(district, provider="phone", link_phone="021-64120012")
    settings.VENUE_LINKS = ["external"]
    assert [name for name, _words in links.offered(hall.provider)] == ["external", "phone"]
    does(district, "edit", hall, **HALL, link_phone="021-64120013")
    hall.refresh_from_db()
    assert (hall.provider, hall.link_phone) == ("phone", "021-64120013")
    assert add(district, "第二处").provider == "external", "the usual one"


def test_every_way_of_joining_can_be_set_up_and_no_other() -> None:
    (setting,) = [one for one in environment.SETTINGS if one.name == "VENUE_LINKS"]
    assert setting.parse(",".join(links.LINKS)) == list(links.LINKS) == list(Provider.values)
    assert setting.parse(setting.default) == ["external"]
    for text in ("", "pigeon", "external,pigeon"):
        with pytest.raises(ValueError, match="external, phone"):
            setting.parse(text)


@given(st.text(max_size=80))
def test_only_https_addresses_are_links(text: str) -> None:
    errors: dict[str, Any] = {}
    found = inputs._https({"link_address": text}, errors)
    assert errors or not found or (found.startswith("https://") and "@" not in found.split("/")[2])


def test_two_halls_of_one_name_are_refused_and_editing_keeps_its_own(district: District) -> None:
    hall = add(district)
    with pytest.raises(InvalidFields):
        add(district)
    does(district, "edit", hall, **HALL, contact_name="林悦", contact_phone="021-64120011 转 8")
    hall.refresh_from_db()
    assert (hall.contact_name, hall.contact_phone) == ("林悦", "021-64120011 转 8")


def test_the_next_hour_takes_halls_over_but_neither_states_nor_clerks(evening: District) -> None:
    hall = add(evening, meeting_number="123 456", link_address="https://meet.example.cn/123")
    does(evening, "give_clerk", hall, person="stranger")
    does(evening, "ready", hall)
    later = planning.create_hour(
        slug="2027-01", title="第 17 期", starts_at=START + timedelta(days=60), date_reason="x"
    )
    planning.give_seat(later, evening.accounts["coordinator"], "coordinator")
    actor = actor_for(evening.accounts["coordinator"], later)
    assert actor is not None
    actions.perform(actor, "take_over", None, {})
    copy = Venue.objects.get(hour=later)
    assert (copy.name, copy.link_address) == (hall.name, "https://meet.example.cn/123")
    assert (copy.state, copy.checked_in_at, copy.clerks.count()) == ("not_ready", None, 0)
    with pytest.raises(Refused) as refused:
        actions.perform(actor, "take_over", None, {})
    assert refused.value.code == "nothing"


# -- clerks


def test_a_halls_clerk_has_the_clerks_seat_as_long_as_a_hall_or_a_post_needs_it(district: District) -> None:
    first, second = add(district, "甲"), add(district, "乙")
    account = district.accounts["stranger"]
    for hall in (first, second):
        does(district, "give_clerk", hall, person="别处的人（stranger）")
    staffing.perform(district.actor("coordinator"), "lay_out", None, {})
    post = Post.objects.get(role="clerk")
    staffing.perform(district.actor("coordinator"), "assign", post.id, {"person": "stranger"})
    does(district, "remove", first)
    does(district, "remove_clerk", second, account=str(account.id))
    assert actor_for(account, district.hour) is not None
    row = Assignment.objects.get(account=account)
    staffing.perform(district.actor("coordinator"), "remove", row.id, {})
    assert actor_for(account, district.hour) is None


def test_a_person_twice_and_an_unknown_one_are_refused(district: District) -> None:
    hall = add(district)
    does(district, "give_clerk", hall, person="stranger")
    for name in ("stranger", "nobody", ""):
        with pytest.raises(InvalidFields):
            does(district, "give_clerk", hall, person=name)


# -- the evening


def expected(verb: str, role: str, stage: str, state: str, *, own: bool) -> str | None:
    board = {"check_in", "ready", "on_air", "trouble", "not_ready"}
    whole = {"add", "take_over"}
    allowed = role == "coordinator" or (verb in board and (role == "technician" or own))
    if not allowed:
        return "seat"
    evening = {"announced", "preparing", "live"}
    before = {"planned", "announced", "preparing"}
    if stage not in (
        evening if verb in board else before if verb == "remove" else before | {"live", "wrapping"}
    ):
        return "stage"
    if (state == LIST) != (verb in whole) or (verb == state and verb != "trouble"):
        return "state"
    return None


@pytest.mark.parametrize("verb", MOVES)
def test_the_oracle_answers_as_the_table(verb: str, district: District) -> None:
    for role, stage, state, own in product(Role.values, Stage.values, STATES, (False, True)):
        district.hour.stage = stage
        actor = Actor(1, "a", "A", district.hour.id, frozenset({role}))
        found = flow.refusal(actor, verb, district.hour, state, own=own)
        assert (found.code if found else None) == expected(verb, role, stage, state, own=own), (
            role,
            stage,
            state,
        )


def test_the_hall_says_itself_how_it_stands(evening: District) -> None:
    hall, other = add(evening, "甲"), add(evening, "乙")
    does(evening, "give_clerk", hall, person="clerk")
    does(evening, "check_in", hall, by="clerk")
    does(evening, "ready", hall, by="clerk")
    with pytest.raises(Refused) as refused:
        does(evening, "ready", other, by="clerk")
    assert refused.value.status == 403
    does(evening, "trouble", hall, by="clerk", note_code="sound")
    hall.refresh_from_db()
    assert (hall.state, hall.note_code, hall.ready_at) == ("trouble", "sound", None)
    entry = Entry.objects.filter(kind="venue.state").latest("id")
    told = sorted(evening.accounts[name].id for name in ("coordinator", "technician"))
    assert entry.facts == {"state": "trouble", "note": "sound", "accounts": told}
    with pytest.raises(InvalidFields):
        does(evening, "trouble", hall, note_code="ghosts")
    does(evening, "on_air", hall, by="technician")
    hall.refresh_from_db()
    assert (hall.state, hall.note_code, hall.state_by) == ("on_air", "", evening.accounts["technician"])


def test_all_are_ready_when_the_last_one_is(evening: District) -> None:
    assert queries.ready_at(evening.hour) is None
    halls = [add(evening, name) for name in ("甲", "乙")]
    first, last = START - timedelta(minutes=50), START - timedelta(minutes=40)
    with clock.steer(first):
        does(evening, "ready", halls[0])
    assert queries.ready_at(evening.hour) is None
    with clock.steer(last):
        does(evening, "on_air", halls[1])
        does(evening, "on_air", halls[0])
    assert queries.ready_at(evening.hour) == last
    does(evening, "trouble", halls[0], note_code="network")
    assert queries.ready_at(evening.hour) is None


def test_the_board_takes_as_many_queries_for_thirty_halls_as_for_one(evening: District) -> None:
    counts = []
    for more in (1, 29):
        for number in range(more):
            hall = add(evening, f"会场{Venue.objects.count()}-{number}", unit=str(evening.units[0].id))
            does(evening, "give_clerk", hall, person="clerk")
            does(evening, "ready", hall)
        actor = evening.actor("coordinator")
        with CaptureQueriesContext(connection) as seen:
            queries.board(actor, evening.hour)
        counts.append(len(seen))
    assert counts == [4, 4]


# -- what anybody may see


def test_the_public_sees_address_and_opening_and_no_contact_that_is_not_marked(district: District) -> None:
    staff = {"contact_name": "林悦", "contact_phone": "021-64120011", "link_address": "https://meet.example.cn/1",
             "meeting_number": "123456", "link_phone": "021-64120012"}  # fmt: skip
    add(district, "内部会场", **staff)
    add(district, "莘桥镇", **staff, is_public="1")
    add(district, "澄湖街道", **staff, is_public="1", contact_public="1", opens="18:00", closes="20:30")
    shown = published.for_hour(district.hour.id)
    assert [(one["name"], one["opens"], one["closes"], one["contact"]) for one in shown] == [
        ("莘桥镇", "18:30", "20:00", ""), ("澄湖街道", "18:00", "20:30", "林悦"),
    ]  # fmt: skip
    assert "meet.example.cn" not in str(shown)
    assert "021-64120012" not in str(shown)
    assert "021-64120011" not in str(shown[0])


def test_a_change_that_the_public_sees_is_public_and_another_is_not(district: District) -> None:
    hall = add(district)
    assert not Entry.objects.filter(kind="venue.changed", public=True).exists()
    does(district, "edit", hall, **HALL, is_public="1")
    does(district, "edit", hall, **HALL)
    assert Entry.objects.filter(kind="venue.changed", public=True).count() == 2


# -- taking in


ASKED = {
    "channel": "venue",
    "text": "楼道灯坏了三个月，请问谁来修？",
    "display_name": "王女士",
    "identity_seen": "yes",
}


def take_in(district: District, **data: Any) -> Question:
    asked = actions.register(district.actor("clerk"), district.hour, {**ASKED, **data})
    return Question.objects.get(id=asked.id)


def test_a_question_keeps_its_venue_and_whether_a_card_was_seen(live: District) -> None:
    hall = add(live)
    question = take_in(live, venue=str(hall.id), idempotency_key="one")
    assert queries.registration(question.id) == {
        "clerk": "clerk甲", "reply_by": "", "venue": HALL["name"], "identity_seen": True,
    }  # fmt: skip
    assert take_in(live, venue=str(hall.id), idempotency_key="one").id == question.id
    assert Registration.objects.count() == 1
    (shown,) = queries.board(live.actor("coordinator"), live.hour)["venues"]
    assert shown["taken_in"] == 1
    telephone = take_in(live, channel="phone", identity_seen="", reply_by="letter")
    noted = queries.registration(telephone.id)
    assert noted is not None
    assert (noted["venue"], noted["identity_seen"], noted["reply_by"]) == ("", False, "寄信")
    assert queries.registration(live.ask().id) is None


def test_a_hall_with_questions_is_not_removed(live: District) -> None:
    hall = add(live)
    take_in(live, venue=str(hall.id))
    Venue.objects.filter(id=hall.id).update(is_public=False)
    live.hour.stage = Stage.PREPARING
    live.hour.save()
    with pytest.raises(Refused) as refused:
        does(live, "remove", hall)
    assert refused.value.code == "used"


@pytest.mark.parametrize(
    ("data", "fields"),
    [
        ({"venue": ""}, {"venue"}),
        ({"venue": "999999"}, {"venue"}),
        ({"identity_seen": "", "text": ""}, {"venue", "identity_seen", "text"}),
        ({"channel": "counter", "identity_seen": ""}, {"identity_seen"}),
        ({"channel": "phone", "identity_seen": "perhaps"}, {"identity_seen"}),
    ],
)
def test_everything_to_mend_is_named_at_once(live: District, data: dict[str, str], fields: set[str]) -> None:
    add(live)
    with pytest.raises(InvalidFields) as wrong:
        take_in(live, **data)
    assert set(wrong.value.errors) == fields
    assert not Question.objects.exists()


def test_without_venues_nobody_is_asked_for_one_and_nobody_else_takes_in(live: District) -> None:
    take_in(live)
    with pytest.raises(Refused) as refused:
        actions.register(live.actor("moderator"), live.hour, {**ASKED, "identity_seen": ""})
    assert refused.value.status == 403


def test_every_state_has_a_face() -> None:
    assert {move.target for move in MOVES.values() if move.target} == set(State.values)
