"""What becomes of one scripted question, as steps: asked, screened, drafted, signed, each by somebody.

A :class:`Scene` is one office hour being written. Acts are first put on a timetable and then done in the
order of time on a steered clock, so that the journal's order and its times agree.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from townhall.hours.models import OfficeHour
from townhall.kernel import clock
from townhall.questions import actions, asking, citizen_actions
from townhall.rehearsal import cast
from townhall.rehearsal.cast import Scripted
from townhall.rehearsal.citizens import People
from townhall.rehearsal.company import Company, groups_of

Act = Callable[[], object]
# From the first of these on, a path waits for the hour to be open.
_SIGNING = frozenset({"change", "sign", "correct"})
_NEEDS_A_GROUP = frozenset({"assigned", "drafted", "submitted", "published"})
_NEVER = datetime.max.replace(tzinfo=UTC)
_MODERATORS = ("moderator1", "moderator2")


@dataclass(frozen=True, slots=True)
class Step:
    """One act on a path and how long people take for it, in units of about a minute."""

    verb: str
    takes: float
    act: Act


@dataclass(slots=True)
class Thread:
    """One question in the making."""

    card: Scripted
    fate: str
    asked_at: datetime = _NEVER
    id: int = 0
    receipt: str = ""
    version: int = 0


@dataclass
class Scene:
    """One office hour being written.

    :param chance: the seeded source of who does what and how long it takes
    :param finished: the hour is written to its end, so that nothing may stay open
    :param links: named values in texts, such as the address of an earlier hour
    """

    company: Company
    hour: OfficeHour
    chance: random.Random
    people: People
    finished: bool = False
    links: dict[str, str] = field(default_factory=dict)
    threads: dict[str, Thread] = field(default_factory=dict)
    timetable: list[tuple[datetime, int, Act]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.today = clock.local(self.hour.starts_at).date()
        self.groups = groups_of(self.hour)

    # -- the timetable ---------------------------------------------------------------------------------

    def at(self, moment: datetime, act: Act) -> None:
        """Put an act on the timetable."""
        self.timetable.append((moment, len(self.timetable), act))

    def perform(self) -> None:
        """Do everything on the timetable in the order of time, each act at its own moment."""
        for moment, _order, act in sorted(self.timetable, key=lambda row: row[:2]):
            with clock.steer(moment):
                act()
        self.timetable.clear()

    # -- who acts --------------------------------------------------------------------------------------

    def do(self, username: str, verb: str, thread: Thread, **data: Any) -> None:
        """One staff verb on the thread's question."""
        question = actions.perform(self.company.actor(username, self.hour), verb, thread.id, data)
        thread.version = question.draft_version or 0

    def step(self, takes: float, username: str, verb: str, thread: Thread, **data: Any) -> Step:
        """One staff verb as a step of a path."""
        return Step(verb, takes, partial(self.do, username, verb, thread, **data))

    def moderator(self, *, other_than: str = "") -> str:
        """One of the two moderators."""
        return self.chance.choice([name for name in _MODERATORS if name != other_than])

    def drafter(self, group: str) -> str:
        """Somebody of the group, the lead seldom."""
        people = cast.members(group)
        return self.chance.choice([person.username for person in (*people[:-1], *people)])

    def signer(self, group: str) -> str:
        """The mayor, or the deputy whose remit it is."""
        deputy = "deputy1" if group in {"edu", "welfare"} else "deputy2"
        return self.chance.choice(["mayor", "mayor", deputy])

    def text(self, words: str) -> str:
        """A text with the days of this hour."""
        return cast.written(words, self.today, **self.links)

    # -- citizens --------------------------------------------------------------------------------------

    def ask(self, thread: Thread) -> None:
        """The question is asked: at home, or at a counter where a clerk types it."""
        card = thread.card
        payload: dict[str, Any] = {
            "display_name": card.name, "title": self.text(card.title), "text": self.text(card.text),
            "kind": card.kind, "subject": card.subject, "lang": card.lang, "reply_privately": card.private,
            "area": cast.units()[card.area].short if card.area else "全区",
        }  # fmt: skip
        clerk = None
        if card.channel:
            clerk = self.company.accounts[self.chance.choice(["clerk1", "clerk2"])].id
            payload |= {"channel": card.channel, "mobile": self.people.mobile(card.name)}
        elif card.urgent or card.private or self.hour.identity == "verified":
            payload["verification"] = self.people.token(card.name)
        asked = citizen_actions.ask(asking.parse(self.hour, payload, typed_by=clerk))
        thread.id, thread.receipt = asked.id, asked.receipt

    # -- the path --------------------------------------------------------------------------------------

    def path(self, thread: Thread) -> list[Step]:
        """Everything after asking that leads the question to its fate, in order."""
        card, fate = thread.card, thread.fate
        steps = self._emergency(thread) if card.urgent else []
        if card.decline and not card.urgent and (fate == "declined" or card.upheld):
            steps += self._refusal(thread)
        if fate == "merged":
            steps.append(Step("merge", 1, partial(self._merge, thread)))
        elif fate == "withdrawn":
            steps.append(Step("withdraw", 1.2, lambda: citizen_actions.withdraw(thread.receipt)))
        elif fate == "accepted" and not card.urgent:
            steps.append(self.step(1, self.moderator(), "accept", thread))
        elif fate in _NEEDS_A_GROUP:
            steps += [*self._dispatch(thread), *self._consultation(thread), *self._answer(thread)]
        return steps

    def _emergency(self, thread: Thread) -> list[Step]:
        handed_to = thread.card.urgent_to or thread.card.decline["handed_to"]
        note = "已电话通知，等待回告。"
        steps = [self.step(0.4, "moderator1", "urgent", thread, handed_to=handed_to, note=note)]
        if thread.fate == "declined":
            refusal = {"code": "urgent", "handed_to": handed_to}
            steps.append(Step("decline", 1, partial(self._decline, thread, "moderator1", refusal)))
        return steps

    def _refusal(self, thread: Thread) -> list[Step]:
        card, first = thread.card, self.moderator()
        second = self.moderator(other_than=first)
        steps = [Step("decline", 1.2, partial(self._decline, thread, first, card.decline))]
        if card.confirmed or (self.finished and card.confirmed is not None):
            steps.append(self.step(1, "coordinator", "confirm_decline", thread))
        if card.appeal:
            words = {"text": self.text(card.appeal)}
            steps.append(Step("appeal", 1.5, lambda: citizen_actions.appeal(thread.receipt, words)))
        if card.upheld == "reopen":
            steps.append(self.step(1, second, "reopen", thread, note="后半段确有诉求，应当受理。"))
        elif card.appeal and self.finished:
            steps.append(self.step(2, second, "uphold", thread, note="请把事实部分另行提交，马上办理。"))
        return steps

    def _decline(self, thread: Thread, username: str, decline: dict[str, Any]) -> None:
        data = dict(decline)
        data["fill"] = {name: self.text(value) for name, value in decline.get("fill", {}).items()}
        if data.get("handed_to"):
            data["handed_at"] = clock.now().isoformat()
        self.do(username, "decline", thread, **data)

    def _merge(self, thread: Thread) -> None:
        self.do(self.moderator(), "merge", thread, into=self.threads[thread.card.into].id)

    def _dispatch(self, thread: Thread) -> list[Step]:
        card, moderator = thread.card, self.moderator()
        addressee = {
            "lead": self.groups[card.group].id, "unit": self.company.unit_ids[card.unit],
            "assisting": [self.groups[key].id for key in card.assisting],
        }  # fmt: skip
        steps = []
        if card.about_official:
            accused = self.company.unit_ids[card.about_unit]
            steps.append(self.step(0.3, moderator, "flag", thread, about_official=True, unit=accused))
        for group in card.returned_by:
            steps += self._objection(thread, moderator, group)
        verb, who = ("designate", "coordinator") if card.designated else ("assign", moderator)
        return [*steps, self.step(1, who, verb, thread, **addressee)]

    def _objection(self, thread: Thread, moderator: str, group: str) -> list[Step]:
        """A group gets the question and sends it back with a reason."""
        return [
            self.step(0.8, moderator, "assign", thread, lead=self.groups[group].id),
            self.step(
                1, self.drafter(group), "return", thread, reason_code="not_ours",
                proposed_unit=self.company.unit_ids[thread.card.unit],
                note="按职责清单，由建议单位主办更合适，我们协助。",
            ),
        ]  # fmt: skip

    def _consultation(self, thread: Thread) -> list[Step]:
        card, steps = thread.card, []
        if card.convene:
            units = [self.company.unit_ids[key] for key in card.convene]
            steps.append(self.step(0.5, "mayor", "convene", thread, units=units))
        if card.contribution:
            helper = self.drafter(card.assisting[0])
            steps.append(self.step(1, helper, "contribute", thread, text=self.text(card.contribution)))
        if card.convene:
            record = {
                "present": "、".join(cast.units()[key].short for key in card.convene),
                "result": self.text(card.measures),
            }
            steps.append(self.step(0.8, "assistant", "close_convening", thread, **record))
        return steps

    def _answer(self, thread: Thread) -> list[Step]:
        card, author = thread.card, self.drafter(thread.card.group)
        if thread.fate == "assigned":
            return []
        steps = [self.step(2, author, "draft", thread, **self.draft_of(card))]
        if thread.fate == "drafted":
            return steps
        if card.held_text:
            steps.append(self.step(1, author, "draft", thread, **self.draft_of(card, final=True)))
        if card.sent_back:
            steps += [
                self.step(0.6, author, "submit", thread),
                self.step(1, self.signer(card.group), "send_back", thread, note=card.sent_back),
                self.step(1, author, "draft", thread, **self.draft_of(card)),
            ]
        steps.append(self.step(0.6, author, "submit", thread))
        return steps + (self._signature(thread) if thread.fate == "published" else [])

    def draft_of(self, card: Scripted, *, final: bool = False) -> dict[str, Any]:
        """The scripted answer as the verb ``draft`` takes it.

        :param final: not the empty acknowledgement that some try first
        """
        if card.held_text and not final:
            return {"text": card.held_text, "outcome": "answered"}
        return {
            "text": self.text(card.answer), "outcome": card.outcome,
            "commitments": cast.promises(card, self.today, self.company.unit_ids),
            "verdict": card.verdict, "verdict_reason": card.verdict_reason,
            "progress": self.text(card.progress), "measures": self.text(card.measures),
        }  # fmt: skip

    def _signature(self, thread: Thread) -> list[Step]:
        card, signer, steps = thread.card, self.signer(thread.card.group), []
        if card.amend:
            steps.append(Step("change", 0.8, partial(self._reword, thread, signer, "change", card.amend)))
        steps.append(Step("sign", 1.5, partial(self.sign, thread, signer)))
        if card.corrected:
            author = self.drafter(card.group)
            steps.append(Step("correct", 2, partial(self._reword, thread, author, "correct", card.corrected)))
            steps.append(Step("sign", 1, partial(self.sign, thread, "mayor")))
        return steps

    def sign(self, thread: Thread, username: str) -> None:
        """Sign what the thread stands at."""
        self.do(username, "sign", thread, version=thread.version)

    def _reword(self, thread: Thread, username: str, verb: str, words: list[str]) -> None:
        old, new = words
        data: dict[str, Any] = {"text": self.text(thread.card.answer.replace(old, new))}
        data |= {"version": thread.version} if verb == "change" else {"note": "时间写错了，按现场约定更正。"}
        self.do(username, verb, thread, **data)


def paced(
    chance: random.Random, start: datetime, end: datetime, steps: list[Step], unit: timedelta
) -> list[datetime]:
    """When each step happens: people take about ``unit`` a piece, and all of it fits before ``end``."""
    gaps = [unit * (step.takes * chance.uniform(0.6, 1.5)) for step in steps]
    total = sum(gaps, timedelta())
    room = max(end - start, timedelta(seconds=len(steps) + 1))
    if total > room * 0.95:
        gaps = [gap * (room * 0.95 / total) for gap in gaps]
    moments, moment = [], start
    for gap in gaps:
        moment += gap
        moments.append(moment)
    return moments


def split_at_signing(steps: list[Step]) -> tuple[list[Step], list[Step]]:
    """What can be done before the hour opens, and what waits for it."""
    for index, step in enumerate(steps):
        if step.verb in _SIGNING:
            return steps[:index], steps[index:]
    return steps, []
