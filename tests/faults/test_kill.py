"""`kill -9` in the middle of everything: what was promised to somebody is there afterwards, once."""

import json
import random
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.edge.evening import ANSWER, SETTINGS, Evening
from tests.tools.environment import database
from tests.tools.server import Installation


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Installation]:
    installation = Installation(tmp_path / "data", settings=SETTINGS | database())
    yield installation
    installation.kill()


class Citizens(threading.Thread):
    """Ask without pause; remember what a receipt was given for."""

    def __init__(self, evening: Evening, name: str, stop: threading.Event) -> None:
        super().__init__(name=name)
        self.evening, self.stop = evening, stop
        self.receipts: dict[str, dict[str, object]] = {}
        self.attempts = 0

    def run(self) -> None:
        while not self.stop.is_set():
            self.attempts += 1
            key = f"{self.name}-{self.attempts}"
            # Tried again with the same key until an answer comes: exactly what a browser or a program does.
            answer = self.evening.ask(f"第 {key} 个问题：路灯什么时候修好？", key)
            if answer.status_code == 201:
                self.receipts[key] = answer.json()


class Signer(threading.Thread):
    """Carry questions from asked to signed; remember what was signed."""

    def __init__(self, evening: Evening, stop: threading.Event) -> None:
        super().__init__(name="signer")
        self.evening, self.stop = evening, stop
        self.signed: dict[int, str] = {}
        self.lead = evening.lead

    def run(self) -> None:
        number = 0
        while not self.stop.is_set():
            number += 1
            asked = self.evening.ask(f"待签发的第 {number} 个问题，路灯何时修？", f"sign-{number}")
            question = asked.json()["id"]
            answer = f"{ANSWER}（第 {number} 件）"
            # A step whose answer was lost may have been done: then it is refused and the next one goes on from there.
            move = self.evening.move
            move(self.evening.moderator, question, "assign", lead=self.lead)
            move(self.evening.group, question, "draft", text=answer, outcome="answered")
            submitted = move(self.evening.group, question, "submit").json()
            if "draft" in submitted:
                signing = move(self.evening.mayor, question, "sign", version=submitted["draft"]["version"])
                if signing.status_code == 200:
                    self.signed[question] = answer


class Watcher(threading.Thread):
    """One browser: reconnects with the last id it has seen; remembers every number and what it shows now."""

    def __init__(self, evening: Evening, start: int, stop: threading.Event) -> None:
        super().__init__(name="watcher")
        self.evening, self.stop, self.start_at = evening, stop, start
        self.seen: list[int] = []
        self.shown: dict[int, dict[str, object]] = {}
        self.cuts = 0

    def run(self) -> None:
        while not self.stop.is_set():
            last = str(self.seen[-1]) if self.seen else str(self.start_at)
            with suppress(OSError, EOFError):
                reader = self.evening.stream("?as=json", Last_Event_ID=last)
                while not self.stop.is_set():
                    with suppress(TimeoutError):
                        self.take(reader.frame(0.5))
            self.cuts += 1
            time.sleep(0.05)

    def take(self, frame: dict[str, str]) -> None:
        if frame["event"] in {"question", "answer"}:
            self.seen.append(int(frame["id"]))
            told = json.loads(frame["data"])
            self.shown[told["id"]] = told
        elif "id" in frame:
            self.seen.append(int(frame["id"]))


def rounds(place: Installation, kills: int) -> None:
    evening = Evening(place, patience=60)
    try:
        outlive(evening, kills)
    finally:
        evening.close()


def outlive(evening: Evening, kills: int) -> None:
    place = evening.place
    place.start()
    start = evening.newest()
    stop, stop_watching = threading.Event(), threading.Event()
    citizens = [Citizens(evening, f"citizen{n}", stop) for n in range(4)]
    signer, watcher = Signer(evening, stop), Watcher(evening, start, stop_watching)
    for thread in [*citizens, signer, watcher]:
        thread.start()
    for _ in range(kills):
        time.sleep(random.uniform(0.8, 2.5))
        place.kill()
        place.start()
    time.sleep(1)
    stop.set()
    for thread in [*citizens, signer]:
        thread.join()
    time.sleep(2)
    stop_watching.set()
    watcher.join()

    given = {key: receipt for citizen in citizens for key, receipt in citizen.receipts.items()}
    assert given
    assert signer.signed
    numbers = [int(str(receipt["number"])) for receipt in given.values()]
    assert len(set(numbers)) == len(numbers)
    for key, receipt in random.sample(sorted(given.items()), min(25, len(given))):
        tracked = evening.call("GET", f"/track/{receipt['receipt']}")
        assert tracked.status_code == 200
        assert tracked.json()["number"] == receipt["number"]
        again = evening.ask(f"第 {key} 个问题：路灯什么时候修好？", key)
        assert again.status_code == 201
        assert again.json()["id"] == receipt["id"]
    assert watcher.cuts > kills / 2
    assert watcher.seen == sorted(set(watcher.seen))
    for question, answer in signer.signed.items():
        public = evening.call("GET", f"/questions/{question}").json()
        assert public["status"] == "published"
        assert public["answer"]["text"] == answer
        assert watcher.shown[question]["answer"] == public["answer"]
    fresh = evening.replayed()
    assert {question: fresh[question] for question in watcher.shown} == watcher.shown
    counts = evening.call("GET", f"/hours/{evening.slug}").json()["counts"]
    assert counts["asked"] == sum(number for name, number in counts.items() if name != "asked")
    staff = evening.staff_questions()
    texts = [question["text"] for question in staff]
    for key in given:
        assert texts.count(f"第 {key} 个问题：路灯什么时候修好？") == 1


@pytest.mark.long
@pytest.mark.both_databases
@pytest.mark.timeout(900)
def test_a_killed_server_has_kept_every_receipt_and_every_signature(place: Installation) -> None:
    rounds(place, kills=5)  # `make faults` ends five hundred lives (test_points.py)
