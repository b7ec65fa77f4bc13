"""The sender is killed at random moments: nobody is ever written to twice, and nobody is forgotten."""

from __future__ import annotations

import json
import math
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.outreach.gateway import LocalGateway
from tests.tools.environment import database

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[2]


class Host:
    """The other process, and its senders."""

    def __init__(self, folder: Path, gateway: LocalGateway) -> None:
        environ = {name: value for name, value in os.environ.items() if not name.startswith("TOWNHALL_")}
        environ |= {
            "TOWNHALL_DATA_DIR": str(folder),
            "TOWNHALL_SMS_SENDER": "http",
            "TOWNHALL_GATEWAY_URL": gateway.url,
            "TOWNHALL_GATEWAY_MOST": "10",
            "TOWNHALL_SMS_RATE": "1000000",
            "TOWNHALL_SMS_HOURS": "00:00-23:59:59",
            "DJANGO_SETTINGS_MODULE": "townhall.config.settings",
        } | database()
        command = [sys.executable, "-m", "tests.outreach.sender_host"]
        self._sender = 0
        self._process = subprocess.Popen(
            command, cwd=ROOT, env=environ, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, *words: object) -> Any:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(" ".join(str(word) for word in words) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def start(self) -> int:
        self._sender = int(self.ask("start"))
        return self._sender

    def kill(self, sender: int) -> None:
        os.kill(sender, signal.SIGKILL)
        self._sender = 0
        self.ask("reap", sender)

    def close(self) -> None:
        if self._sender:
            os.kill(self._sender, signal.SIGKILL)  # a test that failed leaves nobody sending
        if self._process.stdin:
            self._process.stdin.close()
        self._process.wait(timeout=30)
        if self._process.stdout:
            self._process.stdout.close()


@pytest.fixture
def slow_gateway() -> Iterator[LocalGateway]:
    running = LocalGateway(delay=0.004)
    yield running
    running.close()


# `make faults` kills 200 times.
# Reminders leave one by one, between the batches and before them.
SUBSCRIBERS = 60
KILLS = int(os.environ.get("SENDER_KILLS", "20"))


@pytest.mark.long
@pytest.mark.both_databases
@pytest.mark.timeout(
    3600
)  # on a busy machine a sender needs seconds to begin, and they begin one after the other
def test_nobody_is_written_to_twice_whenever_the_sender_dies(
    tmp_path: Path, slow_gateway: LocalGateway
) -> None:
    chance = random.Random(KILLS)
    recipients = KILLS * 100
    host = Host(tmp_path, slow_gateway)
    try:
        host.ask("prepare", recipients, slow_gateway.url)
        host.ask("subscribe", SUBSCRIBERS)
        for kill in range(KILLS):
            before = sum(slow_gateway.numbers.values())
            host.ask("revive")
            # Enough for the last sender too, however long each of them lives on a busy machine.
            slow_gateway.most = before + chance.choice((10, 40, 80))
            sender = host.start()
            patience = time.monotonic() + 10
            # Every other sender dies while it starts or marks, the others with a message on its way.
            while kill % 2 and sum(slow_gateway.numbers.values()) == before and time.monotonic() < patience:
                time.sleep(0.005)
            time.sleep(chance.uniform(0, 0.1))
            host.kill(sender)
        killed_after = sum(slow_gateway.numbers.values())
        slow_gateway.most = math.inf
        sender = host.start()
        reached, patience = 0, time.monotonic() + 120
        while (found := host.ask("counts"))["broadcast"] != "done" and time.monotonic() < patience:
            if (now := sum(slow_gateway.numbers.values())) > reached:
                reached, patience = now, time.monotonic() + 120
            host.ask("revive")
            time.sleep(0.5)
        host.kill(sender)
        assert host.ask("counts")["broadcast"] == "done", found
        found = host.ask("counts")
    finally:
        host.close()
    assert KILLS // 2 <= killed_after < recipients + SUBSCRIBERS, (
        "the senders were at work when they were killed"
    )
    twice = [number for number, count in slow_gateway.numbers.items() if count > 1]
    assert not twice, f"{len(twice)} numbers twice"
    assert set(found["states"]) <= {"accepted", "unknown"}
    assert sum(found["states"].values()) == recipients + SUBSCRIBERS
    everybody = {f"138{number:08d}" for number in range(recipients)}
    everybody |= {f"139{number:08d}" for number in range(SUBSCRIBERS)}
    assert everybody - set(slow_gateway.numbers) <= set(found["unknown"]), (
        "who got nothing is known to be unknown"
    )
    figures = {"kills": KILLS, "sent_before_the_last": killed_after, "twice": len(twice), **found["states"]}
    print(figures)
    if kept := os.environ.get("SENDER_FIGURES"):  # `python -m bench kills`
        Path(kept).write_text(json.dumps(figures), encoding="utf-8")
