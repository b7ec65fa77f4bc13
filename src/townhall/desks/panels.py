"""The panel: one question with everything its seat needs, and what was typed when something must be mended."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from townhall.desks import ages, lookups
from townhall.desks.formdata import Typed
from townhall.kernel.errors import InvalidFields, Refused
from townhall.people import directory
from townhall.questions import dossier, holding, queries, remarks
from townhall.questions.choices import ON_BEHALF_CHANNELS, Status
from townhall.venues import queries as venues

if TYPE_CHECKING:
    from townhall.desks.access import Place
    from townhall.desks.seats import Desk

# On the mayor's phone a question and a draft of this length stand without unfolding.
SHORT_QUESTION, SHORT_DRAFT = 200, 300
MOST_ROWS = 20


@dataclass(slots=True)
class Attempt:
    """A move that was refused: the panel comes back with everything typed.

    :param places: errors under the names of the form's fields
    """

    verb: str = ""
    typed: Typed = field(default_factory=lambda: Typed({}))
    error: Refused | InvalidFields | None = None
    places: dict[str, str] = field(default_factory=dict)

    @property
    def status(self) -> int:
        """The HTTP status the page carries."""
        if self.error is None:
            return 200
        return 422 if isinstance(self.error, InvalidFields) else self.error.status

    @property
    def message(self) -> str:
        """What went wrong, in one sentence."""
        if self.error is None:
            return ""
        return (
            str(self.error.message) if isinstance(self.error, Refused) else _("没有提交：请改正标出的地方。")
        )


def panel(
    place: Place, desk: Desk, question_id: int, attempt: Attempt, options: dict[str, str]
) -> dict[str, Any]:
    """Everything a desk shows about one question; opening it takes the lock where the desk does so.

    :param options: the address's parameters (``do``, ``pull``, ``earlier``)
    :raises Refused: 404 when the actor may not see it
    """
    actor = place.actor
    question = queries.get(actor, question_id)
    moves = queries.moves(actor, question)
    # In the list of all questions ● becomes ✓; a signer's card is read wherever it is opened (`lookups`).
    if desk.view(options.get("view", "")).kind == "lines" and desk.name != "mayor":
        holding.mark_read(actor, question)
    mine = _claim(place, desk, question, moves)
    shown = queries.present_staff(actor, [question])[0]
    errors = attempt.places or (attempt.error.errors if isinstance(attempt.error, InvalidFields) else {})
    found: dict[str, Any] = {
        "question": shown,
        "hour_id": place.hour.id,
        "age": ages.age(shown["status"], shown["waiting_since"], place.hour.stage),
        "same_start": bool(shown["title"]) and shown["text"].startswith(shown["title"].rstrip("…")),
        "moves": moves,
        "mine": mine,
        "may_contact": remarks.may_contact(actor, question),
        "holder": shown["holder"]
        if shown["holder"] and shown["holder"]["username"] != actor.username
        else None,
        "groups": queries.groups(place.hour),
        "units": directory.units(),
        "dossier": dossier.of(question),
        "registration": venues.registration(question_id) if shown["channel"] in ON_BEHALF_CHANNELS else None,
        "verb": attempt.verb,
        "typed": attempt.typed.data,
        "errors": errors,
        "refused": attempt.message,
        "held": attempt.error.findings if isinstance(attempt.error, Refused) else [],
        "do": options.get("do") or attempt.verb,
    }
    lookups.add(found, place, desk, options)
    return found


def _claim(place: Place, desk: Desk, question: Any, moves: dict[str, Any]) -> bool:
    """Take the lock when this desk could act; somebody else's stands and is shown.

    What is submitted belongs to the signers: its group may look without keeping them from signing, and takes
    the lock when somebody starts to type.
    """
    if desk.name == "group" and question.status == Status.SUBMITTED:
        return False
    if not any(verb in moves and moves[verb] is None for verb in desk.claims):
        return False
    try:
        holding.hold(place.actor, question)
    except Refused:
        return False
    return True
