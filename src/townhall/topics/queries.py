"""What staff see of the topic pool: each reading takes the actor and shows that actor's part."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils.translation import gettext as _

from townhall.kernel import clock
from townhall.kernel.errors import missing
from townhall.topics import evidence, flow
from townhall.topics.choices import PUBLIC_STATES, State
from townhall.topics.models import Choice, Poll, Pool, Topic

if TYPE_CHECKING:
    from townhall.hours.models import OfficeHour
    from townhall.hours.seats import Actor

LIST_LIMIT = 200
# From then on a district plans the next year.
PLANNING_FROM_MONTH = 11


def chosen_for(hour: OfficeHour) -> Topic | None:
    """The topic chosen from the pool for this hour, or ``None``."""
    choice = choice_for(hour)
    return choice.topic if choice else None


def choice_for(hour: OfficeHour) -> Choice | None:
    """The choice for this hour with its evidence, or ``None``."""
    return Choice.objects.select_related("topic__unit", "chosen_by").filter(hour=hour).first()


def usual_year() -> int:
    """The year whose pool a person opens first: the one being planned."""
    today = clock.today()
    return today.year + (today.month >= PLANNING_FROM_MONTH)


def years() -> list[int]:
    """The years that have a pool or may get one."""
    this = clock.today().year
    return sorted({this, this + 1, *Pool.objects.values_list("year", flat=True)}, reverse=True)


def pool(year: int) -> Pool | None:
    """A year's pool, when somebody has opened one."""
    return Pool.objects.filter(year=year).first()


def topics(actor: Actor, year: int, state: str = "") -> list[Topic]:
    """A year's topics, most supported first: all for the office, for others the pool and what their unit proposed."""
    rows = Topic.objects.filter(pool__year=year).select_related("unit", "proposed_by")
    if not actor.holds(flow.KEEPERS):
        rows = rows.filter(Q(state__in=PUBLIC_STATES) | Q(unit_id=actor.unit_id, unit__isnull=False))
    if state in State.values:
        rows = rows.filter(state=state)
    return list(rows.prefetch_related("choices__hour")[:LIST_LIMIT])


def counts(actor: Actor, year: int) -> dict[str, int]:
    """How many topics stand in each state, as far as the actor sees them."""
    found = dict.fromkeys(State.values, 0)
    for topic in topics(actor, year):
        found[topic.state] += 1
    return found


def moves(actor: Actor, topic: Topic) -> dict[str, Any]:
    """The verbs that this topic's state has, each with the reason why not now, or ``None``."""
    if not actor.holds(flow.KEEPERS):
        return {}
    found = {}
    for verb, move in flow.MOVES.items():
        if verb != "choose" and topic.state in move.sources:
            awaited = verb == "retire" and any(
                choice.hour.stage in flow.CHOOSING_STAGES for choice in topic.choices.all()
            )
            refusal = flow.refusal(actor, verb, topic) if awaited else None
            found[verb] = refusal.message if refusal else None
    return found


def candidates(actor: Actor) -> list[Topic]:
    """The topics an hour may take: of its own year's pool and the one before, most supported first."""
    rows = Topic.objects.filter(state__in=PUBLIC_STATES).select_related("unit", "pool")
    year = clock.today().year
    return list(rows.filter(pool__year__gte=year - 1).prefetch_related("choices__hour")[:LIST_LIMIT])


def evidence_of(actor: Actor, topic_id: int) -> tuple[Topic, dict[str, Any]]:
    """A topic with the evidence for it as it stands now.

    :raises Refused: 404 for one that cannot be chosen
    """
    topic = Topic.objects.select_related("unit", "pool").filter(id=topic_id, state__in=PUBLIC_STATES).first()
    if topic is None:
        raise missing(_("没有这个主题，或它不在备选之列。"))
    return topic, evidence.of(topic)


def polls(actor: Actor, year: int) -> list[Poll]:
    """A year's polls with their options, the newest first; only the office sees them before they open."""
    rows = Poll.objects.filter(pool__year=year).prefetch_related("options__topic")
    return list(rows if actor.holds(flow.KEEPERS) else rows.exclude(state="draft"))
