"""A real `townhall serve` in its own process with its own data, as an installation would run it."""

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import httpx

from tests.tools import demos
from tests.tools.ports import free_port

# Settings that leave no trace in a demo's data.
NOTHING_TO_A_DEMO = frozenset(
    {
        "TOWNHALL_TRUSTED_NETWORKS",
        "TOWNHALL_TRUSTED_PROXIES",
        "TOWNHALL_RECORD_DIR",
        "TOWNHALL_SNAPSHOT_DIR",
        "TOWNHALL_FANOUT_URLS",
        "TOWNHALL_ASK_LIMIT",
        "TOWNHALL_BACKUP_TO",
        "TOWNHALL_BACKUP_RECIPIENTS",
        "TOWNHALL_LIVE_POLL_SECONDS",
    }
)
START_SECONDS = 180
STOP_SECONDS = 20
TOWNHALL = Path(sys.executable).with_name("townhall")
# Everybody's in one process: a start of the program for each takes as long as a test. Only a demo's may sign.
TOKENS = """
import json
from townhall.people import actions
from townhall.people.models import Account, Installation
kinds = [False, True] if actions.installation_kind() == Installation.Kind.DEMO else [False]
print(json.dumps({
    one.username: [actions.issue_token(one, may_sign=sign) for sign in kinds] for one in Account.objects.all()
}))
"""


class Installation:
    """A data directory, the settings that belong to it, and at most one running server.

    Stopping and starting keeps the data; that is what the restart tests rely on.
    """

    def __init__(
        self,
        data_dir: Path,
        *,
        port: int | None = None,
        settings: Mapping[str, str] | None = None,
        bare: bool = False,
    ) -> None:
        """Prepare, start nothing yet.

        :param data_dir: becomes TOWNHALL_DATA_DIR; created when missing
        :param port: fixed port; by default a free one
        :param settings: further TOWNHALL_* settings, by full name
        :param bare: no schema is laid beforehand: the command has to make it, as on the very first start
        """
        self.data_dir = data_dir
        self._bare = bare
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self.port = port or free_port()
        self.log = data_dir / "serve.log"
        self.process: subprocess.Popen[bytes] | None = None
        # The demo's hour is held today, so its address is another one each month.
        self.hour = ""
        self.tokens: dict[str, list[str]] = {}
        # Nothing of the surrounding test run may leak in: not its database, not its clock.
        self.settings = settings or {}
        self.environment = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith(("TOWNHALL_", "DJANGO_", "PYTEST_"))
        } | {
            "TOWNHALL_DATA_DIR": str(data_dir),
            "TOWNHALL_BASE_URL": self.url,
            "PYTHONUNBUFFERED": "1",
            **self.settings,
        }

    @property
    def url(self) -> str:
        """Where the server answers, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def command(self, *arguments: str, timeout: float = 600) -> str:
        """Run `townhall …` on this installation's data and return what it printed."""
        done = subprocess.run(
            [TOWNHALL, *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(
                f"townhall {' '.join(arguments)}: exit {done.returncode}\n{done.stdout}{done.stderr}"
            )
        return done.stdout

    def demo(self, stage: str = "live", *options: str) -> dict[str, Any]:
        """Fill the installation with the demo district; the answer names the hour and the staff.

        An untouched installation with nothing unusual about it gets a copy of one that was filled minutes ago.
        """
        if any(self.data_dir.iterdir()) or not self.settings.keys() <= NOTHING_TO_A_DEMO:
            told = self.filled(stage, *options)
        else:
            told = demos.copy(self.data_dir, (stage, *options))
            self.tokens = told.pop("tokens")
        self.hour = told["hour"]
        return told | {"url": f"{self.url}/hours/{told['hour']}/"}

    def filled(self, stage: str, *options: str) -> dict[str, Any]:
        """Fill the installation by the command itself."""
        self.lay_schema()
        printed = self.command("demo", "--stage", stage, "--json", *options)
        answer: dict[str, Any] = json.loads(printed.strip().splitlines()[-1])
        return answer

    def lay_schema(self) -> None:
        """An empty installation that has its schema already; nothing where there is a database."""
        elsewhere = self._bare or "TOWNHALL_DATABASE_URL" in self.settings
        if not elsewhere and not (self.data_dir / demos.DATABASE).exists():
            demos.lay_schema(self.data_dir)

    def token(self, username: str, *, sign: bool = False) -> str:
        """An API token of this person; one that may sign is to be had on a demo only."""
        if username not in self.tokens:
            self.tokens = self.issue_tokens()
        return self.tokens[username][sign]

    def issue_tokens(self) -> dict[str, list[str]]:
        """A token for everybody there is, and on a demo a second one each that may sign."""
        printed = self.command("manage", "shell", "--no-imports", "-c", TOKENS)
        issued: dict[str, list[str]] = json.loads(printed.strip().splitlines()[-1])
        return issued

    def signing_tokens(self) -> dict[str, str]:
        """For everybody there is one that may sign."""
        self.tokens = self.tokens or self.issue_tokens()
        return {username: issued[True] for username, issued in self.tokens.items()}

    def start(self, *options: str) -> "Installation":
        """Start serving and wait until /readyz says yes."""
        self.lay_schema()
        with self.log.open("ab") as sink:
            self.process = subprocess.Popen(
                [TOWNHALL, "serve", "--bind", f"127.0.0.1:{self.port}", *options],
                env=self.environment,
                stdout=sink,
                stderr=subprocess.STDOUT,
            )
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"{self.url}/readyz", timeout=2).status_code == httpx.codes.OK:
                    return self
            time.sleep(0.1)
        self.kill()
        raise RuntimeError(
            f"The server did not become ready:\n{self.log.read_text(errors='replace')[-4000:]}"
        )

    def stop(self) -> None:
        """Ctrl-C: the clean end."""
        self._end(signal.SIGINT)

    def kill(self) -> None:
        """kill -9: the worst end."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        if self.process is None or self.process.poll() is not None:
            return
        self.process.send_signal(how)
        try:
            self.process.wait(timeout=STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()


@contextlib.contextmanager
def serving(
    data_dir: Path, *options: str, stage: str | None = None, settings: Mapping[str, str] | None = None
) -> Iterator[Installation]:
    """A running server for the length of a `with` block, on demo data of one stage or on an empty installation."""
    place = Installation(data_dir, settings=settings)
    try:
        if stage is not None:
            place.demo(stage)
        yield place.start(*options)
    finally:
        place.stop()
        shutil.rmtree(data_dir, ignore_errors=True)
