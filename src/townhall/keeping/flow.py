"""The life of a hold, who may open a case file; and the one oracle that says why not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from townhall.hours.choices import ALL_STAGES, Role
from townhall.keeping.models import LegalHold
from townhall.kernel.errors import CONFLICT, FORBIDDEN
from townhall.kernel.flow import Move, Refusal, table

if TYPE_CHECKING:
    from townhall.hours.seats import Actor
    from townhall.questions.models import Question

KEEPERS = frozenset({Role.COORDINATOR.value})
READERS = KEEPERS | {Role.INSPECTOR.value, Role.MAYOR.value, Role.DEPUTY.value}
FREE, HELD = "free", "held"

MOVES: dict[str, Move] = table(
    [
        Move(
            "place", frozenset({FREE}), HELD, KEEPERS, ALL_STAGES, _("暂停到期删除"),
            _("因诉讼、审计等原因，到期也不删除这个问题的联系方式"),
        ),
        Move(
            "lift", frozenset({HELD}), FREE, KEEPERS, ALL_STAGES, _("恢复到期删除"),
            _("原因消失后，按规定期限删除联系方式"),
        ),
    ],
    (FREE, HELD),
    {},
)  # fmt: skip


def office_refusal(actor: Actor) -> Refusal | None:
    """Why this person does not decide how long things are kept."""
    if actor.holds(KEEPERS):
        return None
    return Refusal(FORBIDDEN, "office", _("留存期限由区府办管理，您没有这个岗位。"))


def file_refusal(actor: Actor) -> Refusal | None:
    """Why this person may not open a case file."""
    if actor.holds(READERS):
        return None
    return Refusal(FORBIDDEN, "office", _("卷宗只供区府办、督查室和区领导查看。"))


def open_hold(question: Question) -> LegalHold | None:
    """The hold that stands, if one does."""
    return LegalHold.objects.select_related("placed_by").filter(question=question, lifted_at=None).first()


def refusal(actor: Actor, verb: str, question: Question) -> Refusal | None:
    """The one oracle: why ``actor`` cannot place or lift a hold on a question now, or ``None``."""
    if refused := office_refusal(actor):
        return refused
    state = HELD if open_hold(question) else FREE
    if state in MOVES[verb].sources:
        return None
    words = _("这个问题已经暂停到期删除。") if state == HELD else _("这个问题没有暂停到期删除。")
    return Refusal(CONFLICT, "state", words)
