"""What anybody may do: follow a promise, a unit or a subject; confirm; stop with one tap."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from townhall.following import erasing, links, slots, things
from townhall.following.choices import CONFIRM_LIFE, CONFIRM_LIMITS, MOST_FOLLOWS, Kind
from townhall.following.models import ALIVE, Follow
from townhall.journal.models import DISTRICT_LINE
from townhall.journal.write import record
from townhall.kernel import clock
from townhall.kernel.errors import CONFLICT, InvalidFields, Refused, missing
from townhall.kernel.secrets import decrypt, encrypt, make_nonce
from townhall.kernel.unit_of_work import one_at_a_time, unit_of_work
from townhall.outreach.models import Message
from townhall.outreach.sealing import index_of
from townhall.people.identity import mobile_wanted, person_of
from townhall.people.models import Contact
from townhall.questions import citizen_actions as questions

if TYPE_CHECKING:
    from townhall.following.things import Thing

SMS, MAIL = "sms", "mail"
CONFIRMATION = "follow_agree"
LONGEST_MAIL = 120


def thing(kind: str, target: str) -> Thing:
    """What somebody wants to follow.

    :raises Refused: 404 when it is not public, 409 when there will be no more news of it
    """
    found = things.find(kind, target)
    if found is None:
        raise missing(_("没有这个页面，或者它没有公开。"))
    if not found.goes_on:
        raise Refused(CONFLICT, "over", _("这项承诺已经有了结果，不会再有新的进展，不用订阅。"))
    return found


def follow_by_mail(kind: str, target: str, address: str, *, lang: str = "zh") -> None:
    """Send this address a link; what is followed is told once its owner has used it.

    Says nothing about whether the address is known, confirmed or written to too often: who fills in the form need
    not be its owner.

    :raises Refused: 404 or 409 as :func:`thing`, 409 without mail here
    :raises InvalidFields: naming ``mail``
    """
    wanted = thing(kind, target)
    if not settings.EMAIL_HOST:
        raise Refused(CONFLICT, "mail", _("这里还没有开通邮件，请用手机短信。"))
    address = address.strip().lower()
    try:
        validate_email(address)
    except ValidationError as error:
        raise InvalidFields({"mail": _("请填写正确的邮箱地址。")}) from error
    if len(address) > LONGEST_MAIL:
        raise InvalidFields({"mail": _("请填写正确的邮箱地址。")})
    index = index_of(MAIL, address)
    with unit_of_work():
        one_at_a_time(index)
        if _asked_too_often(index):
            return
        row, _new = _keep(wanted, MAIL, address, lang)
        for send in slots.SEND:
            key = f"follow-agree-{row.id}-{clock.now().strftime('%Y%m%d%H%M')}"
            send(MAIL, row.address_sealed, CONFIRMATION, {"follow": row.id, "lang": lang}, key)
        record(
            DISTRICT_LINE, "follow.asked", subject="follow", subject_id=row.id, channel=MAIL, about=row.kind
        )


def tell_by_mail(receipt: str, address: str, *, lang: str = "zh") -> None:
    """Have oneself told of one's own question by mail instead of SMS, once the address is confirmed.

    :param receipt: that of the question
    :raises Refused: 404 for an unknown receipt, 409 without mail here
    :raises InvalidFields: naming ``mail``
    """
    asker = questions.find_asker(receipt)
    if asker is None:
        raise missing(_("没有这个查询码，请核对十二位数字。"))
    follow_by_mail(Kind.QUESTION, str(asker.question_id), address, lang=lang)


def _asked_too_often(index: str) -> bool:
    """Nobody's mail box is filled by somebody else's form."""
    asked = Message.objects.filter(template=CONFIRMATION, recipient_index=index)
    now = clock.now()
    return any(asked.filter(queued_at__gt=now - span).count() >= most for span, most in CONFIRM_LIMITS)


def _keep(wanted: Thing, channel: str, address: str, lang: str) -> tuple[Follow, bool]:
    now = clock.now()
    row, new = Follow.objects.get_or_create(
        kind=wanted.kind, target=wanted.target, channel=channel, address_index=index_of(channel, address),
        erased_at=None, stopped_at=None,
        defaults={
            "address_sealed": encrypt(address), "lang": lang, "nonce": make_nonce(), "asked_at": now,
        },
    )  # fmt: skip
    if not new and row.agreed_at is None:
        row.asked_at, row.lang = now, lang
        row.save(update_fields=["asked_at", "lang"])
    return row, new


def follow_by_sms(kind: str, target: str, token: str, *, lang: str = "zh") -> None:
    """Follow with the verified mobile of who holds ``token``; verifying it for this is the consent.

    :raises Refused: 404 or 409 as :func:`thing`, 409 when so much is followed already
    :raises InvalidFields: when nobody is verified
    """
    wanted = thing(kind, target)
    person = person_of(token)
    contact = Contact.objects.filter(id=person).first() if person else None
    if contact is None or not contact.mobile_sealed:
        raise InvalidFields({"mobile": mobile_wanted(token)})
    with unit_of_work():
        one_at_a_time(contact.mobile_index)
        row, _new = _keep(wanted, SMS, decrypt(contact.mobile_sealed), lang)
        _agree(row)


def _agree(row: Follow) -> None:
    if row.agreed_at is not None:
        return
    mine = Follow.objects.filter(ALIVE, channel=row.channel, address_index=row.address_index)
    if mine.exclude(agreed_at=None).filter(ended_at=None).count() >= MOST_FOLLOWS:
        words = _("您已经订阅了 %(most)s 项，请先退订一些。") % {"most": MOST_FOLLOWS}
        raise Refused(CONFLICT, "many", words)
    row.agreed_at = clock.now()
    row.save(update_fields=["agreed_at"])
    if row.kind == Kind.QUESTION:  # one person, one mail box: the last one they agreed to
        others = Follow.objects.filter(ALIVE, kind=row.kind, target=row.target).exclude(id=row.id)
        erasing.wipe(others.exclude(agreed_at=None), stopped=True)
    record(
        DISTRICT_LINE, "follow.made", subject="follow", subject_id=row.id, channel=row.channel, about=row.kind
    )


def confirm(token: str) -> Follow:
    """The owner of a mail address agrees; doing it twice does no harm.

    :raises Refused: 404 for an unknown or expired link, 409 when so much is followed already
    """
    found = links.find(token, links.CONFIRM)
    if found is None:
        raise missing(_("这个链接已经失效，或者网址不完整。"))
    with unit_of_work():
        row = Follow.objects.select_for_update().get(id=found[0].id)
        if is_over(row) or (row.agreed_at is None and is_expired(row)):
            raise missing(_("这个链接已经失效，请到原来的页面重新订阅。"))
        one_at_a_time(row.address_index)
        _agree(row)
    return row


def is_expired(row: Follow) -> bool:
    """Whether nobody confirmed it in time."""
    return row.asked_at + CONFIRM_LIFE < clock.now()


def is_over(row: Follow) -> bool:
    """Whether its owner stopped it or its address is gone: nothing is told any more."""
    return row.stopped_at is not None or row.erased_at is not None


def stop(token: str) -> Follow:
    """Forget the address, and with it whatever waits to be sent; doing it twice does no harm.

    An address that a legal hold keeps is written to no more and goes when the hold is lifted.

    :raises Refused: 404 for an unknown link
    """
    found = links.find(token, links.STOP, links.ALL)
    if found is None:
        raise missing(_("这个链接已经失效，或者网址不完整。"))
    row, purpose = found
    with unit_of_work():
        rows = Follow.objects.select_for_update().filter(ALIVE)
        if purpose == links.ALL and row.address_index:
            rows = rows.filter(channel=row.channel, address_index=row.address_index)
        else:
            rows = rows.filter(id=row.id)
        for one in erasing.wipe(list(rows), stopped=True):
            record(
                DISTRICT_LINE, "follow.stopped", subject="follow", subject_id=one.id, channel=one.channel,
                about=one.kind,
            )  # fmt: skip
    return row
