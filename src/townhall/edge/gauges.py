"""What the edge does and holds, told to the monitor's figures once a second.

Nothing is counted for a monitor while frames are written: the hub and the routes keep plain numbers for themselves, and
their growth is handed on here.
"""

from __future__ import annotations

import resource
from collections import Counter, deque
from pathlib import Path
from typing import TYPE_CHECKING

from townhall.kernel import clock, metrics

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, TimerHandle

    from prometheus_client import Counter as Told

    from townhall.edge.routes import Edge

TELL_SECONDS = 1.0
RECENT_SECONDS = (
    300.0  # the technician looks at the desk every few minutes, and a bad one must still be there
)
_STATM = Path("/proc/self/statm")


class Gauges:
    """Hands the edge's numbers on.

    :param edge: whose numbers
    :param loop: the event loop
    """

    def __init__(self, edge: Edge, loop: AbstractEventLoop) -> None:
        self._edge = edge
        self._loop = loop
        self._timer: TimerHandle | None = None
        self._told: Counter[str] = Counter()
        self._lags: deque[tuple[float, float]] = deque()
        self._processor = 0.0

    def start(self) -> None:
        """Begin to tell."""
        metrics.PROCESSES.set(1)
        metrics.VIEWERS_MOST.set(self._edge.streams.most)
        self._tell()

    def close(self) -> None:
        """Stop telling; what this process held, it holds no more."""
        if self._timer is not None:
            self._timer.cancel()
        for gauge in (metrics.PROCESSES, metrics.VIEWERS, metrics.VIEWERS_MOST, metrics.DESKS):
            gauge.set(0)

    def reached(self, signed: float) -> None:
        """A signature's frame was written to the last viewer of this process.

        :param signed: when it was given, in Unix time
        """
        lag = max(0.0, clock.now().timestamp() - signed)
        metrics.LAG.observe(lag)
        self._lags.append((self._loop.time(), lag))

    # -- inside -------------------------------------------------------------------------------------

    def _tell(self) -> None:
        self._timer = self._loop.call_later(TELL_SECONDS, self._tell)
        edge = self._edge
        hub = edge.streams.hub
        metrics.TOLD_AT.set(metrics.machine_time())
        metrics.VIEWERS.set(hub.viewers)
        metrics.DESKS.set(len(edge.staff.desks) if edge.staff is not None else 0)
        metrics.QUEUED.labels("writes").set(hub.unwritten)
        metrics.QUEUED.labels("uploads").set(len(edge.uploads))
        if edge.intake is not None:
            metrics.QUEUED.labels("questions").set(edge.intake.waiting)
            metrics.QUEUE_AGE.set(edge.intake.oldest_seconds)
            self._grown(metrics.BATCHES, "batches", edge.intake.batches)
        self._grown(metrics.DELIVERIES, "deliveries", hub.deliveries)
        self._grown(metrics.DROPPED, "dropped", hub.dropped)
        self._grown(metrics.RENDERINGS, "renderings", edge.hot.renderings)
        for what, count in edge.counters.items():
            self._grown(metrics.SERVED.labels(what), f"served {what}", count)
        for status, count in edge.statuses.items():
            self._grown(metrics.RESPONSES.labels("edge", str(status)), f"status {status}", count)
        metrics.RECENT_LAG.set(self._recent())
        self._tell_process()

    def _grown(self, counter: Told, name: str, now: int) -> None:
        more = now - self._told[name]
        if more > 0:
            counter.inc(more)
            self._told[name] = now

    def _recent(self) -> float:
        edge = self._loop.time() - RECENT_SECONDS
        while self._lags and self._lags[0][0] < edge:
            self._lags.popleft()
        return max((lag for _at, lag in self._lags), default=0.0)

    def _tell_process(self) -> None:
        used = resource.getrusage(resource.RUSAGE_SELF)
        spent = used.ru_utime + used.ru_stime
        metrics.PROCESSOR.inc(max(0.0, spent - self._processor))
        self._processor = spent
        pages = _STATM.read_text(encoding="ascii").split()[1] if _STATM.exists() else "0"
        metrics.RESIDENT.set(int(pages) * resource.getpagesize())
