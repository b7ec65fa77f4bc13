"""What a citizen does with a link: say whether it helped, or that a promise was not kept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from townhall.hours.turns import take_turn
from townhall.journal.write import record
from townhall.kernel import clock
from townhall.kernel.errors import CONFLICT, Refused, missing
from townhall.kernel.secrets import make_receipt
from townhall.kernel.unit_of_work import unit_of_work
from townhall.questions import citizen_actions as questions
from townhall.voice import asking, links
from townhall.voice.choices import Purpose, Why
from townhall.voice.models import Ask, PromiseRating

if TYPE_CHECKING:
    from collections.abc import Mapping


def _found(token: str) -> Ask:
    ask = links.find(token)
    if ask is None:
        raise missing(_("这个链接不完整或已失效。请从短信里重新打开，或用查询码查看。"))
    return ask


def rate(token: str, data: Mapping[str, Any]) -> None:
    """One of five words, and for the two lowest why; said again within the time for it, the last word counts.

    :raises InvalidFields: naming the field
    :raises Refused: 404 for a forged link, 409 when it can no longer be changed
    """
    ask = _found(token)
    if ask.purpose == Purpose.ANSWER:
        questions.rate(make_receipt(ask.asker.receipt_nonce), data)
        return
    level, reason = questions.clean_rating(data)
    with unit_of_work():
        take_turn(ask.question.hour_id)
        before = PromiseRating.objects.filter(ask=ask).first()
        if before is not None and questions.is_settled(before.at):
            raise Refused(CONFLICT, "settled", questions.SETTLED)
        PromiseRating.objects.update_or_create(
            ask=ask, defaults={"level": level, "reason": reason, "at": clock.now()}
        )
        record(
            ask.question.hour_id, "voice.promise_rated", subject="question", subject_id=ask.question_id,
            commitment=ask.commitment_id, level=level, ask=ask.id,
        )  # fmt: skip
        if level <= asking.DISSATISFIED:
            asking.open_call(ask.question, ask.asker, Why.DISSATISFIED, commitment_id=ask.commitment_id)


def not_done(token: str, data: Mapping[str, Any]) -> None:
    """Say that a promise reported as kept was not: it goes back to the inspector, who also calls.

    :param data: ``reason``, a code of the reasons for dissatisfaction, may be left out
    :raises Refused: 404 for a forged link, 409 when it is no promise's or was said already
    """
    ask = _found(token)
    reason = questions.clean_reason(data)
    if ask.purpose != Purpose.PROMISE:
        raise Refused(CONFLICT, "purpose", _("这个链接只用来评价答复。"))
    with unit_of_work():
        take_turn(ask.question.hour_id)
        ask = Ask.objects.select_for_update(of=("self",)).select_related("question", "asker").get(id=ask.id)
        if ask.not_done_at is not None:
            raise Refused(CONFLICT, "said", _("已经记下，督查室会重新核查。"))
        for reopen in links.REOPEN:
            reopen(ask.commitment_id, reason)
        ask.not_done_at = clock.now()
        ask.save(update_fields=["not_done_at"])
        record(
            ask.question.hour_id, "voice.not_done", subject="question", subject_id=ask.question_id,
            commitment=ask.commitment_id, reason=reason,
        )  # fmt: skip
        asking.open_call(ask.question, ask.asker, Why.NOT_DONE, commitment_id=ask.commitment_id)
