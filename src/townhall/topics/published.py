"""What anybody may see of the topic pool: topics that were taken in, the open poll, results."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from townhall.hours.choices import PUBLIC_STAGES
from townhall.hours.published import worded
from townhall.kernel import masks
from townhall.topics.choices import PUBLIC_STATES, Origin, PollState, State
from townhall.topics.models import Choice, Poll, Pool, Topic

if TYPE_CHECKING:
    from townhall.hours.models import OfficeHour

MOST_SHOWN = 100


def for_hour(hour: OfficeHour) -> dict[str, Any] | None:
    """The topic of an hour as its page may show it: title, origin and department; ``None`` when none was chosen."""
    choice = Choice.objects.select_related("topic__unit").filter(hour=hour).first()
    if choice is None:
        return None
    topic = choice.topic
    return {
        "title": worded(topic, "title"),
        "origin": topic.origin,
        "origin_label": str(Origin(topic.origin).label),
        "unit": worded(topic.unit, "name") if topic.unit else "",
    }


def is_open() -> bool:
    """Whether citizens may look at a pool now, for pages that lead there."""
    return Pool.objects.filter(public_open=True).exists()


def open_pool() -> dict[str, Any] | None:
    """The pool the public may look at now, with its topics and its polls; ``None`` when none is open.

    A pool stays to be read while its poll is open, also when no more is suggested.
    """
    pool = Pool.objects.filter(public_open=True).order_by("-year").first()
    if pool is None:
        return None
    return {
        "id": pool.id,
        "year": pool.year,
        "identity": pool.identity,
        "topics": _topics(pool),
        "polls": _polls(pool),
    }


def _topics(pool: Pool) -> list[dict[str, Any]]:
    rows = Topic.objects.filter(pool=pool, state__in=PUBLIC_STATES).select_related("unit")
    return [_topic(row) for row in rows.prefetch_related("choices__hour")[:MOST_SHOWN]]


def _topic(topic: Topic) -> dict[str, Any]:
    # A planned hour is nobody's business yet; what stands chosen for one looks like the others.
    hours = [
        one.hour for one in topic.choices.all() if one.hour.stage in PUBLIC_STAGES and not one.hour.rehearsal
    ]
    return {
        "id": topic.id,
        "title": masks.mask(worded(topic, "title")),
        "reason": masks.mask(topic.reason),
        "origin": topic.origin,
        "origin_label": str(Origin(topic.origin).label),
        "unit": worded(topic.unit, "name") if topic.unit else "",
        "supports": topic.supports,
        "chosen": topic.state == State.CHOSEN and bool(hours),
        "hours": [{"slug": hour.slug, "issue_no": hour.issue_no} for hour in hours],
    }


def _polls(pool: Pool) -> list[dict[str, Any]]:
    """Open first, then those that are over with their results; while one is open only the total is told."""
    rows = Poll.objects.filter(pool=pool).exclude(state=PollState.DRAFT).prefetch_related("options__topic")
    shown = [_poll(row) for row in rows]
    return sorted(shown, key=lambda one: not one["open"])


def _poll(poll: Poll) -> dict[str, Any]:
    options = list(poll.options.all())
    total = sum(option.votes for option in options)
    is_open = poll.state == PollState.OPEN
    if not is_open:
        options.sort(key=lambda option: (-option.votes, option.id))
    return {
        "id": poll.id,
        "open": is_open,
        "total": total,
        "closed_at": poll.closed_at,
        "options": [
            {
                "id": option.id,
                "title": masks.mask(worded(option.topic, "title")),
                "votes": None if is_open else option.votes,
                "percent": None if is_open or not total else round(100 * option.votes / total),
            }
            for option in options
        ],
    }
