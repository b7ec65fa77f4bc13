"""Servers that we are measured beside: the least there can be, in C, and what others would reach for, in Python."""

import contextlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from bench.machine import HERE, compiled
from bench.servers import Running, free_port, started

RIVALS = {
    "Starlette SSE": "starlette_sse.py",
    "django-eventstream": "eventstream.py",
    "Django Channels": "channels_sse.py",
}


@contextlib.contextmanager
def broadcaster() -> Iterator[Running]:
    """`epoll.c`: accept, a head, one buffer to everybody."""
    port = free_port()
    with started([str(compiled("epoll.c")), str(port)], port) as running:
        yield running


def rivals_python() -> Path:
    """A Python of its own with the rivals' packages, made when it is not there."""
    # Not in the tree, which the house checks read.
    place = Path.home() / ".cache" / "townhall-bench" / "rivals"
    wanted = HERE / "rivals" / "requirements.txt"
    made = place / "made"
    if not made.exists() or made.stat().st_mtime < wanted.stat().st_mtime:
        subprocess.run([sys.executable, "-m", "venv", place], check=True)
        subprocess.run([place / "bin" / "pip", "install", "--quiet", "-r", wanted], check=True)
        made.touch()
    return place / "bin" / "python"


@contextlib.contextmanager
def rival(name: str) -> Iterator[Running]:
    """One of :data:`RIVALS`, on one core like everybody."""
    port = free_port()
    command = [str(rivals_python()), str(HERE / "rivals" / RIVALS[name]), str(port)]
    with started(command, port) as running:
        yield running
