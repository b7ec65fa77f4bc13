"""The stages of an office hour as a table, and the one oracle that says why not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from townhall.hours.choices import ALL_STAGES, Role, Stage
from townhall.kernel.errors import CONFLICT, FORBIDDEN
from townhall.kernel.flow import Move, Refusal, table

if TYPE_CHECKING:
    from collections.abc import Callable

    from townhall.hours.models import OfficeHour
    from townhall.hours.seats import Actor

_COORDINATOR = frozenset({Role.COORDINATOR.value})
_WITH_MODERATOR = _COORDINATOR | {Role.MODERATOR.value}
_SIGNERS = _COORDINATOR | {Role.MAYOR.value, Role.DEPUTY.value}


def _not_paused(hour: OfficeHour) -> Any:
    return _("提问已经暂停。") if hour.asking_paused else None


def _paused(hour: OfficeHour) -> Any:
    return None if hour.asking_paused else _("提问没有暂停。")


def _not_held(hour: OfficeHour) -> Any:
    return _("签发已经暂停。") if hour.signing_held else None


def _held(hour: OfficeHour) -> Any:
    return None if hour.signing_held else _("签发没有暂停。")


# Rooms above say through these slots whether an hour may be archived; `config` fills them at start.
ARCHIVE_GUARDS: list[Callable[[OfficeHour], Any]] = []


def _may_archive(hour: OfficeHour) -> Any:
    return next((reason for guard in ARCHIVE_GUARDS if (reason := guard(hour))), None)


GUARDS: dict[str, Callable[[OfficeHour], Any]] = {
    "not_paused": _not_paused,
    "paused": _paused,
    "not_held": _not_held,
    "held": _held,
    "may_archive": _may_archive,
}


def _move(
    verb: str, sources: tuple[Stage, ...], target: Stage | None, label: Any, summary: Any,
    roles: frozenset[str] = _COORDINATOR, guards: tuple[str, ...] = (),
) -> Move:  # fmt: skip
    named = frozenset(source.value for source in sources)
    return Move(verb, named, target.value if target else None, roles, ALL_STAGES, label, summary, guards)


_BEFORE = (Stage.PLANNED, Stage.ANNOUNCED, Stage.PREPARING)
_SIGNING = (Stage.LIVE, Stage.WRAPPING)

MOVES: dict[str, Move] = table(
    [
        _move("announce", (Stage.PLANNED,), Stage.ANNOUNCED, _("发布"), _("公布主题并开通预提问")),
        _move(
            "close_asking", (Stage.ANNOUNCED,), Stage.PREPARING, _("截止预提问"), _("关闭预提问，开始准备")
        ),
        _move("open_live", (Stage.PREPARING,), Stage.LIVE, _("开始"), _("网上办公开始"), _WITH_MODERATOR),
        _move(
            "pause",
            (Stage.LIVE,),
            None,
            _("暂停提问"),
            _("暂停提问并公布原因"),
            _WITH_MODERATOR,
            ("not_paused",),
        ),
        _move("resume", (Stage.LIVE,), None, _("恢复提问"), _("恢复提问"), _WITH_MODERATOR, ("paused",)),
        _move("hold_signing", _SIGNING, None, _("暂停签发"), _("暂停签发并公布原因"), guards=("not_held",)),
        _move("release_signing", _SIGNING, None, _("恢复签发"), _("恢复签发"), guards=("held",)),
        _move("extend", (Stage.LIVE,), None, _("延时"), _("延长办公时间并公布原因")),
        _move(
            "postpone",
            (Stage.ANNOUNCED, Stage.PREPARING),
            Stage.ANNOUNCED,
            _("改期"),
            _("改到另一时间并公布原因，预提问重新开放"),
        ),
        _move("wrap", (Stage.LIVE,), Stage.WRAPPING, _("结束"), _("结束网上办公，未答复的转会后办理")),
        _move(
            "archive",
            (Stage.WRAPPING,),
            Stage.ARCHIVED,
            _("归档"),
            _("全部办结后归档"),
            guards=("may_archive",),
        ),
        _move("cancel", _BEFORE, Stage.CANCELLED, _("取消"), _("取消本期并公布原因")),
        _move(
            "change_signer",
            (*_BEFORE, *_SIGNING),
            None,
            _("更换签发人"),
            _("更换当值签发人，页面上同时说明"),
            _SIGNERS,
        ),
        _move("stand_in", (*_BEFORE, *_SIGNING), None, _("替岗"), _("由 B 角接替岗位")),
    ],
    ALL_STAGES,
    GUARDS,
)


def seat_refusal(actor: Actor, verb: str) -> Refusal | None:
    """Why this person's seats do not allow the verb at all."""
    if actor.holds(MOVES[verb].roles):
        return None
    return Refusal(FORBIDDEN, "seat", _("您的岗位不能进行这项操作。"))


def state_refusal(verb: str, hour: OfficeHour) -> Refusal | None:
    """Why the hour does not allow the verb just now."""
    move = MOVES[verb]
    if hour.stage not in move.sources:
        message = _("本期现在是“%(stage)s”，不能进行这项操作。") % {"stage": Stage(hour.stage).label}
        return Refusal(CONFLICT, "stage", message)
    for guard in move.guards:
        if reason := GUARDS[guard](hour):
            return Refusal(CONFLICT, guard, reason)
    return None


def refusal(actor: Actor, verb: str, hour: OfficeHour) -> Refusal | None:
    """The one oracle: why ``actor`` cannot do ``verb`` to ``hour`` now, or ``None``."""
    return seat_refusal(actor, verb) or state_refusal(verb, hour)
