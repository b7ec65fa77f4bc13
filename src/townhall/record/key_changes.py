"""Changing the key that signs the record takes two administrators, as taking a text away does, and then the machine.

One proposes, another confirms, each with the second factor shown; only then does ``townhall record-key`` do it, where
the key lies. Whoever reaches one of them alone - an account or the machine - puts no key of their own in its place.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from townhall.journal.models import DISTRICT_LINE
from townhall.journal.write import record
from townhall.kernel import clock
from townhall.kernel.errors import CONFLICT, FORBIDDEN, InvalidFields, Refused, missing
from townhall.kernel.flow import Refusal
from townhall.kernel.unit_of_work import one_at_a_time, unit_of_work
from townhall.people.models import Office
from townhall.record import actions, keys, notes, published
from townhall.record.choices import KeyChangeKind
from townhall.record.models import Key, KeyChange
from townhall.signon import administration

if TYPE_CHECKING:
    from townhall.people.models import Account

# Who keeps accounts and who keeps rights: never one person (GB/T 22239-2019, 8.1.4.2 d).
KEEPERS = frozenset({Office.Role.SYSTEM.value, Office.Role.SECURITY.value})
# A decision is for now: what two people agreed on is not kept in a drawer until it suits one of them.
LASTS = timedelta(days=7)


def open_change() -> KeyChange | None:
    """The change that is proposed or confirmed and still to be done."""
    return KeyChange.objects.filter(ended_at=None, proposed_at__gt=clock.now() - LASTS).first()


def refusal(account: Account, verb: str, change: KeyChange | None) -> Refusal | None:
    """Why this person may not do this to the open change; ``None`` when they may.

    :param verb: ``propose``, ``confirm``, ``withdraw``
    :param change: from :func:`open_change`
    """
    if not administration.offices_of(account) & KEEPERS:
        return Refusal(FORBIDDEN, "office", _("签名密钥由系统管理员和安全管理员一起更换。"))
    if account.standing.is_due:
        return Refusal(FORBIDDEN, "proof", _("请先做二次验证，再办这一步。"))
    if verb == "propose":
        return Refusal(CONFLICT, "open", _("已有一项更换还没有办完。")) if change else None
    if change is None:
        return Refusal(CONFLICT, "none", _("没有待办的更换；提出 7 天后没有办的已经作废。"))
    if verb == "confirm" and change.confirmed_at is not None:
        return Refusal(CONFLICT, "confirmed", _("已经有人确认。"))
    if verb == "confirm" and change.proposed_by_id == account.id:
        return Refusal(FORBIDDEN, "second_person", _("您提出的，须由另一位管理员确认。"))
    return None


def _demand(account: Account, verb: str, change: KeyChange | None) -> None:
    if found := refusal(account, verb, change):
        raise Refused(found.status, found.code, found.message)


def _fingerprint() -> str:
    """The newest key's, as the journal writes it; empty while there is none."""
    known = actions.known_keys()
    return known[0].fingerprint.replace(" ", "") if known else ""


def _tell(kind: str, change: KeyChange, account: Account) -> None:
    record(
        DISTRICT_LINE, kind, actor=account.id, subject="key_change", subject_id=change.id, what=change.what,
        fingerprint=change.fingerprint,
    )  # fmt: skip


def propose(account: Account, what: str) -> KeyChange:
    """Propose to take a new key into use, or to let only the newest sign.

    :param what: one of :class:`KeyChangeKind`
    :raises Refused: 403 or 409 with the reason
    :raises InvalidFields: for anything else
    """
    if what not in KeyChangeKind.values:
        raise InvalidFields({"what": _("请选择要办的事。")})
    with unit_of_work():
        one_at_a_time("record key")
        _demand(account, "propose", open_change())
        if not _is_possible(what):
            raise Refused(CONFLICT, "only_one", _("现在只有一把密钥在签名，没有可以停用的。"))
        change = KeyChange.objects.create(
            what=what, fingerprint=_fingerprint(), proposed_by=account, proposed_at=clock.now()
        )
        _tell("record.key_change_proposed", change, account)
    return change


def _is_possible(what: str) -> bool:
    """Whether there is anything to retire; a new key can always be taken into use."""
    return what != KeyChangeKind.RETIRE or Key.objects.filter(retired_at=None).count() > 1


def confirm(account: Account, change_id: int) -> None:
    """Confirm what somebody else proposed; now the machine may do it.

    :raises Refused: 403 for whoever proposed it, 404, 409 with the reason
    """
    with unit_of_work():
        change = _the_open(change_id)
        _demand(account, "confirm", change)
        change.confirmed_by, change.confirmed_at = account, clock.now()
        change.save(update_fields=["confirmed_by", "confirmed_at"])
        _tell("record.key_change_confirmed", change, account)


def withdraw(account: Account, change_id: int) -> None:
    """Call it off, before it is done; either of the administrators may.

    :raises Refused: 403, 404 or 409 with the reason
    """
    with unit_of_work():
        change = _the_open(change_id)
        _demand(account, "withdraw", change)
        change.ended_at = clock.now()
        change.save(update_fields=["ended_at"])
        _tell("record.key_change_withdrawn", change, account)


def _the_open(change_id: int) -> KeyChange:
    one_at_a_time("record key")
    change = open_change()
    if change is None or change.id != change_id:
        raise missing(_("没有待办的更换；提出 7 天后没有办的已经作废。"))
    return change


def shown(account: Account) -> dict[str, Any]:
    """What the administrators' page shows.

    :raises Refused: 403 for anybody else
    """
    if not administration.offices_of(account) & KEEPERS:
        _demand(account, "propose", None)
    change = open_change()
    return {
        "keys": published.keys(),
        "change": change,
        "kinds": [(value, label) for value, label in KeyChangeKind.choices if _is_possible(value)],
        "refused": {verb: refusal(account, verb, change) for verb in ("propose", "confirm", "withdraw")},
    }


# -- on the machine, where the key lies --------------------------------------------------------------------------


def rotate_key() -> list[notes.Signer]:
    """Take a new key into use, beside the old ones, which sign until they are retired.

    A new one is made, unless one that the record does not know lies before the others already: put there by whoever
    keeps the key in a setting, or left there when this was interrupted.

    :raises KeyMissing: unless two administrators have decided it, or when a setting holds no new key
    """
    change = _decided(KeyChangeKind.ROTATE)
    found: list[notes.Signer] = []
    with suppress(keys.KeyMissing):  # a lost key is replaced by a new one, in everybody's sight
        found = keys.signers()
    known = {one.vkey for one in actions.known_keys()}
    if not found or found[0].verifier.vkey in known:
        if keys.is_in_environment():
            message = (
                "the key comes from TOWNHALL_RECORD_KEY: put the new one before the others there, then again"
            )
            raise keys.KeyMissing(message)
        found = [notes.make_signer(_name()), *found]
        keys.keep(found)
    if found[0].name != _name():
        message = f"the new key is named {found[0].name}, the record {_name()}, for ever"
        raise keys.KeyMissing(message)
    with unit_of_work():
        _done(change)
        actions.register(found)
    return found


def retire_key() -> list[notes.Signer]:
    """Let only the newest key sign from now on; the others' signatures stay verifiable.

    :raises KeyMissing: unless two administrators have decided it, or when there is nothing to retire
    """
    change = _decided(KeyChangeKind.RETIRE)
    found = keys.signers()
    newest = found[0].verifier.vkey
    older = Key.objects.filter(retired_at=None).exclude(vkey=newest)
    if not older.exists():
        message = "only one key signs; make the next one first: townhall record-key --rotate"
        raise keys.KeyMissing(message)
    if len(found) > 1:
        if keys.is_in_environment():
            message = "the keys come from TOWNHALL_RECORD_KEY: take the older ones out there, then again"
            raise keys.KeyMissing(message)
        keys.keep(found[:1])
    with unit_of_work():
        _done(change)
        for row in older:
            Key.objects.filter(id=row.id).update(retired_at=clock.now())
            actions.tell("record.key_retired", notes.verifier(row.vkey))
    return found[:1]


def _name() -> str:
    known = actions.known_keys()
    return known[0].name if known else keys.origin()


def _decided(what: KeyChangeKind) -> KeyChange:
    """The decision of two people for this, about the key that is still the newest."""
    change = open_change()
    if (
        change is None
        or change.what != what
        or change.confirmed_at is None
        or change.fingerprint != _fingerprint()
    ):
        message = (
            "two administrators decide this first: one proposes it, another confirms it, at "
            "/desk/administration/record-key/; nothing was changed"
        )
        raise keys.KeyMissing(message)
    return change


def _done(change: KeyChange) -> None:
    change.ended_at, change.is_done = clock.now(), True
    change.save(update_fields=["ended_at", "is_done"])
