"""What anybody may do: ask to be reminded, stop it with one tap; and what providers tell about their deliveries."""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Q
from django.utils.translation import gettext as _

from townhall.hours.choices import Stage
from townhall.journal.write import record
from townhall.kernel import clock
from townhall.kernel.errors import CONFLICT, NOT_FOUND, InvalidFields, Refused, missing
from townhall.kernel.secrets import decrypt, encrypt, keyed_hash, make_nonce
from townhall.kernel.unit_of_work import unit_of_work
from townhall.outreach import queries, settling
from townhall.outreach.choices import Channel, Provider, State
from townhall.outreach.models import Message, Subscription
from townhall.outreach.providers import carrier
from townhall.outreach.sealing import index_of, seal
from townhall.people.identity import mobile_wanted, person_of
from townhall.people.models import Contact

if TYPE_CHECKING:
    from townhall.hours.models import OfficeHour

# A reminder makes sense until the hour begins.
SUBSCRIBING_STAGES = frozenset({Stage.ANNOUNCED.value, Stage.PREPARING.value})
LONGEST_MAIL = 120


def _open(hour: OfficeHour) -> None:
    if hour.stage not in SUBSCRIBING_STAGES:
        raise Refused(CONFLICT, "stage", _("本期现在不能订阅提醒。"))


def subscribe_by_sms(hour: OfficeHour, token: str, *, lang: str = "zh") -> Subscription:
    """Remind the verified person who holds ``token``; verifying the mobile for this is the consent.

    :raises Refused: 409 outside the time for it
    :raises InvalidFields: when nobody is verified
    """
    _open(hour)
    person = person_of(token)
    contact = Contact.objects.filter(id=person).first() if person else None
    if contact is None or not contact.mobile_sealed:
        raise InvalidFields({"mobile": mobile_wanted(token)})
    with unit_of_work():
        row = _keep(hour, Channel.SMS, decrypt(contact.mobile_sealed), lang)
        _agree(row)
    return row


def _keep(hour: OfficeHour, channel: Channel, address: str, lang: str) -> Subscription:
    token = make_nonce()
    row, _created = Subscription.objects.get_or_create(
        hour=hour,
        channel=channel,
        address_index=index_of(channel, address),
        defaults={
            "address_sealed": encrypt(address),
            "lang": lang,
            "stop_sealed": encrypt(token),
            "stop_index": keyed_hash("stop", token),
            "asked_at": clock.now(),
        },
    )
    return row


def _agree(row: Subscription) -> None:
    if row.consented_at is not None and row.stopped_at is None:
        return
    row.consented_at, row.stopped_at = clock.now(), None
    row.save(update_fields=["consented_at", "stopped_at"])
    settling.release(Message.objects.filter(recipient_index=row.address_index, error="stopped"))
    record(row.hour_id, "subscription.made", subject="subscription", subject_id=row.id, channel=row.channel)


def subscribe_by_mail(hour: OfficeHour, address: str, *, lang: str = "zh") -> Subscription:
    """Send a link to this address; the reminders begin when its owner has used it.

    :raises Refused: 409 outside the time for it, or without mail here
    :raises InvalidFields: naming ``mail``
    """
    _open(hour)
    if not settings.EMAIL_HOST:
        raise Refused(CONFLICT, "mail", _("这里还没有开通邮件提醒，请用手机短信。"))
    address = address.strip()
    try:
        validate_email(address)
    except ValidationError as error:
        raise InvalidFields({"mail": _("请填写正确的邮箱地址。")}) from error
    if len(address) > LONGEST_MAIL:
        raise InvalidFields({"mail": _("请填写正确的邮箱地址。")})
    with unit_of_work():
        row = _keep(hour, Channel.MAIL, address, lang)
        token = decrypt(row.stop_sealed)
        minute = clock.now().strftime("%Y%m%d%H%M")
        # The same address is written to once a minute at most, however often the form is sent.
        Message.objects.get_or_create(
            idempotency_key=f"agree-{row.id}-{minute}",
            defaults={
                "channel": Channel.MAIL,
                "recipient_sealed": encrypt(address),
                "recipient_index": row.address_index,
                "template": "agree",
                "parameters_sealed": seal({"stop": token, "hour": hour.id, "lang": lang}),
                "provider": Channel.MAIL,
                "queued_at": clock.now(),
            },
        )
        record(hour.id, "subscription.asked", subject="subscription", subject_id=row.id, channel=row.channel)
    return row


def _by_token(token: str) -> Subscription:
    rows = Subscription.objects.select_related("hour").filter(stop_index=keyed_hash("stop", token))
    row = rows.first()
    if row is None:
        raise missing(_("这个链接已经失效，或者网址不完整。"))
    return row


def agree(token: str) -> Subscription:
    """The owner of a mail address agrees.

    :raises Refused: 404 for an unknown link, 409 outside the time for it
    """
    found = _by_token(token)
    _open(found.hour)
    with unit_of_work():
        row = Subscription.objects.select_for_update().get(id=found.id)
        _agree(row)
    return found


def stop(token: str) -> Subscription:
    """No further reminder, whatever waits to be sent; doing it twice does no harm.

    :raises Refused: 404 for an unknown link
    """
    found = _by_token(token)
    with unit_of_work():
        row = Subscription.objects.select_for_update().get(id=found.id)
        theirs = Q(broadcast__hour_id=row.hour_id, recipient_index=row.address_index)
        own = Q(template=settling.REMINDER, idempotency_key__startswith=f"r{row.id}-")
        waiting = Message.objects.filter(theirs | own, state=State.QUEUED)
        dropped = waiting.update(state=State.FAILED, error="stopped", settled_at=clock.now())
        if row.stopped_at is None:
            row.stopped_at = clock.now()
            row.save(update_fields=["stopped_at"])
            record(
                row.hour_id, "subscription.stopped", subject="subscription", subject_id=row.id,
                channel=row.channel, dropped=dropped,
            )  # fmt: skip
    return found


def take_receipts(provider: str, secret: str, body: bytes) -> dict[str, Any]:
    """What a provider pushes about its deliveries; answers what it wants to hear.

    :raises Refused: 404 for another address than this installation's own
    :raises InvalidFields: when it is nothing this provider would send
    """
    known = provider in Provider.values and provider not in {Provider.EXPORT, Provider.CONSOLE}
    if not known or not hmac.compare_digest(secret, queries.receipt_secret(provider)):
        raise Refused(NOT_FOUND, "not_found", _("没有这个页面。"))
    bearer = carrier(provider)
    try:
        receipts = bearer.read_receipts(body)
    except (ValueError, TypeError, RecursionError) as error:  # whatever JSON can be made to say
        raise InvalidFields({"body": _("不是这个通道的回执格式。")}) from error
    settling.settle(provider, receipts)
    return bearer.receipt_answer()
