"""The staff of a rehearsal: each a thread that looks at its desk over HTTP and does the next thing there."""

from __future__ import annotations

import abc
import queue
import random
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from townhall.kernel import clock
from townhall.rehearsal import cast, corpus
from townhall.rehearsal.calls import Caller, Lost
from townhall.rehearsal.ledger import EMERGENCY, LEAK

if TYPE_CHECKING:
    from townhall.rehearsal.ledger import Case, Ledger

# People do not look twice a second; lists asked for in vain would only slow the others down.
IDLE_SECONDS = 1.0
A_FULL_DESK = 10
PER_PAGE = 100

# What moderators decline without passing it on, and with what.
_REFUSALS: tuple[dict[str, Any], ...] = (
    {"code": "unclear", "fill": {"missing": "地点和时间"}},
    {"code": "unrelated"},
    {"code": "civil_dispute", "fill": {"town": "临澄街道", "phone": "5555 0151"}},
    {"code": "legal_case", "fill": {"body": "人民法院"}},
)


@dataclass(frozen=True, slots=True)
class Room:
    """Where and with whom a rehearsal takes place.

    :param groups: the hour's group ids by the keys of the cast's groups
    :param tokens: each member of staff's API token
    """

    url: str
    slug: str
    key: str
    ledger: Ledger
    groups: dict[str, int]
    units: dict[str, int]
    tokens: dict[str, str]
    stop: threading.Event
    to_confirm: queue.SimpleQueue[tuple[Case, str]]

    def caller(self, username: str) -> Caller:
        """That person's connection."""
        return Caller(self.url, self.ledger, token=self.tokens[username])

    @property
    def board(self) -> str:
        """The address of the desks' lists."""
        return f"/api/v1/desk/hours/{self.slug}/questions"


class Worker(abc.ABC):
    """One person at work: looks, does what is there, looks again."""

    def __init__(self, room: Room, username: str) -> None:
        self.room = room
        self.ledger = room.ledger
        self.caller = room.caller(username)

    def run(self) -> None:
        """Work until the rehearsal is over."""
        try:
            while not self.room.stop.is_set():
                try:
                    handled = self.look()
                except Lost as lost:
                    self.ledger.error(f"lost: {lost}")
                    handled = 0
                if handled < A_FULL_DESK:
                    self.room.stop.wait(IDLE_SECONDS)
        finally:
            self.caller.close()

    @abc.abstractmethod
    def look(self) -> int:
        """Do what there is to do; how much that was."""


class Desk(Worker):
    """Somebody who works a list off.

    :param share: the how-manieth of how many who share the list
    """

    #: what the list is narrowed to
    narrowed: dict[str, str]

    def __init__(self, room: Room, username: str, share: tuple[int, int] = (0, 1)) -> None:
        super().__init__(room, username)
        self.share = share

    def look(self) -> int:
        """Go through the list once."""
        handled = 0
        for page in self.caller.pages(self.room.board, limit=PER_PAGE, **self.narrowed):
            for shown in page:
                case = self.ledger.by_id.get(shown["id"])
                # Its asker may not have noted the receipt yet; the next look will find it.
                if case is None or shown["id"] % self.share[1] != self.share[0]:
                    continue
                if self.room.stop.is_set():
                    return handled
                handled += self.handle(case, shown)
        return handled

    @abc.abstractmethod
    def handle(self, case: Case, shown: dict[str, Any]) -> bool:
        """Do what this desk does with a case; whether it was done."""


class Moderator(Desk):
    """Screens and dispatches what comes in; two share the queue, so that nobody gets a question twice."""

    narrowed = {"status": "received"}

    def handle(self, case: Case, shown: dict[str, Any]) -> bool:  # noqa: ARG002 - the list tells enough
        """Assign, merge or decline; or the two cases that every rehearsal has."""
        special: dict[str, Callable[[Case], bool]] = {
            "merge": self._merge, "decline": self._decline, "confirm": self._petition, "leave": self._leave,
            "withdraw": self._withdrawn, EMERGENCY: self._emergency, LEAK: self._leak,
        }  # fmt: skip
        return special.get(case.plan, self._assign)(case)

    def _assign(self, case: Case) -> bool:
        if self.caller.move(case.id, "assign", lead=self.room.groups[case.group]) is None:
            return False
        case.assigned_at = time.monotonic()
        self.ledger.assigned(case)
        return True

    def _withdrawn(self, case: Case) -> bool:
        """Its asker is just taking it back; when that did not work it is a question like any other."""
        if case.end == "withdrawn" or time.monotonic() - case.received_at < 5:  # noqa: PLR2004 - seconds to take it back
            return False
        return self._assign(case)

    def _merge(self, case: Case) -> bool:
        root = self.ledger.root_for(case)
        if root is None:
            return self._assign(case)
        return self._end(case, "merged", self.caller.move(case.id, "merge", into=root.id))

    def _decline(self, case: Case) -> bool:
        refusal = _REFUSALS[case.index % len(_REFUSALS)]
        return self._end(case, "declined", self.caller.move(case.id, "decline", **refusal))

    def _petition(self, case: Case) -> bool:
        moved = self.caller.move(
            case.id,
            "decline",
            code="petition",
            handed_to="区信访办公室",
            handed_at=_now(),
            fill={"ref": "演练"},
        )
        if moved is not None:
            self.room.to_confirm.put((case, "confirm_decline"))
        return self._end(case, "declined", moved)

    def _leave(self, case: Case) -> bool:
        return self._end(case, "pending", self.caller.move(case.id, "accept"))

    def _emergency(self, case: Case) -> bool:
        """Handed over at once; closed when the handover is done."""
        self.caller.move(case.id, "urgent", handed_to="119 指挥中心", note="演练")
        moved = self.caller.move(
            case.id, "decline", code="urgent", handed_to="119 指挥中心", handed_at=_now()
        )
        if moved is not None:
            self._expect_gone(case)
        return self._end(case, "declined", moved)

    def _leak(self, case: Case) -> bool:
        """Accepted by mistake, covered by one person, confirmed by a second."""
        if not self._assign(case):
            return False
        sent = time.monotonic()
        if self.caller.move(case.id, "withhold", code="personal_data", note="演练") is not None:
            self._expect_covered(case)
            case.covered_after = time.monotonic() - sent
            self.room.to_confirm.put((case, "confirm_withhold"))
        return True

    def _end(self, case: Case, end: str, moved: object) -> bool:
        if moved is None:
            return False
        case.end = end
        self.ledger.count("accepted" if end == "pending" else end)
        return True

    def _public(self, case: Case) -> Any:
        response = self.caller.send("GET", f"/api/v1/questions/{case.id}", key=self.room.key)
        return response.json() if response.status_code == HTTPStatus.OK else None

    def _expect_gone(self, case: Case) -> None:
        if self._public(case) is not None:
            self.ledger.fault(f"question {case.number}: an emergency is still public")

    def _expect_covered(self, case: Case) -> None:
        shown = self._public(case)
        if shown is not None and (not shown["withheld"] or cast.FAKE_ID[6:14] in str(shown)):
            self.ledger.fault(f"question {case.number}: the leaked number is still public")


class GroupDesk(Desk):
    """A business group: drafts an answer to what it leads and hands it up."""

    narrowed = {"seat": "group", "status": "assigned"}

    def __init__(self, room: Room, username: str, group: str, seed: int) -> None:
        super().__init__(room, username)
        self.group = group
        self.source = random.Random(seed)

    def handle(self, case: Case, shown: dict[str, Any]) -> bool:  # noqa: ARG002 - the list tells enough
        """Draft and submit; a few are left for after the hour."""
        if case.plan == "unanswered" or case.group != self.group or case.submitted_at:
            return False
        made = _answer_of(self.source, self.group)
        today = clock.today()
        draft = {
            "text": cast.written(made.answer, today), "outcome": made.outcome,
            "commitments": made.commitments(today, self.room.units[made.unit]),
        }  # fmt: skip
        if self.caller.move(case.id, "draft", **draft) is None:
            return False
        if self.caller.move(case.id, "submit") is None:
            return False
        case.submitted_at = time.monotonic()
        self.ledger.count("submitted")
        return True


class Signer(Desk):
    """The mayor or a deputy: signs what waits; three share the queue."""

    narrowed = {"seat": "mayor", "status": "submitted"}

    def handle(self, case: Case, shown: dict[str, Any]) -> bool:
        """Sign the version on the screen."""
        draft = shown["draft"]
        sent = time.monotonic()
        case.sign_sent_at = sent
        if self.caller.move(case.id, "sign", version=draft["version"]) is None:
            return False
        case.signed_at = time.monotonic()
        case.version, case.end = draft["version"], draft["outcome"]
        self.ledger.count("signed")
        return True


class Coordinator(Worker):
    """Gives the second glance that some acts need."""

    def look(self) -> int:
        """Confirm what waits for a second person."""
        try:
            case, verb = self.room.to_confirm.get_nowait()
        except queue.Empty:
            return 0
        if self.caller.move(case.id, verb) is None:
            self.ledger.fault(f"question {case.number}: {verb} was refused")
        return 1


def _answer_of(source: random.Random, group: str) -> corpus.Made:
    """An answer that a group of this kind would give."""
    for _attempt in range(200):
        made = corpus.make(source)
        if made.group == group:
            return made
    message = f"no pattern for the group {group}"
    raise LookupError(message)


def _now() -> str:
    return clock.now().isoformat()


def staff(room: Room) -> list[Worker]:
    """Everybody who works at a desk during the rehearsal."""
    moderators = [name for name in room.tokens if name.startswith("moderator")]
    signers = [name for name in room.tokens if name in {"mayor", "deputy1", "deputy2"}]
    desks: list[Worker] = [
        Moderator(room, name, (place, len(moderators))) for place, name in enumerate(moderators)
    ]
    desks += [
        GroupDesk(room, cast.members(key)[0].username, key, place) for place, key in enumerate(room.groups)
    ]
    desks += [Signer(room, name, (place, len(signers))) for place, name in enumerate(signers)]
    return [*desks, Coordinator(room, "coordinator")]
