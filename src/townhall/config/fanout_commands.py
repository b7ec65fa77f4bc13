"""The command that hands frames to the fan-out engines in front (deploy/crowd.conf)."""

from __future__ import annotations

import logging
import select
import signal
import threading
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from townhall.kernel.leases import Lease

logger = logging.getLogger("townhall.live")
LOOK_SECONDS = 1.0  # makes up for a lost ring


def add(commands: Any, prepare: Callable[[], None]) -> None:
    """Enter the command."""
    publish = commands.add_parser(
        "publish-frames", help="hand every public frame to the nginx with nchan in front, until Ctrl-C"
    )
    publish.set_defaults(run=partial(_publish, prepare=prepare))


def _publish(_arguments: argparse.Namespace, prepare: Callable[[], None]) -> None:
    prepare()
    from django.conf import settings

    if not settings.FANOUT_URLS:
        raise SystemExit("townhall: set TOWNHALL_FANOUT_URLS, such as http://127.0.0.1:8081/publish")
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    print(f"Frames go to {', '.join(settings.FANOUT_URLS)}. Ctrl-C ends it.", flush=True)
    run(stop)


def run(stop: threading.Event) -> None:
    """Publish until ``stop``; waits while another process of this installation does, on whichever machine."""
    from django.conf import settings

    from townhall.config import jobs
    from townhall.kernel.leases import lease

    threading.Thread(target=jobs.pass_bell_on, args=(stop,), name="bell", daemon=True).start()
    while not stop.wait(LOOK_SECONDS):
        with lease("frames") as mine:
            if mine:
                _hand_over(stop, mine, Path(settings.DATA_DIR) / "frames.json")


def _hand_over(stop: threading.Event, mine: Lease, kept: Path) -> None:
    from django.conf import settings
    from django.db import close_old_connections

    from townhall.config.serving import Frames
    from townhall.journal import bell
    from townhall.live import fanout

    publisher = fanout.Publisher(Frames(), settings.FANOUT_URLS, kept)
    listener = bell.open_listener()
    rung = True
    try:
        while mine and not stop.is_set():
            close_old_connections()
            try:
                publisher.round(rung=rung)
            except Exception:
                logger.exception("frames could not be read; tried again")
                stop.wait(LOOK_SECONDS)
            rung = bool(select.select([listener], [], [], LOOK_SECONDS)[0])
            while rung and select.select([listener], [], [], 0)[0]:
                listener.recv(64)
    finally:
        bell.close_listener(listener)
        publisher.close()
