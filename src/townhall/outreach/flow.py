"""Two lives as tables: a broadcast's, led by people, and a message's, led by what providers say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from townhall.hours.choices import ALL_STAGES, Role
from townhall.kernel.errors import CONFLICT, FORBIDDEN
from townhall.kernel.flow import Move, Refusal, table
from townhall.outreach.choices import BroadcastState as On
from townhall.outreach.choices import State

if TYPE_CHECKING:
    from collections.abc import Callable

    from townhall.hours.seats import Actor
    from townhall.outreach.models import Broadcast

_COORDINATOR = frozenset({Role.COORDINATOR.value})
# After 20:00 nobody is told any more that an hour will begin.
_BEFORE = frozenset({"planned", "announced", "preparing"})
_UNTIL_OVER = _BEFORE | {"live"}

# What a guard looks at besides the row itself: numbers counted once by whoever asks; besides those of each state
# how many nobody knows about of which their provider said that it does not know them either.
Counts = "dict[str, int]"
DENIED = "denied"


def _has_recipients(broadcast: Broadcast, counts: dict[str, int]) -> Any:
    if sum(counts.values()) or broadcast.preview.get("subscribers"):
        return None
    return _("还没有收件人：请导入名单，或等有市民订阅。")


def _filed(broadcast: Broadcast, counts: dict[str, int]) -> Any:
    from townhall.outreach import filings

    return filings.missing_for(broadcast.provider)


def _has_unknown(broadcast: Broadcast, counts: dict[str, int]) -> Any:
    return None if counts.get(State.UNKNOWN) else _("没有结果不明的短信。")


def _denied(broadcast: Broadcast, counts: dict[str, int]) -> Any:
    if counts.get(DENIED):
        return None
    return _("通道还没有说过它没收到这些短信：它们可能已经发出，重发会让人收到两次。请先核对回执。")


def _handed_over(broadcast: Broadcast, counts: dict[str, int]) -> Any:
    return None if counts.get(State.SENT) else _("没有交出去还不知道结果的。")


def _is_export(broadcast: Broadcast, counts: dict[str, int]) -> Any:
    return None if broadcast.provider == "export" else _("这次群发由系统自己发送，不需要交出名单。")


GUARDS: dict[str, Callable[[Broadcast, dict[str, int]], Any]] = {
    "has_recipients": _has_recipients,
    "filed": _filed,
    "has_unknown": _has_unknown,
    "denied": _denied,
    "is_export": _is_export,
    "handed_over": _handed_over,
}


def _move(
    verb: str, sources: tuple[On, ...], target: On | None, label: Any, summary: Any,
    guards: tuple[str, ...] = (), stages: frozenset[str] = _UNTIL_OVER,
) -> Move:  # fmt: skip
    named = frozenset(source.value for source in sources)
    return Move(verb, named, target.value if target else None, _COORDINATOR, stages, label, summary, guards)


_OPEN = (On.DRAFT, On.PREVIEWED)
MOVES: dict[str, Move] = table(
    [
        _move("edit", _OPEN, On.DRAFT, _("保存文字"), _("修改文字、通道和发送时间")),
        _move("add_list", _OPEN, On.DRAFT, _("导入名单"), _("导入名单；错误的行连同原因退回")),
        _move("preview", _OPEN, On.PREVIEWED, _("试算"), _("不发送，算出人数、条数、费用和样子"), ("has_recipients",)),
        _move(
            "confirm", (On.PREVIEWED,), On.CONFIRMED, _("确认发送"), _("由具名人员确认试算的结果并发送"),
            ("has_recipients", "filed"),
        ),
        _move("start", (On.CONFIRMED,), On.RUNNING, _("开始发送"), _("到了时间，由系统开始发送")),
        _move("hand_over", (On.CONFIRMED, On.RUNNING, On.DONE), None, _("下载名单"), _("交出名单，由其他部门代发"),
              ("is_export",), ALL_STAGES),
        _move("read_results", (On.RUNNING, On.DONE), None, _("读入结果"), _("读入代发部门退回的结果"),
              ("is_export",), ALL_STAGES),
        _move("confirm_sent", (On.RUNNING, On.DONE), None, _("登记对方已发出"),
              _("代发部门告知已经发出，由具名人员登记"), ("is_export", "handed_over"), ALL_STAGES),
        _move("pause", (On.CONFIRMED, On.RUNNING), On.PAUSED, _("暂停发送"), _("发完手上这一批后停下"),
              stages=ALL_STAGES),
        _move("resume", (On.PAUSED,), None, _("继续发送"), _("从停下的地方继续；还没开始的，到时间再开始")),
        _move("finish", (On.RUNNING,), On.DONE, _("发完"), _("没有待发送的了，由系统记下"), stages=ALL_STAGES),
        _move("cancel", (*_OPEN, On.CONFIRMED, On.PAUSED), On.CANCELLED, _("取消群发"), _("不再发送没有发出的"),
              stages=ALL_STAGES),
        _move("check_receipts", (On.RUNNING, On.PAUSED, On.DONE), None, _("核对回执"),
              _("向通道查询回执，并记下已经核对"), stages=ALL_STAGES),
        _move("send_unknown_again", (On.PAUSED, On.DONE), On.RUNNING, _("重发通道没收到的"),
              _("由具名人员决定，把通道答复没有收到的再发一次"), ("has_unknown", "denied")),
        _move("send_unknown_anyway", (On.PAUSED, On.DONE), On.RUNNING, _("写明理由后全部重发"),
              _("由具名人员写明理由，把结果不明的全部再发一次，可能有人收到两次"), ("has_unknown",)),
    ],
    On.values,
    GUARDS,
)  # fmt: skip

# The system's own: no seat needs to press them, and no button shows them.
BY_THE_SYSTEM = frozenset({"start", "finish"})


def refusal(
    actor: Actor, verb: str, broadcast: Broadcast, stage: str, counts: dict[str, int]
) -> Refusal | None:
    """The one oracle: why ``actor`` cannot do ``verb`` to this broadcast now, or ``None``.

    :param stage: the stage of its hour
    :param counts: how many of its messages are in which state
    """
    move = MOVES[verb]
    if not actor.holds(move.roles) or (verb in BY_THE_SYSTEM and not actor.is_system):
        return Refusal(FORBIDDEN, "seat", _("您的岗位不能进行这项操作。"))
    if broadcast.state not in move.sources:
        message = _("这次群发现在是“%(state)s”，不能进行这项操作。") % {"state": On(broadcast.state).label}
        return Refusal(CONFLICT, "state", message)
    if stage not in move.stages:
        return Refusal(CONFLICT, "stage", _("本期现在不能再群发提醒。"))
    for guard in move.guards:
        if reason := GUARDS[guard](broadcast, counts):
            return Refusal(CONFLICT, guard, reason)
    return None


# -- one message: (verb, from, to). What was delivered is never turned back, whatever is said later.
_LIVING = frozenset({State.SENT.value, State.ACCEPTED.value, State.UNKNOWN.value})
FATES: dict[str, tuple[frozenset[str], str]] = {
    # Written before the provider is called: from here on the message is never sent again by itself.
    "send": (frozenset({State.QUEUED.value}), State.SENT.value),
    "accept": (frozenset({State.SENT.value, State.UNKNOWN.value}), State.ACCEPTED.value),
    # Also while it waits to be sent again: a late receipt saves its reader the second copy.
    "deliver": (_LIVING | {State.FAILED.value, State.QUEUED.value}, State.DELIVERED.value),
    "fail": (_LIVING, State.FAILED.value),
    "drop": (frozenset({State.QUEUED.value}), State.FAILED.value),
    "lose": (frozenset({State.SENT.value}), State.UNKNOWN.value),
    # Only when it is certain that nothing left: the connection was never made.
    "put_back": (frozenset({State.SENT.value}), State.QUEUED.value),
    # A person's decision, for one broadcast: what the provider denies knowing, or all of it with a reason.
    "send_again": (frozenset({State.UNKNOWN.value}), State.QUEUED.value),
}


def fate(verb: str, state: str) -> str | None:
    """The state a message in ``state`` has after ``verb``; ``None`` when it stays as it is."""
    sources, target = FATES[verb]
    return target if state in sources else None


def sources(verb: str) -> list[str]:
    """The states a message may be in for ``verb``: the condition under which a row is updated."""
    return sorted(FATES[verb][0])
