"""Alive and ready: for load balancers."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpResponse
from django.template.loader import render_to_string
from django.views import defaults

from townhall.kernel.errors import is_database_away

if TYPE_CHECKING:
    from django.http import HttpRequest

_ready_once = False
# As the edge says (edge.replies): a database that restarts is back within seconds.
_AWAY_SECONDS = 5


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


def server_error(request: HttpRequest) -> HttpResponse:
    """What a page says when it failed: to come back in a moment when the database was away, else that we failed."""
    if not is_database_away(sys.exc_info()[1]):
        return defaults.server_error(request)
    # Without the request: who is signed in stands in the database, too.
    return HttpResponse(
        render_to_string("503.html"), status=503,
        headers={"Retry-After": str(_AWAY_SECONDS), "Cache-Control": "no-store"},
    )  # fmt: skip
