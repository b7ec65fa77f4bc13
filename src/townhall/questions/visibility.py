"""Who may see what: the one place, safe case first, closed by default."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from townhall.hours.choices import GROUP_ROLES, PUBLIC_STAGES, PublishAt, Role, Stage
from townhall.questions.choices import Status, Window
from townhall.questions.models import Question, Return

if TYPE_CHECKING:
    from townhall.hours.models import OfficeHour
    from townhall.hours.seats import Actor

_NEVER_PUBLIC = (Status.RECEIVED.value, Status.DECLINED.value, Status.WITHDRAWN.value)
_BEFORE_OPENING = (Stage.PLANNED.value, Stage.ANNOUNCED.value, Stage.PREPARING.value, Stage.CANCELLED.value)


def is_public(question: Question, hour: OfficeHour) -> bool:
    """Whether anybody may see this question: screened, in its time, not in an emergency.

    The text may still be covered or private: :func:`shows_text`.
    """
    if question.urgent or question.status in _NEVER_PUBLIC or question.accepted_at is None:
        return False
    if hour.stage not in PUBLIC_STAGES or hour.stage == Stage.CANCELLED:
        return False
    if question.window == Window.PRE and hour.stage in _BEFORE_OPENING:
        return False
    return hour.publish_at == PublishAt.ACCEPTANCE or question.status == Status.PUBLISHED


def public_filter() -> Q:
    """The same rule as :func:`is_public`, for queries; a property test holds the two together."""
    return (
        Q(urgent=False, accepted_at__isnull=False)
        & ~Q(status__in=_NEVER_PUBLIC)
        & Q(hour__stage__in=PUBLIC_STAGES - {Stage.CANCELLED.value})
        & ~Q(window=Window.PRE, hour__stage__in=_BEFORE_OPENING)
        & (Q(hour__publish_at=PublishAt.ACCEPTANCE) | Q(status=Status.PUBLISHED))
    )


def shows_text(question: Question) -> bool:
    """Whether title, text and answer may be shown to everybody."""
    return not question.withheld and not question.reply_privately


def reach_filter(actor: Actor) -> Q:
    """Which questions of the hour exist for this actor at all: every one, but never a complaint about one's own unit.

    Moderators alone are excepted: somebody must send it elsewhere, and they had read it before it was marked.

    A move on any other is refused for the seat, with its reason (403), not as if the question did not exist.
    """
    rule = Q(hour_id=actor.hour_id)
    if actor.unit_id is not None and not actor.holds(frozenset({Role.MODERATOR.value})):
        rule &= ~Q(about_official=True, accused_unit_id=actor.unit_id)
    return rule


def staff_filter(actor: Actor) -> Q:
    """Which questions of the hour this actor may read.

    Everybody with a seat reads the hour's questions within :func:`reach_filter`; a group only what it leads,
    assists or has returned, and what is public already.
    """
    rule = reach_filter(actor)
    if actor.roles <= GROUP_ROLES:
        returned = Return.objects.filter(group_id__in=actor.group_ids)
        rule &= worked_on_by(actor) | Q(id__in=returned.values("question_id")) | public_filter()
    return rule


def worked_on_by(actor: Actor) -> Q:
    """Which questions this actor's groups lead or assist; subqueries, so that no row comes twice."""
    assisted = Question.assisting.through.objects.filter(group_id__in=actor.group_ids)
    return Q(lead_id__in=actor.group_ids) | Q(id__in=assisted.values("question_id"))
