"""Every verb × every seat × every stage × every state, against a table written from the issue."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.preparation.conftest import receipt_of, sent, unit
from tests.questions.every_state import undone
from tests.questions.expected_flow import SEATS, STAGES
from townhall.hours.models import OfficeHour
from townhall.hours.seats import actor_for
from townhall.journal import read
from townhall.kernel import clock
from townhall.kernel.errors import Refused
from townhall.preparation import actions, flow
from townhall.preparation import meeting as meetings
from townhall.preparation.models import Invitation, Meeting, Notice, Receipt, Task

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fixtures import District

ANY = set(STAGES)
ALIVE = ANY - {"archived"}
BEFORE = {"planned", "announced", "preparing"}
MEETING = {"planned", "invited", "held", "cancelled"}
# thing.verb -> who, in which stages of the hour, from which states, to which ("" stays).
EXPECTED: dict[str, tuple[str, set[str], set[str], str]] = {
    "notice.revise": ("coordinator", ALIVE, {"draft", "sent"}, ""),
    "notice.send": ("coordinator", ALIVE, {"draft", "sent"}, "sent"),
    "notice.withdraw": ("coordinator", ALIVE, {"sent"}, "withdrawn"),
    "receipt.read": ("unit", ANY, {"waiting", "signed", "void"}, ""),
    "receipt.sign_for": ("unit", ANY, {"waiting"}, "signed"),
    "receipt.ask_back": ("unit", ANY, {"waiting", "signed"}, ""),
    "receipt.answer_back": ("coordinator", ANY, {"waiting", "signed"}, ""),
    "receipt.sign_on_paper": ("coordinator", ANY, {"waiting"}, "signed"),
    "receipt.approach": ("coordinator", ANY, {"waiting", "signed"}, ""),
    "receipt.chase": ("coordinator", ANY, {"waiting"}, ""),
    "meeting.arrange": ("coordinator", BEFORE, {"planned", "invited", "cancelled"}, ""),
    "meeting.invite": ("coordinator", BEFORE, {"planned", "invited", "cancelled"}, "invited"),
    "meeting.call_off": ("coordinator", BEFORE, {"planned", "invited"}, "cancelled"),
    "meeting.attend": ("coordinator", ANY, {"planned", "invited", "held"}, "held"),
    "meeting.minute": ("coordinator", ANY, {"invited", "held"}, ""),
    "invitation.reply": ("unit", ANY, {"invited"}, ""),
    "task.report": ("unit", ANY, {"open"}, "done"),
    "task.remark": ("unit", ANY, {"open"}, ""),
    "task.reopen": ("coordinator", ANY, {"done"}, "open"),
    "task.drop": ("coordinator", ANY, {"open"}, "dropped"),
}
STATES = {
    "notice": ("draft", "sent", "withdrawn"), "receipt": ("waiting", "signed", "void"),
    "meeting": tuple(sorted(MEETING)), "invitation": tuple(sorted(MEETING)), "task": ("open", "done", "dropped"),
}  # fmt: skip


def test_the_table_names_every_verb_and_state() -> None:
    tables = {f"{kind}.{verb}" for kind, moves in flow.TABLES.items() for verb in moves}
    assert tables == set(EXPECTED)


def things(district: District) -> dict[str, Any]:
    """One of each, as they stand after a first notice, invitation and task."""
    coordinator = district.actor("coordinator")
    notice = sent(district)
    data = {"place": "三楼", "starts_at": "2026-11-20T14:00", "units": [str(district.units[0].id)]}
    meetings.arrange(coordinator, data)
    meeting = meetings.invite(coordinator)
    task = meetings.give_tasks(
        coordinator, {"text": "报名单", "due_on": "2026-11-20", "units": [str(district.units[0].id)]}
    )
    return {"notice": notice.id, "receipt": receipt_of(notice, district).id, "meeting": meeting.id,
            "invitation": meeting.invitations.get().id, "task": task[0].id}  # fmt: skip


def at(kind: str, thing_id: int, state: str, stage: str) -> Any:
    """The thing in a state, its hour at a stage, in memory only."""
    rows: dict[str, Any] = {
        "notice": Notice.objects.select_related("hour"), "meeting": Meeting.objects.select_related("hour"),
        "receipt": Receipt.objects.select_related("notice__hour"), "task": Task.objects.select_related("hour"),
        "invitation": Invitation.objects.select_related("meeting__hour"),
    }  # fmt: skip
    thing = rows[kind].get(id=thing_id)
    if kind == "receipt":
        thing.signed_at = clock.now() if state == "signed" else None
        thing.notice.state = "withdrawn" if state == "void" else "sent"
    elif kind == "invitation":
        thing.meeting.state = state
    else:
        thing.state = state
    if kind == "notice":
        thing.version = 2  # something to send
    flow.hour_of(thing).stage = stage
    return thing


@pytest.mark.parametrize("name", EXPECTED)
def test_the_oracle_says_what_the_table_says(district: District, name: str) -> None:
    kind, verb = name.split(".")
    who, stages, states, target = EXPECTED[name]
    thing_id = things(district)[kind]
    assert flow.TABLES[kind][verb].target == (target or None)
    mine, theirs = unit(district), unit(district, "member2")
    wrong = []
    for stage in STAGES:
        for state in STATES[kind]:
            thing = at(kind, thing_id, state, stage)
            right = 200 if stage in stages and state in states else 409
            for seat in SEATS:
                actor = actor_for(district.accounts[seat], OfficeHour.objects.get(id=district.hour.id))
                if actor is None:
                    continue
                said = flow.refusal(actor, verb, thing)
                expected = right if who == seat == "coordinator" else 403
                if (said.status if said else 200) != expected:
                    wrong.append((seat, stage, state, said))
            said = flow.refusal(mine, verb, thing)
            if (said.status if said else 200) != (right if who == "unit" else 403):
                wrong.append(("unit", stage, state, said))
            if kind in {"receipt", "invitation", "task"} and who == "unit":
                said = flow.refusal(theirs, verb, thing)
                if said is None or said.status != 404:
                    wrong.append(("another unit", stage, state, said))
    assert not wrong


@pytest.mark.parametrize("seat", ["mayor", "moderator", "lead1", "inspector"])
def test_without_the_seat_nothing_happens_whatever_is_sent(district: District, seat: str) -> None:
    found = things(district)
    actor = district.actor(seat)
    head = read.head(district.hour.id)
    acts: list[Callable[[], Any]] = [
        lambda: actions.write_notice(actor, {}),
        lambda: actions.write_notice(actor, {}, found["notice"]),
        lambda: actions.send(actor, found["notice"], {}),
        lambda: actions.withdraw(actor, found["notice"]),
        lambda: actions.chase(actor, found["notice"]),
        lambda: actions.approach(actor, found["receipt"], {}),
        lambda: actions.sign_on_paper(actor, found["receipt"], {}),
        lambda: meetings.arrange(actor, {}),
        lambda: meetings.invite(actor),
        lambda: meetings.call_off(actor),
        lambda: meetings.attend(actor, {}),
        lambda: meetings.minute(actor, {}),
        lambda: meetings.give_tasks(actor, {}),
        lambda: meetings.move_task(actor, "reopen", found["task"], {}),
        lambda: meetings.move_task(actor, "drop", found["task"], {}),
    ]
    for act in acts:
        with pytest.raises(Refused) as refused, undone():
            act()
        assert refused.value.status == 403
    assert read.head(district.hour.id) == head
