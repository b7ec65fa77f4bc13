"""What stands beside an hour: introduction, people, material, places, days. One element that replaces itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils import translation

from townhall.live import cards, wording
from townhall.observers import published as observers
from townhall.plans import published as plans
from townhall.preparation import published as preparation
from townhall.venues import published as venues

if TYPE_CHECKING:
    from collections.abc import Mapping

BEFORE = frozenset({"announced", "preparing"})
# After which entries it may read differently. It is the longest part of the page around the cards, so that a pause,
# a hold and another signer on duty do not send it to ten thousand viewers.
CHANGED_BY = frozenset(
    {
        "hour.announced",
        "hour.asking_closed",
        "hour.opened",
        "hour.extended",
        "hour.postponed",
        "hour.wrapped",
        "hour.archived",
        "hour.cancelled",
        "hour.edited",
        "publicity.edited",
        "venue.changed",
        "plan.approved",
        "observer.call_opened",
        "observer.call_closed",
    }
)


def html(hour: Mapping[str, Any], lang: str = "zh") -> str:
    """``<section id="about">`` of an hour, in four queries at most.

    :param hour: as ``hours.published.present`` gives it in that language
    """
    with translation.override(cards.language(lang)):
        context = {
            "hour": hour,
            "key": cards.key_of(hour),
            "introduction": wording.paragraphs(hour["introduction"]),
            "venues": venues.for_hour(hour["id"]),
            "pre_asking": preparation.asking(hour["id"]) if hour["stage"] in BEFORE else None,
            "has_plan": plans.is_public(hour["id"]),
            "observers_open": observers.is_open(hour["id"]),
        }
    return cards.render("about", context, lang)
