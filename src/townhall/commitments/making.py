"""Promises out of a signed answer, and what a correction does to those that stand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from townhall.commitments import clocks, parties
from townhall.commitments.choices import STANDING, RequestState, State
from townhall.commitments.inputs import stands_in
from townhall.commitments.models import Commitment, Step
from townhall.journal.write import record
from townhall.kernel import clock, workdays

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    Item = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Signature:
    """What promises come from: a signed version of an answer.

    :param public: whether the question is public, so that readers are told
    :param subject: what the question is filed under, and ``area`` where it is about; both as it says itself
    """

    hour_id: int
    question_id: int
    version: int
    actor: int
    answer: str
    public: bool
    subject: str = ""
    area: str = ""


def make(signed: Signature, items: Sequence[Item]) -> list[Commitment]:
    """Turn a signed version's items into promises.

    A correction that says the same of a promise leaves it with its whole history; another text, unit or day
    replaces it. Who assists and how it is dealt with may change without a new promise: its history tells of it. What
    is done or lawfully ended stays as it is.
    """
    before = list(
        Commitment.objects.filter(question_id=signed.question_id)
        .exclude(state=State.REPLACED)
        .prefetch_related("assisting")
    )
    kept: list[Commitment] = []
    fresh: list[Item] = []
    for item in items:
        same = next((one for one in before if one not in kept and _is_same(one, item)), None)
        if same is None:
            fresh.append(item)
        else:
            kept.append(same)
            _amend(same, item, signed)
    for one in before:
        _remember_words(one, signed.answer)
    gone = [one for one in before if one not in kept and one.state in STANDING]
    for one in gone:
        _replace(one, signed)
    return [_new(signed, item, _follows(item, gone)) for item in fresh]


def _follows(item: Item, gone: list[Commitment]) -> Commitment | None:
    """The replaced promise of the same unit that this one takes the place of, each once."""
    old = next((one for one in gone if one.unit_id == item["unit"]), None)
    if old is not None:
        gone.remove(old)
    return old


def _is_same(one: Commitment, item: Item) -> bool:
    """The same words, owner and day; a day of n working days was counted when it was first signed."""
    if (one.text, one.unit_id) != (item["text"], item["unit"]):
        return False
    return bool(item.get("workdays")) or item["due"] in {one.due.isoformat(), one.first_due.isoformat()}


def _remember_words(one: Commitment, answer: str) -> None:
    one.words_stand = stands_in(one.text, answer)
    one.save(update_fields=["words_stand"])


def _amend(one: Commitment, item: Item, signed: Signature) -> None:
    """Take over other assisting units or another way of handling; the limit prescribed for that runs from the start."""
    helping, handling = list(item.get("assisting") or []), item.get("handling") or ""
    before = parties.assisting_of(one)
    if one.state not in STANDING or (set(helping), handling) == (set(before), one.handling):
        return
    now = clock.now()
    if handling != one.handling:
        one.handling = handling
        one.prescribed = clocks.prescribed_for(handling, clock.local(one.made_at).date())
    one.joint = bool(helping)
    one.save(update_fields=["handling", "prescribed", "joint"])
    one.assisting.set(helping)
    step = Step.objects.create(
        commitment=one, verb="amended", at=now, by_id=signed.actor, code=handling, public=True,
        text=_("协办单位：%(units)s。") % {"units": "、".join(unit.name for unit in one.assisting.order_by("id"))}
        if helping else "",
    )  # fmt: skip
    record(
        one.hour_id, "commitment.amended", actor=signed.actor, subject="commitment", subject_id=one.id,
        public=signed.public, question=one.question_id, step=step.id,
        accounts=parties.accounts_of_units({one.unit_id, *before, *helping}),
    )  # fmt: skip


def _replace(old: Commitment, signed: Signature) -> None:
    now = clock.now()
    old.state, old.replaced_at = State.REPLACED, now
    old.save(update_fields=["state", "replaced_at"])
    old.requests.filter(state=RequestState.WAITING).update(state=RequestState.WITHDRAWN, decided_at=now)
    step = Step.objects.create(commitment=old, verb="replaced", at=now, by_id=signed.actor, public=True)
    record(
        old.hour_id, "commitment.replaced", actor=signed.actor, subject="commitment", subject_id=old.id,
        public=signed.public, question=old.question_id, version=signed.version, step=step.id,
    )  # fmt: skip


def _new(signed: Signature, item: Item, old: Commitment | None) -> Commitment:
    now, due, handling = clock.now(), _due(item), item.get("handling") or ""
    one = Commitment.objects.create(
        question_id=signed.question_id, hour_id=signed.hour_id, version=signed.version, text=item["text"],
        unit_id=item["unit"], handling=handling, due=due, first_due=due,
        prescribed=clocks.prescribed_for(handling, clock.today()), made_at=now, quiet_since=now, replaces=old,
        words_stand=stands_in(item["text"], signed.answer), joint=bool(item.get("assisting")),
        subject=signed.subject, area=signed.area,
    )  # fmt: skip
    one.assisting.set(item.get("assisting") or [])
    Step.objects.create(
        commitment=one, verb="made", at=now, by_id=signed.actor, unit_id=one.unit_id, due=due, code=handling,
        public=True,
    )  # fmt: skip
    record(
        signed.hour_id, "commitment.made", actor=signed.actor, subject="commitment", subject_id=one.id,
        public=signed.public, question=signed.question_id, version=signed.version, unit=one.unit_id,
        due=due.isoformat(), accounts=parties.accounts_of_units(parties.units_of(one)),
    )  # fmt: skip
    return one


def _due(item: Item) -> date:
    """The day promised: n working days are counted from the signature, whenever the draft was written."""
    counted = workdays.add_workdays(clock.today(), item["workdays"]) if item.get("workdays") else None
    return counted or date.fromisoformat(item["due"])
