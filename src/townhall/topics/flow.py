"""The life of a topic as a table, and the one oracle that says why not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from townhall.hours.choices import ALL_STAGES, Role, Stage
from townhall.kernel.errors import CONFLICT, FORBIDDEN
from townhall.kernel.flow import Move, Refusal, table
from townhall.topics.choices import PollState, State

if TYPE_CHECKING:
    from collections.abc import Callable

    from townhall.hours.models import OfficeHour
    from townhall.hours.seats import Actor
    from townhall.topics.models import Poll, Topic

KEEPERS = frozenset({Role.COORDINATOR.value})
# After the first question of the evening the topic is what it is.
CHOOSING_STAGES = frozenset({Stage.PLANNED.value, Stage.ANNOUNCED.value, Stage.PREPARING.value})


def _not_awaited(topic: Topic) -> Any:
    if topic.choices.filter(hour__stage__in=CHOOSING_STAGES).exists():
        return _("将要举行的一期选定了这个主题，请先为那一期另选主题。")
    return None


GUARDS: dict[str, Callable[[Topic], Any]] = {"not_awaited": _not_awaited}


def _move(
    verb: str, sources: tuple[State, ...], target: State | None, label: Any, summary: Any, *guards: str
) -> Move:
    named = frozenset(source.value for source in sources)
    return Move(verb, named, target.value if target else None, KEEPERS, ALL_STAGES, label, summary, guards)


MOVES: dict[str, Move] = table(
    [
        _move("accept", (State.PROPOSED, State.DECLINED), State.ACCEPTED, _("入库"), _("收入备选主题库")),
        _move(
            "decline", (State.PROPOSED, State.ACCEPTED), State.DECLINED, _("不采纳"),
            _("不收入主题库，原因告诉提出的单位"),
        ),
        _move(
            "edit", (State.PROPOSED, State.ACCEPTED, State.CHOSEN), None, _("修改"), _("修改名称、理由和关键词"),
        ),
        _move("choose", (State.ACCEPTED, State.CHOSEN), State.CHOSEN, _("选定"), _("选定为一期的主题")),
        _move(
            "retire", (State.ACCEPTED, State.CHOSEN), State.RETIRED, _("停用"), _("不再作为备选"), "not_awaited",
        ),
        _move("restore", (State.RETIRED,), State.ACCEPTED, _("恢复"), _("重新作为备选")),
    ],
    State.values,
    GUARDS,
)  # fmt: skip


def seat_refusal(actor: Actor) -> Refusal | None:
    """Why this person does not keep the pool."""
    if actor.holds(KEEPERS):
        return None
    return Refusal(FORBIDDEN, "office", _("主题库由区府办管理，您没有这个岗位。"))


def state_refusal(verb: str, topic: Topic) -> Refusal | None:
    """Why the topic does not allow the verb now."""
    move = MOVES[verb]
    if topic.state not in move.sources:
        message = _("这个主题%(state)s，不能进行这项操作。") % {"state": State(topic.state).label}
        return Refusal(CONFLICT, "state", message)
    for guard in move.guards:
        if reason := GUARDS[guard](topic):
            return Refusal(CONFLICT, guard, reason)
    return None


def refusal(actor: Actor, verb: str, topic: Topic) -> Refusal | None:
    """The one oracle: why ``actor`` cannot do ``verb`` to ``topic`` now, or ``None``."""
    return seat_refusal(actor) or state_refusal(verb, topic)


def hour_refusal(hour: OfficeHour) -> Refusal | None:
    """Why no topic can be chosen for this hour any more."""
    if hour.stage in CHOOSING_STAGES:
        return None
    return Refusal(CONFLICT, "stage", _("这一期已经开始，不能再选主题。"))


def poll_refusal(verb: str, poll: Poll) -> Refusal | None:
    """Why a poll cannot be opened or closed now."""
    wanted = {"open": PollState.DRAFT, "close": PollState.OPEN}[verb]
    if poll.state == wanted:
        return None
    message = _("这次投票%(state)s，不能进行这项操作。") % {"state": PollState(poll.state).label}
    return Refusal(CONFLICT, "state", message)
