"""Posts, people, seats: what the plan gives and takes, and when it counts as complete."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tests.fixtures import START, District
from townhall.config import jobs
from townhall.hours import planning
from townhall.hours.models import Seat
from townhall.hours.seats import actor_for
from townhall.journal.models import Entry
from townhall.kernel import clock
from townhall.kernel.errors import InvalidFields, Refused
from townhall.people import actions as people
from townhall.staffing import actions, attendance, clashes, queries
from townhall.staffing.models import Assignment, Item, Post


def does(
    district: District, verb: str, thing: int | None = None, by: str = "coordinator", **data: Any
) -> None:
    actions.perform(district.actor(by), verb, thing, data)


def post(role: str, group: int | None = None) -> Post:
    return Post.objects.get(role=role, group_id=group)


def on(name: str, role: str | None = None) -> Assignment:
    rows = Assignment.objects.filter(account__username=name)
    return rows.get(post__role=role) if role else rows.get()


@pytest.fixture
def laid_out(district: District) -> District:
    """The plan with everybody of the small district on a post: one moderator and one technician more are needed."""
    does(district, "lay_out")
    return district


@pytest.fixture
def complete(laid_out: District) -> District:
    people.create_account("technician2", "技术乙")
    does(laid_out, "assign", post("technician").id, person="technician2")
    does(laid_out, "assign", post("clerk").id, person="clerk")
    return laid_out


def test_laying_out_takes_the_template_and_those_who_sit_already(laid_out: District) -> None:
    assert Post.objects.filter(role="lead").count() == len(laid_out.groups)
    assert set(Assignment.objects.values_list("account__username", flat=True)) >= {
        "moderator", "moderator2", "mayor", "deputy", "coordinator", "lead1", "member3", "technician",
    }  # fmt: skip
    assert not Assignment.objects.filter(account__username="clerk").exists(), (
        "a venue's clerk stays the venue's"
    )
    before = Post.objects.count(), Assignment.objects.count()
    does(laid_out, "lay_out")
    assert (Post.objects.count(), Assignment.objects.count()) == before


def test_a_post_gives_the_seat_and_leaving_it_ends_it(laid_out: District) -> None:
    account = laid_out.accounts["stranger"]
    assert actor_for(account, laid_out.hour) is None
    does(laid_out, "assign", post("editor").id, person="别处的人（stranger）")
    actor = actor_for(account, laid_out.hour)
    assert actor is not None
    assert actor.roles == {"editor"}
    does(laid_out, "remove", on("stranger").id)
    assert actor_for(account, laid_out.hour) is None
    kinds = list(Entry.objects.filter(line=laid_out.hour.id).order_by("seq").values_list("kind", flat=True))
    assert kinds[-4:] == ["hour.seated", "staffing.assigned", "hour.unseated", "staffing.removed"]


def test_a_seat_that_two_posts_give_ends_with_the_second(laid_out: District) -> None:
    does(laid_out, "add_post", name="夜班编辑", role="editor", people="1")
    for one in Post.objects.filter(role="editor"):
        does(laid_out, "assign", one.id, person="stranger")
    first, second = Assignment.objects.filter(account__username="stranger")
    does(laid_out, "remove", first.id)
    assert Seat.objects.filter(account__username="stranger", active=True).exists()
    does(laid_out, "remove", second.id)
    assert not Seat.objects.filter(account__username="stranger").exists()


def test_a_stand_in_sleeps_until_the_seat_is_handed_over_and_gives_it_back(complete: District) -> None:
    holder = complete.accounts["assistant"]
    does(complete, "assign", post("assistant").id, person="stranger", stands_in_for=str(holder.id))
    assert actor_for(complete.accounts["stranger"], complete.hour) is None
    complete.hour_does("stand_in", username="stranger")
    assert actor_for(complete.accounts["stranger"], complete.hour) is not None
    assert actor_for(holder, complete.hour) is None
    (shown,) = [one for one in attendance.manned(complete.hour) if one.post.role == "assistant"]
    assert [row.account.username for row in shown.on_duty] == ["stranger"]
    does(complete, "remove", on("stranger").id)
    assert actor_for(holder, complete.hour) is not None


def test_a_stand_in_becomes_a_holder_when_put_down_as_one(laid_out: District) -> None:
    holder = str(laid_out.accounts["assistant"].id)
    does(laid_out, "assign", post("assistant").id, person="stranger", stands_in_for=holder)
    does(laid_out, "remove", on("stranger").id)
    does(laid_out, "assign", post("assistant").id, person="stranger")
    assert actor_for(laid_out.accounts["stranger"], laid_out.hour) is not None


def test_the_signer_on_duty_and_the_last_coordinator_stay(laid_out: District) -> None:
    laid_out.hour_does("change_signer", username="mayor")
    with pytest.raises(Refused) as refused:
        does(laid_out, "remove", on("mayor").id)
    assert refused.value.code == "not_on_duty"
    with pytest.raises(Refused) as refused:
        does(laid_out, "remove", on("coordinator").id)
    assert refused.value.code == "not_the_last"
    holder = str(laid_out.accounts["coordinator"].id)
    does(laid_out, "assign", post("coordinator").id, person="stranger", stands_in_for=holder)
    does(laid_out, "remove", on("stranger").id)
    does(laid_out, "assign", post("coordinator").id, person="stranger")
    does(laid_out, "remove", on("coordinator").id)
    assert actor_for(laid_out.accounts["stranger"], laid_out.hour) is not None


@pytest.mark.parametrize("role", ["mayor", "deputy"])
@pytest.mark.parametrize("as_stand_in", [False, True])
def test_nobody_seats_themselves_to_sign(laid_out: District, role: str, as_stand_in: bool) -> None:
    holder = str(laid_out.accounts[role].id) if as_stand_in else ""
    before = Entry.objects.count()
    with pytest.raises(InvalidFields) as wrong:
        does(laid_out, "assign", post(role).id, person="coordinator", stands_in_for=holder)
    assert set(wrong.value.errors) == {"person"}
    assert Entry.objects.count() == before
    assert laid_out.actor("coordinator").roles == {"coordinator"}
    does(laid_out, "assign", post(role).id, person="stranger", stands_in_for=holder)


def test_to_sign_leftovers_is_granted_by_the_mayor_and_no_post(laid_out: District) -> None:
    with pytest.raises(InvalidFields) as wrong:
        does(laid_out, "add_post", name="授权签发", role="authorised", people="1")
    assert set(wrong.value.errors) == {"role"}
    assert "authorised" not in [one["value"] for one in queries.roles()]


@pytest.mark.parametrize(
    ("verb", "data", "field"),
    [
        ("assign", {"person": ""}, "person"),
        ("assign", {"person": "nobody"}, "person"),
        ("assign", {"person": "technician"}, "person"),
        ("assign", {"person": "gone"}, "person"),
        ("assign", {"person": "stranger", "stands_in_for": "999999"}, "stands_in_for"),
        ("edit_post", {"name": "", "people": "1"}, "name"),
        ("edit_post", {"name": "字" * 41, "people": "1"}, "name"),
        ("edit_post", {"name": "区长", "people": "1"}, "name"),
        ("edit_post", {"name": "技术", "people": "0"}, "people"),
        ("edit_post", {"name": "技术", "people": "九"}, "people"),
    ],
)
def test_what_was_typed_wrong_is_named_and_nothing_is_written(
    laid_out: District, verb: str, data: dict[str, str], field: str
) -> None:
    people.create_account("gone", "离职者", is_active=False)
    before = Entry.objects.count(), Assignment.objects.count()
    with pytest.raises(InvalidFields) as wrong:
        does(laid_out, verb, post("technician").id, **data)
    assert set(wrong.value.errors) == {field}
    assert (Entry.objects.count(), Assignment.objects.count()) == before


def test_two_people_of_one_name_are_asked_apart(laid_out: District) -> None:
    people.create_account("wang1", "王芳")
    people.create_account("wang2", "王芳")
    with pytest.raises(InvalidFields):
        does(laid_out, "assign", post("editor").id, person="王芳")
    does(laid_out, "assign", post("editor").id, person="王芳（wang2）")
    assert on("wang2").post.role == "editor"


def kinds_of(district: District, name: str) -> set[str]:
    rows = list(Assignment.objects.select_related("post", "account"))
    return {
        one.kind.value for one in clashes.of(district.hour, rows) if one.name == district.accounts[name].name
    }


def test_one_person_on_posts_that_cannot_be_held_together_is_shown(complete: District) -> None:
    assert not clashes.of(complete.hour, list(Assignment.objects.select_related("post", "account")))
    assert attendance.complete_at(complete.hour) is not None
    group = complete.groups[0].id
    does(complete, "assign", post("lead", group).id, person="mayor")
    assert kinds_of(complete, "mayor") == {"signs_own"}
    assert attendance.complete_at(complete.hour) is None, "who signs what they wrote is no plan"
    does(complete, "remove", on("mayor", "lead").id)
    does(complete, "assign", post("lead", group).id, person="member2")
    assert kinds_of(complete, "member2") == {"two_groups"}
    does(complete, "assign", post("group", group).id, person="moderator")
    assert kinds_of(complete, "moderator") == {"screens_own"}
    does(complete, "assign", post("group", group).id, person="inspector")
    assert kinds_of(complete, "inspector") == {"inspects_own"}
    holder = str(complete.accounts["technician"].id)
    does(complete, "assign", post("technician").id, person="logistics", stands_in_for=holder)
    assert kinds_of(complete, "logistics") == {"stands_in_twice"}


def test_two_hours_at_the_same_time_clash_and_later_ones_do_not(complete: District) -> None:
    other = planning.create_hour(
        slug="2026-11-b", title="第 17 期区长网上办公", starts_at=START + timedelta(minutes=30)
    )
    planning.give_seat(other, complete.accounts["editor"], "editor")
    assert kinds_of(complete, "editor") == {"two_hours"}
    other.starts_at, other.ends_at = START + timedelta(hours=1), START + timedelta(hours=2)
    other.save()
    assert kinds_of(complete, "editor") == set()


def test_a_closed_account_is_a_clash(complete: District) -> None:
    account = complete.accounts["editor"]
    account.is_active = False
    account.save()
    assert kinds_of(complete, "editor") == {"disabled"}


def test_the_plan_is_complete_when_the_last_needed_person_is_put_down(laid_out: District) -> None:
    assert attendance.complete_at(laid_out.hour) is None
    missing = {one["name"]: one["open"] for one in attendance.missing(laid_out.hour)}
    assert missing["技术保障"] == 1
    assert missing["代为登记"] == 1
    later = clock.now() + timedelta(days=1)
    with clock.steer(later):
        people.create_account("technician2", "技术乙")
        does(laid_out, "assign", post("technician").id, person="technician2")
        does(laid_out, "assign", post("clerk").id, person="clerk")
    assert attendance.complete_at(laid_out.hour) == later


def test_an_hour_without_a_plan_is_not_complete_and_still_wants_everybody_it_seats(
    district: District,
) -> None:
    assert attendance.complete_at(district.hour) is None
    assert attendance.checked_in_at(district.hour) is None
    seats = {(role, group) for role, group in Seat.objects.values_list("role", "group_id")}
    seats -= {("clerk", None), ("authorised", None)}
    assert len(attendance.missing(district.hour)) == len(seats)


def test_a_post_with_people_is_not_removed(laid_out: District) -> None:
    with pytest.raises(Refused):
        does(laid_out, "remove_post", post("editor").id)
    does(laid_out, "remove", on("editor").id)
    does(laid_out, "remove_post", post("editor").id)
    assert not Post.objects.filter(role="editor").exists()


# -- the hall


def test_places_are_given_by_group_and_never_twice(laid_out: District) -> None:
    does(laid_out, "arrange")
    placed = list(Assignment.objects.values_list("seat_row", "seat_number"))
    assert len(set(placed)) == len(placed)
    assert on("lead1").seat_row == on("member1").seat_row != on("lead2").seat_row
    taken = on("lead1")
    with pytest.raises(InvalidFields) as wrong:
        does(
            laid_out,
            "place",
            on("lead2").id,
            seat_row=str(taken.seat_row),
            seat_number=str(taken.seat_number),
        )
    assert set(wrong.value.errors) == {"seat_number"}
    does(laid_out, "place", taken.id, seat_row="", seat_number="")
    does(laid_out, "place", taken.id, seat_row="9", seat_number="3")
    hall = queries.hall(Assignment.objects.select_related("account", "post__group"))
    assert hall[-1]["row"] == 9
    assert [cell and cell["name"] for cell in hall[-1]["cells"]] == [None, None, "lead1甲"]


def test_what_the_hall_needs_is_listed_ticked_and_unticked(laid_out: District) -> None:
    does(laid_out, "list_items", by="logistics")
    cards = Item.objects.get(name="席卡")
    assert cards.quantity == Assignment.objects.values("account").distinct().count()
    does(laid_out, "tick", cards.id, by="logistics")
    with pytest.raises(Refused):
        does(laid_out, "remove_item", cards.id, by="logistics")
    does(laid_out, "untick", cards.id, by="logistics")
    does(laid_out, "remove_item", cards.id, by="logistics")
    does(laid_out, "add_item", name="席卡", quantity="30", responsible="logistics", by="logistics")
    with pytest.raises(InvalidFields) as wrong:
        does(laid_out, "add_item", name="席卡", quantity="0", responsible="nobody")
    assert set(wrong.value.errors) == {"name", "quantity", "responsible"}


# -- the evening


def everybody_arrives(district: District) -> None:
    for one in Assignment.objects.filter(checked_in_at=None):
        does(district, "check_in", one.id, by="technician")


def test_everybody_checks_themselves_in_once(complete: District) -> None:
    complete.to_stage("preparing")
    actor = complete.actor("lead1")
    with clock.steer(START - timedelta(hours=1)):
        shown = queries.own(actor, complete.hour)
        assert shown is not None
        assert shown["posts"] == ["教育组 · 组长"]
        assert actions.check_in_myself(actor, complete.hour.id) == 1
        assert queries.own(actor, complete.hour) is None
        with pytest.raises(Refused):
            actions.check_in_myself(actor, complete.hour.id)
    assert on("lead1").checked_in_by_id == actor.account_id


def test_nobody_arrives_the_day_before(complete: District) -> None:
    complete.to_stage("preparing")
    with clock.steer(START - timedelta(hours=4)):
        assert queries.own(complete.actor("lead1"), complete.hour) is None
        with pytest.raises(Refused) as refused:
            actions.check_in_myself(complete.actor("lead1"), complete.hour.id)
    assert refused.value.code == "evening"


def test_all_are_there_when_the_last_needed_one_has_come(complete: District) -> None:
    complete.to_stage("preparing")
    early, late = START - timedelta(minutes=40), START - timedelta(minutes=20)
    with clock.steer(early):
        everybody_arrives(complete)
        does(complete, "check_out", on("lead1").id)
    assert attendance.checked_in_at(complete.hour) is None
    assert [one["people"][0]["username"] for one in attendance.missing(complete.hour)] == ["lead1"]
    with clock.steer(late):
        does(complete, "check_in", on("lead1").id)
    assert attendance.checked_in_at(complete.hour) == late


def alarms() -> list[dict[str, Any]]:
    return [entry.facts for entry in Entry.objects.filter(kind="staffing.unmanned").order_by("id")]


def test_a_missing_person_alarms_the_coordinator_once_for_each_mark(complete: District) -> None:
    complete.to_stage("preparing")
    with clock.steer(START - timedelta(minutes=30)):
        everybody_arrives(complete)
        does(complete, "check_out", on("lead1").id)
    told = []
    for minutes in (16, 15, 14, 6, 5, 1, 0):
        with clock.steer(START - timedelta(minutes=minutes)):
            told.append(jobs.alarm_absent())
    assert told == [0, 1, 0, 0, 1, 0, 0]
    first, second = alarms()
    assert first == {
        "minutes": 15,
        "accounts": [complete.accounts["coordinator"].id],
        "posts": [post("lead", complete.groups[0].id).id],
        "seats": 0,
    }
    assert second["minutes"] == 5


def test_nobody_missing_nothing_said_and_a_late_loss_is_told(complete: District) -> None:
    complete.to_stage("preparing")
    with clock.steer(START - timedelta(minutes=30)):
        everybody_arrives(complete)
    with clock.steer(START - timedelta(minutes=15)):
        assert jobs.alarm_absent() == 0
    with clock.steer(START - timedelta(minutes=9)):
        does(complete, "check_out", on("mayor").id)
        assert jobs.alarm_absent() == 1
    assert len(alarms()) == 1


def wanted(district: District, at: timedelta) -> dict[str, list[str]]:
    """Who is missing then, by what for."""
    with clock.steer(START - at):
        return {
            one["name"]: [each["username"] for each in one["people"]]
            for one in attendance.alarm(district.hour)
        }


def test_a_seat_without_a_post_alarms_until_its_holder_has_checked_in(complete: District) -> None:
    complete.to_stage("preparing")
    newcomer = people.create_account("newcomer", "新来的人")
    with clock.steer(START - timedelta(minutes=30)):
        everybody_arrives(complete)
        Post.objects.filter(role="editor").delete()
        planning.give_seat(complete.hour, newcomer, "editor")
    assert wanted(complete, timedelta(minutes=16)) == {}
    assert wanted(complete, timedelta(minutes=15)) == {"网站编辑": ["editor", "newcomer"]}
    with clock.steer(START - timedelta(minutes=15)):
        assert jobs.alarm_absent() == 1
    assert alarms()[0] == {
        "minutes": 15, "accounts": [complete.accounts["coordinator"].id], "posts": [], "seats": 1,
    }  # fmt: skip
    actor = actor_for(newcomer, complete.hour)
    assert actor is not None
    with clock.steer(START - timedelta(minutes=12)):
        shown = queries.own(actor, complete.hour)
        assert shown is not None
        assert shown["posts"] == ["网站编辑"]
        assert actions.check_in_myself(actor, complete.hour.id) == 1
        assert queries.own(actor, complete.hour) is None
    assert on("newcomer").checked_in_at == START - timedelta(minutes=12), "arriving puts down for a post"
    assert wanted(complete, timedelta(minutes=10)) == {}
    assert attendance.checked_in_at(complete.hour) == START - timedelta(minutes=12)


def test_the_coordinator_puts_down_who_sits_outside_the_plan_and_the_door_checks_them_in(
    complete: District,
) -> None:
    complete.to_stage("preparing")
    planning.give_seat(complete.hour, complete.accounts["stranger"], "moderator")
    seat = Seat.objects.get(account__username="stranger")
    with pytest.raises(Refused) as refused:
        does(complete, "put_down", seat.id, by="technician")
    assert refused.value.code == "seat"
    does(complete, "put_down", seat.id)
    assert on("stranger").post == post("moderator")
    with pytest.raises(Refused):
        does(complete, "put_down", seat.id)
    with pytest.raises(Refused):
        does(complete, "put_down", Seat.objects.get(account__username="mayor").id)
    with clock.steer(START - timedelta(hours=1)):
        does(complete, "check_in", on("stranger").id, by="technician")


@pytest.mark.parametrize(
    ("roles", "group", "name"),
    [
        ({"moderator"}, None, "主持人"),
        ({"coordinator"}, None, "区府办"),
        ({"assistant"}, None, "区长联络员"),
        ({"mayor", "deputy"}, None, "签发人"),
        ({"group", "lead"}, 1, "住房组"),
    ],
)
def test_what_no_hour_can_do_without_alarms_though_no_plan_asks_for_it(
    complete: District, roles: set[str], group: int | None, name: str
) -> None:
    """The posts are struck from the plan and the seats with them: nobody is down, and that is the alarm."""
    complete.to_stage("preparing")
    of = complete.groups[group] if group is not None else None
    with clock.steer(START - timedelta(minutes=30)):
        everybody_arrives(complete)
    Post.objects.filter(role__in=roles, group=of).delete()
    Seat.objects.filter(role__in=roles, group=of).delete()
    (missing,) = attendance.missing(complete.hour)
    assert (missing["name"], missing["people"], missing["open"]) == (of.name if of else name, [], 1)
    assert "安排人" in missing["remedy"]
    assert attendance.complete_at(complete.hour) is None
    with clock.steer(START - timedelta(minutes=15)):
        assert jobs.alarm_absent() == 1


def test_posts_that_may_stay_empty_leave_one_signer_and_one_of_each_group_wanted(complete: District) -> None:
    complete.to_stage("preparing")
    group = complete.groups[0]
    Post.objects.filter(role__in=["mayor", "deputy"]).update(required=False)
    Post.objects.filter(group=group).update(required=False)
    with clock.steer(START - timedelta(minutes=30)):
        everybody_arrives(complete)
        for one in Assignment.objects.filter(post__role__in=["mayor", "deputy"]):
            does(complete, "check_out", one.id)
        for one in Assignment.objects.filter(post__group=group):
            does(complete, "check_out", one.id)
    assert set(wanted(complete, timedelta(minutes=15))) == {"签发人", group.name}
    with clock.steer(START - timedelta(minutes=14)):
        does(complete, "check_in", on("deputy").id)
        does(complete, "check_in", on("member1").id)
    assert wanted(complete, timedelta(minutes=14)) == {}


def test_a_postponed_hour_alarms_again(complete: District) -> None:
    complete.to_stage("preparing")
    with clock.steer(START - timedelta(minutes=10)):
        assert jobs.alarm_absent() == 1
        complete.hour_does("postpone", starts_at="2026-12-01T19:00:00+08:00", reason_code="power")
        assert jobs.alarm_absent() == 0
    with clock.steer(START + timedelta(days=1, minutes=-10)):
        assert jobs.alarm_absent() == 1


# -- the template


def test_the_template_is_the_coordinators_office_and_lays_out_the_next_hour(district: District) -> None:
    rows = [
        {"name": "值班电工", "people": "1", "required": "1"},
        {"name": "组长", "role": "lead", "people": "1", "required": "1"},
    ]
    with pytest.raises(Refused):
        actions.save_template(district.accounts["editor"], rows)
    actions.save_template(district.accounts["coordinator"], rows)
    does(district, "lay_out")
    assert Post.objects.count() == 1 + len(district.groups)
    does(district, "assign", Post.objects.get(name="值班电工").id, person="stranger")
    assert actor_for(district.accounts["stranger"], district.hour) is None, (
        "a post without a role gives no seat"
    )


@pytest.mark.parametrize(
    ("row", "field"),
    [
        ({"name": "", "people": "1"}, "posts[1].name"),
        ({"name": "区长", "people": "1"}, "posts[1].name"),
        ({"name": "电工", "people": "61"}, "posts[1].people"),
        ({"name": "电工", "people": "1", "role": "emperor"}, "posts[1].role"),
    ],
)
def test_a_wrong_row_of_the_template_is_named(district: District, row: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidFields) as wrong:
        actions.save_template(district.accounts["coordinator"], [{"name": "区长", "people": "1"}, row])
    assert set(wrong.value.errors) == {field}
