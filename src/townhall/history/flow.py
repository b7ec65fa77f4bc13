"""The life of a past question: shown, covered by one person at once, taken down by a second; and why not.

The same two steps as for a question asked here: what harms somebody is covered without delay, what stays covered
was looked at by two.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from townhall.hours.choices import ALL_STAGES, Role
from townhall.kernel.errors import CONFLICT, FORBIDDEN
from townhall.kernel.flow import Move, Refusal, table

if TYPE_CHECKING:
    from collections.abc import Callable

    from townhall.history.models import PastQuestion
    from townhall.hours.seats import Actor

KEEPERS = frozenset({Role.COORDINATOR.value})
SHOWN, PENDING, CONFIRMED = "shown", "pending", "confirmed"


def _by_another(actor: Actor, past: PastQuestion) -> Any:
    return _("须由另一人确认。") if past.withheld_by_id == actor.account_id else None


GUARDS: dict[str, Callable[[Actor, PastQuestion], Any]] = {"by_another": _by_another}


def _move(
    verb: str, sources: tuple[str, ...], target: str, label: object, summary: object, *guards: str
) -> Move:
    return Move(verb, frozenset(sources), target, KEEPERS, ALL_STAGES, label, summary, guards)


MOVES: dict[str, Move] = table(
    [
        _move("withhold", (SHOWN,), PENDING, _("临时屏蔽"), _("一人立即遮盖导入的问题和答复，等第二人确认")),
        _move(
            "confirm_withhold",
            (PENDING,),
            CONFIRMED,
            _("依法撤下"),
            _("第二人确认，只留编号和原因"),
            "by_another",
        ),
        _move("restore", (PENDING, CONFIRMED), SHOWN, _("恢复显示"), _("恢复显示遮盖的问题和答复")),
    ],
    (SHOWN, PENDING, CONFIRMED),
    GUARDS,
)

_WHY_NOT = {
    SHOWN: _("没有遮盖，不用恢复，也没有什么可以确认。"),
    PENDING: _("已经临时屏蔽，等待第二人确认。"),
    CONFIRMED: _("已经依法撤下。"),
}


def state_of(past: PastQuestion) -> str:
    """Whether it is shown, covered or taken down."""
    if not past.withheld:
        return SHOWN
    return CONFIRMED if past.confirmed_by_id else PENDING


def office_refusal(actor: Actor) -> Refusal | None:
    """Why this person does not keep what was imported."""
    if actor.holds(KEEPERS):
        return None
    return Refusal(FORBIDDEN, "office", _("导入的往期问答由区府办管理，您没有这个岗位。"))


def refusal(actor: Actor, verb: str, past: PastQuestion) -> Refusal | None:
    """The one oracle: why ``actor`` cannot do ``verb`` to a past question now, or ``None``."""
    if refused := office_refusal(actor) or actor.personal_refusal():
        return refused
    state = state_of(past)
    if state not in MOVES[verb].sources:
        return Refusal(CONFLICT, "state", _WHY_NOT[state])
    for guard in MOVES[verb].guards:
        if reason := GUARDS[guard](actor, past):
            return Refusal(CONFLICT, guard, reason)
    return None
