"""The life of a past question: shown, or covered for a reason; and the one oracle that says why not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from townhall.hours.choices import ALL_STAGES, Role
from townhall.kernel.errors import CONFLICT, FORBIDDEN
from townhall.kernel.flow import Move, Refusal, table

if TYPE_CHECKING:
    from townhall.history.models import PastQuestion
    from townhall.hours.seats import Actor

KEEPERS = frozenset({Role.COORDINATOR.value})
SHOWN, WITHHELD = "shown", "withheld"


def _move(verb: str, source: str, target: str, label: object, summary: object) -> Move:
    return Move(verb, frozenset({source}), target, KEEPERS, ALL_STAGES, label, summary)


MOVES: dict[str, Move] = table(
    [
        _move("withhold", SHOWN, WITHHELD, _("依法撤下"), _("撤下导入的问题和答复，只留编号和原因")),
        _move("restore", WITHHELD, SHOWN, _("恢复显示"), _("恢复显示撤下的问题和答复")),
    ],
    (SHOWN, WITHHELD),
    {},
)


def office_refusal(actor: Actor) -> Refusal | None:
    """Why this person does not keep what was imported."""
    if actor.holds(KEEPERS):
        return None
    return Refusal(FORBIDDEN, "office", _("导入的往期问答由区府办管理，您没有这个岗位。"))


def refusal(actor: Actor, verb: str, past: PastQuestion) -> Refusal | None:
    """The one oracle: why ``actor`` cannot do ``verb`` to a past question now, or ``None``."""
    if refused := office_refusal(actor):
        return refused
    if (WITHHELD if past.withheld else SHOWN) not in MOVES[verb].sources:
        words = _("已经撤下。") if past.withheld else _("没有撤下，不用恢复。")
        return Refusal(CONFLICT, "state", words)
    return None
