"""Starting and ending: one process with everything, or several on one port and a parent that watches them."""

from __future__ import annotations

import asyncio
import gc
import importlib
import logging
import math
import multiprocessing
import os
import resource
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from types import FrameType
from typing import TYPE_CHECKING

from a2wsgi import WSGIMiddleware
from uvicorn import Config, Server

from townhall.edge.access import LoggedApplication
from townhall.edge.protocol import EdgeProtocol
from townhall.edge.routes import Edge
from townhall.kernel import metrics

if TYPE_CHECKING:
    from multiprocessing.context import SpawnProcess

    from townhall.edge.wiring import Wiring

logger = logging.getLogger("townhall.edge")

BACKLOG = 4096
UNACKNOWLEDGED_MS = 45_000  # a peer that acknowledges nothing for so long is gone
KEEP_ALIVE_SECONDS = 15
GRACE_SECONDS = 1  # running requests may finish in this time after Ctrl-C
LAST_SECONDS = 2.5  # after this the process ends whatever its threads are doing
SPARE_FILES = 1_000  # file descriptors kept back from streams for everything else
MOST_PROCESSES = 32  # each has the whole program in memory; past this a limit of open files is to be raised
RESTART_SECONDS = (0.2, 5.0)  # a dead child is replaced after this long, longer when it dies again and again


def raise_file_limit() -> int:
    """Allow as many open files as the system lets us have; returns that number."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft < hard:
        with suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


_edges: list[Edge] = []  # at most one; a page that waits in the line has no other way to it


class EdgeServer(Server):
    """uvicorn's server with an :class:`Edge` that starts and ends with it."""

    def __init__(self, config: Config, wiring: Wiring) -> None:
        super().__init__(config)
        self._wiring = wiring
        self._edge: Edge | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Make the edge before the first connection is accepted."""
        most = max(100, raise_file_limit() - SPARE_FILES)
        edge = self._edge = Edge(self._wiring, asyncio.get_running_loop(), most_viewers=most)
        _edges.append(edge)
        self.config.http_protocol_class = type("BoundProtocol", (EdgeProtocol,), {"edge": edge})
        await super().startup(sockets)
        edge.start()
        # What has been imported by now stays for ever: the collector need not look at it again.
        gc.collect()
        gc.freeze()
        gc.set_threshold(10_000, 20, 50)
        # A thread that renders or writes gives way to the streams' loop sooner than Python's 5 ms.
        sys.setswitchinterval(0.001)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End streams first: they would never end by themselves."""
        for server in self.servers:
            server.close()
        if self._edge is not None:
            await asyncio.get_running_loop().run_in_executor(None, self._edge.finish_writing)
            self._edge.close()
        await super().shutdown(sockets)


def bind(host: str, port: int, *, shared: bool = False) -> socket.socket:
    """A listening address.

    :param shared: several processes listen on it, and the kernel spreads connections over them
    :raises OSError: when somebody else has it
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Every accepted connection inherits these: the kernel notices peers that vanished without a word.
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    with suppress(OSError):
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, UNACKNOWLEDGED_MS)
    if shared:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    try:
        sock.bind((host, port))
    except OSError:
        sock.close()
        raise
    sock.set_inheritable(True)
    return sock


def serve_one(wiring: Wiring, sock: socket.socket, *, first: bool = True) -> None:
    """Serve on a bound socket until SIGINT or SIGTERM; returns after a clean end.

    :param first: whether this process also runs the wiring's background work and saves pages as files
    """
    stop = threading.Event()
    for work in wiring.background if first else ():
        threading.Thread(
            target=work, args=(stop,), name=getattr(work, "__name__", "background"), daemon=True
        ).start()
    config = Config(
        app=LoggedApplication(WSGIMiddleware(wiring.wsgi, workers=wiring.wsgi_threads)),
        http=EdgeProtocol,
        loop="uvloop",
        ws="none",
        lifespan="off",
        interface="asgi3",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=BACKLOG,
        timeout_keep_alive=KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    # One writer of the saved pages is enough; two could write an older page over a newer one.
    server = EdgeServer(config, wiring if first else replace(wiring, saved_pages=None))
    with _quiet_end(server, stop):
        server.run(sockets=[sock])
    stop.set()


class _quiet_end:  # noqa: N801 - used like a function
    """Ends the process at the latest some seconds after the signal, and swallows uvicorn's repeated one."""

    def __init__(self, server: EdgeServer, stop: threading.Event) -> None:
        self._server = server
        self._stop = stop

    def __enter__(self) -> None:
        handle = self._server.handle_exit

        def on_signal(number: int, frame: FrameType | None) -> None:
            if not self._stop.is_set():
                self._stop.set()
                last = threading.Timer(LAST_SECONDS, os._exit, (0,))
                last.daemon = True
                last.start()
            handle(number, frame)
            # uvicorn would raise the signal again after a clean end.
            self._server._captured_signals.clear()  # noqa: SLF001

        self._server.handle_exit = on_signal  # type: ignore[method-assign, assignment]

    def __exit__(self, *_: object) -> None:
        sys.stdout.flush()
        sys.stderr.flush()


def run(
    factory: str,
    host: str = "127.0.0.1",
    port: int = 8000,
    processes: int = 1,
    *,
    announce: Callable[[int], None] = lambda _port: None,
) -> None:
    """Serve until Ctrl-C or SIGTERM.

    :param factory: ``module:function`` that sets Django up and returns a
        :class:`~townhall.edge.wiring.Wiring`; called once in each serving process
    :param port: 0 takes a free one
    :param processes: how many processes share the port; more than one only helps with more than one core, or
        with more viewers than one process may hold
    :param announce: told the port once it is bound
    :raises OSError: when the address is taken
    """
    if processes <= 1:
        sock = bind(host, port)
        announce(sock.getsockname()[1])
        serve_one(load(factory)(), sock)
        # Threads that still answer somebody must not hold up the end.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(0)
    bind(host, port).close()  # says "address in use" before children hide it
    reserved = bind(host, port, shared=True)
    announce(reserved.getsockname()[1])
    with metrics.share():
        _Parent(factory, host, reserved.getsockname()[1], processes).run()


def load(factory: str) -> Callable[[], Wiring]:
    """The function that ``module:function`` names."""
    module, _, name = factory.partition(":")
    made: Callable[[], Wiring] = getattr(importlib.import_module(module), name)
    return made


def serve_child(factory: str, host: str, port: int, index: int) -> None:
    """The main function of one of several serving processes."""
    _die_with_parent()
    serve_one(load(factory)(), bind(host, port, shared=True), first=index == 0)
    os._exit(0)


def _die_with_parent() -> None:
    """A child whose parent was killed must not go on alone."""
    parent = os.getppid()

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(0.5)
        os.kill(os.getpid(), signal.SIGTERM)

    threading.Thread(target=watch, name="parent", daemon=True).start()


class _Parent:
    """Starts the serving processes, replaces those that die, and ends them all."""

    def __init__(self, factory: str, host: str, port: int, processes: int) -> None:
        self._arguments = (factory, host, port)
        self._context = multiprocessing.get_context("spawn")
        self._children: list[SpawnProcess | None] = [None] * processes
        self._pause = [RESTART_SECONDS[0]] * processes
        self._started = [0.0] * processes
        self._ending = threading.Event()

    def run(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: self._ending.set())
        for index in range(len(self._children)):
            self._start(index)
        while not self._ending.wait(0.2):
            for index, child in enumerate(self._children):
                if child is not None and not child.is_alive():
                    self._replace(index, child)
        self._end()

    def _start(self, index: int) -> None:
        child = self._context.Process(
            target=serve_child, args=(*self._arguments, index), name=f"townhall-{index}"
        )
        child.start()
        self._children[index] = child
        self._started[index] = time.monotonic()

    def _replace(self, index: int, child: SpawnProcess) -> None:
        shortest, longest = RESTART_SECONDS
        lived = time.monotonic() - self._started[index]
        self._pause[index] = shortest if lived > longest else min(longest, self._pause[index] * 2)
        logger.error("process %s ended with %s; a new one follows", child.pid, child.exitcode)
        if child.pid is not None:
            metrics.forget_process(child.pid)
        child.close()
        if not self._ending.wait(self._pause[index]):
            self._start(index)

    def _end(self) -> None:
        children = [child for child in self._children if child is not None]
        for child in children:
            with suppress(ValueError):
                child.terminate()
        deadline = time.monotonic() + LAST_SECONDS + 0.3
        for child in children:
            with suppress(ValueError):
                child.join(max(0.0, deadline - time.monotonic()))
                if child.is_alive():
                    child.kill()


def edge() -> Edge | None:
    """This process's edge, once it serves."""
    return _edges[-1] if _edges else None


def processes_for(viewers: int) -> int:
    """How many processes hold so many viewers, by the open files that each may have."""
    return max(1, min(MOST_PROCESSES, math.ceil(viewers / limits()["viewers"])))


def limits() -> dict[str, int]:
    """What the system lets one process have, for ``doctor``."""
    files = raise_file_limit()
    return {"open_files": files, "viewers": max(100, files - SPARE_FILES)}
