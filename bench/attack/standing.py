"""What is attacked: a demo district in the middle of its hour, behind the shipped nginx, whose log is counted."""

import contextlib
import os
import re
import socket
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from tests.tools import demos, nginx
from tests.tools.ports import free_port
from tests.tools.server import Installation

LOCAL = "127.0.0.1"
WELL_KNOWN = (443, 80)
PASSWORD = "townhall-demo"  # noqa: S105 - the demo's; rehearsal.company has it, which needs Django set up
# nginx's own words about HTTP itself: a version or a coding that it does not speak. Townhall never says either.
OF_THE_PROTOCOL = {"501", "505"}
_STATUS = re.compile(r'" (\d{3}) \d+ [\d.]+$')


@dataclass
class Found:
    """What one tool found.

    :param findings: above informational, each in a line
    :param figures: what else it counted, kept raw
    """

    tool: str
    version: str
    findings: list[str] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)
    statuses: Counter[str] = field(default_factory=Counter)

    @property
    def requests(self) -> int:
        """How many reached nginx."""
        return self.statuses.total()

    @property
    def failures(self) -> int:
        """Answers 5xx, less what nginx says of the protocol."""
        return sum(
            number
            for status, number in self.statuses.items()
            if status.startswith("5") and status not in OF_THE_PROTOCOL
        )


class District:
    """A running installation with its data, and nginx in front of it for as long as one tool works."""

    def __init__(self, folder: Path, ports: tuple[int, int]) -> None:
        self.folder = folder
        self.ports = ports
        self.url = f"https://{LOCAL}" if ports == WELL_KNOWN else f"https://{LOCAL}:{ports[0]}"
        # Limits per address would hide what the tools look for: they stand at one address. `slow` measures them.
        self.place = Installation(
            folder / "data",
            settings={
                "TOWNHALL_BASE_URL": self.url,
                "TOWNHALL_TRUSTED_NETWORKS": "127.0.0.0/8",
                "TOWNHALL_TRUSTED_PROXIES": "127.0.0.0/8",
            },
        )
        told = self.place.demo("live")
        self.slug = str(told["hour"])
        self.staff: dict[str, list[str]] = told["staff"]
        self._number = 0

    @contextlib.contextmanager
    def behind_nginx(
        self, found: Found, *, firewall: bool = False, limits: bool = False
    ) -> Iterator[nginx.Proxy]:
        """The shipped nginx in front; its statuses are counted at the end.

        :param firewall: with the shipped application firewall
        :param limits: with the limits per address
        """
        self._number += 1
        where = self.folder / f"nginx{self._number}"
        where.mkdir()
        shared = "" if limits else f"{LOCAL}/32"
        try:
            with nginx.in_front_of(
                self.place.port, where, firewall=firewall, shared=shared, ports=self.ports
            ) as proxy:
                yield proxy
        finally:
            log = where / "access.log"
            lines = log.read_text(encoding="utf-8", errors="replace").splitlines() if log.exists() else []
            found.statuses.update(match[1] for line in lines if (match := _STATUS.search(line)))
            found.figures.setdefault("5xx", []).extend(
                line.split("] ", 1)[-1][:200]
                for line in lines
                if (match := _STATUS.search(line)) and match[1][0] == "5" and match[1] not in OF_THE_PROTOCOL
            )
            del found.figures["5xx"][20:]

    def signed_in(self, seat: str) -> dict[str, str]:
        """The cookies of somebody of the staff, signed in with the demo's password."""
        with httpx.Client(base_url=self.url, verify=False, timeout=30) as client:  # noqa: S501 - our own certificate, made just now
            page = client.get("/desk/sign-in/")
            token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.text)
            assert token, "the sign-in page has changed"
            answer = client.post(
                "/desk/sign-in/",
                data={"username": self.staff[seat][0], "password": PASSWORD, "csrfmiddlewaretoken": token[1]},
                headers={"Origin": self.url, "Referer": f"{self.url}/desk/sign-in/"},
            )
            assert answer.is_redirect, answer.status_code
            return dict(client.cookies)


def _ports() -> tuple[int, int]:
    """The well-known ones where this machine lets us, because the observatory knows no others."""
    try:
        for port in WELL_KNOWN:
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                probe.bind((LOCAL, port))
    except OSError:
        return free_port(), free_port()
    return WELL_KNOWN


@contextlib.contextmanager
def district() -> Iterator[District]:
    """Filled, serving, and gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="townhall-attack-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # nginx's workers may be another user
        shelf = folder / "shelf"
        shelf.mkdir()
        os.environ.setdefault(demos.SHELF, str(shelf))
        standing = District(folder, _ports())
        try:
            standing.place.start()
            yield standing
        finally:
            standing.place.stop()
