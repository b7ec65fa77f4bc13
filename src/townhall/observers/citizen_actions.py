"""What citizens do: apply as an observer, confirm, decline, withdraw."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from townhall.hours.choices import PUBLIC_STAGES
from townhall.journal.write import record
from townhall.kernel import clock
from townhall.kernel.errors import CONFLICT, InvalidFields, Refused, missing
from townhall.kernel.secrets import decrypt, encrypt, keyed_hash, make_nonce, make_receipt
from townhall.kernel.unit_of_work import unit_of_work
from townhall.observers import flow, inputs, lot, steps
from townhall.observers.choices import CallState, State
from townhall.observers.models import Application, Call
from townhall.people import identity

if TYPE_CHECKING:
    from collections.abc import Mapping

RECEIPT_PURPOSE = "observer-receipt"


@dataclass(frozen=True, slots=True)
class Applied:
    """A stored application, as its applicant learns of it.

    :param entry: the hash that stands for them in the public list
    :param salt: with it and their own mobile they can compute the entry themselves
    """

    receipt: str
    entry: str
    salt: str


def _locked(hour_id: int) -> Call:
    call = Call.objects.select_for_update(of=("self",)).select_related("hour").filter(hour_id=hour_id).first()
    if call is None or call.hour.stage not in PUBLIC_STAGES:
        raise missing(_("本期没有开放网民代表报名。"))
    return call


def closed_reason(call: Call) -> Any:
    """Why nobody can apply just now, or nothing."""
    if call.state != CallState.OPEN or call.hour.stage not in flow.CALL_MOVES["close"].stages:
        return _("本期现在不接受网民代表报名。")
    if call.closes_at is not None and clock.now() >= call.closes_at:
        return _("报名已经截止，名单不再变动。")
    return None


def check(data: Mapping[str, Any]) -> None:
    """Whether everything but the person is as it should be: asked before a code is sent.

    :raises InvalidFields: naming each field to mend
    """
    inputs.applying(data)


def apply(hour_id: int, data: Mapping[str, Any]) -> Applied:
    """Apply as an observer, once for each verified person.

    The same form sent again gives the same receipt; another one from the same mobile is refused, whatever
    name stands in it.

    :param data: ``name``, ``words``, ``consents``, ``form_key`` and the person's ``verification``
    :raises InvalidFields: naming each field to mend
    :raises Refused: 404 without a call, 409 when applications are closed or this person has applied
    """
    cleaned = inputs.applying(data)
    person = identity.person_of(str(data.get("verification") or ""))
    sealed = identity.sealed_mobile(person) if person is not None else None
    if sealed is None:
        raise InvalidFields({"verification": identity.mobile_wanted(str(data.get("verification") or ""))})
    with unit_of_work("ask"):
        call = _locked(hour_id)
        mobile = decrypt(sealed)
        index = keyed_hash("observer", mobile)
        form_digest = keyed_hash("observer-form", f"{index}:{cleaned['name']}:{cleaned['form_key']}")
        before = Application.objects.filter(call=call, mobile_index=index).first()
        if before is not None and before.form_digest == form_digest:
            return Applied(make_receipt(before.receipt_nonce), before.entry, decrypt(before.salt_sealed))
        if reason := closed_reason(call):
            raise Refused(CONFLICT, "closed", reason)
        if before is not None:
            raise Refused(
                CONFLICT,
                "once",
                _("这个手机号已经报过名。每人只能报一次，换一个姓名也不行；用报名时的查询码可以查看或撤回。"),
            )
        salt, nonce = secrets.token_hex(16), make_nonce()
        receipt = make_receipt(nonce)
        row = Application.objects.create(
            call=call,
            entry=lot.entry_of(salt, mobile),
            name_sealed=encrypt(cleaned["name"]),
            words_sealed=encrypt(cleaned["words"]) if cleaned["words"] else "",
            mobile_sealed=encrypt(mobile),
            salt_sealed=encrypt(salt),
            mobile_index=index,
            form_digest=form_digest,
            receipt_nonce=nonce,
            receipt_digest=keyed_hash(RECEIPT_PURPOSE, receipt),
            consents=cleaned["consents"],
            applied_at=clock.now(),
        )
        record(call.hour_id, "observer.applied", subject="observer", subject_id=row.id)
    return Applied(receipt, row.entry, salt)


def answer(hour_id: int, receipt: str, verb: str) -> None:
    """Confirm, decline or withdraw with the receipt.

    :raises Refused: 404 for an unknown receipt, 409 with the reason
    """
    if verb not in {"confirm", "decline", "withdraw"}:
        raise missing(_("没有这项操作。"))
    with unit_of_work():
        call = _locked(hour_id)
        application = call.applications.filter(receipt_digest=keyed_hash(RECEIPT_PURPOSE, receipt)).first()
        if application is None:
            raise missing(_("没有这个查询码，请核对十二位数字。"))
        application.call = call
        move(application, verb, None)


def move(application: Application, verb: str, actor: int | None) -> None:
    """Change one application in an open unit of work; whoever asks has been checked for a seat.

    :raises Refused: 409 with the reason
    """
    if found := flow.state_refusal(verb, application):
        raise Refused(found.status, found.code, found.message)
    call = application.call
    application.state = flow.APPLICATION_MOVES[verb].target or application.state
    application.answered_at = clock.now()
    if verb == "withdraw":
        steps.erase([application])
        application.state = State.WITHDRAWN
    application.save(update_fields=["state", "answered_at"])
    kind = {"confirm": "observer.confirmed", "decline": "observer.declined"}.get(verb, "observer.withdrawn")
    record(call.hour_id, kind, actor=actor, subject="observer", subject_id=application.id)
    steps.call_next(call, actor)
    steps.settle(call)
