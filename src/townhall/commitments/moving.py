"""What each verb changes in a promise, the step it leaves, and what the journal is told."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from townhall.commitments import clocks, flow, parties
from townhall.commitments.choices import Level, RequestKind, RequestState
from townhall.commitments.models import Commitment, Proof, Request, Step
from townhall.hours.choices import Role
from townhall.kernel import clock
from townhall.kernel.errors import missing

if TYPE_CHECKING:
    from collections.abc import Callable

    from townhall.commitments.parties import Hand


@dataclass(slots=True)
class Told:
    """What an act leaves behind.

    :param kind: of the journal entry
    :param public: whether what anybody may see has changed
    """

    kind: str
    facts: dict[str, Any] = field(default_factory=dict)
    step: Step | None = None
    public: bool = True


def _step(hand: Hand, one: Commitment, verb: str, *, public: bool = True, **words: Any) -> Step:
    words = {name: value for name, value in words.items() if value is not None}
    return Step.objects.create(
        commitment=one,
        verb=verb,
        at=clock.now(),
        by_id=hand.account_id,
        unit_id=hand.unit_id,
        public=public,
        **words,
    )


def _heard_of(one: Commitment) -> bool:
    """The unit was heard of; whether for the first time."""
    now = clock.now()
    first = one.first_action_at is None
    one.quiet_since = now
    one.first_action_at = one.first_action_at or now
    return first


def _calm(one: Commitment) -> None:
    """What was taken higher up begins from below again."""
    one.level, one.chased_on = Level.UNIT, None


def _inspectors(one: Commitment) -> list[int]:
    return parties.holders(Role.INSPECTOR, one.hour_id)


def _owners(one: Commitment) -> list[int]:
    return parties.accounts_of_units(parties.units_of(one))


def _progress(hand: Hand, one: Commitment, cleaned: dict[str, Any]) -> Told:
    first = _heard_of(one)
    step = _step(hand, one, "progress", **cleaned)
    return Told("commitment.progressed", {"unit": hand.unit_id, "first": first}, step)


def _request(hand: Hand, one: Commitment, kind: RequestKind, cleaned: dict[str, Any]) -> None:
    Request.objects.create(
        commitment=one, kind=kind, reason_code=cleaned["code"], words=cleaned["text"], due_then=one.due,
        new_due=cleaned.get("due"), asked_by_id=hand.id, asked_at=clock.now(), asked_on=clock.today(),
    )  # fmt: skip


def _ask_extension(hand: Hand, one: Commitment, cleaned: dict[str, Any]) -> Told:
    _request(hand, one, RequestKind.EXTENSION, cleaned)
    one.quiet_since = clock.now()
    step = _step(hand, one, "ask_extension", was=one.due, **cleaned)
    accounts = parties.holders(Role.DEPUTY, one.hour_id) + parties.holders(Role.MAYOR, one.hour_id)
    facts = {"reason": cleaned["code"], "was": one.due.isoformat(), "due": cleaned["due"].isoformat()}
    return Told("commitment.extension_asked", {**facts, "accounts": accounts}, step)


def _decide(hand: Hand, one: Commitment, state: RequestState, words: str) -> Request:
    request = flow.waiting_request(one)
    if request is None:  # the guard has looked; between the two the row is locked
        raise missing(_("没有等待批准的申请。"))
    request.state, request.decided_by_id, request.decided_at = state, hand.id, clock.now()
    mayor = Role.MAYOR.value in hand.roles(one)
    request.decided_as, request.decision = (Role.MAYOR if mayor else Role.DEPUTY).value, words
    request.save()
    return request


def _approve_extension(hand: Hand, one: Commitment, cleaned: dict[str, Any]) -> Told:
    request = _decide(hand, one, RequestState.APPROVED, cleaned["note"])
    was = one.due
    one.due = request.new_due or one.due
    one.extensions += 1
    _calm(one)
    step = _step(
        hand, one, "approve_extension", was=was, due=one.due, code=request.reason_code, note=cleaned["note"],
        text=request.words,
    )  # fmt: skip
    facts = {"reason": request.reason_code, "was": was.isoformat(), "due": one.due.isoformat()}
    return Told("commitment.extended", {**facts, "accounts": _owners(one)}, step)


def _refuse_extension(hand: Hand, one: Commitment, cleaned: dict[str, Any]) -> Told:
    _decide(hand, one, RequestState.REFUSED, cleaned["text"])
    step = _step(hand, one, "refuse_extension", text=cleaned["text"])
    return Told("commitment.extension_refused", {"accounts": _owners(one)}, step)


def _report(hand: Hand, one: Commitment, cleaned: dict[str, Any]) -> Told:
    _heard_of(one)
    one.requests.filter(state=RequestState.WAITING).update(
        state=RequestState.WITHDRAWN, decided_at=clock.now()
    )
    one.reported_by_id, one.reported_at, one.reported_on = hand.id, clock.now(), clock.today()
    one.verified_by_id = one.verified_at = None
    _calm(one)
    step = _step(hand, one, "report", **cleaned)
    facts = {"unit": hand.unit_id, "late": one.reported_on > one.due, "accounts": _inspectors(one)}
    return Told("commitment.reported", facts, step)


def _propose_end(hand: Hand, one: Commitment, cleaned: dict[str, Any]) -> Told:
    _request(hand, one, RequestKind.ENDING, cleaned)
    step = _step(hand, one, "propose_end", public=False, **cleaned)
    facts = {"reason": cleaned["code"], "accounts": parties.holders(Role.MAYOR, one.hour_id)}
    return Told("commitment.ending_proposed", facts, step, public=False)


def _sign_end(hand: Hand, one: Commitment, cleaned: dict[str, Any]) -> Told:
    request = _decide(hand, one, RequestState.APPROVED, cleaned["note"])
    one.ended_by_id, one.ended_as, one.ended_at = hand.id, Role.MAYOR.value, clock.now()
    one.end_reason = request.reason_code
    step = _step(hand, one, "sign_end", code=request.reason_code, text=request.words, note=cleaned["note"])
    accounts = [*_owners(one), *_inspectors(one)]
    return Told("commitment.ended", {"reason": request.reason_code, "accounts": accounts}, step)


def _refuse_end(hand: Hand, one: Commitment, cleaned: dict[str, Any]) -> Told:
    _decide(hand, one, RequestState.REFUSED, cleaned["text"])
    step = _step(hand, one, "refuse_end", public=False, text=cleaned["text"])
    return Told("commitment.ending_refused", {"accounts": _owners(one)}, step, public=False)


def _verify(hand: Hand, one: Commitment, cleaned: dict[str, Any]) -> Told:
    one.verified_by_id, one.verified_at = hand.id, clock.now()
    return Told("commitment.verified", {"accounts": _owners(one)}, _step(hand, one, "verify", **cleaned))


def _rework(hand: Hand, one: Commitment, cleaned: dict[str, Any]) -> Told:
    one.reworks += 1
    one.verified_by_id = one.verified_at = None
    one.quiet_since = clock.now()
    return Told("commitment.reworked", {"accounts": _owners(one)}, _step(hand, one, "rework", **cleaned))


def _close(hand: Hand, one: Commitment, cleaned: dict[str, Any]) -> Told:
    one.closed_by_id, one.closed_at = hand.id, clock.now()
    late = one.reported_on is not None and one.reported_on > one.due
    step = _step(hand, one, "close", **cleaned)
    return Told("commitment.closed", {"late": late, "accounts": _owners(one)}, step)


def _site_check(hand: Hand, one: Commitment, cleaned: dict[str, Any]) -> Told:
    public = cleaned.pop("public")
    return Told(
        "commitment.checked", {}, _step(hand, one, "site_check", public=public, **cleaned), public=public
    )


def _chase(hand: Hand, one: Commitment, cleaned: dict[str, Any]) -> Told:
    one.chases += 1
    one.chased_on = clock.today()
    step = _step(hand, one, "chase", public=False, **cleaned)
    facts = {
        "template": cleaned["code"],
        "late": clocks.is_late(one, clock.today()),
        "due": one.due.isoformat(),
    }
    accounts = parties.reached_by(Level.UNIT, one)
    return Told("commitment.chased", {**facts, "accounts": accounts}, step, public=False)


def _escalate(hand: Hand, one: Commitment, cleaned: dict[str, Any]) -> Told:
    one.level, one.chased_on = cleaned["level"], clock.today()
    one.chases += 1
    step = _step(hand, one, "escalate", public=False, **cleaned)
    facts = {"level": one.level, "due": one.due.isoformat(), "accounts": parties.reached_by(one.level, one)}
    return Told("commitment.escalated", facts, step, public=False)


def _reopen(hand: Hand, one: Commitment, cleaned: dict[str, Any]) -> Told:
    one.closed_by_id = one.closed_at = one.verified_by_id = one.verified_at = None
    one.reworks += 1
    one.quiet_since = clock.now()
    return Told("commitment.reopened", {"accounts": _owners(one)}, _step(hand, one, "reopen", **cleaned))


def dispute(one: Commitment, reason: str) -> Told:
    """The asker's "not done".

    :param reason: a code of the satisfaction list, or empty
    """
    one.closed_by_id = one.closed_at = one.verified_by_id = one.verified_at = None
    one.disputes += 1
    step = _step(parties.AN_ASKER, one, "dispute", code=reason)
    accounts = [*_inspectors(one), *_owners(one)]
    return Told("commitment.disputed", {"reason": reason, "accounts": accounts}, step)


def _cover_picture(hand: Hand, one: Commitment, cleaned: dict[str, Any]) -> Told:
    proof = Proof.objects.filter(
        id=cleaned["picture"], step__commitment=one, picture=True, covered_at=None
    ).first()
    if proof is None:
        raise missing(_("没有这张照片，或已经撤下。"))
    proof.covered_at = clock.now()
    proof.save(update_fields=["covered_at"])
    return Told("commitment.picture_covered", {"picture": proof.id})


HANDLERS: dict[str, Callable[[Hand, Commitment, dict[str, Any]], Told]] = {
    "progress": _progress, "ask_extension": _ask_extension, "approve_extension": _approve_extension,
    "refuse_extension": _refuse_extension, "report": _report, "propose_end": _propose_end, "sign_end": _sign_end,
    "refuse_end": _refuse_end, "verify": _verify, "rework": _rework, "close": _close, "site_check": _site_check,
    "chase": _chase, "escalate": _escalate, "reopen": _reopen, "cover_picture": _cover_picture,
}  # fmt: skip
