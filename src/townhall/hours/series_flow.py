"""What a person may do with a date of the series, as a table, and the one oracle that says why not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from townhall.hours.choices import ALL_STAGES, ProposalState, Role, Stage
from townhall.kernel import clock
from townhall.kernel.errors import CONFLICT, FORBIDDEN
from townhall.kernel.flow import Move, Refusal, table

if TYPE_CHECKING:
    from collections.abc import Callable

    from townhall.hours.seats import Actor
    from townhall.hours.series import Line

KEEPERS = frozenset({Role.COORDINATOR.value})
BEFORE_LIVE = frozenset({Stage.PLANNED.value, Stage.ANNOUNCED.value, Stage.PREPARING.value})


def _not_begun(line: Line) -> Any:
    if line.hour is None or line.hour.stage in BEFORE_LIVE:
        return None
    return _("这一期已经开始，不能再改。")


def _not_past(line: Line) -> Any:
    return _("这一天已经过去，请改到以后的日期，或取消。") if line.day <= clock.today() else None


def _no_hour(line: Line) -> Any:
    return _("这一期已取消并公布，期号不再使用。") if line.hour is not None else None


def _differs(line: Line) -> Any:
    return None if line.wants_decision else _("日期与规则一致，或已说明原因，不用再说明。")


GUARDS: dict[str, Callable[[Line], Any]] = {
    "not_begun": _not_begun,
    "not_past": _not_past,
    "no_hour": _no_hour,
    "differs": _differs,
}

_OPEN = (ProposalState.PROPOSED, ProposalState.CONFIRMED, ProposalState.MOVED)


def _move(
    verb: str, sources: tuple[ProposalState, ...], target: ProposalState | None, label: Any, summary: Any,
    *guards: str,
) -> Move:  # fmt: skip
    named = frozenset(source.value for source in sources)
    return Move(verb, named, target.value if target else None, KEEPERS, ALL_STAGES, label, summary, guards)


MOVES: dict[str, Move] = table(
    [
        _move(
            "confirm", (ProposalState.PROPOSED,), ProposalState.CONFIRMED, _("确认"),
            _("按规则的日期定下这一期，并给在任的区府办、区长、副区长排好岗位"), "not_past",
        ),
        _move(
            "move", _OPEN, ProposalState.MOVED, pgettext_lazy("series", "改期"), _("改到另一天并说明原因"), "not_begun",
        ),
        _move(
            "keep", (ProposalState.CONFIRMED, ProposalState.MOVED), ProposalState.MOVED, _("保留原日期"),
            _("规则的日期变了，仍按原日期举行并说明原因"), "not_begun", "differs",
        ),
        _move("cancel", _OPEN, ProposalState.CANCELLED, _("取消"), _("取消并说明原因"), "not_begun"),
        _move(
            "revive", (ProposalState.CANCELLED,), ProposalState.PROPOSED, _("恢复"), _("重新列为待确认"),
            "no_hour",
        ),
    ],
    ProposalState.values,
    GUARDS,
)  # fmt: skip


def seat_refusal(actor: Actor) -> Refusal | None:
    """Why this person has no say in the series."""
    if actor.holds(KEEPERS):
        return None
    return Refusal(FORBIDDEN, "office", _("年度安排由区府办确定，您没有这个岗位。"))


def state_refusal(verb: str, line: Line) -> Refusal | None:
    """Why this date does not allow the verb now."""
    move = MOVES[verb]
    if line.state not in move.sources:
        message = _("这一期%(state)s，不能进行这项操作。") % {"state": ProposalState(line.state).label}
        return Refusal(CONFLICT, "state", message)
    for guard in move.guards:
        if reason := GUARDS[guard](line):
            return Refusal(CONFLICT, guard, reason)
    return None


def refusal(actor: Actor, verb: str, line: Line) -> Refusal | None:
    """The one oracle: why ``actor`` cannot do ``verb`` with this date, or ``None``."""
    return seat_refusal(actor) or state_refusal(verb, line)
