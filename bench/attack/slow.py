"""slowhttptest: 4,000 connections that send by the letter or hardly read, while others open the page.

The attackers' address is made one that no limit holds for, as if each of them had come from a place of its own; whoever
opens the page meanwhile comes from another. All stands on one machine.
"""

import statistics
import subprocess
import tempfile
import time
from pathlib import Path

import httpx

from bench.attack import needs
from bench.attack.standing import District, Found

CONNECTIONS, SECONDS, RATE = 4_000, 60, 400
MOST_P99 = 1.0
PAUSE_SECONDS = 0.05
READER = "127.0.0.2"


def run(district: District) -> Found:
    """Each of the three; a page slower than a second (p99), or not there, is a finding."""
    found = Found("slowhttptest", needs.version_of("slowhttptest"))
    page = f"{district.url}/hours/{district.slug}/"
    kinds = {
        "header": ["-H", "-u", page],
        "body": ["-B", "-s", "8192", "-u", f"{page}ask"],
        "read": ["-X", "-w", "10", "-y", "20", "-z", "5", "-n", "5", "-k", "3", "-u", page],
    }
    for kind, words in kinds.items():
        with district.behind_nginx(found), tempfile.TemporaryDirectory() as name:
            command = [
                needs.debian("slowhttptest"), *words, "-c", str(CONNECTIONS), "-r", str(RATE), "-i", "8", "-x", "24",
                "-l", str(SECONDS), "-p", "3", "-g", "-o", str(Path(name) / "told"),
            ]  # fmt: skip
            process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            times, wrong = _read(page, process)
            most = _most_open(Path(name) / "told.csv")
        cuts = statistics.quantiles(times, n=100)
        found.figures[kind] = {
            "pages": len(times), "wrong": wrong, "p50_ms": cuts[49] * 1000, "p99_ms": cuts[98] * 1000,
            "slowest_ms": max(times) * 1000, "open_at_most": most,
        }  # fmt: skip
        if cuts[98] > MOST_P99 or wrong:
            found.findings.append(
                f"{kind}: p99 {cuts[98] * 1000:.0f} ms, {wrong} of {len(times)} pages not there"
            )
        print(f"  {kind}: {most} open, {len(times)} pages, p99 {cuts[98] * 1000:.0f} ms")
    return found


def _read(page: str, process: "subprocess.Popen[bytes]") -> tuple[list[float], int]:
    """Open the page again and again, each time on a new connection, until the attack is over."""
    times, wrong = [], 0
    until = time.monotonic() + SECONDS
    while process.poll() is None and time.monotonic() < until:
        started = time.perf_counter()
        try:
            with httpx.Client(
                transport=httpx.HTTPTransport(verify=False, local_address=READER), timeout=10
            ) as client:
                good = client.get(page).status_code == 200
        except httpx.TransportError:
            good = False
        times.append(time.perf_counter() - started)
        wrong += not good
        time.sleep(PAUSE_SECONDS)
    process.terminate()
    process.wait(30)
    return times, wrong


def _most_open(table: Path) -> int:
    """How many connections were open at once, as slowhttptest counted them."""
    if not table.exists():
        return 0
    rows = [line.split(",") for line in table.read_text(encoding="utf-8").splitlines()[1:]]
    return max((int(row[3]) for row in rows if len(row) > 3 and row[3].strip().isdigit()), default=0)
