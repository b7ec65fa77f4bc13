"""The lives of leftovers, authorisations, handover lists and closing papers, and the one oracle that says why not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from townhall.hours.choices import GROUP_ROLES, SIGNER_ROLES, Role, Stage
from townhall.kernel import clock
from townhall.kernel.errors import CONFLICT, FORBIDDEN
from townhall.kernel.flow import Move, Refusal, table
from townhall.questions import clarification_flow
from townhall.questions.choices import PENDING
from townhall.wrapping.choices import (
    OPEN_LEFTOVERS,
    AuthorisationState,
    HandoverState,
    LeftoverState,
    PaperState,
)
from townhall.wrapping.models import Authorisation, Handover, Leftover, Paper

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from townhall.hours.seats import Actor

Thing = Leftover | Authorisation | Handover | Paper

_COORDINATOR = frozenset({Role.COORDINATOR.value})
_INSPECTOR = frozenset({Role.INSPECTOR.value})
_WRITERS = _COORDINATOR | {Role.ASSISTANT.value, Role.EDITOR.value}
_WRAPPING = frozenset({Stage.WRAPPING.value})
_AFTER = frozenset({Stage.WRAPPING.value, Stage.ARCHIVED.value})
_UP_TO_WRAPPING = frozenset(
    stage.value for stage in Stage if stage not in {Stage.ARCHIVED, Stage.CANCELLED}
)  # fmt: skip


def _own_question(actor: Actor, leftover: Leftover) -> Any:
    mine = leftover.question.lead_id in actor.group_ids or actor.holds(_COORDINATOR)
    return None if mine else _("这个提问由其他小组主办。")


def _still_pending(actor: Actor, leftover: Leftover) -> Any:
    return None if leftover.question.status in PENDING else _("这个提问已经有结果。")


def _not_yet_due(actor: Actor, leftover: Leftover) -> Any:
    if clock.today() <= leftover.due:
        return None
    return _("规定期限已过，不能再申请延期；请尽快答复。")


def _asked_by_another(actor: Actor, leftover: Leftover) -> Any:
    asked = leftover.extensions.filter(granted=None).first()
    if asked is not None and asked.asked_by_id == actor.account_id:
        return _("须由申请人以外的人决定。")
    return None


def _handed_by_another(actor: Actor, handover: Handover) -> Any:
    return _("须由移交人以外的人签收。") if handover.handed_by_id == actor.account_id else None


def _author_is_not_signer(actor: Actor, paper: Paper) -> Any:
    wrote = paper.author_id == actor.account_id or paper.editors.filter(id=actor.account_id or 0).exists()
    return _("起草和修改过这份材料的人不能签发。") if wrote else None


def _is_newest(actor: Actor, paper: Paper) -> Any:
    newer = Paper.objects.filter(hour_id=paper.hour_id, kind=paper.kind, number__gt=paper.number)
    return _("这一版之后已有新的一版，请接着改新的一版。") if newer.exists() else None


GUARDS: dict[str, Callable[[Actor, Any], Any]] = {
    "own_question": _own_question,
    "still_pending": _still_pending,
    "not_yet_due": _not_yet_due,
    "asked_by_another": _asked_by_another,
    "handed_by_another": _handed_by_another,
    "author_is_not_signer": _author_is_not_signer,
    "is_newest": _is_newest,
}


def _move(  # noqa: PLR0913, PLR0917 - the columns of the table
    verb: str, sources: Iterable[str], target: str | None, roles: frozenset[str], stages: frozenset[str],
    label: Any, summary: Any, guards: tuple[str, ...] = (),
) -> Move:  # fmt: skip
    named = frozenset(str(source) for source in sources)
    return Move(verb, named, str(target) if target else None, roles, stages, label, summary, guards)


_L = LeftoverState
LEFTOVER_MOVES: dict[str, Move] = table(
    [
        _move("ask_extension", [_L.RUNNING], _L.ASKED, GROUP_ROLES | _COORDINATOR, _WRAPPING, _("申请延期"),
              _("到期前提出，写明公开的理由和新的日期；只能延期一次"),
              ("own_question", "still_pending", "not_yet_due")),
        _move("approve_extension", [_L.ASKED], _L.EXTENDED, SIGNER_ROLES, _WRAPPING, _("批准延期"),
              _("公布批准人、理由和新的期限，并告知提问人"), ("still_pending", "asked_by_another")),
        _move("refuse_extension", [_L.ASKED], _L.RUNNING, SIGNER_ROLES, _WRAPPING, _("不批准延期"),
              _("按原来的期限办理"), ("asked_by_another",)),
        _move("chase", sorted(OPEN_LEFTOVERS), None, _COORDINATOR | _INSPECTOR, _WRAPPING, _("催办"),
              _("提醒主办小组"), ("still_pending",)),
    ],
    _L.values,
    GUARDS,
)  # fmt: skip

_A = AuthorisationState
AUTHORISATION_MOVES: dict[str, Move] = table(
    [
        _move("authorise", [_A.NONE], _A.STANDING, SIGNER_ROLES, _UP_TO_WRAPPING, _("授权签发"),
              _("公布授权签发人、授权人、起始时间和单位；只签会后办理件")),
        _move("end_authorisation", [_A.STANDING], _A.ENDED, SIGNER_ROLES | _COORDINATOR, _UP_TO_WRAPPING,
              _("终止授权"), _("从此不能再签发，已签发的不变")),
    ],
    _A.values,
    GUARDS,
)  # fmt: skip

_H = HandoverState
HANDOVER_MOVES: dict[str, Move] = table(
    [
        _move("compile", [_H.NONE, _H.COMPILED], _H.COMPILED, _COORDINATOR, _AFTER, _("编制移交清单"),
              _("列入还没有移交的会后办理件和承诺事项；移交前可以重新编制")),
        _move("hand_over", [_H.COMPILED], _H.HANDED, _COORDINATOR, _AFTER, _("移交督查室"),
              _("送督查室签收，清单不再变动")),
        _move("return_list", [_H.HANDED], _H.COMPILED, _INSPECTOR, _AFTER, _("退回"),
              _("写明要核对什么，退回区府办")),
        _move("sign_for", [_H.HANDED], _H.SIGNED, _INSPECTOR, _AFTER, _("签收"),
              _("由督查室接手跟踪"), ("handed_by_another",)),
    ],
    _H.values,
    GUARDS,
)  # fmt: skip

_P = PaperState
PAPER_MOVES: dict[str, Move] = table(
    [
        _move("compose", [_P.NONE, _P.SIGNED], _P.DRAFT, _WRITERS, _AFTER, _("起草"),
              _("从记录生成草稿；已签发的另起新的一版")),
        _move("correct_paper", [_P.SIGNED], _P.DRAFT, _WRITERS, _AFTER, _("更正"),
              _("写明更正说明（公开），从已签发的文字另起新的一版"), ("is_newest",)),
        _move("save", [_P.DRAFT], None, _WRITERS, _AFTER, _("保存"), _("修改草稿的文字；实录的问答不能改动")),
        _move("submit_paper", [_P.DRAFT], _P.SUBMITTED, _WRITERS, _AFTER, _("呈签"), _("送区领导签发")),
        _move("send_back_paper", [_P.SUBMITTED], _P.DRAFT, SIGNER_ROLES, _AFTER, _("退回修改"), _("附意见退回")),
        _move("sign_paper", [_P.SUBMITTED], _P.SIGNED, SIGNER_ROLES, _AFTER, _("签发"),
              _("签发即公开；起草和修改过的人不能签发"), ("author_is_not_signer",)),
    ],
    _P.values,
    GUARDS,
)  # fmt: skip

MOVES: dict[type, dict[str, Move]] = {
    Leftover: LEFTOVER_MOVES,
    Authorisation: AUTHORISATION_MOVES,
    Handover: HANDOVER_MOVES,
    Paper: PAPER_MOVES,
}
# What is published under a leader's name, or lets another sign: only whoever has just proved who they are.
PERSONAL_VERBS = frozenset({"sign_paper", "authorise", "approve_extension"})
_STATES: dict[type, Any] = {
    Leftover: LeftoverState,
    Authorisation: AuthorisationState,
    Handover: HandoverState,
    Paper: PaperState,
}


def seat_refusal(actor: Actor, verb: str, thing: Thing) -> Refusal | None:
    """Why this person's seats do not allow the verb at all (403)."""
    if actor.holds(MOVES[type(thing)][verb].roles):
        return actor.personal_refusal() if verb in PERSONAL_VERBS else None
    return Refusal(FORBIDDEN, "seat", _("您的岗位不能进行这项操作。"))


def state_refusal(actor: Actor, verb: str, thing: Thing) -> Refusal | None:
    """Why the thing or its hour does not allow the verb just now (409)."""
    move = MOVES[type(thing)][verb]
    if thing.hour.stage not in move.stages:
        stage = Stage(thing.hour.stage).label
        return Refusal(CONFLICT, "stage", _("本期现在是“%(stage)s”，不能进行这项操作。") % {"stage": stage})
    if thing.state not in move.sources:
        label = _STATES[type(thing)](thing.state).label
        return Refusal(CONFLICT, "state", _("现在是“%(state)s”，不能进行这项操作。") % {"state": label})
    for guard in move.guards:
        if reason := GUARDS[guard](actor, thing):
            return Refusal(CONFLICT, guard, reason)
    return None


def refusal(actor: Actor, verb: str, thing: Thing) -> Refusal | None:
    """The one oracle: why ``actor`` cannot do ``verb`` to ``thing`` now, or ``None``."""
    return seat_refusal(actor, verb, thing) or state_refusal(actor, verb, thing)


def cover_refusal(actor: Actor, verb: str, paper: Paper) -> Refusal | None:
    """Why ``actor`` cannot cover, take down or show a closing paper now, or ``None``: a clarification's flow, and more.

    What covers a version covers those before it: they are not shown again while it is covered.
    """
    if found := clarification_flow.refusal(actor, verb, paper):
        return found
    later = Paper.objects.filter(hour=paper.hour_id, kind=paper.kind, number__gt=paper.number)
    if verb == "restore" and later.filter(withholding__isnull=False).exists():
        return Refusal(CONFLICT, "later_is_covered", _("之后的一版还遮盖着，请先恢复那一版。"))
    return None
