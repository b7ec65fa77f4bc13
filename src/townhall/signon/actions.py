"""Signing in, proving, locking, and the factors with which staff prove who they are."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from townhall.journal.models import DISTRICT_LINE
from townhall.journal.write import record
from townhall.kernel import clock
from townhall.kernel.errors import CONFLICT, FORBIDDEN, InvalidFields, Refused
from townhall.kernel.secrets import decrypt, encrypt, keyed_hash
from townhall.kernel.unit_of_work import unit_of_work
from townhall.people.models import Account
from townhall.signon import browsers, codes, passkeys, passwords, places, standing
from townhall.signon.choices import Ended, Lapse, Means
from townhall.signon.models import (
    BindingCode,
    CodeGenerator,
    Device,
    OwnPassword,
    Passkey,
    RecoveryCode,
    SignIn,
)

if TYPE_CHECKING:
    from townhall.people.standing import Standing

logger = logging.getLogger("townhall.signon")


@dataclass(frozen=True, slots=True)
class Visit:
    """The browser somebody sits at.

    :param session_key: of Django's session
    :param device: the secret by which the browser is known again; empty when it has none yet
    :param user_agent: what it says of itself; only two words of it are kept
    """

    session_key: str
    device: str
    user_agent: str


def _tell(account: Account, kind: str, **facts: Any) -> None:
    record(DISTRICT_LINE, kind, actor=account.id, subject="account", subject_id=account.id, **facts)


def begin(account: Account, visit: Visit) -> SignIn:
    """Note a sign-in with the right password."""
    now = clock.now()
    browser, system = browsers.named(visit.user_agent)
    with unit_of_work():
        row, _new = SignIn.objects.update_or_create(
            session_key=visit.session_key,
            defaults={
                "account": account, "browser": browser, "system": system, "began_at": now, "seen_at": now,
                "device": None, "means": "", "proved_at": None, "lapse": "", "ended_at": None, "ended": "",
            },
        )  # fmt: skip
        _tell(account, "signon.began", sign_in=row.id)
    return row


def end(account: Account, session_key: str) -> None:
    """Note that somebody signed out."""
    with unit_of_work():
        row = standing.current(account, session_key)
        if row is None:
            return
        row.ended_at, row.ended, row.proved_at = clock.now(), Ended.OUT, None
        row.save()
        _tell(account, "signon.ended", sign_in=row.id, how=row.ended)


def lapse(row: SignIn, why: Lapse) -> None:
    """What was proved in a sign-in no longer counts."""
    with unit_of_work():
        row.proved_at, row.lapse = None, why
        row.save(update_fields=["proved_at", "lapse"])
        _tell(row.account, "signon.lapsed", sign_in=row.id, why=str(why.value))


def see(row: SignIn) -> None:
    """A person did something at this desk; kept by the minute, and no history."""
    now = clock.now()
    if now - row.seen_at >= standing.SEEN_EVERY:
        with unit_of_work():
            SignIn.objects.filter(id=row.id).update(seen_at=now)


def _wrong_code() -> InvalidFields:
    return InvalidFields({"code": _("验证码不对，或已经用过。请等它变化后再输一次。")})


def prove(account: Account, visit: Visit, code: str) -> Standing:
    """Take a code of the app, or one of the codes on paper, as proof of who signs in here.

    From now on this is the device this person signs on; what they proved elsewhere lapses.

    :raises InvalidFields: when the code is wrong or was used before
    """
    with unit_of_work():
        means = _use_code(account, code)
        if means is not None:
            _proved(account, visit, means)
    if means is None:
        raise _wrong_code()
    return standing.of(account, standing.current(account, visit.session_key))


def _use_code(account: Account, code: str) -> Means | None:
    now = clock.now()
    generator = CodeGenerator.objects.select_for_update().filter(account=account).first()
    if generator is not None:
        step = codes.step_of(decrypt(generator.secret_sealed), code, now, generator.last_step)
        if step is not None:
            generator.last_step = step
            generator.save(update_fields=["last_step"])
            return Means.CODE
    digest = keyed_hash("recovery", f"{account.id}:{codes.digits(code)}")
    used = RecoveryCode.objects.filter(account=account, digest=digest, used_at=None).update(used_at=now)
    return Means.RECOVERY if used else None


def _proved(account: Account, visit: Visit, means: Means) -> None:
    """Note the proof; inside a unit of work."""
    now = clock.now()
    device = _device(account, visit)
    row = standing.current(account, visit.session_key)
    if row is None:
        browser, system = browsers.named(visit.user_agent)
        row = SignIn(
            account=account, session_key=visit.session_key, browser=browser, system=system, began_at=now
        )
    row.means, row.proved_at, row.seen_at, row.lapse, row.device = means, now, now, "", device
    row.save()
    others = SignIn.objects.filter(account=account, proved_at__isnull=False).exclude(id=row.id)
    others.update(proved_at=None, lapse=Lapse.MOVED)
    _tell(account, "signon.proved", sign_in=row.id, means=str(means.value), device=device.id)


def _device(account: Account, visit: Visit) -> Device:
    browser, system = browsers.named(visit.user_agent)
    device, _new = Device.objects.get_or_create(
        account=account,
        digest=keyed_hash("device", visit.device),
        defaults={
            "browser": browser, "system": system, "mobile": system in browsers.MOBILE_SYSTEMS,
            "first_at": clock.now(),
        },
    )  # fmt: skip
    return device


def register_device(account: Account, visit: Visit, address: str) -> None:
    """Let this browser open staff pages from anywhere; done inside, so that nobody does it to themselves outside.

    :raises Refused: outside the networks that staff work in
    """
    if not places.is_inside(address):
        raise Refused(FORBIDDEN, "place", _("请在办公网络内登记设备。"))
    with unit_of_work():
        device = _device(account, visit)
        device.registered_at = clock.now()
        device.save(update_fields=["registered_at"])
        _tell(account, "signon.device_registered", device=device.id, mobile=device.mobile)


def release_device(account: Account, device_id: int, *, by: Account) -> None:
    """Take that back, for a device that is lost or given away."""
    with unit_of_work():
        found = Device.objects.filter(account=account, id=device_id, registered_at__isnull=False)
        if found.update(registered_at=None):
            record(
                DISTRICT_LINE, "signon.device_released", actor=by.id, subject="account", subject_id=account.id,
                device=device_id,
            )  # fmt: skip


def needs_binding_code(account: Account) -> bool:
    """Whether the operator handed out a code that must be typed before a new factor is taken."""
    return BindingCode.objects.filter(account=account).exists()


def add_generator(account: Account, visit: Visit, secret: str, typed: dict[str, str]) -> list[str]:
    """Take a new authenticator app once it has shown a right code; this also proves the sign-in at hand.

    :param typed: ``code``, and ``binding`` where a binding code was handed out
    :returns: ten new codes for paper, shown this once
    :raises InvalidFields: naming what does not fit
    :raises Refused: when the person has a factor already and has not proved themselves with it
    """
    now = clock.now()
    step = codes.step_of(secret, typed.get("code", ""), now, 0)
    if step is None:
        raise _wrong_code()
    with unit_of_work():
        _may_add(account, visit, typed.get("binding", ""))
        CodeGenerator.objects.update_or_create(
            account=account,
            defaults={"secret_sealed": encrypt(secret), "last_step": step, "added_at": now},
        )
        return _added(account, visit, Means.CODE)


def add_passkey(account: Account, visit: Visit, state: dict[str, Any], typed: dict[str, str]) -> list[str]:
    """Take a new passkey; this also proves the sign-in at hand.

    :param state: what :func:`passkeys.ask_to_make` gave to keep
    :param typed: ``answer`` of the browser, and ``binding`` where a binding code was handed out
    :returns: ten new codes for paper with a first factor, else none
    :raises InvalidFields: naming what does not fit
    :raises Refused: when the person has a factor already and has not proved themselves with it
    """
    try:
        credential_id, data = passkeys.made(state, typed.get("answer", ""))
    except passkeys.WrongPasskey:
        raise _wrong_passkey() from None
    browser, system = browsers.named(visit.user_agent)
    with unit_of_work():
        first = not standing.has_factor(account)
        _may_add(account, visit, typed.get("binding", ""))
        if Passkey.objects.filter(credential_id=credential_id).exists():
            raise _wrong_passkey()
        Passkey.objects.create(
            account=account, credential_id=credential_id, data=data, browser=browser, system=system,
            added_at=clock.now(),
        )  # fmt: skip
        return _added(account, visit, Means.PASSKEY, make_codes=first)


def _wrong_passkey() -> InvalidFields:
    return InvalidFields({"passkey": _("没有成功，请再试一次，或换一种方式。")})


def _may_add(account: Account, visit: Visit, binding: str) -> None:
    """:raises Refused: past an earlier factor; :raises InvalidFields: with a wrong binding code"""
    row = standing.current(account, visit.session_key)
    if standing.has_factor(account) and standing.of(account, row).proved_at is None:
        raise Refused(CONFLICT, "has_factor", _("您已经绑定过，请先用原来的方式验证。"))
    handed = BindingCode.objects.filter(account=account).first()
    if handed is None:
        return
    if keyed_hash("binding", f"{account.id}:{codes.digits(binding)}") != handed.digest:
        raise InvalidFields({"binding": _("绑定码不对，请向技术保障索取。")})
    if clock.now() - handed.made_at >= passwords.HANDED_LIFE:
        raise InvalidFields({"binding": _("绑定码已过期，请向技术保障另要一个。")})
    handed.delete()


def _added(account: Account, visit: Visit, means: Means, *, make_codes: bool = True) -> list[str]:
    _tell(account, "signon.factor_added", means=str(means.value))
    made = _make_recovery_codes(account) if make_codes else []
    _proved(account, visit, means)
    return made


def known_passkeys(account: Account) -> list[bytes]:
    """What checks this person's passkeys."""
    return [bytes(data) for data in Passkey.objects.filter(account=account).values_list("data", flat=True)]


def prove_by_passkey(account: Account, visit: Visit, state: dict[str, Any], answer: str) -> None:
    """Take a shown passkey as proof of who signs in here.

    :param state: what :func:`passkeys.ask_to_show` gave to keep
    :raises InvalidFields: when it is none of theirs, an old answer, or a copied key that counts backwards
    """
    try:
        found = passkeys.shown(state, known_passkeys(account), answer)
    except passkeys.WrongPasskey:
        raise _wrong_passkey() from None
    with unit_of_work():
        row = Passkey.objects.select_for_update().get(account=account, credential_id=found.credential_id)
        if found.counter <= row.counter and (found.counter or row.counter):
            raise _wrong_passkey()
        row.counter = found.counter
        row.save(update_fields=["counter"])
        _proved(account, visit, Means.PASSKEY)


def remove_passkey(account: Account, session_key: str, passkey_id: int) -> None:
    """Take a passkey back; the last factor of somebody who needs one stays.

    :raises Refused: unless the second factor was shown in this sign-in, or when it is the last one
    """
    with unit_of_work():
        row = standing.current(account, session_key)
        if standing.of(account, row).proved_at is None:
            raise Refused(FORBIDDEN, "proof", _("请先做二次验证，再办这一步。"))
        own = Passkey.objects.filter(account=account)
        last = own.count() == 1 and not CodeGenerator.objects.filter(account=account).exists()
        if last:
            raise Refused(CONFLICT, "last_factor", _("这是唯一的二次验证方式，请先绑定另一种再移除。"))
        if own.filter(id=passkey_id).delete()[0]:
            _tell(account, "signon.factor_removed", means=str(Means.PASSKEY.value))


def _make_recovery_codes(account: Account) -> list[str]:
    RecoveryCode.objects.filter(account=account).delete()
    made = [codes.make_paper_code() for _number in range(codes.RECOVERY_CODES)]
    RecoveryCode.objects.bulk_create(
        RecoveryCode(account=account, digest=keyed_hash("recovery", f"{account.id}:{codes.digits(code)}"))
        for code in made
    )
    _tell(account, "signon.codes_made")
    return made


def reset(account: Account, *, by: int | None = None) -> str:
    """Take a person's second factors away, when phone and paper are lost; the operator's act, from the machine.

    What they had open lapses. New factors are taken only with the code returned here, which the operator hands over
    in person: neither the one who knows the password nor the one at the machine gets in alone.

    :returns: the binding code, shown this once
    """
    code = codes.make_paper_code()
    with unit_of_work():
        CodeGenerator.objects.filter(account=account).delete()
        Passkey.objects.filter(account=account).delete()
        RecoveryCode.objects.filter(account=account).delete()
        SignIn.objects.filter(account=account).update(means="", proved_at=None, lapse="")
        BindingCode.objects.update_or_create(
            account=account,
            defaults={
                "digest": keyed_hash("binding", f"{account.id}:{codes.digits(code)}"), "made_at": clock.now(),
            },
        )  # fmt: skip
        record(DISTRICT_LINE, "signon.factors_reset", actor=by, subject="account", subject_id=account.id)
    return code


def renew_recovery_codes(account: Account, session_key: str) -> list[str]:
    """Ten new codes for paper; the old ones no longer open.

    :raises Refused: unless the second factor was shown in this sign-in
    """
    with unit_of_work():
        row = standing.current(account, session_key)
        if not standing.has_factor(account) or standing.of(account, row).proved_at is None:
            raise Refused(FORBIDDEN, "proof", _("请先做二次验证，再办这一步。"))
        return _make_recovery_codes(account)


def stop(account: Account, ids: list[int], *, by: Account) -> int:
    """End sign-ins of a person at once, wherever they are open.

    :returns: how many were still open
    """
    now = clock.now()
    with unit_of_work():
        rows = list(SignIn.objects.filter(account=account, id__in=ids, ended_at=None))
        for row in rows:
            _sessions().SessionStore(session_key=row.session_key).delete()
            row.ended_at, row.ended, row.proved_at = now, Ended.STOPPED, None
            row.save(update_fields=["ended_at", "ended", "proved_at"])
            record(
                DISTRICT_LINE, "signon.ended", actor=by.id, subject="account", subject_id=account.id,
                sign_in=row.id, how=str(row.ended),
            )  # fmt: skip
    return len(rows)


def _sessions() -> Any:
    return import_module(settings.SESSION_ENGINE)


def change_password(account: Account, old: str, new: str) -> None:
    """Choose another password; whatever else is open under the old one ends by it.

    :raises InvalidFields: when the old one is wrong, or the new one breaks a rule
    """
    if not account.check_password(old):
        raise InvalidFields({"old": _("原密码不对。")})
    if old == new:
        raise InvalidFields({"new": _("新密码不能与原密码相同。")})
    try:
        validate_password(new, account)
    except ValidationError as broken:
        raise InvalidFields({"new": " ".join(broken.messages)}) from None
    with unit_of_work():
        account.set_password(new)
        account.save(update_fields=["password"])
        OwnPassword.objects.create(account=account, hashed=account.password, at=clock.now())
        _tell(account, "signon.password_changed")


def give_password(account: Account, password: str, *, by: Account | None = None) -> None:
    """Set a first password again; its owner changes it before anything else, and within the days that one lasts.

    :param by: the administrator; nobody for the operator at the machine
    """
    with unit_of_work():
        account.set_password(password)
        account.password_given_at = clock.now()
        account.save(update_fields=["password", "password_given_at"])
        OwnPassword.objects.filter(account=account).delete()
        record(
            DISTRICT_LINE, "account.changed", actor=by.id if by else None, subject="account", subject_id=account.id,
            field="password",
        )  # fmt: skip


def asks_for_kinds() -> bool:
    """Whether passwords must be mixed here, so that the page can say so beforehand."""
    return bool(settings.PASSWORD_POLICY == passwords.DENGBAO)


def follow(account: Account, old_key: str, new_key: str) -> None:
    """A browser's session got a new key with the new password; it is the same sign-in, the others have ended."""
    with unit_of_work():
        SignIn.objects.filter(account=account, session_key=old_key).update(session_key=new_key)
        others = SignIn.objects.filter(account=account, ended_at=None).exclude(session_key=new_key)
        others.update(ended_at=clock.now(), ended=Ended.STOPPED, proved_at=None)


def note_wrong(account: Account | None, what: str) -> None:
    """Write down that a password or a code was wrong; a line of the log each, the journal only hears of the end.

    :param account: whose it would have been; never the name that was typed, which may be a password in the wrong field
    :param what: ``password`` or ``code``
    """
    logger.warning("a wrong %s for %s", what, f"account {account.id}" if account else "nobody")


def account_called(username: str) -> Account | None:
    """Whose name was typed at the door."""
    return Account.objects.filter(username__iexact=username).first()


def lock_out(username: str) -> None:
    """Note that somebody's password was wrong too often; nothing is noted of names that nobody has."""
    account = account_called(username)
    if account is not None:
        with unit_of_work():
            record(DISTRICT_LINE, "signon.locked_out", subject="account", subject_id=account.id)
