"""The public of a rehearsal: citizens who ask, and viewers who watch the answers come."""

from __future__ import annotations

import json
import threading
import time
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import httpx

from townhall.kernel.text import count_characters
from townhall.questions.asking import MOST_TEXT
from townhall.rehearsal.calls import Caller, Households, Lost

if TYPE_CHECKING:
    from townhall.rehearsal.ledger import Case, Ledger

_SHORTENED_TO = MOST_TEXT - 20
_RECONNECT_SECONDS = 0.3


class Citizens:
    """Hands the messages out to the citizens' threads at the chosen pace.

    :param seconds: over how long the asking is spread; 0 asks as fast as the server answers
    """

    def __init__(self, ledger: Ledger, slug: str, key: str, seconds: float) -> None:
        self._ledger = ledger
        self._path = f"/api/v1/hours/{slug}/questions"
        self._key = key
        self._interval = seconds / max(1, len(ledger.cases))
        self._next = 0
        self._started = time.monotonic()
        self._lock = threading.Lock()

    def run(self, url: str, households: Households, stop: threading.Event) -> None:
        """Be one citizen after the other until all messages are asked."""
        caller = Caller(url, self._ledger, households=households)
        try:
            while not stop.is_set() and (case := self._take()) is not None:
                due = self._started + case.index * self._interval
                if due > time.monotonic() and stop.wait(due - time.monotonic()):
                    return
                try:
                    self._ask(caller, case)
                except Lost:
                    case.refused = "no answer"
                    self._ledger.fault(f"message {case.index}: no answer to asking")
        finally:
            caller.close()

    def _take(self) -> Case | None:
        with self._lock:
            if self._next >= len(self._ledger.cases):
                return None
            self._next += 1
            return self._ledger.cases[self._next - 1]

    def _ask(self, caller: Caller, case: Case) -> None:
        too_long = count_characters(case.text) > MOST_TEXT
        case.asked_at = time.monotonic()
        response = caller.send("POST", self._path, case.body(), key=self._key)
        if too_long:
            if response.status_code != HTTPStatus.UNPROCESSABLE_ENTITY or "text" not in _fields(response):
                self._ledger.fault(f"message {case.index}: {len(case.text)} characters were not refused")
            case.text, case.shortened = case.text[:_SHORTENED_TO] + "……（原文较长，已缩短）", True
            case.asked_at = time.monotonic()
            response = caller.send("POST", self._path, case.body(), key=self._key)
        if response.status_code != HTTPStatus.CREATED:
            case.refused = f"{response.status_code} {','.join(_fields(response))}".strip()
            self._ledger.error(f"http {response.status_code} ask")
            self._ledger.count("refused")
            return
        asked = response.json()
        case.received_at = time.monotonic()
        case.id, case.number, case.receipt = asked["id"], asked["number"], asked["receipt"]
        self._ledger.received(case)
        if case.plan == "withdraw":
            self._withdraw(caller, case)

    def _withdraw(self, caller: Caller, case: Case) -> None:
        response = caller.send("POST", f"/api/v1/track/{case.receipt}/withdraw", {})
        if response.status_code == HTTPStatus.OK:
            case.end = "withdrawn"
            self._ledger.count("withdrawn")
        else:
            self._ledger.error(f"http {response.status_code} withdraw")


def _fields(response: httpx.Response) -> list[str]:
    try:
        return [str(error["field"]) for error in response.json().get("errors", [])]
    except (ValueError, KeyError, TypeError):
        return []


class Viewer:
    """Somebody who watches the hour's stream and notes when each answer appears.

    Resumes after the last frame it has seen, so that a broken connection neither skips nor repeats one.
    """

    def __init__(self, number: int, ledger: Ledger, url: str, slug: str, key: str) -> None:
        self.number = number
        self.listening = threading.Event()
        self._ledger = ledger
        self._url = f"{url}/live/{slug}/stream"
        self._params = {"as": "json", "key": key}
        self._last = ""

    def run(self, stop: threading.Event) -> None:
        """Watch until told to stop."""
        while not stop.is_set():
            headers = {"Last-Event-ID": self._last} if self._last else {}
            try:
                # The comment line that comes at least every 20 seconds wakes a viewer that is to stop.
                with httpx.stream(
                    "GET", self._url, params=self._params, headers=headers, timeout=httpx.Timeout(10, read=45)
                ) as response:
                    if response.status_code != HTTPStatus.OK:
                        self._ledger.error(f"http {response.status_code} stream")
                        stop.wait(1)
                        continue
                    self._follow(response, stop)
            except httpx.HTTPError as error:
                if not stop.is_set():
                    self._ledger.error(f"stream: {type(error).__name__}")
            stop.wait(_RECONNECT_SECONDS)

    def _follow(self, response: httpx.Response, stop: threading.Event) -> None:
        self.listening.set()
        frame: dict[str, str] = {}
        for line in response.iter_lines():
            if stop.is_set():
                return
            if line:
                name, _, value = line.partition(":")
                if name:
                    frame[name] = frame.get(name, "") + value.removeprefix(" ")
                continue
            if frame:
                self._take(frame)
                frame = {}

    def _take(self, frame: dict[str, str]) -> None:
        number, event = frame.get("id", ""), frame.get("event", "")
        if number:
            if self._last and int(number) <= int(self._last):
                self._ledger.fault(f"viewer {self.number}: frame {number} came after {self._last}")
            self._last = number
        if event == "reload":
            self._ledger.fault(f"viewer {self.number}: had to reload, so frames were missed")
        if event not in {"answer", "question"}:
            return
        shown: dict[str, Any] = json.loads(frame["data"])
        answer = shown.get("answer") or {}
        if shown.get("withheld"):
            self._ledger.saw_stub(self.number, shown["id"])
            if shown.get("text") or answer.get("text"):
                self._ledger.fault(
                    f"viewer {self.number}: question {shown['id']} is covered, its text is not"
                )
        elif event == "answer":
            self._ledger.saw(self.number, shown["id"], answer.get("version", 0))
