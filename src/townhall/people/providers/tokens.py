"""Signed tokens (RFC 7515, 7519) of a provider that we know: three algorithms, its own keys, nothing from the token.

The token says which of the provider's keys it was signed with, never what a key is or where one lies.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

from townhall.people.providers.base import Untrusted

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from jwt.types import Options

# Which kind of key an algorithm wants. What is missing here is refused: none, secrets shared with us, old ones.
KEY_TYPES = {"RS256": "RSA", "PS256": "RSA", "ES256": "EC"}
LONGEST = 16 * 1024
LEAST_BITS = 2048
# Base64 as the standard wants it: no padding, no other characters, which the library would skip.
_FORM = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]*\Z")
# What the claims are worth is judged by our clock, in OpenID.
_SIGNATURE_ONLY: Options = {
    "verify_signature": True, "verify_exp": False, "verify_nbf": False, "verify_iat": False, "verify_aud": False,
    "verify_iss": False, "verify_sub": False, "verify_jti": False,
}  # fmt: skip
# What the library raises for tokens and keys that are none, or nested without end.
_NO_GOOD = (jwt.PyJWTError, ValueError, TypeError, KeyError, AttributeError, RecursionError)


class UnknownKey(Untrusted):
    """None of the keys at hand is the one that the token names: the provider may have a new one."""


def read(token: Any, keys: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """What a token claims, once its signature holds; what the claims are worth is for the caller.

    :param keys: the provider's JSON Web Keys (RFC 7517)
    :raises UnknownKey: when no key fits
    :raises Untrusted: when it does not hold
    """
    if not isinstance(token, str) or len(token) > LONGEST or not _FORM.match(token):
        raise Untrusted("no token")
    try:
        header = jwt.get_unverified_header(token)
        algorithm = header.get("alg")
        if "crit" in header or not isinstance(algorithm, str) or algorithm not in KEY_TYPES:
            raise Untrusted("token header")
        key = _key(header.get("kid"), algorithm, keys)
        public = jwt.PyJWK(dict(key), algorithm).key
        if isinstance(public, RSAPublicKey) and public.key_size < LEAST_BITS:
            raise Untrusted("token key")
        claims: dict[str, Any] = jwt.decode(token, public, [algorithm], options=_SIGNATURE_ONLY)
    except _NO_GOOD as error:
        raise Untrusted("token") from error
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
