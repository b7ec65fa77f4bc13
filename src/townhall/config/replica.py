"""Archive and statistics read from a standby, where there is one: some seconds behind, and never more.

What was withheld must be gone everywhere within a minute, so a standby is read only while it has what the journal told
some seconds ago. Whoever is signed in is looked up where it was written; when the standby fails, the page is made again
from the primary. Nothing is ever written on the way.
"""

from __future__ import annotations

import re
import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from django.db import DatabaseError, InterfaceError

from townhall.journal import read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from django.db.models import Model
    from django.http import HttpRequest, HttpResponseBase

ALIAS = "replica"
# So long ago is what the standby must have: it is looked at so often, and so far behind a page may be, twice over.
LOOK_SECONDS = 5.0
_PATIENT = re.compile(r"/(archive|history|statistics|units|suggestions|open|sitemaps|api/v1/statistics)/?")
# Who somebody is must not lag behind their signing in.
_PRESENT = frozenset({"auth", "people", "sessions", "signon"})


class _State(threading.local):
    behind = False


_state = _State()


@contextmanager
def behind() -> Iterator[None]:
    """What this thread reads inside may be some seconds old."""
    _state.behind = True
    try:
        yield
    finally:
        _state.behind = False


class Router:
    """Django's way to say which database answers."""

    def db_for_read(self, model: type[Model], **_hints: Any) -> str:
        """The standby for what may be some seconds old."""
        return ALIAS if _state.behind and model._meta.app_label not in _PRESENT else "default"  # noqa: SLF001 - documented

    def db_for_write(self, _model: type[Model], **_hints: Any) -> str:
        """Only the primary is ever written."""
        return "default"

    def allow_relation(self, _one: Model, _other: Model, **_hints: Any) -> bool:
        """Both are the same database at two moments."""
        return True

    def allow_migrate(self, db: str, _app_label: str, **_hints: Any) -> bool:
        """Tables come to the standby by themselves."""
        return db == "default"


class Freshness:
    """Whether the standby has what the journal told at the last look.

    :param newest: the id of the newest entry, as the database with this name has it
    :param now: a monotonic clock in seconds
    """

    def __init__(
        self, newest: Callable[[str], int] = read.newest, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._newest = newest
        self._now = now
        self._lock = threading.Lock()
        self._looked_at = float("-inf")
        self._told: int | None = None
        self._is_fresh = False

    def is_fresh(self) -> bool:
        """Asked by every page; one of them looks now and then, the others go by what it saw."""
        with self._lock:
            if self._now() - self._looked_at < LOOK_SECONDS:
                return self._is_fresh
            self._looked_at = self._now()
        told, self._told = self._told, self._newest("default")
        try:
            self._is_fresh = told is not None and self._newest(ALIAS) >= told
        except (DatabaseError, InterfaceError):
            self._is_fresh = False
        return self._is_fresh

    def doubt(self) -> None:
        """The standby has failed: nobody reads it until it has been looked at twice."""
        self._told, self._is_fresh, self._looked_at = None, False, self._now()


_freshness = Freshness()


class ReadBehind:
    """Middleware, the last one: makes the pages that may be some seconds old from the standby."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        """Leave it to the view."""
        return self._get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponseBase], words: Any, named: Any
    ) -> HttpResponseBase | None:
        """The view's answer from the standby; ``None`` where Django has to ask it in the ordinary way."""
        if (
            request.method not in {"GET", "HEAD"}
            or not _PATIENT.match(request.path)
            or not _freshness.is_fresh()
        ):
            return None
        try:
            with behind():
                return view(request, *words, **named)
        except (DatabaseError, InterfaceError):
            _freshness.doubt()
            return None
