"""The further conditions of the flow: each a predicate that answers with a reason or ``None``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from townhall.hours.choices import GROUP_ROLES, SIGNER_ROLES, Role, Stage
from townhall.questions.choices import Status, Withheld

if TYPE_CHECKING:
    from townhall.hours.seats import Actor
    from townhall.questions.models import Decline, Question, Version

# After so many returns the moderator's word no longer decides (首接负责).
RETURNS_BEFORE_DESIGNATION = 2
# The room above says whether a published authorisation covers a signature; `config` fills the slot.
AUTHORISATION: list[Callable[[Actor, Question], Any]] = []
_LEAD_VERBS = frozenset({"return", "draft", "submit", "correct"})


def current_decline(question: Question) -> Decline | None:
    """The refusal in force."""
    return question.declines.first()


def version_to_sign(question: Question) -> Version | None:
    """The version a signature would publish now: the submitted draft, or the correction of a published one."""
    if question.draft_version is None:
        return None
    version = question.versions.filter(number=question.draft_version, signed_at=None).first()
    if version is not None and question.status == Status.PUBLISHED and not version.correction:
        return None
    return version


def group_mismatch(actor: Actor, verb: str, question: Question) -> Any:
    """Why a group member may not do this: the question is another group's."""
    if verb == "contribute":
        mine = actor.group_ids & set(question.assisting.values_list("id", flat=True))
        return None if mine else _("贵组不是这个提问的协办小组。")
    if verb not in _LEAD_VERBS:
        return None
    if verb == "correct" and question.hour.stage == Stage.ARCHIVED:
        return None if actor.unit_id == question.unit_id else _("归档后由答复单位起草更正。")
    if question.lead_id in actor.group_ids and actor.holds(GROUP_ROLES):
        return None
    if Role.ASSISTANT in actor.roles and verb == "draft":
        return None
    if Role.ASSISTANT in actor.roles and verb == "submit":
        drafted = question.versions.filter(number=question.draft_version or 0, author=actor.account_id)
        return None if drafted.exists() else _("联络员只能呈签自己记录的答复稿。")
    if question.lead_id is None:
        return None  # not assigned yet: the state says so
    return _("这个提问由其他小组主办。")


def _waits_for_confirmation(actor: Actor, question: Question) -> Any:
    decline = current_decline(question)
    if decline is None or not decline.needs_confirmation or decline.confirmed_at:
        return _("这个处理不需要第二人同意，或已经同意。")
    return _("须由经办人以外的人同意。") if decline.by_id == actor.account_id else None


def _open_appeal(question: Question) -> bool:
    appeal = getattr(question, "appeal", None)
    return appeal is not None and appeal.closed_at is None


def _second_look_by_another(actor: Actor, question: Question) -> Any:
    decline = current_decline(question)
    if question.status == Status.DECLINED and _open_appeal(question) and decline is not None:
        return (
            _("提问人申请了复核，须由原经办人以外的人办理。") if decline.by_id == actor.account_id else None
        )
    return None


def _appeal_is_open(actor: Actor, question: Question) -> Any:
    return None if _open_appeal(question) else _("提问人没有申请复核，或复核已经结束。")


def _not_bound(actor: Actor, question: Question) -> Any:
    if question.designated:
        return _("已由区府办或区长指定主办，不再改派。")
    if question.returns >= RETURNS_BEFORE_DESIGNATION:
        return _("已两次退单，须由区府办或区长指定主办。")
    return None


def _not_designated(actor: Actor, question: Question) -> Any:
    return _("主办已经指定，不再退单。") if question.designated else None


def _has_draft(actor: Actor, question: Question) -> Any:
    return _("还没有答复稿，请先拟稿。") if question.draft_version is None else None


def _has_something_to_sign(actor: Actor, question: Question) -> Any:
    if (
        Role.AUTHORISED in actor.roles
        and not actor.holds(SIGNER_ROLES)
        and question.hour.stage != Stage.WRAPPING
    ):
        return _("授权签发人只在会后办理时签发。")
    if question.hour.stage == Stage.ARCHIVED and question.status != Status.PUBLISHED:
        return _("归档后只能签发更正。")
    return None if version_to_sign(question) else _("没有等待签发的文字。")


def _is_authorised(actor: Actor, question: Question) -> Any:
    return next((reason for guard in AUTHORISATION if (reason := guard(actor, question))), None)


def _signing_is_open(actor: Actor, question: Question) -> Any:
    return _("签发已经暂停，请等区府办恢复。") if question.hour.signing_held else None


def _not_in_emergency(actor: Actor, question: Question) -> Any:
    return _("正在紧急转办，解除后才能进行这项操作。") if question.urgent else None


def _not_by_the_accused(actor: Actor, question: Question) -> Any:
    if question.about_official and question.unit_id and question.unit_id == question.accused_unit_id:
        return _("反映的正是答复单位，须先改派其他单位办理。")
    return None


def _author_is_not_signer(actor: Actor, question: Question) -> Any:
    version = version_to_sign(question)
    if version is not None and version.author_id == actor.account_id:
        return _("拟稿人不得签发自己的答复，请由另一位领导签发。")
    return None


def _author_enters_nothing(actor: Actor, question: Question) -> Any:
    version = version_to_sign(question)
    if version is not None and version.author_id == actor.account_id:
        return _("拟稿人不录入、也不核对自己答复的签发，请由别人办理。")
    return None


def _paper_waits(actor: Actor, question: Question) -> Any:
    version = version_to_sign(question)
    waits = version is not None and version.paper_entered_at is not None
    return None if waits else _("现在的这一版没有录入纸质签发。")


def _entered_by_another(actor: Actor, question: Question) -> Any:
    version = version_to_sign(question)
    if version is not None and version.paper_entered_by_id == actor.account_id:
        return _("须由录入人以外的人对照办理签核对。")
    return None


def _text_is_shown(actor: Actor, question: Question) -> Any:
    return _("文字已经遮盖。") if question.withheld else None


def _covered_by_another(actor: Actor, question: Question) -> Any:
    if question.withheld != Withheld.PENDING:
        return _("没有等待确认的屏蔽。")
    covering = question.withholdings.first()
    if covering is not None and covering.by_id == actor.account_id:
        return _("须由另一人确认。")
    return None


def _text_is_covered(actor: Actor, question: Question) -> Any:
    return None if question.withheld else _("文字没有被遮盖。")


def _not_yet_urgent(actor: Actor, question: Question) -> Any:
    return _("已经紧急转办。") if question.urgent else None


def _is_urgent(actor: Actor, question: Question) -> Any:
    return None if question.urgent else _("这个提问没有紧急转办。")


def _is_convened(actor: Actor, question: Question) -> Any:
    return None if question.convenings.filter(closed_at=None).exists() else _("没有进行中的会商。")


GUARDS: dict[str, Callable[[Any, Question], Any]] = {
    "waits_for_confirmation": _waits_for_confirmation,
    "second_look_by_another": _second_look_by_another,
    "appeal_is_open": _appeal_is_open,
    "not_bound": _not_bound,
    "not_designated": _not_designated,
    "has_draft": _has_draft,
    "has_something_to_sign": _has_something_to_sign,
    "is_authorised": _is_authorised,
    "signing_is_open": _signing_is_open,
    "not_in_emergency": _not_in_emergency,
    "not_by_the_accused": _not_by_the_accused,
    "author_is_not_signer": _author_is_not_signer,
    "author_enters_nothing": _author_enters_nothing,
    "paper_waits": _paper_waits,
    "entered_by_another": _entered_by_another,
    "text_is_shown": _text_is_shown,
    "covered_by_another": _covered_by_another,
    "text_is_covered": _text_is_covered,
    "not_yet_urgent": _not_yet_urgent,
    "is_urgent": _is_urgent,
    "is_convened": _is_convened,
}
