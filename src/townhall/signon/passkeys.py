"""Passkeys (WebAuthn level 2): what a browser is asked and whether its answer is right; no tables."""

from __future__ import annotations

import ipaddress
import json
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings
from fido2.server import Fido2Server
from fido2.utils import websafe_encode
from fido2.webauthn import (
    AttestedCredentialData,
    AuthenticationResponse,
    PublicKeyCredentialRpEntity,
    PublicKeyCredentialUserEntity,
    UserVerificationRequirement,
)

from townhall.kernel.secrets import keyed_hash

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from townhall.people.models import Account

# The handle stands for the account without naming it (WebAuthn 14.6.1: no personal data in it; at most 64 bytes).
HANDLE_BYTES = 32
# What the parser raises for an answer that is none: it was written for browsers, not for what anybody may send.
NONSENSE = (ValueError, TypeError, LookupError, AttributeError, struct.error)


class WrongPasskey(ValueError):  # noqa: N818 - what is the matter with the answer
    """A browser's answer that proves nothing here."""


@dataclass(frozen=True, slots=True)
class Shown:
    """A passkey that was shown.

    :param credential_id: which one
    :param counter: how often it was used, as it says; 0 for those that do not count
    """

    credential_id: str
    counter: int


def _host() -> str:
    return urlsplit(settings.BASE_URL).hostname or ""


def are_possible() -> bool:
    """Whether browsers allow passkeys at this address: they need a name, and a secure one but for localhost."""
    try:
        ipaddress.ip_address(_host())
    except ValueError:
        return settings.BASE_URL.startswith("https://") or _host() == "localhost"
    return False


def _is_ours(origin: str) -> bool:
    parts = urlsplit(settings.BASE_URL)
    return origin == f"{parts.scheme}://{parts.netloc}"


def _server() -> Fido2Server:
    return Fido2Server(
        PublicKeyCredentialRpEntity(name=settings.SITE_NAME, id=_host()), verify_origin=_is_ours
    )


def ask_to_make(account: Account, known: Sequence[bytes]) -> tuple[str, dict[str, Any]]:
    """What a browser is asked so that it makes a passkey, as JSON, and what to keep until it answers."""
    user = PublicKeyCredentialUserEntity(
        id=bytes.fromhex(keyed_hash("passkey", str(account.id)))[:HANDLE_BYTES],
        name=account.username,
        display_name=account.name,
    )
    options, state = _server().register_begin(
        user,
        [AttestedCredentialData(one) for one in known],
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    return json.dumps(dict(options.public_key)), state


def made(state: Mapping[str, Any], answer: str) -> tuple[str, bytes]:
    """The new passkey's id and what checks it later.

    :raises WrongPasskey: when the answer is not one to what was asked
    """
    try:
        found = _server().register_complete(state, json.loads(answer)).credential_data
    except NONSENSE as wrong:
        raise WrongPasskey(str(wrong)) from wrong
    if found is None:
        raise WrongPasskey("no credential")
    return websafe_encode(found.credential_id), bytes(found)


def ask_to_show(known: Sequence[bytes]) -> tuple[str, dict[str, Any]]:
    """What a browser is asked so that it shows one of these passkeys, as JSON, and what to keep."""
    options, state = _server().authenticate_begin(
        [AttestedCredentialData(one) for one in known],
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    return json.dumps(dict(options.public_key)), state


def shown(state: Mapping[str, Any], known: Sequence[bytes], answer: str) -> Shown:
    """Which of these passkeys was shown.

    :raises WrongPasskey: when none was, or to another question
    """
    try:
        said = AuthenticationResponse.from_dict(json.loads(answer))
        which = _server().authenticate_complete(state, [AttestedCredentialData(one) for one in known], said)
    except NONSENSE as wrong:
        raise WrongPasskey(str(wrong)) from wrong
    return Shown(websafe_encode(which.credential_id), said.response.authenticator_data.counter)
