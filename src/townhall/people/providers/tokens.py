"""Signed tokens (RFC 7515, 7519) of a provider that we know: three algorithms, its own keys, nothing from the token.

The token says which of the provider's keys it was signed with, never what a key is or where one lies.
"""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from townhall.people.providers.base import Untrusted
from townhall.people.providers.calls import read_json

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Which kind of key an algorithm wants. What is missing here is refused: none, secrets shared with us, old ones.
KEY_TYPES = {"RS256": "RSA", "PS256": "RSA", "ES256": "EC"}
LONGEST = 16 * 1024
LEAST_BITS = 2048
_HALF = 32


class UnknownKey(Untrusted):
    """None of the keys at hand is the one that the token names: the provider may have a new one."""


def read(token: Any, keys: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What a token claims, once its signature holds; what the claims are worth is for the caller.

    :param keys: the provider's JSON Web Keys (RFC 7517)
    :raises UnknownKey: when no key fits
    :raises Untrusted: when it does not hold
    """
    if not isinstance(token, str) or len(token) > LONGEST or token.count(".") != 2:  # noqa: PLR2004 - three parts
        raise Untrusted("no token")
    signed, _dot, signature = token.rpartition(".")
    header_text, _dot, claims_text = signed.partition(".")
    header = read_json(_bytes(header_text))
    if not isinstance(header, dict) or "crit" in header:
        raise Untrusted("token header")
    algorithm = header.get("alg")
    if not isinstance(algorithm, str) or algorithm not in KEY_TYPES:
        raise Untrusted("token algorithm")
    key = _key(header.get("kid"), algorithm, keys)
    try:
        _verify(algorithm, key, _bytes(signature), signed.encode("ascii"))
    except (InvalidSignature, KeyError, TypeError, ValueError) as error:
        raise Untrusted("token signature") from error
    claims = read_json(_bytes(claims_text))
    if not isinstance(claims, dict):
        raise Untrusted("token claims")
    return claims


def _key(name: Any, algorithm: str, keys: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    """The one key that the token can mean."""
    fitting = [
        key
        for key in keys
        if key.get("kty") == KEY_TYPES[algorithm]
        and key.get("use", "sig") == "sig"
        and key.get("alg", algorithm) == algorithm
        and (name is None or key.get("kid") == name)
    ]
    if len(fitting) != 1:
        raise UnknownKey("token key")
    return fitting[0]


def _verify(algorithm: str, key: Mapping[str, Any], signature: bytes, signed: bytes) -> None:
    if algorithm == "ES256":
        if key["crv"] != "P-256" or len(signature) != 2 * _HALF:
            raise InvalidSignature
        public = ec.EllipticCurvePublicNumbers(
            _number(key["x"]), _number(key["y"]), ec.SECP256R1()
        ).public_key()
        halves = (int.from_bytes(signature[:_HALF], "big"), int.from_bytes(signature[_HALF:], "big"))
        public.verify(encode_dss_signature(*halves), signed, ec.ECDSA(SHA256()))
        return
    large = rsa.RSAPublicNumbers(_number(key["e"]), _number(key["n"])).public_key()
    if large.key_size < LEAST_BITS:
        raise InvalidSignature
    pss = padding.PSS(padding.MGF1(SHA256()), SHA256.digest_size)
    large.verify(signature, signed, pss if algorithm == "PS256" else padding.PKCS1v15(), SHA256())


def _number(text: str) -> int:
    return int.from_bytes(_bytes(text), "big")


def _bytes(text: str) -> bytes:
    """Base64 as the standard wants it: no padding, no other characters.

    :raises Untrusted: for anything else
    """
    if not re.fullmatch(r"[A-Za-z0-9_-]*", text, re.ASCII):
        raise Untrusted("token text")
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except binascii.Error as error:
        raise Untrusted("token text") from error
