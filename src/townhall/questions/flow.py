"""The life of a question as a table, and the one oracle that says why not.

The same table serves the actions' guards, the greyed buttons, the manual and the exhaustive test.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from townhall.hours.choices import (
    ALL_STAGES,
    EVERY_ROLE,
    GROUP_ROLES,
    SIGNER_ROLES,
    SIGNING_STAGES,
    WORKING_STAGES,
    Role,
    Stage,
)
from townhall.kernel import clock
from townhall.kernel.errors import CONFLICT, FORBIDDEN
from townhall.kernel.flow import Move, Refusal, table
from townhall.questions import guards
from townhall.questions.choices import PENDING, WITHHOLDABLE, Status
from townhall.questions.guards import GUARDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from townhall.hours.seats import Actor
    from townhall.questions.models import Question

MODERATOR = frozenset({Role.MODERATOR.value})
COORDINATOR = frozenset({Role.COORDINATOR.value})
SIGNERS = SIGNER_ROLES
AUTHORISED = frozenset({Role.AUTHORISED.value})
ASSISTANT = frozenset({Role.ASSISTANT.value})
CLERK = frozenset({Role.CLERK.value})
MAYOR = frozenset({Role.MAYOR.value})

# The verbs that a token needs its own permission for, given on demo and rehearsal data only.
PERSONAL_VERBS = frozenset({"sign", "withhold", "confirm_withhold", "enter_paper", "confirm_paper"})
# Another person's fresh lock refuses these; covering, calling for help and remarks never wait.
LOCKED_VERBS = frozenset(
    {
        "accept", "decline", "confirm_decline", "reopen", "uphold", "edit", "split", "merge", "assign", "return",
        "designate", "draft", "submit", "send_back", "change", "review", "sign", "correct",
        "enter_paper", "confirm_paper",
    }
)  # fmt: skip
# A signer never drafts, whatever other seat the same person was given.
AUTHORS_VERBS = frozenset({"draft", "correct"})
RELEASING_VERBS = frozenset({"submit", "send_back", "sign", "enter_paper", "confirm_paper"})
# A prepared answer is read beforehand; once the hour is live, the signature itself says that it was read.
BEFORE_THE_HOUR = frozenset({Stage.ANNOUNCED.value, Stage.PREPARING.value})
LOCK_LIFE = timedelta(seconds=30)
# After archiving mayor and deputies in office still cover a text; confirming it is the coordinator's office's.
BY_OFFICE_ONLY = {"confirm_withhold": COORDINATOR}


def _move(  # noqa: PLR0913 - the columns of the table
    verb: str, sources: Iterable[str], target: str | None, roles: frozenset[str], label: Any, summary: Any,
    *, stages: frozenset[str] = WORKING_STAGES, guards: tuple[str, ...] = (),
) -> Move:  # fmt: skip
    return Move(verb, frozenset(sources), target, roles, stages, label, summary, guards)


_S = Status
_SCREENED = MODERATOR | COORDINATOR
_COVERERS = MODERATOR | COORDINATOR | SIGNERS
_UNPUBLISHED = tuple(status for status in _S if status != _S.PUBLISHED)
_UNSIGNED = (_S.RECEIVED, _S.ACCEPTED, _S.ASSIGNED, _S.SUBMITTED)

MOVES: dict[str, Move] = table(
    [
        _move("accept", [_S.RECEIVED], _S.ACCEPTED, MODERATOR, _("受理"), _("编号、遮盖隐私后公开，即将分送有关单位"),
              guards=("not_in_emergency",)),
        _move("decline", [_S.RECEIVED, _S.ACCEPTED], _S.DECLINED, MODERATOR, _("不予受理"), _("附公开的原因和办法")),
        _move("confirm_decline", [_S.DECLINED], None, COORDINATOR, _("同意不予受理"),
              _("第二人过目后，文字才送达提问人"), guards=("waits_for_confirmation",)),
        _move("reopen", [_S.DECLINED, _S.MERGED], _S.ACCEPTED, _SCREENED, _("重新受理"),
              _("重新受理；申请复核后须由原经办人以外的人办理"), guards=("second_look_by_another",)),
        _move("uphold", [_S.DECLINED], None, _SCREENED, _("维持"), _("复核后维持原处理，并说明理由"),
              guards=("appeal_is_open", "second_look_by_another")),
        _move("edit", _UNPUBLISHED, None, MODERATOR, _("修改"), _("修改标题、正文或归类，原文保留")),
        _move("split", [_S.RECEIVED, _S.ACCEPTED], _S.ACCEPTED, MODERATOR, _("拆分"),
              _("一事一问，原提问成为第一部分"), guards=("not_in_emergency", "text_is_shown")),
        _move("merge", [_S.RECEIVED, _S.ACCEPTED], _S.MERGED, MODERATOR, _("合并"),
              _("并入另一提问，提问人一同获知答复"), guards=("not_in_emergency",)),
        _move("assign", [_S.RECEIVED, _S.ACCEPTED, _S.ASSIGNED], _S.ASSIGNED, MODERATOR, _("分发"),
              _("受理并分送主办、协办小组；再次分发即改派"), guards=("not_in_emergency", "not_bound")),
        _move("return", [_S.ASSIGNED], _S.ACCEPTED, GROUP_ROLES, _("退单"), _("写明原因和建议单位，退回主持人"),
              guards=("not_designated",)),
        _move("designate", [_S.ACCEPTED, _S.ASSIGNED], _S.ASSIGNED, COORDINATOR | MAYOR, _("指定主办"),
              _("由区府办或区长指定主办，不再退单"), guards=("not_in_emergency",)),
        _move("contribute", [_S.ASSIGNED], None, GROUP_ROLES, _("提交协办意见"), _("协办小组补充意见，主办随时可呈签")),
        _move("draft", [_S.ASSIGNED, _S.SUBMITTED], _S.ASSIGNED, GROUP_ROLES | ASSISTANT, _("拟稿"),
              _("保存答复稿；已呈签的即撤回修改"), guards=("not_in_emergency", "not_by_the_accused")),
        _move("submit", [_S.ASSIGNED], _S.SUBMITTED, GROUP_ROLES | ASSISTANT, _("呈签"),
              _("经答复自查后送区长签发，并记录保密审查人"),
              guards=("has_draft", "not_in_emergency", "not_by_the_accused")),
        _move("send_back", [_S.SUBMITTED], _S.ASSIGNED, SIGNERS, _("退回修改"), _("附意见退回主办小组")),
        _move("change", [_S.SUBMITTED], None, SIGNERS, _("修改"), _("签发人改动文字，形成新版本，拟稿人不变")),
        _move("review", [_S.SUBMITTED], None, SIGNERS, _("审阅"),
              _("开始前看过预答稿并同意，届时再签发；改动后须重新审阅"),
              stages=BEFORE_THE_HOUR,
              guards=("has_something_to_sign", "not_in_emergency", "not_by_the_accused", "author_is_not_signer")),
        _move("sign", [_S.SUBMITTED, _S.PUBLISHED], _S.PUBLISHED, SIGNERS | AUTHORISED, _("签发"),
              _("签发即公开；拟稿人不得签发"), stages=SIGNING_STAGES | {Stage.ARCHIVED.value},
              guards=("has_something_to_sign", "is_authorised", "signing_is_open", "not_in_emergency",
                      "not_by_the_accused", "author_is_not_signer")),
        _move("enter_paper", [_S.SUBMITTED], None, COORDINATOR | CLERK, _("录入纸质签发"),
              _("照办理签录入谁在何时签发了哪一版；另一人核对后才公开"), stages=SIGNING_STAGES,
              guards=("signing_is_open", "not_in_emergency", "not_by_the_accused", "author_enters_nothing")),
        _move("confirm_paper", [_S.SUBMITTED], _S.PUBLISHED, COORDINATOR | MODERATOR, _("核对纸质签发"),
              _("第二人对照办理签核对，即行公开；纸上签发和录入的时间都公开"), stages=SIGNING_STAGES,
              guards=("signing_is_open", "not_in_emergency", "not_by_the_accused", "author_enters_nothing",
                      "paper_waits", "entered_by_another")),
        _move("correct", [_S.PUBLISHED], None, GROUP_ROLES, _("更正"), _("起草更正，签发后连同原文公开"),
              stages=SIGNING_STAGES | {Stage.ARCHIVED.value}),
        _move("withhold", WITHHOLDABLE, None, _COVERERS, _("临时屏蔽"), _("一人立即遮盖标题、正文、答复和承诺"),
              stages=ALL_STAGES, guards=("text_is_shown",)),
        _move("confirm_withhold", WITHHOLDABLE, None, _COVERERS, _("依法撤下"), _("第二人确认"),
              stages=ALL_STAGES, guards=("covered_by_another",)),
        _move("restore", WITHHOLDABLE, None, _SCREENED, _("恢复显示"), _("恢复被遮盖的文字"),
              stages=ALL_STAGES, guards=("text_is_covered",)),
        _move("urgent", PENDING, None, EVERY_ROLE, _("紧急转办"), _("立即转交值班部门，公开页面同时撤下"),
              stages=ALL_STAGES, guards=("not_yet_urgent",)),
        _move("release", PENDING, None, _SCREENED, _("解除紧急"), _("恢复为一般提问"), stages=ALL_STAGES,
              guards=("is_urgent",)),
        _move("convene", [_S.ASSIGNED, _S.SUBMITTED], None, MAYOR | COORDINATOR, _("现场会商"),
              _("召集有关单位的小组一起研究")),
        _move("close_convening", [_S.ASSIGNED, _S.SUBMITTED, _S.PUBLISHED], None, MAYOR | COORDINATOR | ASSISTANT,
              _("记录会商结果"), _("记录参加人和结果"), guards=("is_convened",)),
        _move("take", [_S.ACCEPTED, _S.ASSIGNED, _S.SUBMITTED], None, SIGNERS, _("点题"), _("区长要求先答这一题")),
        _move("flag", _UNSIGNED, None, _SCREENED, _("标记反映工作人员问题"),
              _("被反映单位不办理、不可见，并告知督查室")),
        _move("note", [status.value for status in Status], None, EVERY_ROLE, _("备注"), _("内部备注，从不公开"),
              stages=ALL_STAGES),
    ],
    [status.value for status in Status],
    GUARDS,
)  # fmt: skip

# What an asker may do with the receipt in hand: verb -> (states, stages, what it is called).
CITIZEN_MOVES: dict[str, tuple[frozenset[str], frozenset[str], Any]] = {
    "withdraw": (frozenset({_S.RECEIVED, _S.ACCEPTED, _S.ASSIGNED}), WORKING_STAGES, _("撤回")),
    "appeal": (frozenset({_S.DECLINED}), WORKING_STAGES, _("申请复核")),
    "supplement": (frozenset({_S.DECLINED}), WORKING_STAGES, _("补充后重新提交")),
    "rate": (frozenset({_S.PUBLISHED, _S.MERGED}), ALL_STAGES, _("满意度评价")),
}

_NOT_YOURS = _("您的岗位不能进行这项操作。")


def seat_refusal(actor: Actor, verb: str, question: Question) -> Refusal | None:
    """Why this person's seats do not allow the verb on this question at all (403)."""
    move = MOVES[verb]
    archived = question.hour.stage == Stage.ARCHIVED
    if not actor.holds(BY_OFFICE_ONLY.get(verb, move.roles) if archived else move.roles):
        return Refusal(FORBIDDEN, "seat", _NOT_YOURS)
    if verb in AUTHORS_VERBS and actor.is_signer:
        return Refusal(FORBIDDEN, "signer", _("签发人不拟稿；可以修改后签发，或退回修改。"))
    if verb in PERSONAL_VERBS and (refused := actor.personal_refusal()):
        return refused
    if message := guards.group_mismatch(actor, verb, question):
        return Refusal(FORBIDDEN, "group", message)
    return None


def state_refusal(actor: Actor, verb: str, question: Question) -> Refusal | None:
    """Why the question, its hour or somebody's lock does not allow the verb just now (409)."""
    move = MOVES[verb]
    if question.hour.stage not in move.stages:
        stage = Stage(question.hour.stage).label
        return Refusal(CONFLICT, "stage", _("本期现在是“%(stage)s”，不能进行这项操作。") % {"stage": stage})
    sources = PENDING if verb == "decline" and question.urgent else move.sources
    if question.status not in sources:
        status = Status(question.status).label
        return Refusal(CONFLICT, "status", _("这个提问现在是“%(status)s”，不能%(verb)s。") % {
            "status": status, "verb": move.label,
        })  # fmt: skip
    for name in move.guards:
        if message := GUARDS[name](actor, question):
            return Refusal(CONFLICT, name, message)
    return _lock_refusal(actor, verb, question)


def _lock_refusal(actor: Actor, verb: str, question: Question) -> Refusal | None:
    hold = getattr(question, "hold", None)
    if verb not in LOCKED_VERBS or hold is None or hold.account_id == actor.account_id:
        return None
    if clock.now() - hold.at >= LOCK_LIFE:
        return None
    return Refusal(
        CONFLICT, "lock", _("%(name)s正在处理这个提问，请稍候或换一个。") % {"name": hold.account.name}
    )


def refusal(actor: Actor, verb: str, question: Question) -> Refusal | None:
    """The one oracle: why ``actor`` cannot do ``verb`` to ``question`` now, or ``None``."""
    return seat_refusal(actor, verb, question) or state_refusal(actor, verb, question)
