"""Archive and statistics from a standby: never more than some seconds old, never instead of the primary for anything else."""

from __future__ import annotations

import pytest
from django.contrib.sessions.models import Session
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from townhall.config import replica
from townhall.people.models import Account
from townhall.questions.models import Question


class Two:
    """A primary, and a standby that has what it has, as two counts of entries; and a clock."""

    def __init__(self) -> None:
        self.newest: dict[str, int | Exception] = {"default": 10, replica.ALIAS: 10}
        self.now = 0.0
        self.freshness = replica.Freshness(self.entry, lambda: self.now)

    def entry(self, name: str) -> int:
        found = self.newest[name]
        if isinstance(found, Exception):
            raise found
        return found

    def look(self) -> bool:
        self.now += replica.LOOK_SECONDS
        return self.freshness.is_fresh()


def test_a_standby_is_read_once_it_has_what_was_told_a_moment_ago() -> None:
    two = Two()
    assert not two.look(), "nothing is known yet"
    assert two.look()
    two.newest["default"] = 20
    assert two.look(), "it has what there was at the last look"
    assert not two.look(), "it has fallen behind"
    two.newest[replica.ALIAS] = 20
    assert two.look()
    two.newest[replica.ALIAS] = OperationalError("gone")
    assert two.freshness.is_fresh(), "between looks nobody asks"
    assert not two.look()


def test_only_what_may_be_old_and_nobody_s_sign_in_is_read_there() -> None:
    router = replica.Router()
    assert router.db_for_read(Question) == "default"
    with replica.behind():
        assert router.db_for_read(Question) == replica.ALIAS
        assert {router.db_for_read(model) for model in (Account, Session)} == {"default"}
        assert router.db_for_write(Question) == "default"
    assert router.db_for_read(Question) == "default"


def database_of(_request: HttpRequest) -> HttpResponse:
    return HttpResponse(replica.Router().db_for_read(Question))


@pytest.fixture
def middleware(monkeypatch: pytest.MonkeyPatch) -> replica.ReadBehind:
    two = Two()
    two.look()
    assert two.look()
    monkeypatch.setattr(replica, "_freshness", two.freshness)
    return replica.ReadBehind(database_of)


@pytest.mark.parametrize(
    ("method", "path", "database"),
    [
        ("GET", "/archive/", "replica"),
        ("GET", "/statistics/answered.csv", "replica"),
        ("GET", "/api/v1/statistics", "replica"),
        ("POST", "/archive/", "default"),
        ("GET", "/questions/7/", "default"),
        ("GET", "/hours/2026-11/", "default"),
        ("GET", "/desk/", "default"),
    ],
)
def test_which_pages_may_be_some_seconds_old(
    middleware: replica.ReadBehind, method: str, path: str, database: str
) -> None:
    request = RequestFactory().generic(method, path)
    answer = middleware.process_view(request, database_of, (), {}) or middleware(request)
    assert answer.content.decode() == database  # type: ignore[attr-defined]


def test_when_the_standby_fails_the_primary_is_asked_and_the_standby_left_alone(
    middleware: replica.ReadBehind,
) -> None:
    def failing(_request: HttpRequest) -> HttpResponse:
        if replica.Router().db_for_read(Question) == replica.ALIAS:
            raise OperationalError("canceling statement due to conflict with recovery")
        return HttpResponse("made")

    request = RequestFactory().get("/archive/")
    assert middleware.process_view(request, failing, (), {}) is None
    assert failing(request).content == b"made"
    assert middleware.process_view(request, database_of, (), {}) is None
