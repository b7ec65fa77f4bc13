"""What is counted for monitors: a fixed list of figures, never about a person (ADR 0033).

With several serving processes each keeps its figures in small files, which whoever is asked adds up. The library
decides on that once, when it is first imported, by ``PROMETHEUS_MULTIPROC_DIR``: see :func:`share`.
"""

from __future__ import annotations

import logging
import os
import tempfile
import time
from contextlib import contextmanager
from shutil import rmtree
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

if TYPE_CHECKING:
    from collections.abc import Iterator

    from prometheus_client import Metric

SHARED = "PROMETHEUS_MULTIPROC_DIR"
# Up to the contract's second finely, then far enough to tell a bad minute from a lost one.
_LAGS = (0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0, 1.5, 2.0, 5.0, 10.0, 30.0)
# A commit takes one fsync: below a millisecond on good disks, tens on bad ones; a full second is an illness.
_COMMITS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0)

_ours = CollectorRegistry()

VIEWERS = Gauge("townhall_viewers", "Open public streams.", registry=_ours, multiprocess_mode="livesum")
VIEWERS_MOST = Gauge(
    "townhall_viewers_most", "Streams the processes may hold.", registry=_ours, multiprocess_mode="livesum"
)
DESKS = Gauge("townhall_desks", "Open desks.", registry=_ours, multiprocess_mode="livesum")
PROCESSES = Gauge(
    "townhall_processes", "Serving processes alive.", registry=_ours, multiprocess_mode="livesum"
)
TOLD_AT = Gauge(
    "townhall_told_at_seconds",
    "When the slowest process's loop last came round, in Unix time.",
    registry=_ours,
    multiprocess_mode="livemin",
)
RESIDENT = Gauge(
    "townhall_resident_bytes", "Memory of the processes.", registry=_ours, multiprocess_mode="livesum"
)
QUEUED = Gauge(
    "townhall_queue_depth",
    "What waits in the processes' memory: questions to be stored, writes to viewers, files on their way in.",
    ["queue"],
    registry=_ours,
    multiprocess_mode="livesum",
)
QUEUE_AGE = Gauge(
    "townhall_store_age_seconds",
    "How long the oldest question has waited to be stored.",
    registry=_ours,
    multiprocess_mode="livemax",
)
RECENT_LAG = Gauge(
    "townhall_recent_lag_seconds",
    "The longest time from a signature to the last viewer in five minutes; 0 when nothing was signed.",
    registry=_ours,
    multiprocess_mode="livemax",
)

LAG = Histogram(
    "townhall_lag_seconds",
    "From the signature to the last write of its frame, once a process and form of the frame.",
    registry=_ours,
    buckets=_LAGS,
)
COMMIT = Histogram(
    "townhall_commit_seconds",
    "How long commits took, by the lane they came in.",
    ["lane"],
    registry=_ours,
    buckets=_COMMITS,
)
TURN = Histogram(
    "townhall_turn_seconds",
    "How long writers waited for their turn, by lane.",
    ["lane"],
    registry=_ours,
    buckets=_COMMITS,
)
DELIVERIES = Counter("townhall_deliveries", "Frames written to viewers.", registry=_ours)
DROPPED = Counter("townhall_viewers_dropped", "Viewers dropped for not reading.", registry=_ours)
SERVED = Counter(
    "townhall_served", "What the edge answered by itself, by what it was.", ["what"], registry=_ours
)
RESPONSES = Counter(
    "townhall_responses", "Answers by who gave them and their status.", ["by", "status"], registry=_ours
)
RENDERINGS = Counter("townhall_renderings", "Hot pages rendered.", registry=_ours)
BATCHES = Counter("townhall_ask_batches", "Batches of questions written.", registry=_ours)
ERRORS = Counter(
    "townhall_errors", "Errors in the log, by what raised them or who wrote them.", ["kind"], registry=_ours
)
PROCESSOR = Counter(
    "townhall_processor_seconds", "Processor time of the processes that serve.", registry=_ours
)


@contextmanager
def share() -> Iterator[None]:
    """Let the processes of one server add up their figures; entered before this process counts anything.

    A folder of its own for each server: two that run at once (a change of versions) keep out of each other's figures.
    """
    folder = tempfile.mkdtemp(prefix="townhall-figures-")
    os.environ[SHARED] = folder
    try:
        yield
    finally:
        os.environ.pop(SHARED, None)
        rmtree(folder, ignore_errors=True)


def forget_process(pid: int) -> None:
    """What a process that has died held is held no more; what it counted stays counted."""
    if SHARED in os.environ:
        mark_process_dead(pid)  # type: ignore[no-untyped-call]


class Figures:
    """Collects what the processes have counted; a collector for a registry of Prometheus's client."""

    def collect(self) -> Iterator[Metric]:
        """Every family, added up over the processes."""
        if SHARED in os.environ:
            yield from MultiProcessCollector(CollectorRegistry()).collect()  # type: ignore[no-untyped-call]
        else:
            yield from _ours.collect()


def described() -> Iterator[tuple[str, str, tuple[str, ...], str]]:
    """Every family of this list: its name as a monitor sees it, its kind, its labels, what it says."""
    for one in list(globals().values()):
        if isinstance(one, (Counter, Gauge, Histogram)):
            family = next(iter(one.describe()))
            name = f"{family.name}_total" if family.type == "counter" else family.name
            yield name, family.type, tuple(one._labelnames), family.documentation  # noqa: SLF001 - no other way


def read() -> dict[str, float]:
    """Every figure as it stands over all processes, by the name and labels that a monitor would see."""
    return {
        _seen(sample.name, sample.labels): float(sample.value)
        for family in Figures().collect()
        for sample in family.samples
    }


def _seen(name: str, labels: dict[str, str]) -> str:
    said = ",".join(f'{label}="{value}"' for label, value in sorted(labels.items()))
    return f"{name}{{{said}}}" if said else name


def machine_time() -> float:
    """The machine's own time (Unix), whatever steers the product's clock: a steered one may stand still."""
    return time.clock_gettime(time.CLOCK_REALTIME)


class CountErrors(logging.Handler):
    """Counts what is logged as an error, by its exception's type, else by the logger's name: both are ours to name."""

    def emit(self, record: logging.LogRecord) -> None:
        """Count one."""
        raised = record.exc_info[0] if record.exc_info else None
        ERRORS.labels(raised.__name__ if raised else record.name).inc()


class Watch:
    """Seconds since it was made or last read."""

    def __init__(self) -> None:
        self._since = time.perf_counter()

    def split(self) -> float:
        """Seconds since the last time."""
        now = time.perf_counter()
        passed, self._since = now - self._since, now
        return passed
