"""The hour's page packed: what each level of gzip and each quality of Brotli costs, and what it saves."""

import gzip
import statistics
import time
from collections.abc import Callable
from functools import partial

import brotli
import httpx

from bench.machine import keep, table, verdict
from bench.servers import product
from townhall.edge.ready import BROTLI_QUALITY, GZIP_LEVEL

ROUNDS = 15
MOST_MILLISECONDS = 10.0  # both shapes of a page, on the way from a signature to the page


def main() -> bool:
    """Measure, print and keep; whether what the edge uses is quick enough."""
    with product("archived") as (server, slug, _environment):
        body = httpx.get(f"http://127.0.0.1:{server.port}/hours/{slug}/").content
    ways: dict[str, Callable[[bytes], bytes]] = {
        **{f"gzip {level}": partial(by_gzip, level) for level in (1, 6, 9)},
        **{f"br {quality}": partial(by_brotli, quality) for quality in (1, 4, 5, 6, 7, 9, 10, 11)},
    }
    found = {name: measure(way, body) for name, way in ways.items()}
    print(f"page of {len(body):,} bytes, median of {ROUNDS}")
    print(
        table(
            [
                ["how", "ms", "bytes"],
                *[[name, f"{ms:.2f}", f"{size:,}"] for name, (ms, size) in found.items()],
            ]
        )
    )
    spent = found[f"gzip {GZIP_LEVEL}"][0] + found[f"br {BROTLI_QUALITY}"][0]
    met = spent <= MOST_MILLISECONDS
    print(
        f"  {verdict(met=met):<7} both shapes of the edge: {spent:.2f} ms (at most {MOST_MILLISECONDS:.0f})"
    )
    print(f"raw figures: {keep('packing', {'bytes': len(body), 'ways': found})}")
    return met


def by_gzip(level: int, data: bytes) -> bytes:
    """Packed as the edge does it, at another level."""
    return gzip.compress(data, level, mtime=0)


def by_brotli(quality: int, data: bytes) -> bytes:
    """The same with Brotli."""
    packed: bytes = brotli.compress(data, mode=brotli.MODE_TEXT, quality=quality)
    return packed


def measure(way: Callable[[bytes], bytes], body: bytes) -> tuple[float, int]:
    """Median milliseconds and the size that comes out."""
    times = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        packed = way(body)
        times.append((time.perf_counter() - started) * 1000)
    return statistics.median(times), len(packed)
