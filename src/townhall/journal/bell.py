"""Waking other processes: a datagram without content to everybody who listens on this machine.

A lost ring costs one slow poll, never an entry: listeners read committed rows.
"""

from __future__ import annotations

import contextlib
import os
import socket
from pathlib import Path

from django.conf import settings


def _folder() -> Path:
    folder = Path(settings.DATA_DIR) / "bell"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def ring() -> None:
    """Tell every listener that something was committed; never waits, never fails."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK) as sender:
        for path in _folder().glob("*.sock"):
            try:
                sender.sendto(b"!", str(path))
            except ConnectionRefusedError:
                path.unlink(missing_ok=True)  # its process has died
            except OSError:
                continue  # a full queue means that it has been rung already


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
