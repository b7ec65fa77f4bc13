"""Recipients by reference: what is stored of a number or an address, and how it is read again for sending."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from townhall.kernel.secrets import decrypt, encrypt, keyed_hash

if TYPE_CHECKING:
    from townhall.outreach.models import Message


def index_of(channel: str, address: str) -> str:
    """The keyed hash by which an address is found again; a mobile's is the one its contact has."""
    return keyed_hash("mobile" if channel == "sms" else channel, address)


def seal(parameters: dict[str, Any]) -> str:
    """Parameters of a template, encrypted."""
    return encrypt(json.dumps(parameters, ensure_ascii=False)) if parameters else ""


def unseal(message: Message) -> dict[str, Any]:
    """The parameters of a message; one-time codes are kept as they are."""
    if not message.parameters_sealed:
        return {}
    text = decrypt(message.parameters_sealed)
    if not text.startswith("{"):
        return {"code": text}
    found = json.loads(text)
    return dict(found)


def mask_mail(address: str) -> str:
    """``z***@example.org``."""
    name, _at, host = address.partition("@")
    return f"{name[:1]}***@{host}"
