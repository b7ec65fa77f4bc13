"""Why an hour should be about a topic: who cares, what was asked, what earlier hours had to do with it."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

from django.db.models import Q

from townhall.hours.choices import PUBLIC_STAGES
from townhall.hours.models import OfficeHour
from townhall.hours.published import worded
from townhall.kernel import clock
from townhall.questions import published as questions
from townhall.topics.choices import PollState
from townhall.topics.models import PollOption

if TYPE_CHECKING:
    from townhall.topics.models import Topic

MOST_SAMPLES = 5
# More than so many questions about one word say no more than "many".
MOST_FOUND = 100
_JOINTS = re.compile(r"[\s、，,；;·]|(?<=..)[与和及](?=..)")


def keywords(topic: Topic) -> list[str]:
    """The words related questions are looked for with: the topic's own, else the parts of its title."""
    found = topic.keywords.split() or [part for part in _JOINTS.split(topic.title) if len(part) > 1]
    return found[:MOST_SAMPLES]


def of(topic: Topic) -> dict[str, Any]:
    """The evidence as it stands now: plain values that can be kept.

    Related questions are counted since the last hour that dealt with the topic, else since the year before the
    pool's.
    """
    words = keywords(topic)
    hours = earlier_hours(topic, words)
    since = date.fromisoformat(hours[0]["on"]) if hours else date(topic.pool.year - 1, 1, 1)
    related = _related(words, since)
    return {
        "on": clock.today().isoformat(),
        "since": since.isoformat(),
        "keywords": words,
        "supports": topic.supports,
        "questions": len(related),
        "samples": [
            {"id": one["id"], "number": one["number"], "title": one["title"], "supports": one["supports"]}
            for one in sorted(related, key=lambda one: (-one["supports"], one["id"]))[:MOST_SAMPLES]
        ],
        "hours": hours,
        "poll": _poll(topic),
    }


def _related(words: list[str], since: date) -> list[dict[str, Any]]:
    """Published questions that contain one of the words, asked on that day or later."""
    found = {}
    for word in words:
        for one in questions.search(word, limit=MOST_FOUND):
            if str(one["asked_at"])[:10] >= since.isoformat():
                found[one["id"]] = one
    return list(found.values())


def earlier_hours(topic: Topic, words: list[str]) -> list[dict[str, str]]:
    """Hours that were about it, the latest first: by choice from the pool or by their topic's words."""
    about = Q(topic_choice__topic=topic) | Q(topic=topic.title)
    for word in words:
        about |= Q(topic__contains=word)
    rows = OfficeHour.objects.filter(
        about, stage__in=PUBLIC_STAGES, rehearsal=False, starts_at__lt=clock.now()
    ).exclude(stage="cancelled")
    return [
        {
            "slug": hour.slug,
            "topic": worded(hour, "topic"),
            "on": clock.local(hour.starts_at).date().isoformat(),
        }
        for hour in rows.order_by("-starts_at")[:MOST_SAMPLES]
    ]


def _poll(topic: Topic) -> dict[str, int] | None:
    """How the topic did in the latest poll that is over."""
    row = PollOption.objects.filter(topic=topic, poll__state=PollState.CLOSED).order_by("-poll_id").first()
    if row is None:
        return None
    options = PollOption.objects.filter(poll=row.poll_id).values_list("votes", flat=True)
    return {"votes": row.votes, "of": sum(options)}
