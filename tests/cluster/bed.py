"""The test bed of deploy/testbed from inside a test: what is done to its hosts, and a thread's way out to its client."""

import ctypes
import json
import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = ROOT / "deploy" / "testbed" / "testbed"
FOLDER = Path(os.environ.get("TESTBED_DIR", "/var/tmp/townhall-testbed"))
SITE = "wsbg.example.gov"
FRONTS = ("192.0.2.11", "192.0.2.12")
APPS = {"app1": "10.77.0.21", "app2": "10.77.0.22"}
_NETWORK = 0x40000000  # CLONE_NEWNET


class Bed:
    """The running test bed."""

    def __call__(self, *words: str, seconds: float = 300) -> str:
        """One command of the script; what it printed."""
        done = subprocess.run(
            [SCRIPT, *words], capture_output=True, text=True, timeout=seconds, check=False,
            env={name: value for name, value in os.environ.items() if not name.startswith(("TOWNHALL_", "DJANGO_"))},
        )  # fmt: skip
        if done.returncode:
            raise RuntimeError(
                f"testbed {' '.join(words)}: exit {done.returncode}\n{done.stdout}{done.stderr}"
            )
        return done.stdout.strip()

    def up(self) -> dict[str, Any]:
        """Make it, unless one is up that may be used (TESTBED_UP); what the demo told."""
        if not os.environ.get("TESTBED_UP"):
            self("up", seconds=600)
        told: dict[str, Any] = json.loads((FOLDER / "demo.json").read_text())
        return told

    def townhall(self, host: str, *words: str) -> str:
        """A command of Townhall's on an application host."""
        return self("run", host, str(ROOT / ".venv" / "bin" / "townhall"), *words)

    def rows(self, statement: str) -> list[list[str]]:
        """What the primary answers."""
        return [line.split("|") for line in self("sql", "-c", statement, "townhall").splitlines()]

    def log(self, host: str, program: str) -> str:
        """What a program on a host has said."""
        return (FOLDER / host / f"{program}.log").read_text(errors="replace")


def go_outside() -> Callable[[], None]:
    """Move this thread, and those it starts, to the client's network; returns the way back."""
    library = ctypes.CDLL(None, use_errno=True)
    here = os.open("/proc/thread-self/ns/net", os.O_RDONLY)

    def enter(handle: int) -> None:
        if library.setns(handle, _NETWORK):
            raise OSError(ctypes.get_errno(), "setns")
        os.close(handle)

    enter(os.open("/run/netns/th-client", os.O_RDONLY))
    return lambda: enter(here)


def until(found: Callable[[], bool], seconds: float, words: str) -> float:
    """Wait for something; the seconds it took."""
    started = time.monotonic()
    while not found():
        assert time.monotonic() - started < seconds, words
        time.sleep(0.1)
    return time.monotonic() - started
