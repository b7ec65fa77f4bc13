"""Who sees what: the rule and its query agree for every combination; the accused unit sees nothing anywhere."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from tests.fixtures import START
from townhall.hours.models import GroupUnit, OfficeHour
from townhall.kernel.errors import Refused
from townhall.questions import dossier, holding, published, queries, remarks, visibility
from townhall.questions.models import Question

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fixtures import District
    from townhall.hours.seats import Actor

STATUSES = ("received", "accepted", "assigned", "submitted", "published", "declined", "merged", "withdrawn")
STAGES = ("planned", "announced", "preparing", "live", "wrapping", "archived", "cancelled")


def test_the_rule_and_its_query_agree_for_every_combination(district: District) -> None:
    root = Question.objects.create(
        hour=district.hour, number=1, window="live", display_name="甲", title="题", text="文", asked_at=START,
        waiting_since=START,
    )  # fmt: skip
    rows = []
    for number, (status, window, urgent, screened) in enumerate(
        product(STATUSES, ("pre", "live"), (True, False), (True, False)), start=2
    ):
        answered = status == "published"
        rows.append(Question(
            hour=district.hour, number=number, window=window, display_name="甲", title="题", text="文", asked_at=START,
            waiting_since=START, status=status, urgent=urgent, accepted_at=START if screened else None,
            outcome="answered" if answered else None, published_version=1 if answered else None,
            merged_into=root if status == "merged" else None,
        ))  # fmt: skip
    Question.objects.bulk_create(rows)
    some = 0
    for stage, publish_at in product(STAGES, ("acceptance", "answer")):
        OfficeHour.objects.filter(id=district.hour.id).update(stage=stage, publish_at=publish_at)
        hour = OfficeHour.objects.get(id=district.hour.id)
        by_rule = {one.id for one in Question.objects.all() if visibility.is_public(one, hour)}
        assert by_rule == set(
            Question.objects.filter(visibility.public_filter()).values_list("id", flat=True)
        )
        assert by_rule == set(published.get_many(Question.objects.values_list("id", flat=True)))
        some += len(by_rule)
        if stage in {"planned", "cancelled"}:
            assert not by_rule
        for one in Question.objects.filter(id__in=by_rule):
            assert not one.urgent
            assert one.accepted_at is not None
            assert one.status not in {"received", "declined", "withdrawn"}
            assert one.window == "live" or stage in {"live", "wrapping", "archived"}
            assert publish_at == "acceptance" or one.status == "published"
    assert some


ANYTHING: list[tuple[str, Callable[[Actor, Question], Any]]] = [
    ("board", lambda actor, question: queries.board(actor)),
    ("board by status", lambda actor, question: queries.board(actor, status="assigned")),
    ("board by words", lambda actor, question: queries.board(actor, words="ZWORDZ")),
    ("board by number", lambda actor, question: queries.board(actor, words=str(question.number))),
    ("board of its seat", lambda actor, question: queries.board(actor, seat="group")),
    ("get", lambda actor, question: queries.get(actor, question.id)),
    ("versions", lambda actor, question: queries.versions(actor, question.id)),
    ("notes", lambda actor, question: queries.notes(actor, question.id)),
    ("one line each", lambda actor, question: queries.one_line_list(actor)),
    ("alarms", lambda actor, question: dossier.alarms(actor)),
    ("by number", lambda actor, question: dossier.by_number(actor, question.number)),
    ("next", lambda actor, question: queries.next_for(actor, "group")),
    ("contact", lambda actor, question: remarks.look_at_contact(actor, question.id, "urgent")),
]


@pytest.fixture
def accusation(live: District) -> Question:
    """A complaint about the first group's unit, handled by the second, in an emergency, with everything around it."""
    GroupUnit.objects.create(group=live.groups[0], unit=live.units[3])  # so the group itself may assist
    question = live.ask("ZWORDZ 教育局窗口的工作人员态度恶劣。", title="ZTITLEZ")
    live.does("moderator", "flag", question, about_official=True, unit=live.units[0].id)
    live.does(
        "moderator",
        "assign",
        question,
        lead=live.groups[1].id,
        assisting=[live.groups[0].id, live.groups[2].id],
    )
    live.does("member2", "draft", question, text="ZDRAFTZ 已经核查。", outcome="answered")
    live.does("coordinator", "note", question, text="ZNOTEZ")
    live.does("moderator", "urgent", question, handed_to="ZHANDEDZ")
    return question


@pytest.mark.parametrize(("name", "look"), ANYTHING, ids=[name for name, _look in ANYTHING])
def test_the_accused_unit_sees_nothing_of_it_anywhere(
    live: District, accusation: Question, name: str, look: Callable[[Actor, Question], Any]
) -> None:
    for person in ("lead1", "member1"):
        try:
            seen = str(look(live.actor(person), accusation))
        except Refused as refused:
            assert refused.status == 404
            continue
        assert not [word for word in ("ZWORDZ", "ZTITLEZ", "ZDRAFTZ", "ZNOTEZ") if word in seen]
        assert f"'id': {accusation.id}" not in seen
    # The same look shows it to those who may: nothing is proven by an empty list.
    shown = str(look(live.actor("member2"), accusation))
    assert shown not in {"None", "[]", "([], None)"}


@pytest.mark.parametrize("verb", ["note", "contribute", "urgent", "draft", "withhold"])
def test_for_the_accused_unit_it_does_not_exist_for_any_act(
    live: District, accusation: Question, verb: str
) -> None:
    with pytest.raises(Refused) as refused:
        live.does("member1", verb, accusation, text="x", handed_to="110")
    assert refused.value.status == 404


def test_not_even_the_inspector_reads_a_complaint_about_the_own_unit(
    live: District, accusation: Question
) -> None:
    assert queries.get(live.actor("inspector"), accusation.id).id == accusation.id
    live.accounts["inspector"].unit = live.units[0]
    live.accounts["inspector"].save()
    with pytest.raises(Refused) as refused:
        queries.get(live.actor("inspector"), accusation.id)
    assert refused.value.status == 404


def test_a_group_reads_what_it_leads_assists_or_returned_and_what_is_public(live: District) -> None:
    received, accepted = live.walk("received"), live.walk("accepted")
    lead = live.walk("assigned")  # groups 1 and 2
    returned = live.walk("assigned")
    live.does("lead1", "return", returned, reason_code="lacks_facts")
    for hidden in (lead, returned):  # taken off the public page, so that only the work itself shows them
        live.does("moderator", "urgent", hidden, handed_to="110")
    seen = {
        name: {row["id"] for row in queries.one_line_list(live.actor(name))}
        for name in ("member1", "member2", "member3")
    }
    assert seen == {
        "member1": {accepted.id, lead.id, returned.id},
        "member2": {accepted.id, lead.id},
        "member3": {accepted.id},
    }
    assert received.id not in set.union(*seen.values())


def test_seats_end_with_the_archive_and_offices_act(live: District) -> None:
    question = live.walk("published")
    live.hour_does("wrap", reason_code="other")
    live.hour_does("archive")
    from townhall.hours.seats import actor_for

    live.hour.refresh_from_db()
    found = {name: actor_for(account, live.hour) for name, account in live.accounts.items()}
    acting = {name: sorted(actor.roles) for name, actor in found.items() if actor}
    groups = {f"{kind}{number}": ["group"] for kind in ("lead", "member") for number in (1, 2, 3)}
    assert acting == {name: [name] for name in ("mayor", "deputy", "coordinator", "inspector")} | groups
    live.does("member1", "correct", question, text="更正：学位为42个，9月1日起登记，电话021-64120011。")
    with pytest.raises(Refused) as refused:
        live.does("member2", "correct", question, text="更正：学位为43个。")
    assert refused.value.status == 403


def test_an_office_that_ran_out_acts_no_longer(live: District) -> None:
    from datetime import timedelta

    from townhall.hours.seats import actor_for
    from townhall.kernel import clock
    from townhall.people import actions as people

    people.give_office(live.accounts["mayor"], "mayor", until=clock.now() + timedelta(days=1))
    OfficeHour.objects.filter(id=live.hour.id).update(stage="archived")
    live.hour.refresh_from_db()
    assert actor_for(live.accounts["mayor"], live.hour) is not None
    with clock.steer(clock.now() + timedelta(days=1)):
        assert actor_for(live.accounts["mayor"], live.hour) is None


def test_a_stand_in_sleeps_until_called_and_then_replaces(live: District) -> None:
    from townhall.hours import planning
    from townhall.hours.seats import actor_for
    from townhall.people import actions as people

    substitute = people.create_account("substitute", "替岗甲", "a-long-enough-password")
    planning.give_seat(live.hour, substitute, "moderator", stands_in_for=live.accounts["moderator"])
    assert actor_for(substitute, live.hour) is None
    question = live.ask()
    holding.hold(live.actor("moderator"), question)
    live.hour_does("stand_in", username="substitute")
    assert actor_for(live.accounts["moderator"], live.hour) is None
    actor = actor_for(substitute, live.hour)
    assert actor is not None
    assert actor.roles == {"moderator"}


def test_a_person_without_a_seat_or_switched_off_is_nobody_there(live: District) -> None:
    from townhall.hours.seats import actor_for

    assert actor_for(live.accounts["stranger"], live.hour) is None
    live.accounts["mayor"].is_active = False
    assert actor_for(live.accounts["mayor"], live.hour) is None
