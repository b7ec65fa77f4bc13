"""What anybody may see of an hour's observers: the rule, the hashes, the result, the approved minutes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings

from townhall.hours.models import OfficeHour
from townhall.kernel import clock
from townhall.kernel.secrets import decrypt, keyed_hash, make_receipt
from townhall.observers import flow, lot
from townhall.observers.choices import SEATED, CallState, State, TalkState
from townhall.observers.citizen_actions import RECEIPT_PURPOSE, closed_reason
from townhall.observers.models import Application, Call, Talk
from townhall.people import identity

_UNBEGUN = frozenset({CallState.NONE.value, CallState.SKIPPED.value})


def get(hour: OfficeHour) -> dict[str, Any]:
    """The hour's call as the public page shows it; ``state`` is ``none`` when nothing was opened."""
    call = Call.objects.filter(hour=hour).first() or Call(hour=hour, state=CallState.NONE)
    call.hour = hour
    shown: dict[str, Any] = {"state": call.state, "keep_days": call.keep_days or settings.OBSERVER_DAYS}
    if call.state in _UNBEGUN:
        return shown
    reason = closed_reason(call)
    return {
        **shown,
        "state_label": CallState(call.state).label,
        "accepting": reason is None,
        "closed_reason": str(reason or ""),
        "quota": call.quota,
        "place": call.place,
        "conditions": call.conditions,
        "closes_at": call.closes_at,
        "source": call.source,
        "source_at": call.source_at,
        "commitment": call.commitment,
        "by_lot": call.by_lot,
        "is_listed": bool(call.list_digest),
        "list_digest": call.list_digest,
        "total": len(call.listed),
        "secret": call.secret,
        "value": call.value,
        "value_read": lot.canonical(call.value),
        "seed": call.seed,
        "drawn_at": call.drawn_at,
        "result": _result(call),
        "minutes": _minutes(call),
    }


def is_open(hour_id: int) -> bool | None:
    """Whether applications are open, for the way from the hour's page; ``None`` when there is nothing to see."""
    state = (
        Call.objects.filter(hour=hour_id).exclude(state__in=_UNBEGUN).values_list("state", flat=True).first()
    )
    return None if state is None else state == CallState.OPEN


def _result(call: Call) -> list[dict[str, Any]]:
    """Everybody in the list by hash: the place, and who holds a seat now."""
    if call.state not in {CallState.DRAWN, CallState.INVITING}:
        return []
    rows = call.applications.exclude(rank=None).order_by("rank").values_list("rank", "entry", "state")
    return [
        {"rank": rank, "entry": entry, "first": (rank or 0) <= call.quota, "seated": state in SEATED}
        for rank, entry, state in rows
    ]


def _minutes(call: Call) -> str:
    rows = Talk.objects.filter(call=call, state=TalkState.APPROVED)
    return rows.values_list("public_minutes", flat=True).first() or ""


def _when(moment: Any) -> str | None:
    return clock.local(moment).isoformat(timespec="seconds") if moment else None


def lot_sheet(hour: OfficeHour) -> dict[str, Any] | None:
    """The lot as a file for :mod:`townhall.observers.lot`; the list only once it is frozen, then never otherwise."""
    call = Call.objects.filter(hour=hour).exclude(state__in=_UNBEGUN).first()
    if call is None:
        return None
    drawn = bool(call.seed)
    return {
        "format": lot.FORMAT,
        "hour": hour.slug,
        "state": call.state,
        "quota": call.quota,
        "opened_at": _when(call.opened_at),
        "closes_at": _when(call.closes_at),
        "source": call.source,
        "source_at": _when(call.source_at),
        "commitment": call.commitment,
        "entries": call.listed,
        "list_digest": call.list_digest or lot.list_digest_of([]),
        "by_lot": drawn,
        "secret": call.secret or None,
        "value": call.value or None,
        "seed": call.seed or None,
        "ranking": lot.ranking(call.seed, call.listed) if drawn else [],
        "drawn_at": _when(call.drawn_at),
    }


def verifier() -> str:
    """The verifier's source, as anybody may download and run it."""
    return Path(lot.__file__).read_text(encoding="utf-8")


# -- one's own application, opened by its receipt ---------------------------------------------------------


def mine(hour: OfficeHour, receipt: str) -> dict[str, Any] | None:
    """What became of my application; ``None`` for an unknown receipt."""
    row = (
        Application.objects.select_related("call")
        .filter(call__hour=hour, receipt_digest=keyed_hash(RECEIPT_PURPOSE, receipt))
        .first()
    )
    if row is None:
        return None
    row.call.hour = hour
    return {
        "state": row.state,
        "state_label": State(row.state).label,
        "rank": row.rank,
        "entry": row.entry,
        "salt": decrypt(row.salt_sealed) if row.salt_sealed else "",
        "name": decrypt(row.name_sealed) if row.name_sealed else "",
        "mobile": identity.mask_mobile(decrypt(row.mobile_sealed)) if row.mobile_sealed else "",
        "confirm_by": row.confirm_by,
        "applied_at": row.applied_at,
        "gone": not row.mobile_sealed,
        "can": {
            verb: str(refusal.message) if (refusal := flow.refusal(None, verb, row)) else ""
            for verb in ("confirm", "decline", "withdraw")
        },
    }


def lost_receipt(hour: OfficeHour, verification: str) -> str | None:
    """The receipt of this verified person's application, for somebody who has lost it."""
    person = identity.person_of(verification) if verification else None
    sealed = identity.sealed_mobile(person) if person is not None else None
    if not sealed:
        return None
    index = keyed_hash("observer", decrypt(sealed))
    nonce = (
        Application.objects.filter(call__hour=hour, mobile_index=index)
        .values_list("receipt_nonce", flat=True)
        .first()
    )
    return make_receipt(nonce) if nonce else None
