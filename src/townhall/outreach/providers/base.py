"""What a provider is asked, and the three ways in which it may answer: taken, surely not sent, nobody knows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import httpx
from django.conf import settings

from townhall.kernel import outbound

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime


@dataclass(frozen=True, slots=True)
class Item:
    """One recipient of a batch.

    :param number: eleven digits
    :param parameters: what the template's places are filled with
    """

    number: str
    text: str
    parameters: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Letter:
    """What all recipients of one call have in common.

    :param key: our own id of the call, which receipts may carry back
    :param signature: the filed signature, without brackets
    :param template: the provider's code of the filed template
    """

    key: str
    signature: str
    template: str


@dataclass(slots=True)
class Answer:
    """What the provider said about each place of the batch.

    :param taken: the provider's id by place
    :param refused: the provider's reason by place
    """

    taken: dict[int, str] = field(default_factory=dict)
    refused: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Receipt:
    """One message's fate as a provider reports it.

    :param number: eleven digits; empty when the provider names its id only
    :param delivered: ``None`` while it is on its way: the provider has taken it and knows no more yet
    :param provider_id: the id given when the message was taken
    :param key: our id of the call, where the provider gives it back
    """

    number: str
    provider_id: str
    delivered: bool | None
    code: str
    at: datetime | None = None
    key: str = ""


class NotSent(Exception):  # noqa: N818 - it says what happened, or rather did not
    """It is certain that nothing left: no connection was made. The batch may wait and try again."""


class NoAnswer(Exception):  # noqa: N818
    """Nobody knows whether it left. It is never tried again by itself."""


class Carrier(Protocol):
    """One provider of SMS.

    :cvar name: its code word
    """

    name: str

    @property
    def most(self) -> int:
        """How many numbers one call takes when all get the same text."""

    @property
    def most_personal(self) -> int:
        """The same when each gets a text of its own."""

    def send(self, letter: Letter, items: Sequence[Item]) -> Answer:
        """Hand one batch over.

        :raises NotSent: when it is certain that nothing left
        :raises NoAnswer: when nobody can know
        """

    def read_receipts(self, body: bytes, /) -> list[Receipt]:
        """Receipts as the provider pushes them.

        :raises ValueError: when this is nothing the provider would send
        """

    def receipt_answer(self) -> dict[str, Any]:
        """What the provider wants to hear for receipts that were taken."""

    def pull(self, key: str, number: str, day: str, /) -> list[Receipt]:
        """Ask for the fate of one message; nothing means that the provider knows of none to this number.

        :param key: the provider's id
        :param day: the day of sending, ``20261127``
        :raises NotSent: when the provider was not asked
        :raises NoAnswer: when it did not answer, refused to, or cannot be asked here
        :raises ValueError: when it said something else
        """


def call(method: str, url: str, **more: Any) -> httpx.Response:
    """One HTTP call without any retry, sorted into what can be known afterwards.

    :raises NotSent: when no connection was made, also because no setting names the address
    :raises NoAnswer: when it broke or took too long afterwards, or the server failed in the middle
    """
    try:
        with outbound.client(settings.SMS_TIMEOUT) as client:
            response = client.request(method, url, **more)
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.UnsupportedProtocol) as error:
        raise NotSent(type(error).__name__) from error
    except httpx.HTTPError as error:
        raise NoAnswer(type(error).__name__) from error
    if response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
        raise NoAnswer(f"HTTP {response.status_code}")
    return response


def answered(response: httpx.Response) -> dict[str, Any]:
    """The JSON object in an answer.

    :raises NoAnswer: when it says something else: what became of the batch is not known then
    """
    try:
        body = response.json()
    except ValueError as error:
        raise NoAnswer(f"HTTP {response.status_code}, no JSON") from error
    if not isinstance(body, dict):
        raise NoAnswer(f"HTTP {response.status_code}, no object")
    return body
