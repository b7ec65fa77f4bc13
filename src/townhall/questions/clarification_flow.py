"""Covering a clarification or a closing paper: shown, covered by one person at once, taken down by a second.

The same two steps and the same seats as for a question. What two have taken down stays down: its words are gone from
the public record too, and a new clarification says what has to be said.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

from django.utils.translation import gettext_lazy as _

from townhall.hours.choices import ALL_STAGES, Stage
from townhall.kernel.errors import CONFLICT, FORBIDDEN
from townhall.kernel.flow import Move, Refusal, table
from townhall.questions.flow import BY_OFFICE_ONLY, COORDINATOR, MODERATOR, PERSONAL_VERBS, SIGNERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from townhall.hours.seats import Actor


class Signed(Protocol):
    """Signed words that are covered this way, as far as the flow looks at them."""

    @property
    def hour(self) -> Any:
        """The hour they belong to."""

    @property
    def signed_at(self) -> Any:
        """When they were signed, if they were."""

    @property
    def withheld(self) -> Any:
        """Why they are covered; empty while they are not."""

    @property
    def withheld_by_id(self) -> Any:
        """Who covered them."""

    @property
    def confirmed_at(self) -> Any:
        """When a second person agreed."""


SHOWN, PENDING, CONFIRMED = "shown", "pending", "confirmed"
_SCREENED = MODERATOR | COORDINATOR
_COVERERS = _SCREENED | SIGNERS


def _is_signed(actor: Actor, row: Signed) -> Any:
    return _("还没有签发，公众看不到，不用屏蔽。") if row.signed_at is None else None


def _by_another(actor: Actor, row: Signed) -> Any:
    return _("须由另一人确认。") if row.withheld_by_id == actor.account_id else None


GUARDS: dict[str, Callable[[Actor, Signed], Any]] = {
    "is_signed": _is_signed,
    "by_another": _by_another,
}


def _move(
    verb: str, source: str, target: str, roles: frozenset[str], label: object, summary: object, *guards: str
) -> Move:
    return Move(verb, frozenset({source}), target, roles, ALL_STAGES, label, summary, guards)


MOVES: dict[str, Move] = table(
    [
        _move("withhold", SHOWN, PENDING, _COVERERS, _("临时屏蔽"), _("一人立即遮盖传言、事实和来源"), "is_signed"),
        _move("confirm_withhold", PENDING, CONFIRMED, _COVERERS, _("依法撤下"),
              _("第二人确认，只留撤下的时间和原因，不再恢复"), "by_another"),
        _move("restore", PENDING, SHOWN, _SCREENED, _("恢复显示"), _("屏错了，恢复显示")),
    ],
    (SHOWN, PENDING, CONFIRMED),
    GUARDS,
)  # fmt: skip

_WHY_NOT = {
    SHOWN: _("没有遮盖，不用恢复，也没有什么可以确认。"),
    PENDING: _("已经临时屏蔽，等待第二人确认。"),
    CONFIRMED: _("已经依法撤下。"),
}


def state_of(row: Signed) -> str:
    """Whether it is shown, covered or taken down."""
    if not row.withheld:
        return SHOWN
    return CONFIRMED if row.confirmed_at else PENDING


def seat_refusal(actor: Actor, verb: str, stage: str) -> Refusal | None:
    """Why this person's seats do not allow the verb at all in an hour of this stage (403)."""
    roles = MOVES[verb].roles
    if stage == Stage.ARCHIVED:
        roles = BY_OFFICE_ONLY.get(verb, roles)
    if not actor.holds(roles):
        return Refusal(FORBIDDEN, "seat", _("您的岗位不能进行这项操作。"))
    return actor.personal_refusal() if verb in PERSONAL_VERBS else None


def refusal(actor: Actor, verb: str, row: Signed) -> Refusal | None:
    """The one oracle: why ``actor`` cannot do ``verb`` to these words now, or ``None``."""
    if refused := seat_refusal(actor, verb, row.hour.stage):
        return refused
    state = state_of(row)
    if state not in MOVES[verb].sources:
        return Refusal(CONFLICT, "state", _WHY_NOT[state])
    for guard in MOVES[verb].guards:
        if reason := GUARDS[guard](actor, row):
            return Refusal(CONFLICT, guard, reason)
    return None
