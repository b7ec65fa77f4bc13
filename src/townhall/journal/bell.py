"""Waking other processes: a datagram without content to everybody who listens on this machine.

With PostgreSQL a NOTIFY tells the other machines as well, and each passes it on to its own processes. A lost ring
costs one slow poll, never an entry: listeners read committed rows.
"""

from __future__ import annotations

import contextlib
import logging
import os
import secrets
import socket
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection

from townhall.kernel import sessions

if TYPE_CHECKING:
    import threading

logger = logging.getLogger("townhall.journal")
CHANNEL = "townhall_bell"
# So long may pass until a relay that is told to stop has heard it.
PATIENCE_SECONDS = 1.0


def _folder() -> Path:
    folder = Path(settings.DATA_DIR) / "bell"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def ring() -> None:
    """Tell every listener that something was committed; never waits for one. To be called after the commit."""
    ring_here()
    if sessions.is_wanted():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, _house()])


def ring_here() -> None:
    """The same for the processes of this machine; never fails."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as sender:
        for path in _folder().glob("*.sock"):
            try:
                sender.sendto(b"!", str(path))
            except ConnectionRefusedError:
                path.unlink(missing_ok=True)  # its process has died
            except OSError:
                continue  # a full queue means that it has been rung already


@cache
def _house() -> str:
    """A name for those who hear this machine's own bell, so that they are not rung twice."""
    path = _folder() / "house"
    if not path.exists():
        rough = path.with_name(f".{os.getpid()}")
        rough.write_text(secrets.token_hex(8), encoding="ascii")
        with contextlib.suppress(FileExistsError):  # two processes at once: both take the first one's
            os.link(rough, path)
        rough.unlink()
    return path.read_text(encoding="ascii")


def relay(stop: threading.Event) -> None:
    """Pass on here what other machines ring, until ``stop``; whenever the connection is new, something may be missing.

    :raises psycopg.Error: when the connection breaks; to be called again
    """
    with sessions.open_session("bell") as session:
        session.execute(f"LISTEN {CHANNEL}")
        ring_here()
        while not stop.is_set():
            for heard in session.notifies(timeout=PATIENCE_SECONDS, stop_after=1):
                if heard.payload != _house():
                    ring_here()


def open_listener() -> socket.socket:
    """A non-blocking socket that becomes readable when the bell rings; read it empty, then read the rows."""
    path = _folder() / f"{os.getpid()}.sock"
    path.unlink(missing_ok=True)
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
    listener.bind(str(path))
    return listener


def close_listener(listener: socket.socket) -> None:
    """Stop listening and take the address away."""
    name = listener.getsockname()
    listener.close()
    with contextlib.suppress(OSError):
        Path(name).unlink(missing_ok=True)
