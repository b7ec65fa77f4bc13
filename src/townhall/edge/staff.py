"""Staff streams: what changed, never what it says; at most one frame a second."""

from __future__ import annotations

import asyncio
import json
import logging
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

from townhall.edge.replies import problem, trouble
from townhall.edge.streams import greeting
from townhall.edge.threads import in_thread

if TYPE_CHECKING:
    from townhall.edge.protocol import EdgeProtocol
    from townhall.edge.wiring import Changes, StaffSource

logger = logging.getLogger("townhall.edge")

FRAME_SECONDS = 1.0  # at most one frame in so long
BACKUP_LOOKS = 5  # every so many looks the rights are checked and a lost ring is made up for
COMMENT_LOOKS = 15  # a comment line after so many looks without a word
BUFFER = 64 * 1024
COMMENT = b":\n\n"


class Desk(asyncio.Protocol):
    """One open desk."""

    def __init__(self, streams: StaffStreams, transport: asyncio.Transport, session: Any) -> None:
        self._streams = streams
        self.transport = transport
        self.session = session
        self.seq: int | None = None
        self.looking = False
        self.due = True
        self.quiet = 0  # looks since something was written
        self.told_at = -FRAME_SECONDS  # on the loop's clock
        transport.set_write_buffer_limits(high=BUFFER)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's signature
        """The desk was closed."""
        self._streams.desks.discard(self)

    def pause_writing(self) -> None:
        """A desk that stopped reading reconnects."""
        self.transport.abort()


class StaffStreams:
    """All open desks of this process; each is looked at once a second, in a thread."""

    def __init__(self, source: StaffSource, loop: asyncio.AbstractEventLoop) -> None:
        self.desks: set[Desk] = set()
        self._source = source
        self._loop = loop
        self._pool = ThreadPoolExecutor(2, "desks")
        self._timer: asyncio.TimerHandle | None = None

    def start(self) -> None:
        """Begin to look."""
        self._timer = self._loop.call_later(FRAME_SECONDS, self._look)

    def close(self) -> None:
        """Hang up on every desk."""
        if self._timer is not None:
            self._timer.cancel()
        for desk in list(self.desks):
            desk.transport.abort()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def open(self, slug: str, ticket: str, request: EdgeProtocol) -> None:
        """Exchange a ticket for a stream, or refuse."""

        def look() -> tuple[Any, Changes] | None:
            session = self._source.open(slug, ticket) if ticket else None
            return None if session is None else (session, self._source.changes(session, None))

        in_thread(self._loop, self._pool, look, lambda found: self._opened(request, found))

    def _opened(self, request: EdgeProtocol, found: tuple[Any, Changes] | Exception | None) -> None:
        if isinstance(found, Exception):
            logger.error("a desk's stream could not be opened", exc_info=found)
            request.answer(trouble(found, request.edge.language(request)))
            return
        if found is None:
            request.answer(problem("ticket", request.edge.language(request)))
            return
        date = request.date_line()
        transport = request.detach()
        if transport is None:
            return
        session, changes = found
        desk = Desk(self, transport, session)
        transport.set_protocol(desk)
        desk.seq = changes.seq
        transport.write(greeting(date))
        self.desks.add(desk)

    def rung(self) -> None:
        """Something was committed: the next look reads."""
        for desk in self.desks:
            desk.due = True

    def _look(self) -> None:
        self._timer = self._loop.call_later(FRAME_SECONDS, self._look)
        for desk in list(self.desks):
            desk.quiet += 1
            if not desk.looking and (desk.due or desk.quiet % BACKUP_LOOKS == 0):
                self._start_reading(desk)
            if desk.quiet >= COMMENT_LOOKS:
                desk.quiet = 0
                desk.transport.write(COMMENT)

    def _start_reading(self, desk: Desk) -> None:
        desk.looking, desk.due = True, False
        in_thread(self._loop, self._pool, lambda: self._read(desk), lambda found: self._tell(desk, found))

    def _read(self, desk: Desk) -> Changes | None:
        return self._source.changes(desk.session, desk.seq) if self._source.alive(desk.session) else None

    def _tell(self, desk: Desk, found: Changes | Exception | None) -> None:
        desk.looking = False
        if isinstance(found, Exception):
            logger.error("a desk could not be told what changed", exc_info=found)
            desk.due = True
        elif found is None:
            desk.transport.close()
        else:
            desk.seq = found.seq
            if found.changed or found.new:
                desk.looking = True  # until it is told
                # Looks are a second apart, but a slow one may be followed by a quick one.
                self._loop.call_at(desk.told_at + FRAME_SECONDS, self._write, desk, found)

    def _write(self, desk: Desk, found: Changes) -> None:
        desk.looking, desk.quiet, desk.told_at = False, 0, self._loop.time()
        desk.transport.write(_frame(found))


def _frame(changes: Changes) -> bytes:
    data = json.dumps({"changed": list(changes.changed), "new": changes.new}, separators=(",", ":"))
    return f"id: {changes.seq}\ndata: {data}\n\n".encode()
