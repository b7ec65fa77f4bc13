"""What is only like OAuth 2: every name, address and reply can be said in the file.

Provincial gateways have parameters of their own, no discovery, odd replies, sometimes sealed ones. Such a reply is
believed because it comes over TLS from the address in the file, for our secret and a code that this browser brought.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar
from urllib.parse import parse_qsl

from django.utils.module_loading import import_string

from townhall.people.providers import calls
from townhall.people.providers.base import Declined, Journey, Proven, Untrusted, one, with_query
from townhall.people.providers.openid import challenge

if TYPE_CHECKING:
    from collections.abc import Mapping

    from townhall.people.providers.base import Choices

LONGEST_SUBJECT = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Adapter:
    """A provider that is like OAuth 2.

    :param names: what it calls ``client_id``, ``client_secret``, ``redirect_uri``, ``code``, ``state`` and so on, by
        the usual name; an empty one is left out
    :param authorize_with: further parameters of the login page; so ``token_with`` and ``person_with``
    :param method: how the token is asked for: ``post`` a form, ``get``, or ``json``
    :param reply: how it answers: ``json`` (also as a string, or inside a call), ``form``, or ``text``, the token itself
    :param token_at: where the token stands in the reply; dots lead inside
    :param person: where the person is asked for; empty: the token's reply says it
    :param person_by: how the token is shown there: ``header``, ``query`` or ``form``
    :param good_at: the field that says that all is well, ``good`` what it says then
    :param state: ``echoed`` as a parameter, in the ``address`` we are sent back to, or by the ``cookie`` alone
    :param hook: ``module.function`` that verifies or opens the person's reply: given its bytes and this provider, it
        returns an object or raises ``ValueError``
    """

    name: str
    title: str
    title_en: str = ""
    login: str
    token: str
    person: str = ""
    client_id: str
    secret: str = ""
    scope: str = ""
    names: Mapping[str, str] = field(default_factory=dict)
    authorize_with: Mapping[str, str] = field(default_factory=dict)
    token_with: Mapping[str, str] = field(default_factory=dict)
    person_with: Mapping[str, str] = field(default_factory=dict)
    method: str = "post"
    reply: str = "json"
    token_at: str = "access_token"  # noqa: S105 - the name of a field
    person_by: str = "header"
    good_at: str = ""
    good: str = ""
    subject_at: str
    mobile_at: str = ""
    state: str = "echoed"
    pkce: bool = True
    hook: str = ""

    ADDRESSES: ClassVar[tuple[str, ...]] = ("login", "token", "person")
    CHOICES: ClassVar[Choices] = (
        ("method", ("post", "get", "json")),
        ("reply", ("json", "form", "text")),
        ("person_by", ("header", "query", "form")),
        ("state", ("echoed", "address", "cookie")),
    )

    @property
    def echoes_state(self) -> bool:
        """Unless it is said that it does not come back."""
        return self.state != "cookie"

    @property
    def state_name(self) -> str:
        """What the state is called on the way back."""
        return self.names.get("state", "state") if self.state == "echoed" else "state"

    def addresses(self) -> list[str]:
        """Where it may be called."""
        return [address for address in (self.token, self.person) if address]

    def leave(self, journey: Journey) -> str:
        """The login page with everything that it wants."""
        query = {"response_type": "code", "client_id": self.client_id, "redirect_uri": self._back(journey)}
        if self.scope:
            query["scope"] = self.scope
        if self.state == "echoed":
            query["state"] = journey.state
        if self.pkce:
            query |= {"code_challenge": challenge(journey.verifier), "code_challenge_method": "S256"}
        return with_query(self.login, {**self._named(query), **self.authorize_with})

    def arrive(self, journey: Journey, query: Mapping[str, str]) -> Proven:
        """Exchange the code, ask for the person, take two fields."""
        if query.get("error"):
            raise Declined("declined") if query["error"] == "access_denied" else Untrusted("error")
        body = self._exchanged(journey, one(query, self.names.get("code") or "code"))
        if self.person:
            body = self._asked(self._token(body))
        person = self._opened(body)
        self._good(person)
        subject = at(person, self.subject_at)
        if not 0 < len(subject) <= LONGEST_SUBJECT:
            raise Untrusted("no subject")
        return Proven(subject, at(person, self.mobile_at) if self.mobile_at else "")

    def look(self) -> None:
        """It answers; a code that nobody was given is refused."""
        if not self.secret and self.names.get("client_secret", "client_secret"):
            raise Untrusted("no secret in TOWNHALL_SIGN_ON_SECRETS")
        if self.hook:
            try:
                import_string(self.hook)
            except ImportError as error:
                raise Untrusted("hook cannot be imported") from error
        nobody = Journey("https://townhall.invalid/", "doctor", "doctor", "doctor")
        try:
            self._token(self._exchanged(nobody, "doctor"))
        except Untrusted:
            return
        raise Untrusted("does not refuse a code that nobody was given")

    def _named(self, query: Mapping[str, str]) -> dict[str, str]:
        named = {self.names.get(name, name): value for name, value in query.items()}
        named.pop("", None)
        return named

    def _back(self, journey: Journey) -> str:
        return with_query(journey.back, {"state": journey.state} if self.state == "address" else {})

    def _exchanged(self, journey: Journey, code: str) -> bytes:
        usual = {
            "grant_type": "authorization_code", "client_id": self.client_id, "client_secret": self.secret,
            "code": code, "redirect_uri": self._back(journey),
        }  # fmt: skip
        if self.pkce:
            usual["code_verifier"] = journey.verifier
        form = {**self._named(usual), **self.token_with}
        if self.method == "get":
            return calls.call("GET", with_query(self.token, form)).body
        return calls.call("POST", self.token, **{"json" if self.method == "json" else "data": form}).body

    def _token(self, body: bytes) -> str:
        if self.reply == "text":
            text = body.decode("utf-8", "replace").strip()
            if not re.fullmatch(r"[\x21-\x7e]{1,4096}", text, re.ASCII):
                raise Untrusted("no token")
            return text
        found = self._read(body)
        self._good(found)
        token = at(found, self.token_at)
        if not token:
            raise Untrusted("no token")
        return token

    def _asked(self, token: str) -> bytes:
        more = dict(self.person_with)
        if self.person_by == "header":
            if not re.fullmatch(r"[\x21-\x7e]+", token, re.ASCII):
                raise Untrusted("no token")
            address = with_query(self.person, more)
            return calls.call("GET", address, headers={"Authorization": f"Bearer {token}"}).body
        more[self.names.get("access_token") or "access_token"] = token
        if self.person_by == "query":
            return calls.call("GET", with_query(self.person, more)).body
        return calls.call("POST", self.person, data=more).body

    def _opened(self, body: bytes) -> Mapping[str, Any]:
        if not self.hook:
            return self._read(body)
        try:
            found = import_string(self.hook)(body, self)
        except Exception as error:  # whatever the operator's own code raises, nobody is vouched for
            raise Untrusted("hook") from error
        if not isinstance(found, dict):
            raise Untrusted("hook")
        return found

    def _read(self, body: bytes) -> Mapping[str, Any]:
        if self.reply == "form":
            return dict(parse_qsl(body.decode("utf-8", "replace")))
        text = body.decode("utf-8", "replace").strip().removeprefix("\ufeff")
        if inside := re.fullmatch(r"[A-Za-z_$][\w.$]*\((.*)\);?", text, re.DOTALL | re.ASCII):
            text = inside[1]
        found = calls.read_json(text)
        if isinstance(found, str):
            found = calls.read_json(found)
        if not isinstance(found, dict):
            raise Untrusted("no object")
        return found

    def _good(self, found: Mapping[str, Any]) -> None:
        if self.good_at and at(found, self.good_at) != self.good:
            raise Untrusted("refused")


def at(found: Any, place: str) -> str:
    """The text or number at a place such as ``data.userId``; empty when there is none."""
    for name in place.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    if isinstance(found, bool):
        return str(found).lower()
    return str(found) if isinstance(found, str | int) else ""
