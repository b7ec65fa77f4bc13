"""What people do to a step, as a table, and the one oracle that says why not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from townhall.countdown.choices import MARKING_STAGES, Mark, Verb
from townhall.hours.choices import EVERY_ROLE, Role, Stage
from townhall.kernel.errors import CONFLICT, FORBIDDEN
from townhall.kernel.flow import Move, Refusal, table

if TYPE_CHECKING:
    from collections.abc import Callable

    from townhall.countdown.states import Standing
    from townhall.hours.models import OfficeHour
    from townhall.hours.seats import Actor

_COORDINATOR = frozenset({Role.COORDINATOR.value})


def _by_hand(one: Standing) -> Any:
    return _("这一节点由实际进展自动确认，不能手工勾选。") if one.by_event else None


def _not_done(one: Standing) -> Any:
    return _("这一节点已经完成。") if one.done_at is not None else None


GUARDS: dict[str, Callable[[Standing], Any]] = {"by_hand": _by_hand, "not_done": _not_done}


def _move(verb: Verb, source: Mark, target: Mark, summary: Any, roles: frozenset[str], *guards: str) -> Move:
    return Move(
        verb.value,
        frozenset({source.value}),
        target.value,
        roles,
        MARKING_STAGES,
        verb.label,
        summary,
        guards,
    )


MOVES: dict[str, Move] = table(
    [
        _move(Verb.TICK, Mark.OPEN, Mark.DONE, _("确认已完成，可写备注"), EVERY_ROLE, "by_hand"),
        _move(Verb.UNTICK, Mark.DONE, Mark.OPEN, _("撤销完成并写明原因"), EVERY_ROLE, "by_hand"),
        _move(Verb.SKIP, Mark.OPEN, Mark.SKIPPED, _("本期不做这一节点，写明原因"), _COORDINATOR, "not_done"),
        _move(Verb.TAKE_UP, Mark.SKIPPED, Mark.OPEN, _("恢复这一节点并写明原因"), _COORDINATOR),
    ],
    Mark.values,
    GUARDS,
)


def refusal(actor: Actor, verb: str, hour: OfficeHour, one: Standing) -> Refusal | None:
    """The one oracle: why ``actor`` cannot do ``verb`` to this step now, or ``None``.

    Ticking is for the coordinator and for whoever holds the owner's seat; leaving a step out is the coordinator's.
    """
    move = MOVES[verb]
    if not actor.holds(move.roles & (_COORDINATOR | {one.step.owner_role})):
        return Refusal(FORBIDDEN, "seat", _("这一节点不由您的岗位负责。"))
    if hour.stage not in move.stages:
        message = _("本期现在是“%(stage)s”，不能进行这项操作。") % {"stage": Stage(hour.stage).label}
        return Refusal(CONFLICT, "stage", message)
    if one.step.mark not in move.sources:
        message = _("这一节点现在是“%(mark)s”，不能进行这项操作。") % {"mark": Mark(one.step.mark).label}
        return Refusal(CONFLICT, "mark", message)
    for guard in move.guards:
        if reason := GUARDS[guard](one):
            return Refusal(CONFLICT, guard, reason)
    return None
