"""The hour's page with some fifty answers: ready bytes, "not modified", and the Django view that renders it."""

import gzip
from collections.abc import Sequence

import httpx

from bench.load import COLUMNS, Figures, Request, run
from bench.machine import keep, table, verdict
from bench.reference import static
from bench.servers import product

PER_SECOND, TIMES_THE_VIEW, UNCHANGED_PER_SECOND = 8_000, 50, 15_000
OF_NGINX = 0.5
CONNECTIONS, SECONDS = 64, 5


def main() -> bool:
    """Measure, print and keep; whether every target was met."""
    with product("archived") as (server, slug, _environment):
        url, path = f"http://127.0.0.1:{server.port}", f"/hours/{slug}/"
        page = httpx.get(url + path)
        answers = page.text.count('data-list="answers"')
        tag = httpx.head(url + path, headers={"Accept-Encoding": "gzip"}).headers["etag"]
        packed = "Accept-Encoding: gzip"
        print(f"page of {answers} answers, {len(page.content):,} bytes, gzip {page.num_bytes_downloaded:,}")
        ready = run(
            server, "ready bytes, gzip", Request(path, (packed,)), connections=CONNECTIONS, seconds=SECONDS
        )
        plain = run(server, "ready bytes, plain", Request(path), connections=CONNECTIONS, seconds=SECONDS)
        unchanged = run(
            server, "not modified", Request(path, (packed, f"If-None-Match: {tag}")), connections=CONNECTIONS,
            seconds=SECONDS,
        )  # fmt: skip
        # A field the edge does not know makes it hand the request on.
        view = run(server, "Django view", Request(f"{path}?from=bench"), connections=4, seconds=SECONDS)
    # The same bytes as files: what a web server in C, which does nothing else, answers.
    with static(page.content, gzip.compress(page.content, 6)) as server:
        files = [
            run(
                server,
                f"nginx, the file{label}",
                Request("/page.html", headers),
                connections=CONNECTIONS,
                seconds=SECONDS,
            )
            for label, headers in ((", gzip", (packed,)), (", plain", ()))
        ]
    found = [ready, plain, unchanged, view, *files]
    print(table([COLUMNS, *[figures.row() for figures in found]]))
    met = report(ready, plain, unchanged, view)
    met = beside((ready, plain), files) and met
    print(f"raw figures: {keep('hot', {'answers': answers, 'raw': [figures.raw for figures in found]})}")
    return met


def beside(ours: Sequence[Figures], files: Sequence[Figures]) -> bool:
    """Compare with nginx, form by form."""
    shares = [one.per_core_second / file.per_core_second for one, file in zip(ours, files, strict=True)]
    met = min(shares) >= OF_NGINX and not any(set(file.raw["statuses"]) - {"200"} for file in files)
    said = ", ".join(f"{share:.2f}" for share in shares)
    print(f"  {verdict(met=met):<7} {said} of nginx with a file, gzip and plain (at least {OF_NGINX})")
    return met


def report(ready: Figures, plain: Figures, unchanged: Figures, view: Figures) -> bool:
    """Compare with the targets, per second of the server's core."""
    slower = min(ready.per_core_second, plain.per_core_second)
    times = slower / view.per_core_second
    targets = [
        (f"ready bytes: {slower:,.0f}/s on one core (at least {PER_SECOND:,})", slower >= PER_SECOND),
        (f"{times:,.0f} times the Django view (at least {TIMES_THE_VIEW})", times >= TIMES_THE_VIEW),
        (
            f"not modified: {unchanged.per_core_second:,.0f}/s (at least {UNCHANGED_PER_SECOND:,})",
            unchanged.per_core_second >= UNCHANGED_PER_SECOND,
        ),
        (
            "every answer was 200 or 304",
            not any(set(f.raw["statuses"]) - {"200", "304"} for f in (ready, plain, unchanged)),
        ),
    ]
    for text, met in targets:
        print(f"  {verdict(met=met):<7} {text}")
    return all(met for _text, met in targets)
