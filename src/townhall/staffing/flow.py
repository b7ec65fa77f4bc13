"""What can be done to the staffing plan, when and by whom, and the one oracle that says why not."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from townhall.hours.choices import SIGNER_ROLES, Role, Stage
from townhall.kernel import clock
from townhall.kernel.errors import CONFLICT, FORBIDDEN
from townhall.kernel.flow import Move, Refusal, table

if TYPE_CHECKING:
    from collections.abc import Callable

    from townhall.hours.models import OfficeHour
    from townhall.hours.seats import Actor

# The plan as a whole; a person who is awaited or there; a thing to bring or brought.
STATES = ("plan", "due", "present", "todo", "done")
# People come in the afternoon at the earliest; who is ticked off the day before has not arrived.
CHECK_IN_OPENS = timedelta(hours=3)

_COORDINATOR = frozenset({Role.COORDINATOR.value})
_AT_THE_DOOR = _COORDINATOR | {Role.TECHNICIAN.value}
_HALL = _COORDINATOR | {Role.LOGISTICS.value}
BEFORE = frozenset({Stage.PLANNED.value, Stage.ANNOUNCED.value, Stage.PREPARING.value})
_WORKING = BEFORE | {Stage.LIVE.value, Stage.WRAPPING.value}
_EVENING = frozenset({Stage.ANNOUNCED.value, Stage.PREPARING.value, Stage.LIVE.value})


@dataclass(frozen=True, slots=True)
class Thing:
    """What a verb is done to.

    :param state: one of ``STATES``
    :param account_id: whose assignment it is
    :param role: the seat that goes with it
    :param other_coordinators: how many others sit as coordinators now
    """

    hour: OfficeHour
    state: str = "plan"
    account_id: int | None = None
    role: str = ""
    other_coordinators: int = 0


def _evening(thing: Thing) -> Any:
    if clock.now() >= thing.hour.starts_at - CHECK_IN_OPENS:
        return None
    return _("签到在开始前三小时开放。")


def _not_on_duty(thing: Thing) -> Any:
    if thing.role in SIGNER_ROLES and thing.hour.signer_on_duty_id == thing.account_id:
        return _("这是当值签发人，请先更换签发人。")
    return None


def _not_the_last(thing: Thing) -> Any:
    if thing.role == Role.COORDINATOR and thing.other_coordinators == 0:
        return _("至少要有一位区府办统筹人员，请先安排另一位。")
    return None


GUARDS: dict[str, Callable[[Thing], Any]] = {
    "evening": _evening,
    "not_on_duty": _not_on_duty,
    "not_the_last": _not_the_last,
}


def _move(  # noqa: PLR0913, PLR0917 - one line of the table
    verb: str, sources: tuple[str, ...], target: str | None, label: Any, summary: Any,
    roles: frozenset[str] = _COORDINATOR, stages: frozenset[str] = _WORKING, guards: tuple[str, ...] = (),
) -> Move:  # fmt: skip
    return Move(verb, frozenset(sources), target, roles, stages, label, summary, guards)


MOVES: dict[str, Move] = table(
    [
        _move("lay_out", ("plan",), None, _("按模板排岗"), _("按模板列出岗位，已有岗位的人自动填入")),
        _move("add_post", ("plan",), None, _("增加岗位"), _("增加一个岗位")),
        _move("edit_post", ("plan",), None, _("修改岗位"), _("修改岗位的名称、人数和是否必备")),
        _move("remove_post", ("plan",), None, _("删除岗位"), _("删除没有安排人的岗位")),
        _move("assign", ("plan",), None, _("安排"), _("安排一人或其 B 角上岗，同时给予本期席位")),
        _move("put_down", ("plan",), None, _("列入岗位"), _("把有席位而不在表内的人列入岗位")),
        _move("arrange", ("plan",), None, _("自动排座"), _("按岗位顺序给没有座位的人排座")),
        _move("place", ("due", "present"), None, _("改座位"), _("改变一人的座位")),
        _move(
            "remove", ("due", "present"), None, _("撤下"), _("撤下一人，其本期席位随之结束"),
            guards=("not_on_duty", "not_the_last"),
        ),
        _move(
            "check_in", ("due",), "present", _("签到"), _("到岗签到，由本人或门口代为签到"),
            _AT_THE_DOOR, _EVENING, ("evening",),
        ),
        _move("check_out", ("present",), "due", _("撤销签到"), _("撤销误点的签到"), _AT_THE_DOOR, _EVENING),
        _move(
            "list_items", ("plan",), None, _("列出常用物品"), _("按常用清单列出会务物品"), _HALL
        ),
        _move("add_item", ("plan",), None, _("增加物品"), _("增加一件会务物品"), _HALL),
        _move("tick", ("todo",), "done", _("已备好"), _("标记一件物品已备好"), _HALL),
        _move("untick", ("done",), "todo", _("未备好"), _("撤销已备好"), _HALL),
        _move("remove_item", ("todo",), None, _("删除物品"), _("从清单删除一件物品"), _HALL),
    ],
    STATES,
    GUARDS,
)  # fmt: skip


def refusal(actor: Actor, verb: str, thing: Thing) -> Refusal | None:
    """The one oracle: why ``actor`` cannot do ``verb`` to ``thing`` now, or ``None``.

    Everybody checks themselves in; others are checked in at the door.
    """
    move = MOVES[verb]
    own = verb == "check_in" and thing.account_id is not None and thing.account_id == actor.account_id
    if not own and not actor.holds(move.roles):
        return Refusal(FORBIDDEN, "seat", _("您的岗位不能进行这项操作。"))
    if own and actor.standing.is_due:  # the strong sign-in belongs to arriving; afterwards signing is one tap
        return actor.personal_refusal()
    if thing.hour.stage not in move.stages:
        message = _("本期现在是“%(stage)s”，不能进行这项操作。") % {"stage": Stage(thing.hour.stage).label}
        return Refusal(CONFLICT, "stage", message)
    if thing.state not in move.sources:
        return Refusal(CONFLICT, "state", _WRONG_STATE.get(thing.state, _("现在不能进行这项操作。")))
    for guard in move.guards:
        if reason := GUARDS[guard](thing):
            return Refusal(CONFLICT, guard, reason)
    return None


_WRONG_STATE = {
    "due": _("还没有签到。"),
    "present": _("已经签到。"),
    "todo": _("还没有备好。"),
    "done": _("已经备好。"),
}
