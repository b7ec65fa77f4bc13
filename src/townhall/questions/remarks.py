"""Screening comments, taking them down, answering rumours, looking at contact data: staff actions around questions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import F
from django.utils.translation import gettext as _

from townhall.commitments.inputs import day as parse_day
from townhall.hours.choices import OPEN_STAGES, WORKING_STAGES, Role
from townhall.hours.models import OfficeHour
from townhall.journal.write import record
from townhall.kernel import clock
from townhall.kernel.errors import CONFLICT, FORBIDDEN, InvalidFields, Refused, missing
from townhall.kernel.unit_of_work import unit_of_work
from townhall.people import identity
from townhall.people.models import Unit
from townhall.questions import clarification_flow, published, visibility
from townhall.questions.answering import signing_office
from townhall.questions.choices import WithholdCode
from townhall.questions.forms import Form
from townhall.questions.models import Asker, Clarification, Comment, Question

if TYPE_CHECKING:
    from collections.abc import Mapping

    from townhall.hours.seats import Actor

_SCREENERS = frozenset({Role.MODERATOR.value, Role.EDITOR.value})
_REMOVERS = _SCREENERS | {Role.COORDINATOR.value}
_DRAFTERS = frozenset({Role.MODERATOR.value, Role.COORDINATOR.value, Role.GROUP.value, Role.LEAD.value,
                       Role.ASSISTANT.value, Role.EDITOR.value})  # fmt: skip
_CONTACT_SEATS = frozenset({Role.MODERATOR.value, Role.COORDINATOR.value, Role.LEAD.value, Role.GROUP.value,
                            Role.INSPECTOR.value})  # fmt: skip


def _demand_seat(actor: Actor, roles: frozenset[str]) -> None:
    if not actor.holds(roles):
        raise Refused(FORBIDDEN, "seat", _("您的岗位不能进行这项操作。"))


def demand_screener(actor: Actor, verb: str) -> None:
    """Before anything sent is read: the verb exists, and the person's seat screens comments.

    :raises Refused: 404 or 403
    """
    if verb not in {"accept", "decline"}:
        raise missing(_("没有这项操作。"))
    _demand_seat(actor, _SCREENERS)


def demand_drafter(actor: Actor) -> None:
    """The same for whoever drafts a clarification.

    :raises Refused: 403
    """
    _demand_seat(actor, _DRAFTERS)


def demand_signer(actor: Actor) -> None:
    """The same for whoever signs one: a leader, at a screen or with a token that may sign.

    :raises Refused: 403
    """
    if not actor.is_signer:
        raise Refused(FORBIDDEN, "seat", _("只有区长、副区长可以签发澄清。"))
    if refused := actor.personal_refusal():
        raise Refused(refused.status, refused.code, refused.message)


def _locked_comment(actor: Actor, comment_id: int) -> Comment:
    rows = Comment.objects.select_related("question__hour").select_for_update(of=("self",))
    try:
        return rows.get(id=comment_id, question__hour_id=actor.hour_id)
    except Comment.DoesNotExist:
        raise missing(_("没有这条评论。")) from None


def screen_comment(actor: Actor, verb: str, comment_id: int) -> Comment:
    """Show a comment (``accept``) or not (``decline``).

    :raises Refused: 404, 403 or 409 with the reason
    """
    if verb not in {"accept", "decline"}:
        raise missing(_("没有这项操作。"))
    with unit_of_work():
        comment = _locked_comment(actor, comment_id)
        demand_screener(actor, verb)
        if comment.state != Comment.State.RECEIVED or comment.question.hour.stage not in WORKING_STAGES:
            raise Refused(CONFLICT, "state", _("这条评论已经处理过，或本期已归档。"))
        accepted = verb == "accept"
        comment.state = Comment.State.SHOWN if accepted else Comment.State.DECLINED
        comment.decided_by_id = actor.id
        comment.decided_at = clock.now()
        comment.save()
        if accepted:
            Question.objects.filter(id=comment.question_id).update(comments=F("comments") + 1)
        record(
            actor.hour_id, f"comment.{'accepted' if accepted else 'declined'}", actor=actor.account_id,
            subject="comment", subject_id=comment.id, question=comment.question_id,
            public=accepted and visibility.is_public(comment.question, comment.question.hour),
        )  # fmt: skip
    return comment


def demand_remover(actor: Actor) -> None:
    """Before anything sent is read: the person's seat takes down comments, at a screen or with a token that may.

    :raises Refused: 403
    """
    _demand_seat(actor, _REMOVERS)
    if refused := actor.personal_refusal():
        raise Refused(refused.status, refused.code, refused.message)


def remove_comment(actor: Actor, comment_id: int, data: Mapping[str, Any]) -> Comment:
    """Take down a comment that was shown: one person's act, as showing it was; in the archive the office's.

    It is gone everywhere at once, from open pages too, and does not come back.

    :param data: ``code`` of the list of reasons
    :raises Refused: 404, 403 or 409 with the reason
    :raises InvalidFields: without a reason
    """
    with unit_of_work():
        comment = _locked_comment(actor, comment_id)
        demand_remover(actor)
        code = data.get("code")
        if code not in list(WithholdCode.values):  # what was sent may not be hashable
            raise InvalidFields({"code": _("请选择原因。")})
        if comment.state != Comment.State.SHOWN:
            raise Refused(CONFLICT, "state", _("这条评论没有公开，或已经撤下。"))
        comment.state = Comment.State.REMOVED
        comment.removed_code, comment.removed_by_id, comment.removed_at = str(code), actor.id, clock.now()
        comment.save()
        Question.objects.filter(id=comment.question_id).update(comments=F("comments") - 1)
        record(
            actor.hour_id, "comment.removed", actor=actor.account_id, subject="comment", subject_id=comment.id,
            question=comment.question_id, code=comment.removed_code,
            public=visibility.is_public(comment.question, comment.question.hour),
        )  # fmt: skip
    return comment


def draft_clarification(actor: Actor, data: Mapping[str, Any]) -> Clarification:
    """Draft an answer to a rumour: what is said, what is true, the source, its date.

    :param data: with ``corrects``, the id of a signed one of the same hour, it is that one's correction
    :raises InvalidFields: naming each field to mend
    """
    demand_drafter(actor)
    hour = OfficeHour.objects.get(id=actor.hour_id)
    form = Form(data, Question(hour=hour))
    rumour = form.words("rumour", required=True)
    fact = form.words("fact", 4000, required=True)
    source = form.words("source", 300, required=True)
    dated = parse_day(data.get("dated"))
    if dated is None or dated > clock.today():
        form.errors["dated"] = _("请填写来源的日期，如 2026-11-30，不能在将来。")
    unit_id = form.integer("unit")
    if unit_id is not None and not Unit.objects.filter(id=unit_id).exists():
        form.errors["unit"] = _("没有这个单位，请从列表中选择。")
    corrects_id = form.integer("corrects")
    if corrects_id is not None and (reason := _not_to_correct(hour, corrects_id)):
        form.errors["corrects"] = reason
    form.done()
    assert dated is not None  # noqa: S101 - done() has raised otherwise
    with unit_of_work():
        row = Clarification.objects.create(
            hour=hour, rumour=rumour, fact=fact, source=source, dated=dated, unit_id=unit_id, author_id=actor.id,
            drafted_at=clock.now(), corrects_id=corrects_id,
        )  # fmt: skip
        record(hour.id, "clarification.drafted", actor=actor.id, subject="clarification", subject_id=row.id)
    return row


def _not_to_correct(hour: OfficeHour, clarification_id: int) -> str:
    """Why this clarification cannot be corrected; empty when it can."""
    row = Clarification.objects.filter(id=clarification_id, hour=hour, signed_at__isnull=False).first()
    if row is None:
        return _("本期没有这条已签发的澄清。")
    if row.withheld:
        return _("这条澄清已经遮盖，请另拟一条新的澄清。")
    if row.corrections.filter(signed_at__isnull=False).exists():
        return _("这条澄清已经更正过，请更正新的那一条。")
    return ""


def sign_clarification(actor: Actor, clarification_id: int) -> Clarification:
    """Sign and so publish a clarification; its author cannot.

    :raises Refused: 404, 403 or 409 with the reason
    """
    with unit_of_work():
        row = (
            Clarification.objects.select_for_update()
            .filter(id=clarification_id, hour_id=actor.hour_id)
            .first()
        )
        if row is None:
            raise missing(_("没有这条澄清。"))
        demand_signer(actor)
        if row.signed_at is not None:
            raise Refused(CONFLICT, "state", _("这条澄清已经签发。"))
        if row.author_id == actor.account_id:
            raise Refused(CONFLICT, "author_is_not_signer", _("拟稿人不得签发，请由另一位领导签发。"))
        if row.hour.stage not in OPEN_STAGES:
            raise Refused(CONFLICT, "stage", _("本期现在不能签发澄清。"))
        if row.corrects_id is not None and (reason := _not_to_correct(row.hour, row.corrects_id)):
            raise Refused(CONFLICT, "corrects", reason)
        row.signed_by_id = actor.id
        row.signed_as = signing_office(actor)
        row.signed_at = clock.now()
        row.save()
        facts = {} if row.corrects_id is None else {"corrects": row.corrects_id}
        record(
            row.hour_id, "clarification.signed", actor=actor.id, subject="clarification", subject_id=row.id,
            public=True, **facts,
        )  # fmt: skip
        if row.corrects_id is not None:
            record(
                row.hour_id, "clarification.corrected", actor=actor.id, subject="clarification",
                subject_id=row.corrects_id, public=True, into=row.id,
            )  # fmt: skip
    return row


_COVERED = {
    "withhold": "clarification.withheld",
    "confirm_withhold": "clarification.withhold_confirmed",
    "restore": "clarification.restored",
}


def demand_coverer(actor: Actor, verb: str, stage: str) -> None:
    """Before anything sent is read: the verb exists, and the person's seat covers clarifications at this stage.

    :raises Refused: 404 or 403
    """
    if verb not in _COVERED:
        raise missing(_("没有这项操作。"))
    if refused := clarification_flow.seat_refusal(actor, verb, stage):
        raise Refused(refused.status, refused.code, refused.message)


def cover_clarification(
    actor: Actor, verb: str, clarification_id: int, data: Mapping[str, Any]
) -> Clarification:
    """Cover a signed clarification (``withhold``), confirm that as a second person, or show it again (``restore``).

    :param data: ``code`` of the list of reasons, for ``withhold``
    :raises Refused: 404, 403 or 409 with the reason
    :raises InvalidFields: without a reason
    """
    if verb not in _COVERED:
        raise missing(_("没有这项操作。"))
    with unit_of_work():
        row = (
            Clarification.objects.select_related("hour")
            .select_for_update(of=("self",))
            .filter(id=clarification_id, hour_id=actor.hour_id)
            .first()
        )
        if row is None:
            raise missing(_("没有这条澄清。"))
        demand_coverer(actor, verb, row.hour.stage)
        code = data.get("code") if verb == "withhold" else ""
        if verb == "withhold" and code not in list(WithholdCode.values):  # what was sent may not be hashable
            raise InvalidFields({"code": _("请选择原因。")})
        if refused := clarification_flow.refusal(actor, verb, row):
            raise Refused(refused.status, refused.code, refused.message)
        if verb == "confirm_withhold":
            row.confirmed_by_id, row.confirmed_at = actor.id, clock.now()
        else:
            row.withheld = code or ""
            row.withheld_by_id, row.withheld_at = (actor.id, clock.now()) if code else (None, None)
        row.save()
        facts = {"code": row.withheld} if row.withheld else {}
        record(
            row.hour_id, _COVERED[verb], actor=actor.account_id, subject="clarification", subject_id=row.id,
            public=True, **facts,
        )  # fmt: skip
    return row


def hour_of_clarification(clarification_id: int) -> OfficeHour | None:
    """The hour a clarification belongs to."""
    row = Clarification.objects.select_related("hour").filter(id=clarification_id).first()
    return row.hour if row else None


def clarifications(actor: Actor) -> list[Clarification]:
    """The hour's clarifications, drafted and signed, also the words of covered ones."""
    rows = Clarification.objects.filter(hour_id=actor.hour_id)
    return list(published.with_correction(rows.select_related("hour", "author", "signed_by", "unit")))


def may_contact(actor: Actor, question: Question) -> bool:
    """Whether this seat may see how the asker is reached; who must call in an emergency may in any case."""
    return question.urgent or actor.holds(_CONTACT_SEATS)


def look_at_contact(actor: Actor, question_id: int, reason: str) -> dict[str, Any]:
    """Show the asker's sealed contact to somebody who must call; the look is journalled.

    :param reason: ``urgent``, ``reply`` or ``follow_up``
    :raises Refused: 404, 403 with the reason
    :raises InvalidFields: for another reason
    """
    question = Question.objects.filter(visibility.staff_filter(actor), id=question_id).first()
    if question is None:
        raise missing(_("没有这个提问，或它不在您的范围内。"))
    if not may_contact(actor, question):
        raise Refused(FORBIDDEN, "seat", _("您的岗位不能查看联系方式。"))
    if refused := actor.personal_refusal():
        raise Refused(refused.status, refused.code, refused.message)
    if reason not in ("urgent", "reply", "follow_up"):  # a tuple: what was sent may not be hashable
        raise InvalidFields({"reason": _("请选择查看的原因：urgent、reply 或 follow_up。")})
    asker = (
        Asker.objects.select_related("contact").filter(question=question.part_of_id or question.id).first()
    )
    if asker is None or asker.contact is None:
        return {"mobile": None, "verified": False, "reply_by": asker.reply_by if asker else ""}
    mobile = identity.look_at_contact(
        asker.contact, actor=actor.id, line=actor.hour_id, question=question.id, reason=reason
    )
    return {"mobile": mobile, "verified": asker.contact.verified_at is not None, "reply_by": asker.reply_by}
