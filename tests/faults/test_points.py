"""`kill -9` at every named point, a full disk, a locked database, a clock that jumps: what was said holds, once."""

from __future__ import annotations

import json
import os
import random
import sqlite3
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.faults.lives import ASKED_EACH, FAILED, POINTS
from tests.outreach.gateway import LocalGateway

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = [pytest.mark.long, pytest.mark.both_databases]

ROOT = Path(__file__).resolve().parents[2]
WHOLE_EVERY = 50
DEADLY = [point for point in POINTS if point != "never"]


class Host:
    """The other process, and what its lives have said."""

    def __init__(self, folder: Path, gateway: LocalGateway) -> None:
        environ = {name: value for name, value in os.environ.items() if not name.startswith("TOWNHALL_")}
        environ |= {
            "TOWNHALL_DATA_DIR": str(folder),
            "TOWNHALL_SMS_SENDER": "http",
            "TOWNHALL_GATEWAY_URL": gateway.url,
            "TOWNHALL_SMS_HOURS": "00:00-23:59:59",
            "DJANGO_SETTINGS_MODULE": "townhall.config.settings",
        }
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.faults.lives"],
            cwd=ROOT, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.receipts: dict[str, dict[str, Any]] = {}
        self.signed: dict[int, str] = {}
        self.sealed: dict[int, str] = {}

    def ask(self, do: str, **told: Any) -> Any:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps({"do": do, **told}) + "\n")
        self._process.stdin.flush()
        while True:
            line = self._process.stdout.readline()
            assert line, "the host has died"
            said = json.loads(line)
            if "done" in said:
                return said["done"]
            self._remember(said)

    def _remember(self, said: dict[str, Any]) -> None:
        if "asked" in said:
            before = self.receipts.setdefault(said["asked"], said)
            assert before == said, "the same key gave another receipt"
        elif "signed" in said:
            self.signed[said["signed"]] = said["text"]
        else:
            assert self.sealed.setdefault(said["size"], said["root"]) == said["root"], "a size signed twice"

    def close(self) -> None:
        if self._process.stdin:
            self._process.stdin.close()
        self._process.wait(timeout=30)
        if self._process.stdout:
            self._process.stdout.close()


@pytest.fixture
def gateway() -> Iterator[LocalGateway]:
    running = LocalGateway()
    yield running
    running.close()


def holds(host: Host, gateway: LocalGateway, *, whole: bool) -> None:
    """Everything that was said is there, once."""
    found = host.ask("look", thorough="whole" if whole else "quick")
    assert not found["gaps"], "the journal has a gap"
    assert all(count == 1 for count in found["texts"].values()), "a question is there twice"
    for key, said in host.receipts.items():
        assert f"第 {key} 问：路灯何时修好？" in found["texts"], f"the question {key} is lost"
        assert found["numbers"][str(said["id"])] == said["number"]
    if whole:
        for question, text in host.signed.items():
            assert found["answers"][str(question)] == text, "a signed answer is lost"
        assert found["compared"] == found["size"]
        assert all(host.ask("grew", size=size, root=root) for size, root in host.sealed.items())
    assert found["size"] >= max(host.sealed, default=0), "the record has become shorter"
    assert max(gateway.numbers.values(), default=0) <= 1, "somebody was written to twice"


# `make faults` kills 500 times; the patient suite has an hour for everything.
LIVES = int(os.environ.get("FAULT_LIVES", "26"))


@pytest.mark.sqlite
@pytest.mark.timeout(7200)
def test_nothing_that_was_said_is_lost_wherever_a_life_ends(tmp_path: Path, gateway: LocalGateway) -> None:
    chance = random.Random(LIVES)
    host = Host(tmp_path, gateway)
    killed, waiting = 0, list[str]()
    try:
        host.ask("prepare")
        for life in range(LIVES):
            point = DEADLY[life % len(DEADLY)]
            keys = [*waiting, *(f"{life}-{number}" for number in range(ASKED_EACH))]
            status = host.ask("live", point=point, nth=chance.randint(1, 4), keys=keys)
            assert status in {0, 9}, f"{point}: {status}"
            killed += status == 9
            # Whoever got no receipt asks again under the same key, as a browser does; one who did so twice gives up.
            waiting = [key for key in keys if key not in host.receipts and int(key.split("-")[0]) > life - 2]
            holds(host, gateway, whole=life % WHOLE_EVERY == WHOLE_EVERY - 1)
        assert host.ask("live", point="never", nth=1, keys=waiting) == 0
        holds(host, gateway, whole=True)
    finally:
        host.close()
    print(
        f"{killed} of {LIVES} lives killed; {len(host.receipts)} receipts, {len(host.signed)} signatures held"
    )
    assert killed > LIVES / 2
    assert host.receipts and host.signed and host.sealed


@pytest.fixture
def host(tmp_path: Path, gateway: LocalGateway) -> Iterator[Host]:
    running = Host(tmp_path, gateway)
    running.ask("prepare")
    yield running
    running.close()


@pytest.mark.sqlite
@pytest.mark.timeout(600)
def test_a_full_disk_promises_nothing_and_goes_on_when_there_is_room(
    host: Host, gateway: LocalGateway
) -> None:
    assert host.ask("live", keys=["0-0"]) == 0
    before = len(host.receipts), len(host.sealed)
    assert host.ask("live", keys=["1-0"], trouble="disk") >> 8 == FAILED
    assert (len(host.receipts), len(host.sealed)) == before
    holds(host, gateway, whole=True)
    assert host.ask("live", keys=["1-0", "2-0"]) == 0
    holds(host, gateway, whole=True)


@pytest.mark.sqlite
@pytest.mark.timeout(600)
def test_a_database_that_is_locked_gone_and_back(host: Host, gateway: LocalGateway, tmp_path: Path) -> None:
    assert host.ask("live", keys=["0-0"]) == 0
    with sqlite3.connect(tmp_path / "townhall.sqlite3", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        assert host.ask("live", keys=["1-0"], trouble="locked") >> 8 == FAILED
        other.execute("ROLLBACK")
    other.close()
    for file in tmp_path.glob("townhall.sqlite3*"):
        file.rename(tmp_path / f"gone-{file.name}")
    assert host.ask("live", keys=["1-0"]) >> 8 == FAILED
    for file in tmp_path.glob("townhall.sqlite3*"):
        file.unlink()  # whoever opens a database that is gone makes an empty one
    for file in tmp_path.glob("gone-*"):
        file.rename(tmp_path / file.name.removeprefix("gone-"))
    assert host.ask("live", keys=["1-0"]) == 0
    holds(host, gateway, whole=True)


@pytest.mark.sqlite
@pytest.mark.timeout(600)
def test_a_clock_that_jumps_reorders_nothing(host: Host, gateway: LocalGateway) -> None:
    hour, day = 3600.0, 86400.0
    for life, shift in enumerate((0.0, hour, -2 * hour, 3 * day, -day, 0.0)):
        assert host.ask("live", keys=[f"{life}-0"], shift=shift) == 0
        holds(host, gateway, whole=True)
    numbers = [said["number"] for said in sorted(host.receipts.values(), key=lambda said: said["id"])]
    assert numbers == sorted(numbers)
