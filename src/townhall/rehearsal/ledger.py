"""What a rehearsal remembers of every message it sent, and what went wrong on the way."""

from __future__ import annotations

import random
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from townhall.rehearsal import cast

EMERGENCY, LEAK = "emergency", "leak"
# What moderators do with a hundred messages; the rest is sent to a group and answered.
_SHARES = (("merge", 18), ("decline", 8), ("confirm", 1), ("withdraw", 1), ("leave", 2), ("unanswered", 5))
_GROUPS = {
    "城乡建设": "build", "教育文体": "edu", "劳动和社会保障": "welfare", "商贸旅游": "city", "环境保护": "city",
    "卫生计生": "edu", "交通运输": "traffic",
}  # fmt: skip
_LONGEST_NAME, _LONGEST_TITLE = 30, 80


@dataclass(slots=True, eq=False)
class Case:
    """One message and what became of it; moments are of one monotonic clock.

    :param plan: what the cast will do with it: ``answer`` or a word of the shares
    """

    index: int
    title: str
    text: str
    group: str
    plan: str
    name: str
    key: str
    asked_at: float = 0.0
    received_at: float = 0.0
    assigned_at: float = 0.0
    submitted_at: float = 0.0
    sign_sent_at: float = 0.0
    signed_at: float = 0.0
    covered_after: float = 0.0
    id: int = 0
    number: int = 0
    receipt: str = ""
    version: int = 0
    end: str = "pending"
    shortened: bool = False
    refused: str = ""

    def body(self) -> dict[str, Any]:
        """The fields of the public form."""
        return {
            "display_name": self.name, "title": self.title, "text": self.text, "idempotency_key": self.key,
            "lang": "zh",
        }  # fmt: skip


def cases(messages: Iterable[dict[str, Any]], run: str, seed: int = 1) -> Iterator[Case]:
    """Messages as cases, with one emergency and one leaked identity number among them.

    :param run: sets the idempotency keys of one rehearsal apart from those of another
    """
    source = random.Random(seed)
    names = cast.wording()["names"]
    special = {3: EMERGENCY, 6: LEAK}
    index = 0
    for row in messages:
        if index in special:
            yield _special(index, special.pop(index), run)
            index += 1
        yield _case(index, row, source, names, run)
        index += 1
    for plan in special.values():
        yield _special(index, plan, run)
        index += 1


def _case(index: int, row: dict[str, Any], source: random.Random, names: list[str], run: str) -> Case:
    title = str(row.get("title") or "").strip()
    text = str(row.get("text") or "").strip() or title
    draw, plan = source.uniform(0, 100), "answer"
    for word, share in _SHARES:
        if draw < share:
            plan = word
            break
        draw -= share
    group = _GROUPS.get(str(row.get("category") or ""), "towns")
    name = f"{source.choice(names)}{index}"[:_LONGEST_NAME]
    return Case(index, title[:_LONGEST_TITLE], text, group, plan, name, f"rehearsal-{run}-{index}")


def _special(index: int, plan: str, run: str) -> Case:
    cards = {card.key: card for card in cast.questions("stage")}
    card = cards["d-urgent" if plan == EMERGENCY else "leaked-id"]
    text = card.text.replace("{fakeid}", cast.FAKE_ID)
    return Case(index, card.title, text, card.group or "towns", plan, card.name, f"rehearsal-{run}-{index}")


@dataclass
class Ledger:
    """Everything that happened, written by many threads."""

    cases: list[Case]
    by_id: dict[int, Case] = field(default_factory=dict)
    errors: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    roots: dict[str, list[Case]] = field(default_factory=lambda: defaultdict(list))
    seen: dict[tuple[int, int], list[tuple[int, float]]] = field(default_factory=lambda: defaultdict(list))
    stubs: set[tuple[int, int]] = field(default_factory=set)
    done: Counter[str] = field(default_factory=Counter)
    moved_at: float = field(default_factory=time.monotonic)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def count(self, act: str) -> None:
        """Something was done."""
        with self._lock:
            self.done[act] += 1
            self.moved_at = time.monotonic()

    def error(self, kind: str, *, trying_again: bool = False) -> None:
        """Something failed.

        :param trying_again: it is being repeated just now, so nobody has come to rest
        """
        with self._lock:
            self.errors[kind] += 1
            if trying_again:
                self.moved_at = time.monotonic()

    def fault(self, message: str) -> None:
        """Something does not add up."""
        with self._lock:
            self.faults.append(message)

    def received(self, case: Case) -> None:
        """The case has its receipt."""
        with self._lock:
            self.by_id[case.id] = case
        self.count("asked")

    def assigned(self, case: Case) -> None:
        """The case lies with its group; others like it can be merged into it."""
        with self._lock:
            self.roots[case.group].append(case)
        self.count("assigned")

    def root_for(self, case: Case) -> Case | None:
        """An earlier case of the same kind that this one can be merged into."""
        with self._lock:
            roots = self.roots[case.group]
            return roots[case.index % len(roots)] if roots else None

    def saw_stub(self, viewer: int, question: int) -> None:
        """A viewer's stream brought a covered question."""
        with self._lock:
            self.stubs.add((viewer, question))

    def saw(self, viewer: int, question: int, version: int) -> None:
        """A viewer's stream brought a signed answer."""
        with self._lock:
            self.seen[question, version].append((viewer, time.monotonic()))
