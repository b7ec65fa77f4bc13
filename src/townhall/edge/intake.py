"""Asking under load: questions gather for some milliseconds and one thread writes them in one transaction."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

from townhall.edge.replies import Reply, bad_body, json_reply, problem, problem_reply
from townhall.edge.wiring import Answer, AskBatch, Question

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

logger = logging.getLogger("townhall.edge")

BODY_LIMIT = 128 * 1024  # 12,220 characters, each as a JSON escape, are still told which field is too long
BATCH = 200  # questions in one transaction
GATHER_SECONDS = 0.01  # how long a first question waits for company
QUEUE = 2_000  # past this, asking answers 503
RETRY_AFTER = 2

Then = Callable[[Reply], None]


def parse_body(body: bytes, lang: str) -> dict[str, object] | Reply:
    """The JSON object of a body, or the problem that it has."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return bad_body("bad_utf8", lang)
    try:
        payload = _DECODER.decode(text)
        if "\\ud" in text.lower():  # a lone surrogate can be spelled in JSON but not stored
            json.dumps(payload, ensure_ascii=False).encode("utf-8")
    except UnicodeEncodeError:
        return bad_body("bad_utf8", lang)
    except (ValueError, RecursionError):
        return bad_body("bad_json", lang)
    return payload if isinstance(payload, dict) else bad_body("bad_json", lang)


def _refuse_constant(name: str) -> object:
    """NaN and the infinities are JavaScript's, not JSON's."""
    raise ValueError(name)


# One for all bodies: `json.loads` with a setting makes a decoder for each.
_DECODER = json.JSONDecoder(parse_constant=_refuse_constant)


def is_json(content_type: bytes) -> bool:
    """Whether a Content-Type says JSON."""
    return content_type.partition(b";")[0].strip().lower() == b"application/json"


def to_reply(answer: Answer, lang: str) -> Reply:
    """What became of a question, as an HTTP answer."""
    if answer.status < 400:  # noqa: PLR2004 - below it HTTP speaks of success
        return json_reply(answer.status, answer.body)
    if "title" not in answer.body:
        return problem("failed", lang)
    return problem_reply(answer.status, answer.body, retry_after=answer.retry_after)


class Intake:
    """The queue between the event loop and the writing thread.

    :param ask: writes one batch durably, each question with its own answer
    :param loop: where answers are delivered
    :param most: how many questions may wait
    """

    def __init__(self, ask: AskBatch, loop: AbstractEventLoop, *, most: int = QUEUE) -> None:
        self._most = most
        self._ask = ask
        self._loop = loop
        self._queue: list[tuple[Question, Then]] = []
        self._lock = threading.Lock()
        self._arrived = threading.Event()
        self._ending = False
        self.batches = 0
        self._thread = threading.Thread(target=self._write, name="intake", daemon=True)

    def start(self) -> None:
        """Start the writing thread."""
        self._thread.start()

    def close(self, seconds: float = 1.5) -> None:
        """Let the questions that are waiting be written, then stop."""
        self._ending = True
        self._arrived.set()
        self._thread.join(seconds)

    @property
    def share(self) -> float:
        """How full the queue is: 0 empty, 1 full."""
        return len(self._queue) / self._most

    def submit(self, question: Question, then: Then) -> None:
        """Queue one question.

        :param then: called on the loop once it is on the disk, or at once when there is no room
        """
        with self._lock:
            full = self._ending or len(self._queue) >= self._most
            if not full:
                self._queue.append((question, then))
        if full:
            then(problem("busy", question.lang, retry_after=RETRY_AFTER))
        else:
            self._arrived.set()

    def _write(self) -> None:
        while True:
            self._arrived.wait()
            self._arrived.clear()
            if len(self._queue) < BATCH and not self._ending:
                time.sleep(GATHER_SECONDS)
            while True:
                with self._lock:
                    batch, self._queue = self._queue[:BATCH], self._queue[BATCH:]
                if not batch:
                    break
                self._carry_out(batch)
            if self._ending:
                return

    def _carry_out(self, batch: list[tuple[Question, Then]]) -> None:
        answers: Sequence[Answer]
        try:
            answers = self._ask([question for question, _then in batch])
        except Exception:
            logger.exception("a batch of %d questions could not be written", len(batch))
            answers = [Answer(500, {})] * len(batch)
        self.batches += 1
        replies = [
            (then, to_reply(answer, question.lang))
            for (question, then), answer in zip(batch, answers, strict=True)
        ]
        with suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(_deliver, replies)


def _deliver(replies: list[tuple[Then, Reply]]) -> None:
    for then, reply in replies:
        then(reply)
