"""uvicorn's HTTP protocol with shortcuts: streams, polls, hot pages and asking never reach the framework.

A request is recognised when its headers are complete. What is the edge's own is answered as whole bytes by
:mod:`townhall.edge.routes`; everything else goes on to uvicorn's ordinary path and so to Django, but only
once its body is here, so that a slow sender holds a connection and not a thread. A stream's connection leaves
this protocol altogether.
"""

from __future__ import annotations

import asyncio
import logging
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, ClassVar

import httptools
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.utils import get_local_addr, get_remote_addr

from townhall.edge.access import masked
from townhall.edge.replies import Reply, problem, problem_page
from townhall.kernel import request_ids
from townhall.kernel.addresses import client_address, is_within

if TYPE_CHECKING:
    from uvicorn.config import Config
    from uvicorn.server import ServerState

    from townhall.edge.routes import Edge, Handler

logger = logging.getLogger("townhall.edge")

HEADER_BYTES = 32 * 1024
BODY_BYTES = 1024 * 1024  # what is merely too long for a form, Django explains
# Files from the desks are handed on as they come: Django takes 20 MB, reads past more and says so at the field.
UPLOAD_BYTES = 256 * 1024 * 1024
REQUEST_SECONDS = 20  # a connection that has not finished its head, and then its body, by then is closed
UPLOAD_SECONDS = 600
# Each holds one of Django's threads from its first byte to its last; slow ones must leave threads for everybody else.
MOST_UPLOADS = 3
LINGER_SECONDS = 5  # after a refusal in the middle of a body, so that the sender gets to read it
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"


class EdgeProtocol(HttpToolsProtocol):
    """One connection. ``edge`` is set on a subclass made for the process's one :class:`Edge`."""

    edge: ClassVar[Edge]

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config=config, server_state=server_state, app_state=app_state, _loop=_loop)
        self.url = b""
        self.headers = []
        self.body = b""
        self.body_limit = BODY_BYTES
        self._header_bytes = 0
        self._handler: Handler | None = None  # who answers the present request, when it is the edge itself
        self._next: Handler | None = None  # the same for a request that came before Django had quite finished
        self._held: tuple[RequestResponseCycle, Any] | None = (
            None  # a request for Django whose body is awaited
        )
        self._streams = False  # an upload: handed on piece by piece, never held whole
        self._is_head = False
        self._keep = True
        self.pending = False  # the edge owes an answer that is still being made
        self.ignoring = (
            False  # the connection ends with the answer that is due; what else arrives is thrown away
        )

    # -- what uvicorn calls -----------------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A new connection has so long to send the head of its first request.

        uvicorn asks for both ends' addresses here; in a storm of joining viewers, who need neither, that is a
        third of the work, so it waits until somebody needs them.
        """
        self.transport = transport
        self.flow = FlowControl(transport)
        self.connections.add(self)
        self._arm(REQUEST_SECONDS)

    def connection_lost(self, exc: Exception | None) -> None:
        """The peer has gone; an answer that is still being made is thrown away."""
        self._unset_keepalive_if_required()
        self.pending = False
        self._handler = self._held = self._next = None
        self.edge.uploads.discard(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Feed the parser; unlike uvicorn, let the clock run until the head is complete."""
        if self.ignoring:
            return
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            return  # no upgrade is supported; the request is answered as an ordinary one
        except httptools.HttpParserError:
            self.refuse("bad_request")

    def shutdown(self) -> None:
        """The server ends: idle connections are closed, the others after their answer."""
        if self.pending:
            self.ignoring = True
        else:
            super().shutdown()

    # -- what the parser calls --------------------------------------------------------------------

    def on_message_begin(self) -> None:
        """Start a request. uvicorn's scope is only made for those that go on to Django."""
        if self.pending or self._next is not None:
            self._end_after_answer()  # pipelined behind an answer that is still being made: must ask again
        if self.ignoring:
            return
        self.url = b""
        self.headers = []
        self.expect_100_continue = False
        self.body = b""
        self.body_limit = BODY_BYTES
        self._header_bytes = 0
        self._handler = None

    def on_url(self, url: bytes) -> None:
        """Collect the address, within the same limit as the headers."""
        if not self.ignoring:
            self._measure(len(url))
            self.url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        """Collect one header, within a limit."""
        if self.ignoring:
            return
        self._measure(len(name) + len(value))
        name = name.lower()
        if name == b"expect" and value.lower() == b"100-continue":
            self.expect_100_continue = True
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        """Decide who answers."""
        if self.ignoring:
            return
        self._unset_keepalive_if_required()
        self._is_head = self.parser.get_method() == b"HEAD"
        self._keep = self.parser.should_keep_alive() and self.parser.get_http_version() != "1.0"
        length = self.header(b"content-length")
        handler = self.edge.route(self)
        self._streams = handler is None and length.isdigit() and self.edge.is_upload(self)
        if self._streams:
            self.body_limit = UPLOAD_BYTES
        if length.isdigit() and int(length) > self.body_limit:
            self.refuse("too_large")
            return
        if self._streams:
            if len(self.edge.uploads) >= MOST_UPLOADS:
                self.refuse("busy")
                return
            self.edge.uploads.add(self)
        if handler is None:
            self._to_application()
        elif self.pending or (self.expect_100_continue and self._is_busy()):
            self._end_after_answer()
            return
        self._handler = handler
        if length or self.header(b"transfer-encoding"):
            self._arm(UPLOAD_SECONDS if self._streams else REQUEST_SECONDS)
            if self.expect_100_continue:
                self.transport.write(CONTINUE)

    def on_body(self, body: bytes) -> None:
        """Collect a body, within a limit."""
        if self.ignoring:
            return
        if self._streams:
            super().on_body(body)
        elif len(self.body) + len(body) > self.body_limit:
            self.refuse("too_large")
        else:
            self.body += body

    def on_message_complete(self) -> None:
        """The request is here: answer it, or let Django."""
        self.edge.uploads.discard(self)
        if self.ignoring:
            return
        self._unset_keepalive_if_required()
        if self._handler is None:
            self._finish_for_application()
            return
        handler, self._handler = self._handler, None
        if self._is_busy():
            # A quick sender asks again as soon as it has read Django's last byte, a moment before Django says
            # that it was the last.
            self._next = handler
            self.flow.pause_reading()
            return
        self.pending = True
        handler(self)

    def on_response_complete(self) -> None:
        """Django has answered: now the edge answers what came in the meantime."""
        super().on_response_complete()
        handler, self._next = self._next, None
        if handler is not None and not self.transport.is_closing():
            self._unset_keepalive_if_required()
            self.pending = True
            handler(self)

    # -- what the routes use ----------------------------------------------------------------------

    @property
    def address(self) -> str:
        """Where the request comes from, believing our own proxies only."""
        peer = self._peer()[0]
        trusted = self.edge.trusted_proxies
        if not trusted:
            return peer
        forwarded = [value.decode("latin-1") for name, value in self.headers if name == b"x-forwarded-for"]
        return client_address(peer, forwarded, trusted)

    @property
    def peer(self) -> str:
        """Who opened the connection: the citizen, or a proxy."""
        return self._peer()[0]

    @property
    def number(self) -> str:
        """The request's number: our own proxy's, or a new one."""
        trusted = self.edge.trusted_proxies
        believed = bool(trusted) and is_within(self._peer()[0], trusted)
        return request_ids.numbered(self.header(b"x-request-id").decode("latin-1"), believed=believed)

    def header(self, wanted: bytes) -> bytes:
        """The first value of a header, or nothing."""
        for name, value in self.headers:
            if name == wanted:
                return value
        return b""

    def date_line(self) -> bytes:
        """The finished Date header; uvicorn renews it each second."""
        for name, value in self.server_state.default_headers:
            if name == b"date":
                return b"date: " + value + b"\r\n"
        return b""

    def answer(self, reply: Reply) -> None:
        """Send the answer to the present request and make ready for the next."""
        if not self.pending or self.transport.is_closing():
            return
        self.pending = False
        keep = self._keep and not self.ignoring
        self.edge.statuses[reply.status] += 1
        if reply.status >= HTTPStatus.BAD_REQUEST:
            reply = self._numbered(reply)
        self.transport.write(reply.encode(self.date_line(), head_only=self._is_head, close=not keep))
        self.server_state.total_requests += 1
        if keep:
            self._arm(self.timeout_keep_alive)
        else:
            self.ignoring = True
            self.transport.close()

    def refuse(self, code: str) -> None:
        """Answer with a problem in the middle of a request; what follows is thrown away."""
        if self._is_busy():
            self._end_after_answer()
            return
        if self.ignoring or self.transport.is_closing():
            return
        self.ignoring = True
        lang = self.edge.language(self)
        reply = problem(code, lang) if self.edge.wants_json(self) else problem_page(code, lang)
        self.edge.statuses[reply.status] += 1
        self.transport.write(self._numbered(reply).encode(self.date_line(), close=True))
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self._arm(LINGER_SECONDS)

    def to_application(self) -> None:
        """Give the present request, which the edge could not answer after all, to Django; it has no body."""
        if not self.pending or self.transport.is_closing():
            return
        self.pending = False
        if self.ignoring:
            self.transport.close()
            return
        self._to_application()
        self._finish_for_application()

    def detach(self) -> asyncio.Transport | None:
        """Leave the connection to a viewer; ``None`` when it has ended meanwhile."""
        if not self.pending or self.transport.is_closing():
            return None
        self.pending, self.ignoring = False, True
        self.connections.discard(self)
        self._unset_keepalive_if_required()
        # Parser and protocol know each other; without this only the collector would free them.
        self.loop.call_soon(self._forget_parser)
        return self.transport

    # -- inside -----------------------------------------------------------------------------------

    def _numbered(self, reply: Reply) -> Reply:
        """A refusal with its number; our own failures leave a line to find it by."""
        number = self.number
        if reply.status == HTTPStatus.INTERNAL_SERVER_ERROR:
            path = masked(self.url.partition(b"?")[0].decode("latin-1"))
            logger.error("%s failed", path, extra={"request_id": number})
        return reply.numbered(number)

    def _forget_parser(self) -> None:
        self.parser = None  # type: ignore[assignment]

    def _peer(self) -> tuple[str, int]:
        if self.client is None:
            self.client = get_remote_addr(self.transport) or ("", 0)
        return self.client

    def _is_busy(self) -> bool:
        """Whether an earlier request of this connection is still waiting for its answer."""
        cycle: RequestResponseCycle | None = self.cycle
        waits_for_body = self._held is not None
        return self.pending or (cycle is not None and not cycle.response_complete and not waits_for_body)

    def _measure(self, size: int) -> None:
        self._header_bytes += size
        if self._header_bytes > HEADER_BYTES:
            self.refuse("headers_too_large")

    def _to_application(self) -> None:
        """Make uvicorn's request; its start is held back until the body is here."""
        url, headers = self.url, self.headers
        peer = self._peer()
        if self.server is None:
            self.server, self.scheme = get_local_addr(self.transport), "http"
        super().on_message_begin()
        self.url, self.headers = url, headers
        if self.edge.trusted_proxies:
            address = self.address
            if address != peer[0]:
                self.scope["client"] = (address, peer[1])
                if (scheme := self.header(b"x-forwarded-proto")) in (b"http", b"https"):
                    self.scope["scheme"] = scheme.decode()
        self.scope["headers"] = headers
        self.scope["state"] = {"request": self.number}  # ASGI's place for what a server adds to a request
        self.expect_100_continue = False  # the edge has said so, or will not
        super().on_headers_complete()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        if cycle.more_body and not self._streams:
            self._held = (cycle, app)
        else:
            super()._start_asgi_task(cycle, app)

    def _finish_for_application(self) -> None:
        self.cycle.body += self.body
        self.body = b""
        super().on_message_complete()
        if self._held is not None:
            (cycle, app), self._held = self._held, None
            super()._start_asgi_task(cycle, app)

    def _end_after_answer(self) -> None:
        self.ignoring = True
        cycle: RequestResponseCycle | None = self.cycle
        if cycle is not None:
            cycle.keep_alive = False

    def _arm(self, seconds: float) -> None:
        self._unset_keepalive_if_required()
        self.timeout_keep_alive_task = self.loop.call_later(seconds, self.timeout_keep_alive_handler)
