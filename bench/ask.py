"""Durable questions a second, every check on: the edge's group commit beside the plain Django form."""

import httpx

from bench.load import COLUMNS, Figures, Request, run
from bench.machine import keep, table, verdict
from bench.servers import product

PER_SECOND, P99_MS = 1_500, 250
CONNECTIONS, SECONDS = 128, 8
BUSY_BELOW = 0.85
FORM = "application/x-www-form-urlencoded"
TEXT = "我们小区门口的路灯坏了 %ld 天，晚上走路很不安全，孩子放学也要经过这里。请问什么时候能修好？"


def main() -> bool:
    """Measure, print and keep; whether every target was met."""
    with product("live") as (server, slug, _environment):
        before = asked(server.port, slug)
        body = f'{{"display_name":"路灯下","text":"{TEXT}","kind":"service"}}'
        edge = run(
            server, "edge, group commit", Request(f"/api/v1/hours/{slug}/questions", body=body),
            connections=CONNECTIONS, seconds=SECONDS,
        )  # fmt: skip
        stored = asked(server.port, slug) - before
        form = run(
            server, "Django form view",
            Request(f"/hours/{slug}/ask", body=f"display_name=a&text={TEXT}", content_type=FORM),
            connections=16, seconds=SECONDS,
        )  # fmt: skip
    print(table([COLUMNS, edge.row(), form.row()]))
    met = report(edge, form, stored)
    print(f"raw figures: {keep('ask', {'stored': stored, 'raw': [edge.raw, form.raw]})}")
    return met


def asked(port: int, slug: str) -> int:
    """How many questions the hour has, in public."""
    counts = httpx.get(f"http://127.0.0.1:{port}/api/v1/hours/{slug}", timeout=30).json()["counts"]
    return int(counts["asked"])


def report(edge: Figures, form: Figures, stored: int) -> bool:
    """Compare with the targets, by the clock."""
    answered = edge.count(201)
    targets = [
        (f"{edge.per_second:,.0f} questions/s (at least {PER_SECOND:,})", edge.per_second >= PER_SECOND),
        (f"p99 {edge.raw['p99_ms']:.0f} ms (below {P99_MS})", edge.raw["p99_ms"] < P99_MS),
        (f"{stored:,} stored, {answered:,} receipts given", stored == answered > 0),
    ]
    if edge.core_share < BUSY_BELOW:
        print(
            f"  (busy machine: the server had only {edge.core_share:.0%} of its core, so the clock says little)"
        )
    for text, met in targets:
        print(f"  {verdict(met=met):<7} {text}")
    print(f"  {edge.per_second / max(form.per_second, 1e-9):.1f} times the form view")
    return all(met for _text, met in targets)
