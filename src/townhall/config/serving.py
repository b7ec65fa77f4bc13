"""Wires the edge to the rest of the house: which callable answers which of its questions."""

from __future__ import annotations

import functools
import logging
import os
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import django

if TYPE_CHECKING:
    import threading
    from collections.abc import Mapping

    from townhall.edge.wiring import Wiring
    from townhall.live.frames import Frame
    from townhall.questions.line import Place

logger = logging.getLogger("townhall.config")
FACTORY = "townhall.config.serving:wiring"
Result = TypeVar("Result")


def _in_database(function: Callable[..., Result]) -> Callable[..., Result]:
    """Give each call a living connection and put a stale one away afterwards."""

    @functools.wraps(function)
    def call(*arguments: Any, **named: Any) -> Result:
        from django.db import close_old_connections

        close_old_connections()
        try:
            return function(*arguments, **named)
        finally:
            close_old_connections()

    return call


class Frames:
    """The public stream's source; see :class:`townhall.live.reading.FrameSource`."""

    @staticmethod
    @_in_database
    def head(slug: str) -> int | None:
        """The number of the hour's newest entry."""
        from townhall.live import frames

        return frames.head(slug)

    @staticmethod
    @_in_database
    def after(slug: str, seq: int, fmt: str) -> Sequence[Frame]:
        """The frames above a number."""
        from townhall.kernel import traces
        from townhall.live import frames

        with traces.span("frames", form=fmt):
            return frames.after(slug, seq, fmt)

    @staticmethod
    @_in_database
    def counts(slug: str, fmt: str) -> Frame | None:
        """The present counts."""
        from townhall.live import frames

        return frames.counts(slug, fmt)


@_in_database
def _admits(slug: str, key: str) -> bool:
    from townhall.hours import published

    return published.find(slug, key) is not None


# After these the page must be new before anybody asks for it again.
_URGENT_KINDS = (
    "question.signed",
    "question.withheld",
    "question.withhold_confirmed",
    "question.urgent",
    "clarification.signed",
    "clarification.withheld",
    "clarification.withhold_confirmed",
    "hour.opened",
    "hour.paused",
    "hour.resumed",
    "hour.wrapped",
)


@_in_database
def _urgent(slug: str, seq: int) -> bool:
    from townhall.hours.models import OfficeHour
    from townhall.journal.models import Entry

    line = OfficeHour.objects.filter(slug=slug).values_list("id", flat=True).first() or 0
    return Entry.objects.filter(line=line, seq__gt=seq, kind__in=_URGENT_KINDS).exists()


# Which hour is the one for "/" while nothing but files answers.
_AT_HOME = ("live", "preparing", "announced", "wrapping", "archived")


@_in_database
def _warm() -> Sequence[str]:
    from townhall.hours.models import OfficeHour

    public = OfficeHour.objects.filter(rehearsal=False).order_by("-starts_at")
    rows = list(public.filter(stage__in=_AT_HOME[:-1]).values_list("stage", "slug")[:4])
    rows += public.filter(stage="archived").values_list("stage", "slug")[:1]
    return [slug for _stage, slug in sorted(rows, key=lambda row: _AT_HOME.index(row[0]))]


@_in_database
def _render(path: str, lang: str) -> bytes | None:
    from townhall.kernel import traces
    from townhall.portal import hot

    with traces.span("render", lang=lang):
        return hot.render(path, lang)


class _Effort:
    """Under pressure: a solved puzzle, a ticket that has waited, or a verified mobile."""

    def means(self, share: float, payload: dict[str, Any], address: str) -> dict[str, Any] | None:
        from townhall.kernel import effort
        from townhall.people import identity

        effort.note(share)
        if not effort.is_wanted() or identity.is_person(payload.get("verification")):
            return None
        if effort.is_solved(payload.get("altcha")) or effort.has_waited(payload.get("wait_ticket"), address):
            return None
        return effort.remedy(address)


@_in_database
def _hands_over(slug: str) -> bool:
    from django.conf import settings

    from townhall.live import fanout

    return bool(settings.FANOUT_URLS) and slug in fanout.carried()


class _Line:
    """Where questions from pages wait: in the same line as those that the edge takes in."""

    @staticmethod
    def knows(slug: str, form: str) -> bool:
        from townhall.edge import server

        edge = server.edge()
        return edge is not None and edge.intake is not None and edge.intake.knows(slug, form)

    @staticmethod
    def hand_in(
        slug: str, payload: Mapping[str, Any], *, lang: str, address: str, key: str, agent: str
    ) -> tuple[int, Mapping[str, Any], int | None] | Place:
        from townhall.edge import server
        from townhall.edge.wiring import Answer, Question
        from townhall.questions.line import Place

        edge = server.edge()
        assert edge is not None and edge.intake is not None  # noqa: S101, PT018 - pages are made while it serves
        question = Question(slug, dict(payload), lang, address, key, agent)
        found = edge.intake.hand_in(question, edge.whose_turn(address))
        return (found.status, found.body, found.retry_after) if isinstance(found, Answer) else Place(*found)


def wiring() -> Wiring:
    """Set Django up and say who answers; called once in each serving process."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "townhall.config.settings")
    django.setup()
    from django.conf import settings
    from django.core.wsgi import get_wsgi_application

    from townhall.config import jobs, tracing
    from townhall.edge import asking
    from townhall.edge.wiring import Wiring
    from townhall.journal import bell
    from townhall.kernel import pace
    from townhall.kernel.shared_pace import SharedPace
    from townhall.live import tickets
    from townhall.questions import line

    line.LINE[:] = [_Line()]
    tracing.start()
    background: list[Callable[[threading.Event], None]] = [
        jobs.run,
        jobs.send,
        jobs.ask_receipts,
        jobs.keep_record,
        jobs.ask_witnesses,
        jobs.ask_for_stamps,
        jobs.pass_bell_on,
    ]
    if os.environ.get(jobs.PLAY_SWITCH):
        background.append(jobs.play)
    return Wiring(
        wsgi=get_wsgi_application(),
        frames=Frames(),
        staff=tickets.Source(),
        render=_render,
        ask=_in_database(asking.ask),
        admits=_admits,
        urgent=_urgent,
        hands_over=_hands_over,
        warm=_warm,
        saved_pages=settings.SNAPSHOT_DIR,
        open_bell=bell.open_listener,
        close_bell=bell.close_listener,
        poll_seconds=settings.LIVE_POLL_SECONDS,
        effort=_Effort(),
        limiter=SharedPace(settings.DATA_DIR / "pace", *pace.usual_turns()),
        trusted_proxies=settings.TRUSTED_PROXIES,
        trusted_networks=settings.TRUSTED_NETWORKS,
        allowed_hosts=settings.ALLOWED_HOSTS,
        embed_origins=settings.EMBED_ORIGINS,
        background=background,
    )
