"""A client that speaks JSON, and the tokens of the district's people."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.test import Client

from townhall.api import limits
from townhall.kernel.pace import RECEIPT_GUESSES
from townhall.people import actions as people

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.http import HttpResponse

    from tests.fixtures import District

BASE = "/api/v1"


class Program:
    """Somebody's program: no cookie, JSON both ways.

    :param token: sent as ``Authorization: Bearer``
    """

    def __init__(self, token: str = "") -> None:
        self.client = Client(raise_request_exception=False, headers={"host": "127.0.0.1:8000"})
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def get(self, path: str, **query: Any) -> HttpResponse:
        """GET below ``/api/v1``."""
        return self.client.get(BASE + path, query, headers=self.headers)

    def post(
        self, path: str, body: Any = None, *, headers: dict[str, str] | None = None, **extra: Any
    ) -> HttpResponse:
        """POST a JSON body; ``bytes`` are sent as they are."""
        sent = body if isinstance(body, bytes) else json.dumps({} if body is None else body)
        kind = extra.pop("content_type", "application/json")
        return self.client.post(
            BASE + path, sent, content_type=kind, headers={**self.headers, **(headers or {})}, **extra
        )


@pytest.fixture(autouse=True)
def _static_folder() -> None:
    """The folder in which the server looks for collected files."""
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)


@pytest.fixture(autouse=True)
def _fresh_limits() -> Iterator[None]:
    """One test's haste is not the next one's."""
    paces = (limits.FORMS, limits.CODES, limits.REMARKS, limits.SUPPORTS, RECEIPT_GUESSES)
    for pace in paces:
        pace.forget_all()
    yield
    for pace in paces:
        pace.forget_all()


@pytest.fixture
def program() -> Program:
    """A citizen's program."""
    return Program()


class Staff:
    """Programs of the district's people, each with a token of their own."""

    def __init__(self, district: District) -> None:
        self.district = district
        self.known: dict[tuple[str, bool], Program] = {}

    def __call__(self, name: str, *, sign: bool = False) -> Program:
        """The program of an account's short name, made once."""
        key = (name, sign)
        if key not in self.known:
            self.known[key] = Program(people.issue_token(self.district.accounts[name], may_sign=sign))
        return self.known[key]

    def move(self, name: str, question_id: int, verb: str, **fields: Any) -> HttpResponse:
        """One move of a question by somebody whose token may sign."""
        return self(name, sign=True).post(f"/desk/questions/{question_id}/{verb}", fields)


@pytest.fixture
def staff(live: District) -> Staff:
    """``staff("moderator")`` is the moderator's program."""
    return Staff(live)


def errors_of(response: Any) -> dict[str, str]:
    """Field and message of a 422."""
    return {one["field"]: one["message"] for one in response.json().get("errors", [])}
