"""The demo's hour kept moving: every few seconds somebody of the cast does the next thing.

Only the demo's own questions are moved: what a visitor asks is left to the people trying the desks.
Enough is always left waiting at every desk for them to work on.
"""

from __future__ import annotations

import logging
import random
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.db import DatabaseError, close_old_connections
from django.utils.translation import override

from townhall.hours import actions as hour_actions
from townhall.hours import planning
from townhall.hours.choices import ChangeReason, Identity, Stage
from townhall.hours.models import Group, OfficeHour
from townhall.journal.models import Entry
from townhall.kernel import clock
from townhall.kernel.errors import InvalidFields, Refused
from townhall.questions import actions, asking, citizen_actions, flow, holding, remarks
from townhall.questions.choices import Status
from townhall.questions.models import Comment, Question, Version
from townhall.rehearsal import cast, company, corpus, fill
from townhall.rehearsal.cast import Scripted
from townhall.rehearsal.citizens import People
from townhall.rehearsal.corpus import Made

log = logging.getLogger(__name__)

QUICKEST, SLOWEST = 8.0, 20.0  # seconds between two moves
# What stays on the desks for the people trying them; the player works off only what is above it.
LEFT = {"received": 5, "assigned": 7, "submitted": 4}
MOST_WAITING = 14
# A demo left alone over the weekend should still open quickly on Monday.
MANY_QUESTIONS = 300
EXTEND_WHEN, EXTEND_BY = timedelta(minutes=6), 30
READING_TIME = timedelta(seconds=15)  # nobody screens or signs what has only just come in


@dataclass
class Player:
    """Makes the next move of the demo's hour.

    :param seed: the same seed asks the same questions
    """

    seed: int = 1
    people: People = field(default_factory=People)

    def __post_init__(self) -> None:
        self.chance = random.Random()
        self.known: dict[str, Scripted | Made] = {card.text: card for card in cast.questions("stage")}
        self.next_message = 0

    # -- the loop --------------------------------------------------------------------------------------

    def move(self) -> str:
        """Do one thing; says what, or nothing when there was nothing to do."""
        hour = fill.demo_hour()
        if hour is None:
            return ""
        self._keep_live(hour)
        if hour.stage != Stage.LIVE:
            return ""
        self.hour, self.company = hour, company.find()
        self.groups = company.groups_of(hour)
        self.today = clock.local(hour.starts_at).date()
        self._learn()
        for act in self._likely():
            try:
                done = act()
            except (Refused, InvalidFields) as refused:
                log.debug("the player was refused: %s", refused)
                continue
            if done:
                return done
        return ""

    def _keep_live(self, hour: OfficeHour) -> None:
        """Extend the hour before it ends, and take it back when the clock ended it behind our back."""
        now = clock.now()
        if hour.stage == Stage.LIVE and hour.ends_at - now < EXTEND_WHEN:
            actor = company.find().actor("coordinator", hour)
            hour_actions.perform(
                actor, "extend", {"minutes": EXTEND_BY, "reason_code": ChangeReason.BACKLOG.value}
            )
        elif hour.stage == Stage.WRAPPING:
            wrapped = Entry.objects.filter(line=hour.id, kind="hour.wrapped").order_by("-seq").first()
            if wrapped is not None and wrapped.actor is None:
                planning.move_demo_hour(hour, now - fill.INTO_THE_HOUR)
        hour.refresh_from_db()

    def _likely(self) -> list[Callable[[], str]]:
        """The possible moves, the most needed first."""
        waiting = self._waiting()
        moves: list[tuple[float, Callable[[], str]]] = [
            (3.0 if waiting["received"] < MOST_WAITING else 0.2, self.ask),
            (3.0 if waiting["received"] > LEFT["received"] else 0.0, self.dispatch),
            (3.0 if waiting["assigned"] > LEFT["assigned"] else 0.5, self.draft),
            (2.5, self.submit),
            (3.5 if waiting["submitted"] > LEFT["submitted"] else 0.0, self.sign),
            (1.0, self.comment),
            (1.0, self.support),
            (0.7, self.screen_comment),
            (0.6, self.hold),
        ]
        if self.hour.asking_paused:
            moves = [row for row in moves if row[1] != self.ask]
        drawn = [(self.chance.random() ** (1 / weight), act) for weight, act in moves if weight]
        return [act for _key, act in sorted(drawn, key=lambda row: -row[0])]

    def _waiting(self) -> dict[str, int]:
        rows = Question.objects.filter(hour=self.hour)
        return {status: rows.filter(status=status).count() for status in LEFT}

    # -- whose questions -------------------------------------------------------------------------------

    def _learn(self) -> None:
        """Recognise after a restart what was asked before it: the same seed makes the same messages."""
        asked = OfficeHour.objects.values_list("last_number", flat=True).get(id=self.hour.id)
        while self.next_message < asked:
            made = self._made(self.next_message)
            self.known.setdefault(made.text, made)
            self.next_message += 1

    def _made(self, number: int) -> Made:
        return corpus.make(random.Random(f"play/{self.seed}/{number}"))

    def _ours(self, status: str, **narrow: Any) -> list[tuple[Question, Scripted | Made]]:
        """The demo's own questions at a status that nobody has open, the longest waiting first."""
        now = clock.now()
        rows = Question.objects.filter(hour=self.hour, status=status, urgent=False, **narrow)
        rows = rows.exclude(hold__at__gt=now - flow.LOCK_LIFE)
        rows = rows.filter(waiting_since__lt=now - READING_TIME).order_by("waiting_since")
        found = [
            (row, self.known.get(self._template(row.text))) for row in rows.select_related("lead", "unit")
        ]
        return [(row, card) for row, card in found if card is not None and card.answer]

    def _template(self, text: str) -> str:
        return text.replace(cast.FAKE_ID, "{fakeid}")

    # -- the moves -------------------------------------------------------------------------------------

    def ask(self) -> str:
        """Somebody asks."""
        made = self._made(self.next_message)
        name = self.chance.choice(cast.wording()["names"])
        payload = {
            "display_name": name, "title": made.title, "text": made.text, "kind": made.kind,
            "subject": made.subject, "area": made.area,
        }  # fmt: skip
        if self.hour.identity == Identity.VERIFIED:
            payload["verification"] = self.people.token(name)
        asked = citizen_actions.ask(asking.parse(self.hour, payload))
        self.known.setdefault(made.text, made)
        self.next_message += 1
        return f"asked {asked.number}"

    def dispatch(self) -> str:
        """A moderator sends the longest waiting question to its group."""
        for question, card in self._ours(Status.RECEIVED):
            data = {"lead": self.groups[card.group].id, "unit": self.company.unit_ids[card.unit]}
            assisting = card.assisting if isinstance(card, Scripted) else []
            data_with = data | {"assisting": [self.groups[key].id for key in assisting]}
            if isinstance(card, Scripted) and card.about_official:
                continue  # flagging it is the moderators' to show
            self._do(self.chance.choice(["moderator1", "moderator2"]), "assign", question, **data_with)
            return f"assigned {question.number}"
        return ""

    def draft(self) -> str:
        """A group writes an answer."""
        for question, card in self._ours(Status.ASSIGNED):
            current = self._current(question)
            if current is not None and card.answer[:8] == current.text[:8]:
                continue
            data = self._answer(card)
            self._do(self._member(question), "draft", question, **data)
            return f"drafted {question.number}"
        return ""

    def submit(self) -> str:
        """A group hands its answer up."""
        for question, card in self._ours(Status.ASSIGNED, draft_version__isnull=False):
            current = self._current(question)
            if current is None or card.answer[:8] != current.text[:8] or current.sent_back_at:
                continue
            if current.drafted_at > clock.now() - READING_TIME:
                continue
            self._do(current.author.username, "submit", question)
            return f"submitted {question.number}"
        return ""

    def sign(self) -> str:
        """The mayor or a deputy signs."""
        for question, card in self._ours(Status.SUBMITTED):
            deputy = "deputy1" if card.group in {"edu", "welfare"} else "deputy2"
            signer = self.chance.choice(["mayor", "mayor", deputy])
            self._do(signer, "sign", question, version=question.draft_version)
            return f"signed {question.number}"
        return ""

    def comment(self) -> str:
        """A reader remarks on a fresh answer."""
        question = self._fresh_answer()
        if question is None:
            return ""
        name = self.chance.choice(cast.wording()["names"])
        words = self.chance.choice(cast.wording()["comments"])
        data = {"display_name": name, "text": words}
        if self.hour.identity == Identity.VERIFIED:
            data["verification"] = self.people.token(name)
        citizen_actions.comment(question.id, data)
        return f"commented {question.number}"

    def screen_comment(self) -> str:
        """A moderator shows a comment; the last two are left for visitors to try."""
        waiting = Comment.objects.filter(question__hour=self.hour, state=Comment.State.RECEIVED).order_by(
            "id"
        )
        ours = [row for row in waiting if row.text in cast.wording()["comments"]]
        if len(ours) <= 2:  # noqa: PLR2004 - as the docstring says
            return ""
        remarks.screen_comment(self.company.actor("moderator2", self.hour), "accept", ours[0].id)
        return f"showed comment {ours[0].id}"

    def support(self) -> str:
        """Some readers ask this too."""
        shown = [Status.ACCEPTED, Status.ASSIGNED, Status.PUBLISHED]
        rows = Question.objects.filter(hour=self.hour, status__in=shown, urgent=False)
        question = rows.order_by("-waiting_since")[: 1 + self.chance.randrange(12)][::-1]
        if not question:
            return ""
        for _one in range(self.chance.randint(1, 4)):
            if self.hour.identity == Identity.VERIFIED:
                token = self.people.token(self.chance.choice(cast.wording()["names"]))
                citizen_actions.support(question[0].id, verification=token)
            else:
                citizen_actions.support(question[0].id, browser=f"play-{self.chance.randrange(10**9)}")
        return f"supported {question[0].number}"

    def hold(self) -> str:
        """Somebody of a group opens a question: others see who has it."""
        for question, _card in self._ours(Status.ASSIGNED)[-3:]:
            holding.hold(self.company.actor(self._member(question), self.hour), question)
            return f"opened {question.number}"
        return ""

    # -- how -------------------------------------------------------------------------------------------

    def _do(self, username: str, verb: str, question: Question, **data: Any) -> None:
        actions.perform(self.company.actor(username, self.hour), verb, question.id, data)

    def _member(self, question: Question) -> str:
        group: Group | None = question.lead
        key = next(key for key, row in self.groups.items() if group is not None and row.id == group.id)
        return self.chance.choice([person.username for person in cast.members(key)])

    def has_asked_much(self) -> bool:
        """Whether the hour is full enough to go on slowly."""
        return self.next_message > MANY_QUESTIONS

    def _current(self, question: Question) -> Version | None:
        rows = Version.objects.select_related("author").filter(question=question)
        return rows.filter(number=question.draft_version).first() if question.draft_version else None

    def _answer(self, card: Scripted | Made) -> dict[str, Any]:
        today = clock.today()
        data: dict[str, Any] = {"text": cast.written(card.answer, today), "outcome": card.outcome}
        if isinstance(card, Scripted):
            data["commitments"] = cast.promises(card, today, self.company.unit_ids)
            data |= {"verdict": card.verdict, "verdict_reason": card.verdict_reason}
        else:
            data["commitments"] = card.commitments(today, self.company.unit_ids[card.unit])
        return data

    def _fresh_answer(self) -> Question | None:
        rows = Question.objects.filter(hour=self.hour, status=Status.PUBLISHED, withheld=None, urgent=False)
        newest = list(rows.order_by("-published_at")[:6])
        return self.chance.choice(newest) if newest else None


# -- for whoever runs the server -----------------------------------------------------------------------------


def run(
    stop: threading.Event, *, seed: int = 1, quickest: float = QUICKEST, slowest: float = SLOWEST
) -> None:
    """Move the demo's hour until ``stop`` is set.

    Made for a thread of the process that runs the jobs. Nothing that goes wrong in a move ends the playing.
    """
    player = Player(seed)
    pause = random.Random()
    pace = 1.0
    while not stop.wait(pause.uniform(quickest, slowest) * pace):
        try:
            with override("zh-hans"):
                done = player.move()
            log.debug("play: %s", done)
            pace = 5.0 if player.has_asked_much() else 1.0
        except (DatabaseError, LookupError):
            log.warning("play: the move was lost", exc_info=True)
        finally:
            close_old_connections()
