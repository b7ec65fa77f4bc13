"""Alive, ready, and how it goes: for load balancers and monitors."""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.models import Count
from django.http import HttpResponse

if TYPE_CHECKING:
    from django.http import HttpRequest

_ready_once = False


def healthz(_request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok\n", content_type="text/plain", headers={"Cache-Control": "no-store"})


def why_not_ready() -> str:
    """The reason in a few words, or nothing."""
    global _ready_once  # noqa: PLW0603 - migrations do not come undone while we run
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        if not _ready_once:
            executor = MigrationExecutor(connection)
            if executor.migration_plan(executor.loader.graph.leaf_nodes()):
                return "the database needs `townhall manage migrate`"
            _ready_once = True
    except Exception as error:  # noqa: BLE001 - whatever it is, we are not ready because of it
        return f"database: {type(error).__name__}"
    return ""


def readyz(_request: HttpRequest) -> HttpResponse:
    """Whether this process can serve; 503 with the reason when it cannot."""
    reason = why_not_ready()
    return HttpResponse(
        f"{reason or 'ready'}\n", status=503 if reason else 200, content_type="text/plain",
        headers={"Cache-Control": "no-store"},
    )  # fmt: skip


def metrics(request: HttpRequest) -> HttpResponse:
    """Counts for a monitor (Prometheus text format), from this machine or with an API token."""
    from townhall.edge import server
    from townhall.people.actions import account_of_token
    from townhall.questions.models import Question

    given = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
    try:
        local = ipaddress.ip_address(request.META.get("REMOTE_ADDR", "")).is_loopback
    except ValueError:
        local = False
    forwarded = "X-Forwarded-For" in request.headers
    if not ((local and not forwarded) or (given and account_of_token(given))):
        return HttpResponse("forbidden\n", status=403, content_type="text/plain")
    rows = Question.objects.values("status").annotate(n=Count("id")).order_by("status")
    lines = [f"townhall_edge_{name} {number}" for name, number in server.figures().items()]
    lines.append("# TYPE townhall_questions gauge")
    lines += [f'townhall_questions{{status="{row["status"]}"}} {row["n"]}' for row in rows]
    return HttpResponse("\n".join(lines) + "\n", content_type="text/plain; version=0.0.4")
