"""Signing in, proving, locking, and the factors with which staff prove who they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from townhall.journal.models import DISTRICT_LINE
from townhall.journal.write import record
from townhall.kernel import clock
from townhall.kernel.errors import CONFLICT, InvalidFields, Refused
from townhall.kernel.secrets import decrypt, encrypt, keyed_hash
from townhall.kernel.unit_of_work import unit_of_work
from townhall.signon import browsers, codes, standing
from townhall.signon.choices import Ended, Lapse, Means
from townhall.signon.models import BindingCode, CodeGenerator, Device, RecoveryCode, SignIn

if TYPE_CHECKING:
    from townhall.people.models import Account
    from townhall.people.standing import Standing


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


def _tell(account: Account, kind: str, **facts: str | int | None) -> None:
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


def needs_binding_code(account: Account) -> bool:
    """Whether the operator handed out a code that must be typed before a new factor is taken."""
    return BindingCode.objects.filter(account=account).exists()


def add_generator(account: Account, visit: Visit, secret: str, typed: dict[str, str]) -> list[str]:
    """Take a new authenticator app once it has shown a right code; this also proves the sign-in at hand.

    :param typed: ``code``, and ``binding`` where a binding code was handed out
    :returns: ten new codes for paper, shown this once
    :raises InvalidFields: naming what does not fit
    :raises Refused: when the person has an app already and has not proved themselves with it
    """
    now = clock.now()
    step = codes.step_of(secret, typed.get("code", ""), now, 0)
    if step is None:
        raise _wrong_code()
    with unit_of_work():
        row = standing.current(account, visit.session_key)
        if standing.has_factor(account) and standing.of(account, row).proved_at is None:
            raise Refused(CONFLICT, "has_factor", _("您已经绑定过，请先用原来的方式验证。"))
        handed = BindingCode.objects.filter(account=account).first()
        if handed is not None:
            digest = keyed_hash("binding", f"{account.id}:{codes.digits(typed.get('binding', ''))}")
            if digest != handed.digest:
                raise InvalidFields({"binding": _("绑定码不对，请向技术保障索取。")})
            handed.delete()
        CodeGenerator.objects.update_or_create(
            account=account,
            defaults={"secret_sealed": encrypt(secret), "last_step": step, "added_at": now},
        )
        _tell(account, "signon.factor_added", means=str(Means.CODE.value))
        made = _make_recovery_codes(account)
        _proved(account, visit, Means.CODE)
    return made


def _make_recovery_codes(account: Account) -> list[str]:
    RecoveryCode.objects.filter(account=account).delete()
    made = [codes.make_paper_code() for _number in range(codes.RECOVERY_CODES)]
    RecoveryCode.objects.bulk_create(
        RecoveryCode(account=account, digest=keyed_hash("recovery", f"{account.id}:{codes.digits(code)}"))
        for code in made
    )
    _tell(account, "signon.codes_made")
    return made


def reset(account: Account) -> str:
    """Take a person's second factors away, when phone and paper are lost; the operator's act, from the machine.

    What they had open lapses. New factors are taken only with the code returned here, which the operator hands over
    in person: neither the one who knows the password nor the one at the machine gets in alone.

    :returns: the binding code, shown this once
    """
    code = codes.make_paper_code()
    with unit_of_work():
        CodeGenerator.objects.filter(account=account).delete()
        RecoveryCode.objects.filter(account=account).delete()
        SignIn.objects.filter(account=account).update(means="", proved_at=None, lapse="")
        BindingCode.objects.update_or_create(
            account=account,
            defaults={
                "digest": keyed_hash("binding", f"{account.id}:{codes.digits(code)}"), "made_at": clock.now(),
            },
        )  # fmt: skip
        record(DISTRICT_LINE, "signon.factors_reset", subject="account", subject_id=account.id)
    return code
