"""Durable questions a second, every check on: group commit on SQLite and PostgreSQL, beside a plain Django view.

The client asks from 127.0.0.0/8, which these servers trust (`TOWNHALL_TRUSTED_NETWORKS` in `bench.servers`): the limits
for one address are off, as they are for a venue behind one address; every other check is on.
"""

import os
import sys

import httpx
import psutil

from bench.load import COLUMNS, Figures, Request, run
from bench.machine import keep, table, verdict
from bench.servers import free_port, product, started

# What each database has to reach; the slowest hundredth in milliseconds.
TARGETS = {"SQLite": (2_500, 150), "PostgreSQL": (1_500, 250)}
# As Debian starts it, unlike the clusters of tests: a receipt is a promise.
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on", "autovacuum": "on"}
CONNECTIONS, SECONDS = 128, 8
BUSY_BELOW = 0.85
FORM = "application/x-www-form-urlencoded"
TEXT = "我们小区门口的路灯坏了 %ld 天，晚上走路很不安全，孩子放学也要经过这里。请问什么时候能修好？"


def main() -> bool:
    """Measure, print and keep; whether every target was met."""
    from tests.tools import postgres

    found: dict[str, tuple[Figures, int]] = {}
    rows, raw = [COLUMNS], []
    found["SQLite"], form = measured("SQLite", {}, with_form=True)
    cluster = postgres.start(DURABLE)
    try:
        before = _spent(cluster.process.pid)
        found["PostgreSQL"], _none = measured(
            "PostgreSQL", {"TOWNHALL_DATABASE_URL": cluster.create("asking")}
        )
        database = _spent(cluster.process.pid) - before
    finally:
        cluster.stop()
    for figures, _stored in found.values():
        rows.append(figures.row())
        raw.append(figures.raw)
    if form is not None:
        rows.append(form.row())
        raw.append(form.raw)
    print(table(rows))
    print(
        f"  PostgreSQL's own processor time, demo data and all: {database:.1f} s, beside the server's in the table"
    )
    judged = [report(name, *one) for name, one in found.items()]
    met = all(judged)
    if form is not None:
        print(
            f"  {found['SQLite'][0].per_second / max(form.per_second, 1e-9):.1f} times the plain Django view"
        )
    stored = {name: one for name, (_figures, one) in found.items()}
    print(f"raw figures: {keep('ask', {'stored': stored, 'postgres_cpu_s': database, 'raw': raw})}")
    return met


def measured(
    name: str, settings: dict[str, str], *, with_form: bool = False
) -> tuple[tuple[Figures, int], Figures | None]:
    """Ask one installation; what the load client saw and how many were stored, and the form beside it."""
    with product("live", **settings) as (server, slug, environment):
        before = asked(server.port, slug)
        body = f'{{"display_name":"路灯下","text":"{TEXT}","kind":"service"}}'
        edge = run(
            server, f"edge, group commit, {name}", Request(f"/api/v1/hours/{slug}/questions", body=body),
            connections=CONNECTIONS, seconds=SECONDS,
        )  # fmt: skip
        stored = asked(server.port, slug) - before
        form = None
        if with_form:
            form = plain_form(slug, environment)
    return (edge, stored), form


def plain_form(slug: str, environment: dict[str, str]) -> Figures:
    """The same questions through a plain Django view (`bench.plain_form`), on the same data.

    :raises SystemExit: when it stored nothing, so that its figure would mean nothing
    """
    port = free_port()
    page = Request(f"/hours/{slug}/ask", body=f"display_name=a&text={TEXT}", content_type=FORM)
    command = [sys.executable, "-m", "bench.plain_form"]
    with started(command, port, {**os.environ, **environment, "BENCH_PORT": str(port)}) as server:
        form = run(server, "plain Django view", page, connections=16, seconds=SECONDS)
    if not form.count(201):
        sys.exit("the plain Django view stored nothing")
    return form


def _spent(postmaster: int) -> float:
    """Processor seconds of a cluster so far; those of backends that have ended, the postmaster has inherited."""
    parent = psutil.Process(postmaster)
    living = sum(sum(child.cpu_times()[:2]) for child in parent.children(recursive=True))
    return living + sum(parent.cpu_times()[:4])


def asked(port: int, slug: str) -> int:
    """How many questions the hour has, in public."""
    counts = httpx.get(f"http://127.0.0.1:{port}/api/v1/hours/{slug}", timeout=30).json()["counts"]
    return int(counts["asked"])


def report(name: str, edge: Figures, stored: int) -> bool:
    """Compare with the targets, by the clock."""
    answered = edge.count(201)
    per_second, p99 = TARGETS[name]
    targets = [
        (
            f"{name}: {edge.per_second:,.0f} questions/s (at least {per_second:,})",
            edge.per_second >= per_second,
        ),
        (f"{name}: p99 {edge.raw['p99_ms']:.0f} ms (at most {p99})", edge.raw["p99_ms"] <= p99),
        (f"{name}: {stored:,} stored, {answered:,} receipts given", stored == answered > 0),
    ]
    if edge.core_share < BUSY_BELOW:
        print(
            f"  ({name}: the server had only {edge.core_share:.0%} of its core: a busy machine, or a slow disk)"
        )
    for text, met in targets:
        print(f"  {verdict(met=met):<7} {text}")
    return all(met for _text, met in targets)
