"""Messages that other rooms write: queued as references, worded when they leave, from what is public then."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from townhall.outreach import invitations
from townhall.outreach.choices import Channel
from townhall.outreach.sealing import unseal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from townhall.outreach.models import Message

# The SMS of all of them: one text is filed with a provider, so they differ in what its places are filled with.
SMS_TEXT = "您好！您订阅的{about}：{what}。详情 {url} 退订点 {stop}"
PLACES, NEEDED = frozenset({"about", "what", "url", "stop"}), frozenset({"url", "stop"})


@dataclass(frozen=True, slots=True)
class Written:
    """One message as its reader gets it.

    :param stop: the address that ends such messages with one tap, also from a mail program (RFC 8058)
    :param places: for an SMS, what :data:`SMS_TEXT` or the filed template is filled with
    """

    subject: str
    text: str
    stop: str = ""
    places: Mapping[str, str] = field(default_factory=dict)


# Who writes a template's messages: (channel, parameters) -> words, or nothing. `config` fills the slot.
WRITERS: list[tuple[str, Callable[[str, Mapping[str, Any]], Written | None]]] = []


def is_written(template: str) -> bool:
    """Whether another room writes messages of this template."""
    return any(name == template for name, _writer in WRITERS)


def write(message: Message) -> Written | None:
    """The words of a message as of now; ``None`` when nothing is left that may be told."""
    filled = unseal(message)
    found = next(writer for name, writer in WRITERS if name == message.template)(message.channel, filled)
    if found is None or message.channel != Channel.SMS:
        return found
    return Written("", SMS_TEXT.format_map(dict(found.places)), found.stop, found.places)


def faults(text: str) -> str:
    """What is wrong with a filed text; empty when it can be sent."""
    found = set(invitations.places_of(text))
    if not found >= NEEDED:
        return _("这条短信必须带 %(places)s。") % {"places": "{stop}、{url}"}
    if not found <= PLACES or text.count("{") != text.count("}"):
        return _("花括号里只能是 %(places)s。") % {"places": "about、stop、url、what"}
    return ""
