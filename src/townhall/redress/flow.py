"""The life of a correction request as a table, and the one oracle that says why not.

A case never edits anything: it ends as corrected or taken down only once the thing's own verbs have done so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from townhall.hours.choices import ALL_STAGES, Role
from townhall.kernel.errors import CONFLICT, FORBIDDEN
from townhall.kernel.flow import Move, Refusal, table
from townhall.questions.choices import Withheld
from townhall.redress.choices import State

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from townhall.hours.seats import Actor
    from townhall.redress.models import Case

# Nobody with a seat: the person who holds the receipt.
REQUESTER = "requester"
_COORDINATOR = frozenset({Role.COORDINATOR.value})


def _was_corrected(case: Case) -> Any:
    if case.past is not None:
        return _("导入的往期问答未经本系统签发，不能在这里更正。文字有误的，请依法撤下，再以撤下办结。")
    if case.clarification is not None:
        signed = [one.signed_at for one in case.clarification.corrections.all()]
        if any(at is not None and at > case.received_at for at in signed):
            return None
        return _("还没有签发更正。请先在本期的澄清里拟好更正、由区领导签发，再来办结。")
    if case.comment is not None:
        return _("评论是网友的话，不能改写。不宜公开的，请撤下，再以撤下办结。")
    if case.paper is not None:
        later = [one for one in case.paper.hour.closing_papers.all() if one.kind == case.paper.kind]
        if any(one.signed_at is not None and one.signed_at > case.received_at for one in later):
            return None
        return _("还没有签发更正。请先在会后办理页面更正这份材料、由区领导签发，再来办结。")
    if case.question is not None and any(
        one.correction and one.signed_at is not None and one.signed_at > case.received_at
        for one in case.question.versions.all()
    ):
        return None
    return _("还没有签发更正。请先由答复单位起草更正、区领导签发，再来办结。")


def _is_covered(case: Case) -> Any:
    if case.past is not None:
        down = case.past.confirmed_at is not None
        why_not = _("还没有依法撤下。请先在档案页面临时屏蔽，并由第二人确认。")
    elif case.clarification is not None:
        down = case.clarification.confirmed_at is not None
        why_not = _("还没有依法撤下。请先在本期的澄清里临时屏蔽，并由第二人确认。")
    elif case.comment is not None:
        down = case.comment.removed_at is not None
        why_not = _("评论还在公开。请先在这里撤下评论，再来办结。")
    elif case.paper is not None:
        down = case.paper.confirmed_at is not None
        why_not = _("还没有依法撤下。请先在会后办理页面临时屏蔽，并由第二人确认。")
    else:
        down = case.question is not None and case.question.withheld == Withheld.CONFIRMED
        why_not = _("还没有依法撤下。请先在提问页面临时屏蔽，并由第二人确认。")
    return None if down else why_not


def _has_unit(case: Case) -> Any:
    if case.past is not None:
        return _("导入的往期问答没有本系统的答复单位可送，请直接核查。")
    if case.comment is not None:
        return _("评论没有答复单位可送，请直接核查。")
    if case.paper is not None:
        return _("小结和实录没有答复单位可送，请直接核查。")
    if case.clarification is not None and case.clarification.unit_id is None:
        return _("这份澄清没有写明单位，没有可送的单位，请直接核查。")
    return None


def _has_words(case: Case) -> Any:
    return None if case.words_sealed else _("个人信息已经删除。")


GUARDS: dict[str, Callable[[Case], Any]] = {
    "was_corrected": _was_corrected,
    "is_covered": _is_covered,
    "has_words": _has_words,
    "has_unit": _has_unit,
}


def _move(
    verb: str, sources: Iterable[State], target: State | None, label: Any, summary: Any, *guards: str,
    roles: frozenset[str] = _COORDINATOR,
) -> Move:  # fmt: skip
    named = frozenset(source.value for source in sources)
    return Move(verb, named, target.value if target else None, roles, ALL_STAGES, label, summary, guards)


_S = State
MOVES: dict[str, Move] = table(
    [
        _move("take_up", [_S.RECEIVED], _S.EXAMINING, _("开始核查"), _("由区府办接手，申请人看到正在核查")),
        _move("refer", [_S.EXAMINING], None, _("送单位核查"), _("请答复单位核对，需要时起草更正"), "has_unit"),
        _move("close_corrected", [_S.EXAMINING], _S.CORRECTED, _("以更正办结"),
              _("更正签发后才能办结；更正前的文字留在页面上"), "was_corrected"),
        _move("close_removed", [_S.EXAMINING], _S.REMOVED, _("以撤下办结"),
              _("由两人依法撤下后才能办结；编号和位置保留"), "is_covered"),
        _move("refuse", [_S.EXAMINING], _S.REFUSED, _("不予采纳"), _("写明理由和救济途径，申请人凭查询码看到")),
        _move("look", list(_S), None, _("查看申请人"), _("查看姓名和联系方式，每次都有记录"), "has_words"),
        _move("withdraw", [_S.RECEIVED, _S.EXAMINING], _S.WITHDRAWN, _("撤回申请"),
              _("申请人撤回，个人信息立即删除"), roles=frozenset({REQUESTER})),
    ],
    _S.values,
    GUARDS,
)  # fmt: skip


def seat_refusal(actor: Actor | None, verb: str) -> Refusal | None:
    """Why this person may not do the verb at all; ``None`` as actor is who asked."""
    roles = actor.roles if actor is not None else frozenset({REQUESTER})
    if roles & MOVES[verb].roles:
        return None
    return Refusal(FORBIDDEN, "seat", _("更正、撤下申请由区府办办理。"))


def state_refusal(verb: str, case: Case) -> Refusal | None:
    """Why the case does not allow the verb just now."""
    move = MOVES[verb]
    if case.state not in move.sources:
        label = State(case.state).label
        return Refusal(CONFLICT, "state", _("现在是“%(state)s”，不能进行这项操作。") % {"state": label})
    for guard in move.guards:
        if reason := GUARDS[guard](case):
            return Refusal(CONFLICT, guard, reason)
    return None


def refusal(actor: Actor | None, verb: str, case: Case) -> Refusal | None:
    """The one oracle: why ``actor`` (who asked when ``None``) cannot do ``verb`` now, or ``None``."""
    return seat_refusal(actor, verb) or state_refusal(verb, case)
