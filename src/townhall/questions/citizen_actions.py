"""What citizens do: ask, withdraw, appeal, supplement, support, comment, rate."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.db.models import F
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from townhall.hours.choices import WORKING_STAGES, Identity
from townhall.hours.turns import take_turn
from townhall.journal.write import record
from townhall.kernel import clock, text
from townhall.kernel.errors import CONFLICT, InvalidFields, Refused, missing
from townhall.kernel.secrets import is_receipt, keyed_hash, receipt_digits
from townhall.kernel.unit_of_work import unit_of_work
from townhall.people import identity
from townhall.questions import bans, flow, visibility
from townhall.questions.choices import DissatisfactionReason, Satisfaction, Status
from townhall.questions.models import Appeal, Asker, Comment, Question, Rating, Support
from townhall.questions.storing import Asked, Result, ask, ask_batch

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

__all__ = [
    "Asked", "Result", "appeal", "ask", "ask_batch", "citizen_refusal", "comment", "find_asker", "free_followers",
    "rate", "supplement", "support", "withdraw",
]  # fmt: skip

MOST_COMMENT = 1000
# A first word in anger may be taken back; after that it stands.
CHANGEABLE_FOR = timedelta(days=30)
SETTLED = gettext_lazy("评价已满 30 天，不能再改。情况有变化的，可以追问或再提一个问题。")


def find_asker(receipt: str) -> Asker | None:
    """The asker behind a receipt, however it was typed."""
    digits = receipt_digits(receipt)
    if not is_receipt(digits):
        return None
    return Asker.objects.select_related("question__hour").filter(
        receipt_digest=keyed_hash("receipt", digits)
    ).first()  # fmt: skip


def _lock(receipt: str, verb: str) -> tuple[Asker, Question]:
    """The question behind a receipt, locked and allowed to be moved.

    :raises Refused: 404 for an unknown receipt, 409 with the reason
    """
    asker = find_asker(receipt)
    if asker is None:
        raise missing(_("没有这个查询码，请核对十二位数字。"))
    take_turn(asker.hour_id)
    question = (
        Question.objects.select_related("hour").select_for_update(of=("self",)).get(id=asker.question_id)
    )
    if reason := citizen_refusal(verb, question):
        raise Refused(CONFLICT, "state", reason)
    return asker, question


def citizen_refusal(verb: str, question: Question) -> str | None:
    """Why the asker cannot do this now, or ``None``: for the button and for the action."""
    states, stages, label = flow.CITIZEN_MOVES[verb]
    decline = question.declines.first() if question.status == Status.DECLINED else None
    open_now = question.status in states or (verb == "withdraw" and _open_parts(question))
    if not open_now or question.hour.stage not in stages:
        return _("现在不能%(verb)s。") % {"verb": label}
    if verb == "appeal":
        if decline is not None and decline.needs_confirmation and decline.confirmed_at is None:
            return _("处理意见还在复核中，请稍候。")
        again = Appeal.objects.filter(question=question).exists()
        return _("已经申请过复核，每个提问可以申请一次。") if again else None
    if verb == "supplement" and (decline is None or decline.code != "unclear"):
        return _("这个提问不需要补充。您可以申请复核。")
    if verb == "rate" and _answer_of(question) is None:
        return _("答复后才能评价。")
    return None


def _answer_of(question: Question) -> Question | None:
    """The published question that answers this one: itself, or what it was merged into."""
    target = question.merged_into if question.merged_into_id else question
    return target if target is not None and target.status == Status.PUBLISHED else None


def _words(data: Mapping[str, Any], name: str, most: int, *, required: bool) -> str:
    value = data.get(name) or ""
    if not isinstance(value, str):
        raise InvalidFields({name: _("请填写文字。")})
    try:
        value = text.clean(value)
    except ValueError:
        raise InvalidFields({name: _("含有无法识别的字符，请重新输入。")}) from None
    if required and not value:
        raise InvalidFields({name: _("请填写这一项。")})
    if text.exceeds(value, most):
        raise InvalidFields({name: _("最多 %(most)s 个字，请缩短。") % {"most": most}})
    return value


def withdraw(receipt: str) -> Question:
    """Take the question back with every part of it that is still open; those merged into it stand on their own."""
    with unit_of_work():
        _asker, question = _lock(receipt, "withdraw")
        for part in _open_parts(question):
            _withdraw_one(part)
    return Question.objects.get(id=question.id)


def _open_parts(question: Question) -> list[Question]:
    """What a receipt can still take back: the question and the parts a moderator made of it."""
    states, _stages, _label = flow.CITIZEN_MOVES["withdraw"]
    return [part for part in (question, *question.parts.all()) if part.status in states]


def _withdraw_one(question: Question) -> None:
    was_public = visibility.is_public(question, question.hour)
    question.status = Status.WITHDRAWN
    question.waiting_since = clock.now()
    if question.urgent:  # nobody could end the handover of a question that is over
        question.urgent = False
        question.handovers.filter(released_at=None).update(released_at=clock.now())
    question.save(update_fields=["status", "waiting_since", "urgent"])
    _tell(question, "question.withdrawn", public=was_public)
    free_followers(question)


def free_followers(question: Question, actor: int | None = None) -> None:
    """When a question ends without an answer, those merged into it stand on their own again."""
    for follower in question.merged.select_related("hour"):
        follower.merged_into = None
        follower.status = Status.ACCEPTED
        follower.accepted_at = follower.accepted_at or clock.now()
        follower.waiting_since = clock.now()
        follower.save()
        public = visibility.is_public(follower, follower.hour)
        record(
            follower.hour_id, "question.reopened", actor=actor, subject="question", subject_id=follower.id,
            public=public, appeal=False,
        )  # fmt: skip


def _tell(question: Question, kind: str, *, public: bool, **facts: Any) -> None:
    record(question.hour_id, kind, subject="question", subject_id=question.id, public=public, **facts)


def appeal(receipt: str, data: Mapping[str, Any]) -> Question:
    """Ask, once, that somebody else looks at a refusal again."""
    words = _words(data, "text", 1000, required=False)
    with unit_of_work():
        _asker, question = _lock(receipt, "appeal")
        Appeal.objects.create(question=question, text=words, at=clock.now())
        question.waiting_since = clock.now()
        question.save(update_fields=["waiting_since"])
        _tell(question, "question.appealed", public=False)
    return question


def supplement(receipt: str, data: Mapping[str, Any]) -> Question:
    """Add what was missing: back to screening, at its old place (the queue goes by the time of asking)."""
    from townhall.questions.asking import MOST_TEXT

    words = _words(data, "text", MOST_TEXT, required=True)
    with unit_of_work():
        _asker, question = _lock(receipt, "supplement")
        question.original_title = question.original_title or question.title
        question.original_text = question.original_text or question.text
        joined = f"{question.text}\n\n{_('补充')}：{words}"
        if text.exceeds(joined, 2 * MOST_TEXT):
            raise InvalidFields({"text": _("补充后太长，请缩短。")})
        question.text = joined
        question.status = Status.RECEIVED
        question.waiting_since = clock.now()
        question.save()
        question.declines.filter(reopened_at=None).update(reopened_at=clock.now())
        # Taken up again, which is what a second look was asked for; left open it would bar archiving for ever.
        Appeal.objects.filter(question=question, closed_at=None).update(closed_at=clock.now(), upheld=False)
        _tell(question, "question.supplemented", public=False)
    return question


def clean_reason(data: Mapping[str, Any]) -> str:
    """A code of the reasons for dissatisfaction, or nothing.

    :raises InvalidFields: naming ``reason``
    """
    reason = str(data.get("reason") or "")
    if reason and reason not in DissatisfactionReason.values:
        raise InvalidFields({"reason": _("请从列出的原因中选择，或不填。")})
    return reason


def clean_rating(data: Mapping[str, Any]) -> tuple[int, str]:
    """Level and reason of a rating.

    :raises InvalidFields: naming each field
    """
    errors: dict[str, Any] = {}
    reason = ""
    try:
        level = int(str(data.get("level")))
    except ValueError:
        level = 0
    if level not in Satisfaction.values or isinstance(data.get("level"), bool):
        errors["level"] = _("请选择 1 到 5。")
    try:
        reason = clean_reason(data)
    except InvalidFields as invalid:
        errors |= invalid.errors
    if errors:
        raise InvalidFields(errors)
    return level, reason


def is_settled(said_at: datetime) -> bool:
    """Whether a word said then can no longer be replaced: statistics that were read must not move for ever."""
    return clock.now() - said_at > CHANGEABLE_FOR


def rate(receipt: str, data: Mapping[str, Any]) -> Rating:
    """Say in one of five words whether the answer helped; within thirty days the last word replaces the one before.

    A corrected answer may be rated anew.

    :raises Refused: 409 when the word stands
    """
    level, reason = clean_rating(data)
    with unit_of_work():
        asker, question = _lock(receipt, "rate")
        before = Rating.objects.filter(asker=asker).first()
        if before is not None and is_settled(before.at) and not _signed_since(question, before.at):
            raise Refused(CONFLICT, "settled", SETTLED)
        rating, _created = Rating.objects.update_or_create(
            asker=asker, defaults={"level": level, "reason": reason, "at": clock.now()}
        )
        _tell(question, "question.rated", public=False, level=level)
    return rating


def _signed_since(question: Question, moment: datetime) -> bool:
    target = _answer_of(question)
    return target is not None and target.versions.filter(signed_at__gt=moment).exists()


# -- anybody --------------------------------------------------------------------------------------------


def _public_question(question_id: int) -> Question:
    question = (
        Question.objects.select_related("hour").filter(visibility.public_filter(), id=question_id).first()
    )
    if question is None:
        raise missing(_("没有这个提问，或它没有公开。"))
    return question


def support(question_id: int, *, verification: str = "", browser: str = "") -> int:
    """同问: count one person more, once; returns the number of supporters.

    :param verification: the person's token, demanded where the hour demands verified people
    :param browser: elsewhere, a key that the browser keeps
    """
    question = _public_question(question_id)
    person = identity.person_of(verification) if verification else None
    if verification and person is None:
        raise InvalidFields({"verification": _("手机验证已失效，请重新获取验证码。")})
    if person is None and (question.hour.identity == Identity.VERIFIED or not browser):
        raise InvalidFields({"verification": _("请先验证手机号码。")})
    digest = keyed_hash("supporter", f"p{person}" if person else f"b{browser}")
    with unit_of_work("ask"):
        _row, created = Support.objects.get_or_create(
            question=question, supporter_digest=digest, defaults={"at": clock.now()}
        )
        if created:  # weather: counted, sampled for viewers, not journalled one by one
            Question.objects.filter(id=question.id).update(supports=F("supports") + 1)
    return question.supports + (1 if created else 0)


def takes_comments(status: str, stage: str) -> bool:
    """Whether a public question in this state, in an hour at this stage, can be commented on."""
    return status == Status.PUBLISHED and stage in WORKING_STAGES


def comment(question_id: int, data: Mapping[str, Any]) -> Comment:
    """Hand in a remark under a public question; it is shown after screening."""
    question = _public_question(question_id)
    name = " ".join(_words(data, "display_name", 30, required=True).split())
    words = _words(data, "text", MOST_COMMENT, required=True)
    token = str(data.get("verification") or "")
    person = identity.person_of(token) if token else None
    if person is None and (token or question.hour.identity == Identity.VERIFIED):
        raise InvalidFields({"verification": _("请先验证手机号码。")})
    bans.refuse_banned(person)
    if not takes_comments(question.status, question.hour.stage):
        raise Refused(CONFLICT, "stage", _("答复后、归档前可以评论，现在不能。"))
    with unit_of_work("ask"):
        row = Comment.objects.create(
            question=question, display_name=name, text=words, contact_id=person, at=clock.now()
        )
        record(question.hour_id, "comment.made", subject="comment", subject_id=row.id)
    return row
