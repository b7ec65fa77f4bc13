"""What every move has in common: what it tells the journal, and the remark it leaves."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from townhall.kernel import clock
from townhall.questions.models import Note

if TYPE_CHECKING:
    from townhall.hours.seats import Actor
    from townhall.questions.models import Question


@dataclass(slots=True)
class Told:
    """What a move has to say.

    :param kind: the journal's kind
    :param facts: its facts
    :param public: whether what readers see has changed (if readers see the question at all)
    :param stays: the status does not follow the flow's arrow this time (a signed correction)
    :param afterwards: further entries, written after the move's own
    """

    kind: str
    facts: dict[str, Any] = field(default_factory=dict)
    public: bool = True
    stays: bool = False
    afterwards: list[Callable[[], object]] = field(default_factory=list)


def remark(actor: Actor, question: Question, verb: str, text: str) -> None:
    """Keep a move's internal note."""
    if text:
        Note.objects.create(question=question, verb=verb, text=text, author_id=actor.id, at=clock.now())


def restart_wait(question: Question) -> None:
    """The clock of the next person starts."""
    question.waiting_since = clock.now()
