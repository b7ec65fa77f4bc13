"""CAS 3.0: a ticket, validated once by the server that gave it; its XML read without documents of other places."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar
from xml.parsers import expat

from townhall.people.providers import calls
from townhall.people.providers.base import Journey, Proven, Untrusted, one, with_query

if TYPE_CHECKING:
    from collections.abc import Mapping

    from townhall.people.providers.base import Choices

LONGEST_SUBJECT = 255
MOST_ELEMENTS = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class CAS:
    """A CAS server.

    :param server: its address, before ``/login``
    :param mobile: the attribute that holds a verified mobile; empty: none does
    """

    name: str
    title: str
    title_en: str = ""
    server: str
    mobile: str = ""
    secret: str = ""

    ADDRESSES: ClassVar[tuple[str, ...]] = ("server",)
    CHOICES: ClassVar[Choices] = ()

    @property
    def echoes_state(self) -> bool:
        """The state stands in the service's address, which comes back."""
        return True

    def addresses(self) -> list[str]:
        """Where it may be called."""
        return [self.server]

    def leave(self, journey: Journey) -> str:
        """The login page."""
        return with_query(f"{self.server.rstrip('/')}/login", {"service": _service(journey)})

    def arrive(self, journey: Journey, query: Mapping[str, str]) -> Proven:
        """Have the ticket validated."""
        ticket = one(query, "ticket")
        if not re.fullmatch(r"ST-[\x21-\x7e]{1,253}", ticket, re.ASCII):
            raise Untrusted("ticket")
        found = read(self._validated(_service(journey), ticket))
        if found.get("authenticationFailure") is not None or not found.get("authenticationSuccess/user"):
            raise Untrusted("ticket refused")
        subject = found["authenticationSuccess/user"]
        if len(subject) > LONGEST_SUBJECT:
            raise Untrusted("subject")
        mobile = found.get(f"authenticationSuccess/attributes/{self.mobile}", "") if self.mobile else ""
        return Proven(subject, mobile)

    def look(self) -> None:
        """A ticket that nobody was given must be refused, in the words of CAS."""
        service = "https://townhall.invalid/"
        if "authenticationFailure" not in read(self._validated(service, "ST-doctor")):
            raise Untrusted("does not refuse a ticket that nobody was given")

    def _validated(self, service: str, ticket: str) -> bytes:
        address = f"{self.server.rstrip('/')}/p3/serviceValidate"
        return calls.call("GET", with_query(address, {"service": service, "ticket": ticket})).body


def _service(journey: Journey) -> str:
    return with_query(journey.back, {"state": journey.state})


def read(text: bytes) -> dict[str, str]:
    """The text of each element below ``serviceResponse``, by its path of bare names.

    :raises Untrusted: when it is no answer of CAS, declares a document type, or says one thing twice
    """
    found: dict[str, str] = {}
    path: list[str] = []
    parser = expat.ParserCreate(namespace_separator=" ")

    def start(name: str, _attributes: dict[str, str]) -> None:
        path.append(name.rpartition(" ")[2])
        place = "/".join(path[1:])
        # An attribute may have several values; who the person is may not.
        if place == "authenticationSuccess/user" and place in found:
            raise Untrusted("two users")
        found.setdefault(place, "")
        if len(found) > MOST_ELEMENTS:
            raise Untrusted("XML")

    def end(_name: str) -> None:
        path.pop()

    def words(data: str) -> None:
        found["/".join(path[1:])] += data

    def refuse(*_declared: object) -> None:
        # No entities, so nothing to expand and nothing to fetch.
        raise Untrusted("XML with a document type")

    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler = words
    parser.StartDoctypeDeclHandler = parser.EntityDeclHandler = refuse
    try:
        parser.Parse(text, True)
    except (expat.ExpatError, ValueError, LookupError) as error:
        raise Untrusted("no XML") from error
    if {"authenticationSuccess", "authenticationFailure"} & set(found) == set():
        raise Untrusted("no answer of CAS")
    if {"authenticationSuccess", "authenticationFailure"} <= set(found):
        raise Untrusted("two answers")
    return {place: said.strip() for place, said in found.items()}
