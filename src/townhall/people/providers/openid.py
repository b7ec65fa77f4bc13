"""OpenID Connect: authorization code with PKCE, state and nonce; the ID token verified with the provider's keys."""

from __future__ import annotations

import base64
import hashlib
import time
from dataclasses import dataclass
from hmac import compare_digest
from typing import TYPE_CHECKING, Any, ClassVar, TypeGuard
from urllib.parse import quote_plus

from townhall.kernel import clock
from townhall.people.providers import calls, tokens
from townhall.people.providers.base import (
    Declined,
    Journey,
    Proven,
    Untrusted,
    is_safe,
    one,
    with_query,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from townhall.people.providers.base import Choices

# Two machines' clocks differ; an ID token is fetched at once and need not be older than this.
LEEWAY = 60
OLDEST = 600
LONGEST_SUBJECT = 255
# What a provider says about itself is asked for again after an hour, its keys also when a token names a new one.
KEPT, KEPT_AT_LEAST = 3600.0, 60.0
_KEPT: dict[str, tuple[float, dict[str, Any]]] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenID:
    """A provider of OpenID Connect.

    :param authentication: how we show the secret: ``basic``, ``post``, or ``none`` for a client without one
    :param mobile: the claim that holds the mobile
    :param mobile_always_verified: where the provider keeps verified mobiles only and does not say so in each answer
    :param strengths: the strengths of signing on that are taken, as the provider calls them (``acr``), the best first;
        none named: whatever it has asked of the person counts as the least, a verified mobile
    :param newest: how many seconds ago the person may have signed on there at most; 0: it does not matter
    :param also: further places that it keeps its endpoints at
    """

    name: str
    title: str
    title_en: str = ""
    issuer: str
    client_id: str
    secret: str = ""
    authentication: str = "basic"
    scope: str = "openid phone"
    mobile: str = "phone_number"
    mobile_always_verified: bool = False
    strengths: tuple[str, ...] = ()
    newest: int = 0
    also: tuple[str, ...] = ()

    ADDRESSES: ClassVar[tuple[str, ...]] = ("issuer", "also")
    CHOICES: ClassVar[Choices] = (("authentication", ("basic", "post", "none")),)

    @property
    def echoes_state(self) -> bool:
        """Always."""
        return True

    def addresses(self) -> list[str]:
        """Where it may be called."""
        return [self.issuer, *self.also]

    def leave(self, journey: Journey) -> str:
        """The authorization request."""
        query = {
            "response_type": "code", "client_id": self.client_id, "redirect_uri": journey.back, "scope": self.scope,
            "state": journey.state, "nonce": journey.nonce, "code_challenge": challenge(journey.verifier),
            "code_challenge_method": "S256",
        }  # fmt: skip
        if self.strengths:
            query["acr_values"] = " ".join(self.strengths)
        if self.newest:
            query["max_age"] = str(self.newest)
        return with_query(self._discovered()["authorization_endpoint"], query)

    def arrive(self, journey: Journey, query: Mapping[str, str]) -> Proven:
        """Exchange the code, verify the ID token, ask for the mobile."""
        found = self._discovered()
        # RFC 9207: another provider's answer must not be taken for this one's.
        named = query.get("iss") or (
            None if found.get("authorization_response_iss_parameter_supported") is True else self.issuer
        )
        if named != self.issuer:
            raise Untrusted("issuer of the answer")
        if query.get("error"):
            raise Declined("declined") if query["error"] == "access_denied" else Untrusted("error")
        reply = self._exchanged(found, journey, one(query, "code"))
        claims = self._claims(found, reply.get("id_token"))
        self._check(claims, journey.nonce)
        return Proven(claims["sub"], self._mobile(claims) or self._asked(found, reply, claims["sub"]))

    def look(self) -> None:
        """Discovery and keys."""
        _KEPT.pop(self.issuer, None)
        found = self._discovered()
        if not self._keys(found):
            raise Untrusted("no keys")
        if self.authentication != "none" and not self.secret:
            raise Untrusted("no secret in TOWNHALL_SIGN_ON_SECRETS")
        methods = found.get("code_challenge_methods_supported")
        if isinstance(methods, list) and "S256" not in methods:
            raise Untrusted("no PKCE")

    def _discovered(self) -> dict[str, Any]:
        """What the provider says about itself (OpenID Connect Discovery 1.0)."""
        return _kept(self.issuer, KEPT, self._discover)

    def _discover(self) -> dict[str, Any]:
        address = self.issuer.rstrip("/") + "/.well-known/openid-configuration"
        found = calls.call("GET", address).json()
        if found.get("issuer") != self.issuer:
            raise Untrusted("issuer of the discovery")
        for name in ("authorization_endpoint", "token_endpoint", "jwks_uri"):
            if not isinstance(found.get(name), str) or not is_safe(found[name]):
                raise Untrusted(f"{name} of the discovery")
        return found

    def _exchanged(self, found: Mapping[str, Any], journey: Journey, code: str) -> dict[str, Any]:
        form = {
            "grant_type": "authorization_code", "code": code, "redirect_uri": journey.back,
            "code_verifier": journey.verifier,
        }  # fmt: skip
        if self.authentication == "basic":
            # RFC 6749, 2.3.1: both are encoded first.
            both = f"{quote_plus(self.client_id)}:{quote_plus(self.secret)}".encode()
            headers = {"Authorization": f"Basic {base64.b64encode(both).decode()}"}
            return calls.call("POST", found["token_endpoint"], data=form, headers=headers).json()
        form["client_id"] = self.client_id
        if self.authentication == "post":
            form["client_secret"] = self.secret
        return calls.call("POST", found["token_endpoint"], data=form).json()

    def _keys(self, found: Mapping[str, Any], kept: float = KEPT) -> list[dict[str, Any]]:
        address = found["jwks_uri"]
        keys = _kept(address, kept, lambda: calls.call("GET", address).json()).get("keys")
        return [key for key in keys if isinstance(key, dict)] if isinstance(keys, list) else []

    def _claims(self, found: Mapping[str, Any], token: Any) -> dict[str, Any]:
        try:
            return tokens.read(token, self._keys(found))
        except tokens.UnknownKey:
            return tokens.read(token, self._keys(found, KEPT_AT_LEAST))

    def _check(self, claims: Mapping[str, Any], nonce: str) -> None:
        """OpenID Connect Core 1.0, 3.1.3.7."""
        now = clock.now().timestamp()
        meant = claims.get("aud")
        meant = [meant] if isinstance(meant, str) else meant
        subject, said = claims.get("sub"), claims.get("nonce")
        if claims.get("iss") != self.issuer:
            raise Untrusted("token issuer")
        if not isinstance(meant, list) or self.client_id not in meant:
            raise Untrusted("token audience")
        if claims.get("azp", self.client_id) != self.client_id or (len(meant) > 1 and "azp" not in claims):
            raise Untrusted("token party")
        if not _is_time(claims.get("exp")) or claims["exp"] <= now - LEEWAY:
            raise Untrusted("token expired")
        if not _is_time(claims.get("iat")) or not now - OLDEST <= claims["iat"] <= now + LEEWAY:
            raise Untrusted("token time")
        if not isinstance(said, str) or not compare_digest(said.encode(), nonce.encode()):
            raise Untrusted("token nonce")
        if not isinstance(subject, str) or not 0 < len(subject) <= LONGEST_SUBJECT:
            raise Untrusted("token subject")
        self._check_strength(claims, now)

    def _check_strength(self, claims: Mapping[str, Any], now: float) -> None:
        """What was asked for is only asked for: the provider may do less, and says so in the token."""
        if self.strengths and claims.get("acr") not in self.strengths:
            raise Untrusted("token strength")
        at = claims.get("auth_time")
        if self.newest and (not _is_time(at) or not now - self.newest - LEEWAY <= at <= now + LEEWAY):
            raise Untrusted("token sign-on time")

    def _mobile(self, claims: Mapping[str, Any]) -> str:
        """The mobile, where the provider says that it has verified it."""
        mobile = claims.get(self.mobile)
        sure = self.mobile_always_verified or claims.get(f"{self.mobile}_verified") is True
        return mobile if isinstance(mobile, str) and sure else ""

    def _asked(self, found: Mapping[str, Any], reply: Mapping[str, Any], subject: str) -> str:
        address, token = found.get("userinfo_endpoint"), reply.get("access_token")
        if not isinstance(address, str) or not isinstance(token, str):
            return ""
        told = calls.call("GET", address, headers={"Authorization": f"Bearer {token}"}).json()
        if told.get("sub") != subject:
            raise Untrusted("subject of the user info")
        return self._mobile(told)


def challenge(verifier: str) -> str:
    """What stands for a verifier in the open (RFC 7636, S256)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).decode().rstrip("=")


def forget_kept() -> None:
    """Ask every provider anew."""
    _KEPT.clear()


def _kept(address: str, seconds: float, ask: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    known = _KEPT.get(address)
    if known is None or time.monotonic() - known[0] > seconds:
        known = _KEPT[address] = (time.monotonic(), ask())
    return known[1]


def _is_time(value: Any) -> TypeGuard[float]:
    return isinstance(value, int | float) and not isinstance(value, bool)
