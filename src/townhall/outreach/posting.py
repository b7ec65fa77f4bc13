"""Messages that leave one by one: codes, mail, group robots, signed webhooks."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import smtplib
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

import httpx
from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import translation
from django.utils.translation import gettext as _

from townhall.hours.models import OfficeHour
from townhall.hours.published import worded
from townhall.kernel import clock
from townhall.kernel.secrets import decrypt
from townhall.outreach import (
    asker_words,
    askers,
    filings,
    flow,
    invitations,
    letters,
    settling,
    staff_notices,
    wording,
)
from townhall.outreach.choices import FILING_PROVIDERS, Channel, Purpose
from townhall.outreach.providers import carrier
from townhall.outreach.providers.base import Item, Letter, NoAnswer, NotSent, call
from townhall.outreach.sealing import unseal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from townhall.outreach.models import Batch, Filing, Message


class Declined(Exception):  # noqa: N818
    """The other side said no; asking again would not help."""


class TooFast(NotSent):
    """A group robot takes no more for a while; the message has not been shown to anybody."""


def post(message: Message, batch: Batch) -> str:
    """Send one message; returns the other side's id for it, if it gave one.

    :raises NotSent: when it surely has not left
    :raises NoAnswer: when nobody knows
    :raises Declined: when it was refused
    """
    return _POSTS[message.channel](message, batch)


def _sms(message: Message, batch: Batch) -> str:
    """A one-time code, a message to an observer or asker, or what another room writes."""
    filed = filings.approved(batch.provider)
    signature, template = filed.get(Purpose.SIGNATURE.value), filed.get(Purpose.CODE.value)
    filled = unseal(message)
    if letters.is_written(message.template):
        template, text, filled = _letter_by_sms(message, batch, filed.get(Purpose.FOLLOW.value))
    elif message.template == settling.REMINDER:
        template, text, filled = _reminder_by_sms(filled, batch, filed.get(Purpose.REMINDER.value))
    elif message.template in invitations.TEXTS:
        template, text, filled = _told_by_sms(message, batch, filed)
    else:
        text = _("您的验证码是 %(code)s，10 分钟内有效。") % {"code": filled["code"]}
    letter = Letter(
        key=settling.key_of(batch.id),
        signature=signature.text if signature else settings.SITE_NAME,
        template=template.code if template else "",
    )
    answer = carrier(batch.provider).send(letter, [Item(decrypt(message.recipient_sealed), text, filled)])
    if 0 in answer.taken:
        return answer.taken[0]
    if 0 in answer.refused:
        raise Declined(answer.refused[0])
    raise NoAnswer("not mentioned")


def _reminded(filled: dict[str, Any]) -> OfficeHour:
    """The hour of which a subscriber is reminded by a message of its own.

    :raises Declined: when it has begun, moved or is off: then the reminder would be wrong
    """
    hour = OfficeHour.objects.filter(id=filled["hour"]).first()
    if hour is None or hour.stage not in flow.MOVES["start"].stages or hour.starts_at <= clock.now():
        raise Declined("too late")
    if int(hour.starts_at.timestamp()) != filled["start"]:
        raise Declined("moved")
    return hour


def _reminder_by_sms(
    filled: dict[str, Any], batch: Batch, template: Filing | None
) -> tuple[Filing | None, str, dict[str, Any]]:
    """A subscriber's reminder: by the filed template where the provider wants one."""
    places = wording.parameters(_reminded(filled), filled["stop"])
    if batch.provider not in FILING_PROVIDERS:
        return template, wording.fill(wording.USUAL_TEXT, places), dict(places)
    if template is None:
        raise Declined("no template filed")
    return template, wording.fill(template.text, places), dict(places)


def _told_by_sms(
    message: Message, batch: Batch, filed: Mapping[str, Filing]
) -> tuple[Filing | None, str, dict[str, Any]]:
    """A message to an observer or asker; a filed text is Chinese whatever its reader's language is."""
    told, to_asker = unseal(message), message.template in asker_words.ALL
    template = filed.get(askers.PURPOSES[message.template].value)
    text = invitations.text_of(message.template, told)
    if batch.provider not in FILING_PROVIDERS:
        return template, text, asker_words.filled(told, told.get("lang", "zh")) if to_asker else told
    if template is None:
        raise Declined("no template filed")
    known = asker_words.filled(told, "zh") if to_asker else told
    return template, text, {place: known[place] for place in invitations.places_of(template.text)}


def _letter_by_sms(
    message: Message, batch: Batch, template: Filing | None
) -> tuple[Filing | None, str, dict[str, Any]]:
    """What another room writes: the filed template, if the provider wants one, and what fills it."""
    with translation.override("zh-hans"):
        words = letters.write(message)
    if words is None:
        raise Declined("nothing left to tell")
    if batch.provider not in FILING_PROVIDERS:
        return template, words.text, dict(words.places)
    if template is None:
        raise Declined("no template filed")
    return (
        template,
        words.text,
        {place: words.places[place] for place in invitations.places_of(template.text)},
    )


def _mail(message: Message, batch: Batch) -> str:
    filled = unseal(message)
    stop = wording.stop_link(filled["stop"]) if message.personal and filled.get("stop") else ""
    with translation.override("en" if filled.get("lang") == "en" else "zh-hans"):
        if letters.is_written(message.template):
            words = letters.write(message)
            if words is None:
                raise Declined("nothing left to tell")
            subject, body, stop = words.subject, words.text, words.stop
        elif message.template in asker_words.ALL:
            (subject, body), stop = asker_words.letter(message.template, filled), filled["stop"]
        else:
            subject, body = _letter(message, filled)
    mail = EmailMessage(subject, body, to=[decrypt(message.recipient_sealed)])
    if stop:
        mail.extra_headers["List-Unsubscribe"] = f"<{stop}>"
        mail.extra_headers["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"  # RFC 8058
    try:
        mail.send()
    except (ConnectionError, smtplib.SMTPConnectError) as error:
        raise NotSent(type(error).__name__) from error
    except (
        smtplib.SMTPRecipientsRefused,
        smtplib.SMTPSenderRefused,
        smtplib.SMTPAuthenticationError,
    ) as error:
        raise Declined(type(error).__name__) from error
    except (smtplib.SMTPException, OSError) as error:
        raise NoAnswer(type(error).__name__) from error
    return ""


def _letter(message: Message, filled: dict[str, Any]) -> tuple[str, str]:
    """Subject and body; nothing personal stands in either."""
    if message.template == "agree":
        hour = OfficeHour.objects.get(id=filled["hour"])
        link = f"{settings.BASE_URL}/remind/{filled['stop']}/"
        words = _(
            "有人（可能是您）请求在%(title)s前用这个邮箱提醒。同意请打开：%(link)s\n不是您，请不用理会。"
        )
        return _("请确认订阅提醒"), words % {"title": worded(hour, "title"), "link": link}
    if message.broadcast is not None:
        hour = message.broadcast.hour
        return worded(hour, "title"), settling.text_for(message.broadcast, message)
    if message.template == settling.REMINDER:
        hour = _reminded(filled)
        places = wording.parameters(hour, filled["stop"])
        return worded(hour, "title"), wording.fill(wording.USUAL_TEXT, places)
    told = told_of(message, filled)
    return told["text"], f"{told['about']}\n{told['text']}\n{settings.BASE_URL}{told['page']}"


def told_of(message: Message, filled: dict[str, Any]) -> dict[str, str]:
    """The words of a message to staff."""
    return staff_notices.worded(message.template, filled, staff_notices.known([filled]))


def _words(message: Message) -> str:
    told = told_of(message, unseal(message))
    return f"{told['about']} {told['text']} {settings.BASE_URL}{told['page']}".strip()


# "api freq out of limit" (WeCom); "send too fast" and its older code (DingTalk).
_TOO_FAST = frozenset({45009, 130101, 410100})


def _robot_said(response: httpx.Response) -> str:
    try:
        code = response.json().get("errcode")
    except (ValueError, AttributeError) as error:
        raise NoAnswer(f"HTTP {response.status_code}") from error
    if code in _TOO_FAST:
        raise TooFast(f"errcode {code}")
    if code != 0:
        raise Declined(f"errcode {code}")
    return ""


def _wecom(message: Message, batch: Batch) -> str:
    body = {"msgtype": "text", "text": {"content": _words(message)}}
    return _robot_said(call("POST", decrypt(message.recipient_sealed), json=body))


def dingtalk_sign(secret: str, milliseconds: int) -> str:
    """The robot's signature, ready for an address."""
    digest = hmac.new(secret.encode(), f"{milliseconds}\n{secret}".encode(), hashlib.sha256).digest()
    return quote(base64.b64encode(digest), safe="")


def _dingtalk(message: Message, batch: Batch) -> str:
    url = decrypt(message.recipient_sealed)
    if settings.DINGTALK_SECRET:
        stamp = int(clock.now().timestamp() * 1000)
        joint = "&" if "?" in url else "?"
        sign = dingtalk_sign(settings.DINGTALK_SECRET, stamp)
        url = f"{url}{joint}{urlencode({'timestamp': stamp})}&sign={sign}"
    body = {"msgtype": "text", "text": {"content": _words(message)}, "at": {"isAtAll": False}}
    return _robot_said(call("POST", url, json=body))


def webhook_sign(secret: str, timestamp: str, body: bytes) -> str:
    """What a receiver computes again: HMAC-SHA256 over the timestamp, a dot and the body."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def _webhook(message: Message, batch: Batch) -> str:
    filled = unseal(message)
    url = decrypt(message.recipient_sealed)
    if url not in {*settings.WEBHOOKS, *settings.PUBLIC_WEBHOOKS}:
        raise Declined("no longer configured")
    content = {"id": message.idempotency_key, "kind": message.template, **filled}
    if filled["subject"] == "question":
        content["url"] = f"{settings.BASE_URL}/api/v1/questions/{filled['subject_id']}"
    body = json.dumps(content, ensure_ascii=False, sort_keys=True).encode()
    stamp = str(int(clock.now().timestamp()))
    headers = {
        "content-type": "application/json; charset=utf-8",
        "x-townhall-timestamp": stamp,
        "x-townhall-delivery": message.idempotency_key,
    }
    if settings.WEBHOOK_SECRET:
        sign = webhook_sign(settings.WEBHOOK_SECRET, stamp, body)
        headers["x-townhall-signature"] = f"sha256={sign}"
    response = call("POST", url, content=body, headers=headers)
    if response.is_success:
        return ""
    if response.status_code == httpx.codes.TOO_MANY_REQUESTS or response.is_server_error:
        raise NotSent(f"HTTP {response.status_code}")  # repeated later: its receiver knows it by its id
    raise Declined(f"HTTP {response.status_code}")


_POSTS: dict[str, Callable[[Message, Batch], str]] = {
    Channel.SMS.value: _sms,
    Channel.MAIL.value: _mail,
    Channel.WECOM.value: _wecom,
    Channel.DINGTALK.value: _dingtalk,
    Channel.WEBHOOK.value: _webhook,
}
