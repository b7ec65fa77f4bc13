"""The year's pool of the demo: opened, filled by units, and the hour's topic chosen from it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from townhall.hours.choices import Identity
from townhall.hours.seats import staff_actor
from townhall.kernel import clock
from townhall.topics import actions
from townhall.topics.models import Topic

if TYPE_CHECKING:
    from collections.abc import Sequence

    from townhall.hours.models import OfficeHour
    from townhall.people.models import Account
    from townhall.rehearsal.company import Company

COORDINATOR = "coordinator"


def open_and_fill(company: Company, hour: OfficeHour, proposals: Sequence[dict[str, Any]]) -> None:
    """Open the pool of the hour's year to units and citizens, and let units propose."""
    year = clock.local(hour.starts_at).year
    data = {"units_open": "on", "public_open": "on", "identity": Identity.OPEN.value}
    actions.set_pool(_actor(company.accounts[COORDINATOR]), year, data)
    for one in proposals:
        said = {
            name: words.format(topic=hour.topic, topic_en=hour.topic_en)
            for name, words in one.items()
            if name != "by"
        }
        actions.propose(_actor(company.accounts[one["by"]]), year, said)


def choose(company: Company, hour: OfficeHour) -> None:
    """The office takes in what was proposed, and chooses the hour's topic with the evidence in sight."""
    office = _actor(company.accounts[COORDINATOR])
    proposed = Topic.objects.filter(pool__year=clock.local(hour.starts_at).year, state="proposed")
    for topic in proposed.order_by("id"):
        actions.perform(office, "accept", topic.id, {})
    chosen = Topic.objects.get(pool__year=clock.local(hour.starts_at).year, title=hour.topic)
    actions.choose(
        company.actor(COORDINATOR, hour), chosen.id, {"reason": "提问集中，入学报名前需要说清楚。"}
    )


def _actor(account: Account) -> Any:
    found = staff_actor(account)
    assert found is not None  # noqa: S101 - the cast works for units
    return found
