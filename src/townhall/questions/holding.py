"""Soft locks and read markers: weather, not history. Nothing here is journalled."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils.translation import gettext as _

from townhall.hours.turns import take_turn
from townhall.kernel import clock
from townhall.kernel.errors import CONFLICT, Refused
from townhall.kernel.unit_of_work import unit_of_work
from townhall.questions import flow
from townhall.questions.models import Hold, Question, ReadMark

if TYPE_CHECKING:
    from townhall.hours.seats import Actor


def hold(actor: Actor, question: Question, *, status: str = "") -> None:
    """Take or renew the lock (a heartbeat every ten seconds or so keeps it).

    :param status: in which the holder has the question open; a heartbeat that was on its way while the
        question moved on must not keep the next person from it. Empty: whatever it is now.
    :raises Refused: 409, naming who has it, when it is somebody else's and fresh, or when it has moved on
    """
    with unit_of_work():
        take_turn(actor.hour_id)
        now = clock.now()
        if status and not Question.objects.filter(id=question.id, status=status).exists():
            raise Refused(CONFLICT, "status", _("这个提问刚刚有了变化，请看新的内容。"))
        row = Hold.objects.select_related("account").filter(question=question).first()
        if row and row.account_id != actor.account_id and now - row.at < flow.LOCK_LIFE:
            message = _("%(name)s正在处理这个提问，请稍候或换一个。") % {"name": row.account.name}
            raise Refused(CONFLICT, "lock", message)
        Hold.objects.update_or_create(question=question, defaults={"account_id": actor.id, "at": now})


def let_go(actor: Actor, question_id: int) -> None:
    """Release one's own lock."""
    with unit_of_work():
        Hold.objects.filter(question_id=question_id, account_id=actor.id).delete()


def take_next(actor: Actor, waiting: Any) -> Question | None:
    """Pick the first waiting question that nobody else holds, and hold it, in one act.

    :param waiting: questions with their ``place`` in the queue
    """
    with unit_of_work():
        take_turn(actor.hour_id)
        now = clock.now()
        free = ~Q(hold__at__gt=now - flow.LOCK_LIFE) | Q(hold__account_id=actor.account_id) | Q(hold=None)
        picked = waiting.filter(free).order_by("-urgent", "-taken", "place").first()
        if picked is None:
            return None
        Hold.objects.update_or_create(question=picked, defaults={"account_id": actor.id, "at": now})
    question: Question = picked
    return question


def mark_read(actor: Actor, question: Question) -> None:
    """Remember that this person has read the question as it is."""
    with unit_of_work():
        ReadMark.objects.update_or_create(
            question=question, account_id=actor.id, defaults={"at": clock.now()}
        )
