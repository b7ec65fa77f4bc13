"""Asking under load: questions gather for some milliseconds and one thread writes them in one transaction."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from townhall.edge.replies import AWAY_SECONDS, Reply, bad_body, json_reply, problem, problem_reply
from townhall.edge.turns import Turns
from townhall.edge.wiring import Answer, AskBatch, Question
from townhall.kernel import traces
from townhall.kernel.errors import is_database_away

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

logger = logging.getLogger("townhall.edge")

BODY_LIMIT = 128 * 1024  # 12,220 characters, each as a JSON escape, are still told which field is too long
BATCH = 200  # questions in one transaction
GATHER_SECONDS = 0.01  # how long a first question waits for company
QUEUE = 2_000  # past this, asking answers 503
RETRY_AFTER = 2
PATIENCE_SECONDS = 1.0  # so long a page's thread waits for its question; then the page says "please wait"
MOST_PATIENT = 6  # of Django's twelve threads
AGAIN_SECONDS = (
    3,
    15,
)  # a page that waits sends itself again after so long, at the soonest and at the latest
WRITTEN_A_SECOND = 300  # a slow disk's; `python -m bench ask` measures ten times as many
MOST_FORMS = (
    5_000  # pages remembered with their answers: more than can wait, and some that have just been answered
)
CREATED = 201
UNAVAILABLE = 503

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


def failed(error: Exception) -> Answer:
    """What each asker of a batch is told that could not be written."""
    return Answer(UNAVAILABLE, {}, AWAY_SECONDS) if is_database_away(error) else Answer(500, {})


def to_reply(answer: Answer, lang: str) -> Reply:
    """What became of a question, as an HTTP answer."""
    if answer.status < 400:  # noqa: PLR2004 - below it HTTP speaks of success
        return json_reply(answer.status, answer.body)
    if "title" not in answer.body:
        return problem(
            "unavailable" if answer.status == UNAVAILABLE else "failed", lang, retry_after=answer.retry_after
        )
    return problem_reply(answer.status, answer.body, retry_after=answer.retry_after)


@dataclass(slots=True, eq=False)
class _Waiting:
    """A question in the line: a program's connection waits for the answer, or a page looks for it again."""

    question: Question
    then: Then | None = None
    who: str = ""
    answered: threading.Event = field(default_factory=threading.Event)
    answer: Answer | None = None


class Intake:
    """The line between the event loop and the writing thread. Addresses take turns in it.

    :param ask: writes one batch durably, each question with its own answer
    :param loop: where answers are delivered
    :param most: how many questions may wait
    """

    def __init__(self, ask: AskBatch, loop: AbstractEventLoop, *, most: int = QUEUE) -> None:
        self._most = most
        self._ask = ask
        self._loop = loop
        self._line: Turns[_Waiting] = Turns()
        self._forms: OrderedDict[tuple[str, str], _Waiting] = OrderedDict()
        self._patient = threading.BoundedSemaphore(MOST_PATIENT)
        self._since = 0.0  # when the first of those that wait now came, or a batch was taken last
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
        """How full the line is: 0 empty, 1 full."""
        return len(self._line) / self._most

    @property
    def waiting(self) -> int:
        """How many questions wait to be written."""
        return len(self._line)

    @property
    def oldest_seconds(self) -> float:
        """How long there has been somebody waiting without a batch being taken."""
        return time.monotonic() - self._since if len(self._line) else 0.0

    def submit(self, question: Question, who: str, then: Then) -> None:
        """Queue one question.

        :param who: the address whose turn it takes
        :param then: called on the loop once it is on the disk, or at once when there is no room
        """
        with self._lock:
            is_taken = self._add(who, _Waiting(question, then))
        if not is_taken:
            then(problem("busy", question.lang, retry_after=RETRY_AFTER))

    def knows(self, slug: str, form: str) -> bool:
        """Whether a form with this key waits, or was answered a moment ago."""
        with self._lock:
            return (slug, form) in self._forms

    def hand_in(
        self, question: Question, who: str, *, seconds: float = PATIENCE_SECONDS
    ) -> Answer | tuple[int | None, int]:
        """Queue a page's question, or find it again; called in the thread that makes the page.

        :param seconds: how long the thread may wait for the answer
        :return: the answer, or the place in the line (``None`` when there is no room) and when to ask again
        """
        key = (question.slug, str(question.payload.get("idempotency_key", "")))
        with self._lock:
            form = self._forms.get(key)
            if form is None:
                form = _Waiting(question, who=who)
                if not self._add(who, form):
                    return None, AGAIN_SECONDS[1]
                self._remember(key, form)
            place = self._line.place(form.who, form)
        # Nobody is kept waiting behind others' whole batches, and some threads are always left for everything else.
        if (place is None or place <= BATCH) and self._patient.acquire(blocking=False):
            try:
                form.answered.wait(seconds)
            finally:
                self._patient.release()
        with self._lock:
            if form.answer is not None:
                if form.answer.status != CREATED:
                    self._forms.pop(key, None)  # mended or not, what comes next is asked anew
                return form.answer
            place = self._line.place(form.who, form) or 1  # it is being written at this moment
        return place, min(max(place // WRITTEN_A_SECOND, AGAIN_SECONDS[0]), AGAIN_SECONDS[1])

    def _remember(self, key: tuple[str, str], form: _Waiting) -> None:
        self._forms[key] = form
        while len(self._forms) > MOST_FORMS:
            self._forms.popitem(last=False)

    def _add(self, who: str, waiting: _Waiting) -> bool:
        """Whether there was room; the lock is held."""
        if self._ending or len(self._line) >= self._most:
            return False
        if not len(self._line):
            self._since = time.monotonic()
        self._line.add(who, waiting)
        self._arrived.set()
        return True

    def _write(self) -> None:
        while True:
            self._arrived.wait()
            self._arrived.clear()
            if len(self._line) < BATCH and not self._ending:
                time.sleep(GATHER_SECONDS)
            while self.write_batch():
                pass
            if self._ending:
                return

    def write_batch(self) -> bool:
        """Write the next in turn; whether there were any."""
        with self._lock:
            batch = self._line.take(BATCH)
            self._since = time.monotonic()
        if not batch:
            return False
        answers: Sequence[Answer]
        try:
            with traces.span("ask", questions=len(batch)):
                answers = self._ask([waiting.question for waiting in batch])
        except Exception as error:
            logger.exception("a batch of %d questions could not be written", len(batch))
            answers = [failed(error)] * len(batch)
        self.batches += 1
        replies: list[tuple[Then, Reply]] = []
        for waiting, answer in zip(batch, answers, strict=True):
            if waiting.then is not None:
                replies.append((waiting.then, to_reply(answer, waiting.question.lang)))
            else:
                waiting.answer = answer
                waiting.answered.set()
        with suppress(RuntimeError):  # the loop has ended
            self._loop.call_soon_threadsafe(_deliver, replies)
        return True


def _deliver(replies: list[tuple[Then, Reply]]) -> None:
    for then, reply in replies:
        then(reply)
