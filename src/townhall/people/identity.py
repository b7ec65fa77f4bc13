"""A citizen's identity: a verified mobile behind, sealed; a name of their choice in front."""

from __future__ import annotations

import re
import secrets
import unicodedata
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.core import signing
from django.utils.translation import gettext as _

from townhall.journal.models import DISTRICT_LINE
from townhall.journal.write import record
from townhall.kernel import clock
from townhall.kernel.errors import TOO_MANY, InvalidFields, Refused
from townhall.kernel.pace import CODES
from townhall.kernel.secrets import decrypt, encrypt, keyed_hash
from townhall.kernel.unit_of_work import leave_no_trace, one_at_a_time, unit_of_work
from townhall.people.models import Contact, SignOn, Verification

if TYPE_CHECKING:
    from collections.abc import Callable

# ASVS 5.0 6.5.5: a code lives at most ten minutes; six digits are 20 bits (6.5.4) with five tries.
CODE_LIFE = timedelta(minutes=10)
CODE_DIGITS = 6
LONGEST_CODE = 40  # as anybody types it; more is not looked at
MOST_ATTEMPTS = 5
# What Chinese gateways themselves allow for one number: 1 a minute, 5 an hour, 10 a day.
SEND_LIMITS = ((timedelta(minutes=1), 1), (timedelta(hours=1), 5), (timedelta(days=1), 10))
TOKEN_LIFE = timedelta(hours=12)
_SALT = "townhall.verification"

# Filled by `config` with outreach's sender: (mobile, code, idempotency key) -> None.
CODE_SENDER: list[Callable[[str, str, str], None]] = []


def clean_mobile(text: str) -> str:
    """A mainland mobile as eleven digits.

    :raises InvalidFields: naming ``mobile``
    """
    digits = re.sub(r"[\s\-().]", "", unicodedata.normalize("NFKC", text))
    digits = re.sub(r"^(\+|00)86", "", digits)
    if not re.fullmatch(r"1[3-9]\d{9}", digits, re.ASCII):
        raise InvalidFields({"mobile": _("请填写 11 位手机号码。")})
    return digits


def _digits(code: str) -> str:
    """A code as it was sent, however a keyboard wrote it: full width, spaces."""
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", code[:LONGEST_CODE]))


def mask_mobile(mobile: str) -> str:
    """``138****8000``."""
    return f"{mobile[:3]}****{mobile[-4:]}"


def _check_pace(index: str, now: datetime) -> None:
    for span, most in SEND_LIMITS:
        if Verification.objects.filter(mobile_index=index, sent_at__gt=now - span).count() >= most:
            raise Refused(
                TOO_MANY,
                "codes",
                _("验证码发送过于频繁，请稍后再试。"),
                retry_after=int(span.total_seconds()),
            )


def start_verification(mobile: str, address: str | None = None) -> datetime:
    """Send a one-time code; returns until when it can be used.

    :param address: what limits count of the request; ``None`` for a trusted network
    :raises InvalidFields: when this is no mobile
    :raises Refused: when codes are asked for too often
    """
    mobile = clean_mobile(mobile)
    if address is not None and (wait := CODES.take(address)):
        raise Refused(TOO_MANY, "codes", _("验证码发送过于频繁，请稍后再试。"), retry_after=wait)
    index = keyed_hash("mobile", mobile)
    now = clock.now()
    code = str(secrets.randbelow(10**CODE_DIGITS)).zfill(CODE_DIGITS)
    with unit_of_work():
        one_at_a_time(index)
        _check_pace(index, now)
        row = Verification.objects.create(
            mobile_index=index,
            mobile_sealed=encrypt(mobile),
            code_digest=keyed_hash("code", f"{index}:{code}"),
            sent_at=now,
            expires_at=now + CODE_LIFE,
        )
        for send in CODE_SENDER:
            send(mobile, code, f"code-{row.id}")
    return row.expires_at


def confirm_verification(mobile: str, code: str) -> tuple[str, datetime]:
    """Exchange mobile and code for a token that stands for the verified person.

    :returns: the token and until when it is valid
    :raises InvalidFields: when the code is wrong, used or too old
    """
    mobile = clean_mobile(mobile)
    index = keyed_hash("mobile", mobile)
    now = clock.now()
    with unit_of_work():
        one_at_a_time(index)
        rows = Verification.objects.filter(mobile_index=index, used_at=None, expires_at__gt=now)
        row = rows.order_by("-id").first()
        right = False
        if row is not None and row.attempts < MOST_ATTEMPTS:
            row.attempts += 1
            right = secrets.compare_digest(row.code_digest, keyed_hash("code", f"{index}:{_digits(code)}"))
            row.used_at = now if right else None
            row.save(update_fields=["attempts", "used_at"])
        if right:
            contact = _contact(index, mobile, verified_at=now)
    if not right:
        raise InvalidFields({"code": _("验证码不对或已过期，请核对，或重新获取。")})
    return token_for(contact, now + TOKEN_LIFE), now + TOKEN_LIFE


def token_for(contact: Contact, until: datetime) -> str:
    """What stands for the verified person; it ends by the clock that everything goes by."""
    return signing.dumps([contact.id, int(until.timestamp())], salt=_SALT)


def vouched_for(provider: str, subject: str, mobile: str) -> tuple[str, datetime]:
    """A token for whom an identity provider vouches: the same person as behind an SMS code for that mobile.

    Without a mobile in this country it is the provider's own name for the person, as a keyed hash.
    """
    now = clock.now()
    try:
        mobile = clean_mobile(mobile)
        index = keyed_hash("mobile", mobile)
    except InvalidFields:
        index, mobile = keyed_hash("subject", f"{provider}:{subject}"), ""
    with unit_of_work():
        one_at_a_time(index)
        contact = _contact(index, mobile, verified_at=now)
    return token_for(contact, now + TOKEN_LIFE), now + TOKEN_LIFE


def _contact(index: str, mobile: str, verified_at: datetime | None) -> Contact:
    contact, _created = Contact.objects.get_or_create(
        mobile_index=index,
        defaults={"mobile_sealed": encrypt(mobile) if mobile else "", "verified_at": verified_at},
    )
    if verified_at and contact.verified_at is None:
        contact.verified_at = verified_at
        contact.save(update_fields=["verified_at"])
    return contact


def person_of(token: str) -> int | None:
    """The contact a verification token stands for; ``None`` when forged or older than 12 hours."""
    try:
        contact, until = signing.loads(token, salt=_SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return int(contact) if clock.now().timestamp() < until else None


def is_person(token: object) -> bool:
    """Whether something sent along is a valid verification token; asks no database."""
    return isinstance(token, str) and token != "" and person_of(token) is not None


def keep_contact(mobile: str) -> Contact:
    """Seal a mobile that a clerk was told; to be called inside a unit of work."""
    mobile = clean_mobile(mobile)
    return _contact(keyed_hash("mobile", mobile), mobile, verified_at=None)


def look_at_contact(contact: Contact, *, actor: int, line: int, question: int, reason: str) -> str:
    """Read a sealed mobile; the look itself is journalled.

    :param reason: a code word such as ``urgent`` or ``reply``
    """
    with unit_of_work():
        record(
            line or DISTRICT_LINE, "contact.seen", actor=actor, subject="question", subject_id=question,
            question=question, reason=reason,
        )  # fmt: skip
    return decrypt(contact.mobile_sealed) if contact.mobile_sealed else ""


def sealed_mobile(contact_id: int) -> str | None:
    """The sealed mobile behind a verified person's token; ``None`` once it was forgotten, or never known."""
    return Contact.objects.filter(id=contact_id).values_list("mobile_sealed", flat=True).first() or None


def mobile_wanted(token: str) -> str:
    """What to say where a mobile is needed and this token leads to none."""
    if person_of(token) is None:
        return _("请先验证手机号码。")
    return _("您登录的账号没有提供手机号，这里要用短信联系您，请用短信验证手机号。")


def has_mobile(token: str) -> bool:
    """Whether the token stands for a person whom a message can reach."""
    person = person_of(token) if token else None
    return person is not None and sealed_mobile(person) is not None


def forget_person(mobile: str) -> None:
    """Delete a citizen's mobile for good, unless another room still needs it; inside a unit of work.

    What remains for a day is the keyed hash that limits how often codes are sent to this number.
    """
    forget_index(keyed_hash("mobile", mobile))


def forget_index(index: str) -> None:
    """The same by the keyed hash that the person is found by."""
    Verification.objects.filter(mobile_index=index).update(mobile_sealed="")
    contact = Contact.objects.filter(mobile_index=index).first()
    if contact is None:
        return
    for relation in Contact._meta.related_objects:  # noqa: SLF001 - the one list of who else refers to it
        if relation.related_model._base_manager.filter(**{relation.field.name: contact}).exists():  # noqa: SLF001
            return
    contact.delete()


def forget_spent_codes() -> None:
    """Delete one-time codes that neither open anything nor limit anything any more, and sign-ons that are over."""
    codes = Verification.objects.filter(sent_at__lte=clock.now() - SEND_LIMITS[-1][0])
    for spent in (codes, SignOn.objects.filter(expires_at__lte=clock.now())):
        if spent.exists():
            with unit_of_work():
                leave_no_trace()
                spent.delete()
