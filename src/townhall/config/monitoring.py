"""``/metrics``: how it goes, for Prometheus; told to the machine itself, to networks that are named, to a token."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Count, Min, Q
from django.http import HttpResponse
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import GaugeMetricFamily

from townhall.hours.choices import Stage
from townhall.kernel import clock
from townhall.kernel import metrics as figures
from townhall.kernel.addresses import is_within
from townhall.outreach.choices import State
from townhall.outreach.models import Message
from townhall.people.actions import account_of_token
from townhall.questions.choices import Status
from townhall.questions.models import Question

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from django.http import HttpRequest
    from prometheus_client import Metric

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
# An answered question waits for nobody; what ended otherwise does not either.
_WAITING = (Status.RECEIVED, Status.ACCEPTED, Status.ASSIGNED, Status.SUBMITTED)
_OPEN = (Stage.ANNOUNCED, Stage.PREPARING, Stage.LIVE, Stage.WRAPPING)


class Tables:
    """What only the database knows: questions by state, how long they wait, messages that have not left."""

    def describe(self) -> list[GaugeMetricFamily]:
        """The families, empty."""
        return [
            GaugeMetricFamily(
                "townhall_questions", "Questions by status, over all hours.", labels=["status"]
            ),
            GaugeMetricFamily(
                "townhall_question_age_seconds",
                "How long the question that waits longest in a status has waited, in hours that run.",
                labels=["status"],
            ),
            GaugeMetricFamily(
                "townhall_outbox_depth", "Messages to people and webhooks that wait to be sent.", labels=[]
            ),
            GaugeMetricFamily(
                "townhall_outbox_age_seconds", "How long the oldest of them has waited.", labels=[]
            ),
        ]

    def collect(self) -> Iterator[Metric]:
        """Every family; three queries."""
        questions, ages, depth, oldest = self.describe()
        rows = dict(Question.objects.values_list("status").annotate(n=Count("id")))
        for status in Status.values:
            questions.add_metric([status], rows.get(status, 0))
        waiting = Question.objects.filter(status__in=_WAITING, hour__stage__in=_OPEN, hour__rehearsal=False)
        since = dict(waiting.values_list("status").annotate(since=Min("waiting_since")))
        for status in _WAITING:
            ages.add_metric([status], _age(since.get(status)))
        due = Q(next_try_at=None) | Q(next_try_at__lte=clock.now())
        queued = Message.objects.filter(due, state=State.QUEUED, broadcast=None)
        found = queued.aggregate(n=Count("id"), since=Min("queued_at"))
        depth.add_metric([], found["n"])
        oldest.add_metric([], _age(found["since"]))
        yield from (questions, ages, depth, oldest)


def _age(since: datetime | None) -> float:
    return 0.0 if since is None else max(0.0, (clock.now() - since).total_seconds())


def described() -> list[tuple[str, str, tuple[str, ...], str]]:
    """Every family that is told: its name as a monitor sees it, its kind, its labels, what it says."""
    found = list(figures.described())
    found += [
        (family.name, family.type, tuple(family._labelnames), family.documentation)  # noqa: SLF001 - no other way
        for family in Tables().describe()
    ]
    return sorted(found)


def told() -> bytes:
    """Every figure, as Prometheus reads it."""
    registry = CollectorRegistry()
    registry.register(figures.Figures())
    registry.register(Tables())
    return generate_latest(registry)


def may_read(request: HttpRequest) -> bool:
    """Whether figures are told to whoever asks; to nobody else than is named."""
    given = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
    if given:
        return account_of_token(given) is not None
    address = request.META.get("REMOTE_ADDR", "")
    if "X-Forwarded-For" in request.headers and not settings.TRUSTED_PROXIES:
        return False  # some proxy passes on what anybody asks: whose address this is nobody knows
    return _is_here(address, request) or is_within(address, tuple(settings.METRICS_NETWORKS))


def _is_here(address: str, request: HttpRequest) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback and "X-Forwarded-For" not in request.headers
    except ValueError:
        return False


def metrics(request: HttpRequest) -> HttpResponse:
    """Answer a monitor, or refuse."""
    if not may_read(request):
        return HttpResponse("forbidden\n", status=403, content_type="text/plain")
    return HttpResponse(told(), content_type=CONTENT_TYPE, headers={"Cache-Control": "no-store"})
