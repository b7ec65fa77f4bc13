"""The demo fills every stage, through actions only, so that everything adds up."""

from datetime import datetime
from typing import Any

import pytest
from django.core.management import call_command

from tests.rehearsal.conftest import NOW
from townhall.history.models import PastQuestion
from townhall.hours.models import OfficeHour
from townhall.insight import finding
from townhall.insight.actions import keep_index, keep_past
from townhall.journal.models import Entry
from townhall.kernel import clock
from townhall.kernel.errors import Refused
from townhall.people import actions as people
from townhall.questions import published
from townhall.questions.models import Asker, Question, Version
from townhall.rehearsal import cast, evening, fill

pytestmark = pytest.mark.django_db


def fill_to(stage: str, now: datetime = NOW, **options: Any) -> OfficeHour:
    with clock.steer(now):
        done = fill.fill(stage, **options)
    return OfficeHour.objects.get(slug=done["hour"])


def digest() -> list[Any]:
    """What the demo consists of, without what is random by design (receipts, keys)."""
    questions = Question.objects.order_by("id").values_list(
        "hour__slug",
        "number",
        "title",
        "text",
        "status",
        "outcome",
        "asked_at",
        "waiting_since",
        "lead__name",
    )
    versions = Version.objects.order_by("id").values_list("author__username", "signed_by__username", "text")
    return [*questions, *versions]


def slugs() -> list[str]:
    return list(OfficeHour.objects.values_list("slug", flat=True))


def empty() -> None:
    call_command("flush", interactive=False, verbosity=0)


# Every stage is built of the same evenings: the two that tell most run each time.
QUICK = {"live", "archived"}


@pytest.mark.parametrize(
    "stage", [pytest.param(one, marks=() if one in QUICK else pytest.mark.long) for one in evening.STAGES]
)
def test_a_stage_is_filled_and_adds_up(stage: str) -> None:
    hour = fill_to(stage)
    assert hour.stage == stage
    counted = published.counts(OfficeHour.objects.values_list("id", flat=True))
    for one in counted.values():
        assert one["asked"] == sum(count for name, count in one.items() if name != "asked")
    assert bool(counted[hour.id]["asked"]) == (stage != "planned")
    if stage == "archived":
        assert counted[hour.id]["pending"] == 0
    assert PastQuestion.objects.count() == 15
    keep_index()
    keep_past(0)
    own = Question.objects.filter(hour__slug=min(slugs()), status="published", withheld=None).first()
    found = [
        *finding.search(finding.Wanted(own.title)).items,
        *finding.search(finding.Wanted("托班名额")).items,
    ]
    assert {one["kind"] for one in found} == {"own", "past"}
    stages = OfficeHour.objects.values_list("stage", flat=True)
    assert sorted(stages) == sorted([*["archived"] * len(cast.past()), stage, "planned"])
    the_journal_goes_forward_and_not_beyond_now()


def the_journal_goes_forward_and_not_beyond_now() -> None:
    for line in OfficeHour.objects.values_list("id", flat=True):
        times = list(Entry.objects.filter(line=line).order_by("seq").values_list("at", flat=True))
        assert times == sorted(times)
        assert times[-1] <= NOW


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_the_same_seed_fills_the_same() -> None:
    fill_to("live", seed=5)
    first = digest()
    empty()
    fill_to("live", seed=5)
    assert digest() == first
    empty()
    fill_to("live", seed=6)
    assert digest() != first


@pytest.mark.long
def test_repeating_is_harmless() -> None:
    hour = fill_to("preparing")
    before = digest()
    assert fill_to("preparing").id == hour.id
    assert digest() == before
    assert OfficeHour.objects.count() == len(cast.past()) + 2


def test_real_data_are_refused() -> None:
    people.create_unit("某区教育局", "department")
    people.mark_installation("real")
    with pytest.raises(Refused) as refusal:
        fill_to("live")
    assert refusal.value.code == "real_data"
    assert not OfficeHour.objects.exists()


def test_a_district_that_is_being_set_up_is_no_empty_installation() -> None:
    people.create_unit("某区教育局", "department")
    with pytest.raises(Refused):
        fill_to("planned")


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_half_a_demo_is_filled_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(fill, "_next_hour", interrupted)
        with pytest.raises(KeyboardInterrupt):
            fill_to("planned")
    assert OfficeHour.objects.exists()
    hour = fill_to("planned")
    assert hour.issue_no == 16
    assert OfficeHour.objects.count() == len(cast.past()) + 2


def interrupted(*_arguments: object) -> None:
    raise KeyboardInterrupt


def test_an_unknown_stage_is_named() -> None:
    with pytest.raises(ValueError, match="evening"):
        fill_to("evening")


@pytest.mark.long
def test_verified_people_stand_behind_a_verified_hour() -> None:
    hour = fill_to("live", identity="verified")
    assert hour.identity == "verified"
    assert not Asker.objects.filter(hour=hour, contact=None).exists()
