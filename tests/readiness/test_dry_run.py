"""The dry run is kept as it was found; a rehearsal is copied, hidden, and deleted whole."""

from __future__ import annotations

from datetime import timedelta
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from django.db import DatabaseError, transaction

from tests.fixtures import ROLES
from townhall.hours import published as hours
from townhall.hours.models import Group, OfficeHour, Seat
from townhall.hours.seats import actor_for
from townhall.journal import read
from townhall.journal.models import Entry
from townhall.kernel import clock
from townhall.kernel.errors import InvalidFields, Refused
from townhall.questions import published
from townhall.questions.models import Question
from townhall.readiness import actions, flow, queries
from townhall.readiness.models import DryRun, Practice
from townhall.rehearsal import automatic

if TYPE_CHECKING:
    from tests.fixtures import District

STAGES = ("planned", "announced", "preparing", "live", "wrapping", "archived", "cancelled")
BEFORE = ("planned", "announced", "preparing")


@pytest.fixture(autouse=True)
def _nobody_serves(settings: Any) -> None:
    settings.BASE_URL = "http://127.0.0.1:9"


def start(district: District, **data: Any) -> OfficeHour:
    return actions.start_practice(district.actor("coordinator"), district.hour, data).rehearsal


# -- who may what -------------------------------------------------------------------------------------


def expected(verb: str, role: str, stage: str, state: str) -> int:
    """Written from what the coordinator was promised, not from the table."""
    if role != "coordinator" and not (role == "technician" and verb == "dry_run"):
        return 403
    allowed = {
        "dry_run": stage in (*BEFORE, "live"),
        "start_practice": stage in BEFORE and state == "none",
        "end_practice": state == "running",
    }
    return 200 if allowed[verb] else 409


@pytest.mark.parametrize("state", ["none", "running"])
def test_the_oracle_answers_for_every_verb_seat_stage_and_state(district: District, state: str) -> None:
    actors = {role: district.actor(role) for role in (*ROLES, "lead1", "member1")}
    if state == "running":
        start(district)
    wrong = []
    for verb, (role, actor), stage in product(flow.MOVES, actors.items(), STAGES):
        district.hour.stage = stage
        refusal = flow.refusal(actor, verb, district.hour)
        answer = refusal.status if refusal else 200
        if answer != expected(verb, role, stage, state):
            wrong.append((verb, role, stage, answer))
    assert not wrong


def test_a_rehearsal_is_not_rehearsed_and_an_empty_hour_neither(district: District) -> None:
    rehearsal = start(district)
    inside = actor_for(district.accounts["coordinator"], rehearsal)
    assert inside is not None
    rehearsal.stage = "planned"
    assert {verb: refusal.code for verb in ("dry_run", "start_practice")
            if (refusal := flow.refusal(inside, verb, rehearsal))} == {
        "dry_run": "is_real", "start_practice": "is_real"}  # fmt: skip
    actions.end_practice(district.actor("coordinator"), district.hour)
    Group.objects.all().delete()
    refusal = flow.refusal(district.actor("coordinator"), "start_practice", district.hour)
    assert refusal is not None
    assert refusal.code == "has_groups"


# -- the dry run --------------------------------------------------------------------------------------


def test_a_dry_run_counts_once_no_line_is_red(district: District) -> None:
    assert queries.dry_run_at(district.hour) is None
    Seat.objects.filter(role="assistant").delete()
    run = actions.dry_run(district.actor("technician"), district.hour)
    assert (run.red, run.ready) == (1, False)
    assert queries.dry_run_at(district.hour) is None
    from townhall.hours import planning

    planning.give_seat(district.hour, district.accounts["assistant"], "assistant")
    with clock.steer(clock.now() + timedelta(hours=1)):
        moment = clock.now()
        actions.dry_run(district.actor("coordinator"), district.hour)
    assert queries.dry_run_at(district.hour) == moment
    runs = queries.dry_runs(district.actor("mayor"))
    assert [one.ready for one in runs] == [True, False]
    assert [line.finding for line in queries.kept(runs[1]) if line.level == "fail"] == [
        "没有人担任区长联络员"
    ]
    entries = Entry.objects.filter(kind="readiness.dry_run").order_by("id")
    assert [(entry.public, entry.facts["red"]) for entry in entries] == [(False, 1), (False, 0)]


@pytest.mark.both_databases
def test_what_a_dry_run_found_is_never_edited(district: District) -> None:
    run = actions.dry_run(district.actor("coordinator"), district.hour)
    with pytest.raises(DatabaseError), transaction.atomic():
        DryRun.objects.filter(id=run.id).update(red=0)


# -- the rehearsal ------------------------------------------------------------------------------------


def test_groups_and_seats_go_along_and_nothing_else(district: District) -> None:
    district.to_stage("announced")
    district.ask("真正的提问。")
    rehearsal = start(district)
    assert (rehearsal.stage, rehearsal.rehearsal, rehearsal.identity, rehearsal.issue_no) == (
        "live",
        True,
        "open",
        None,
    )
    assert rehearsal.secret

    def seats(hour: OfficeHour) -> list[tuple[Any, ...]]:
        rows = Seat.objects.filter(hour=hour).values_list("account", "role", "group__name", "active")
        return sorted(rows, key=str)

    def groups(hour: OfficeHour) -> list[tuple[str, list[str]]]:
        return [(group.name, [unit.name for unit in group.units.all()]) for group in hour.groups.all()]

    assert seats(rehearsal) == seats(district.hour)
    assert groups(rehearsal) == groups(district.hour)
    assert not Question.objects.filter(hour=rehearsal).exists()


def test_a_rehearsal_is_hidden_from_the_public(district: District) -> None:
    rehearsal = start(district, citizens="5", minutes="1")
    assert hours.find(rehearsal.slug, "") is None
    assert hours.find(rehearsal.slug, rehearsal.secret) is not None
    assert rehearsal.slug not in str(hours.list_hours())


def test_the_servers_citizens_ask_in_time_and_never_more_than_wanted(district: District) -> None:
    rehearsal = start(district, citizens="30", minutes="10")
    began = clock.now()
    asked = []
    for minutes in (0, 1, 5, 5, 11, 12, 13, 90):
        with clock.steer(began + timedelta(minutes=minutes)):
            automatic.ask_due()
            asked.append(Question.objects.filter(hour=rehearsal).count())
    assert asked == [1, 4, 16, 16, 30, 30, 30, 30]
    assert not Question.objects.filter(hour=district.hour).exists()
    report = queries.practice(district.actor("coordinator"))
    assert report is not None
    assert (report["asked"], report["counts"]["asked"]) == (30, 30)


def test_the_servers_citizens_wait_while_asking_is_paused_and_stop_with_the_hour(district: District) -> None:
    from townhall.hours import actions as hour_actions

    rehearsal = start(district, citizens="10", minutes="1")
    coordinator = actor_for(district.accounts["coordinator"], rehearsal)
    assert coordinator is not None
    hour_actions.perform(coordinator, "pause", {"reason_code": "backlog"})
    assert automatic.ask_due() == 0
    hour_actions.perform(coordinator, "resume", {})
    assert automatic.ask_due() == 1
    hour_actions.perform(coordinator, "wrap", {"reason_code": "other"})
    with clock.steer(clock.now() + timedelta(minutes=5)):
        assert automatic.ask_due() == 0


def test_deleted_whole_only_numbers_stay(district: District) -> None:
    before = (
        OfficeHour.objects.count(),
        Question.objects.count(),
        Seat.objects.count(),
        Group.objects.count(),
    )
    rehearsal = start(district, citizens="3", minutes="1")
    line = rehearsal.id
    with clock.steer(clock.now() + timedelta(minutes=2)):
        automatic.ask_due()
        actions.end_practice(district.actor("coordinator"), district.hour)
    assert (
        OfficeHour.objects.count(),
        Question.objects.count(),
        Seat.objects.count(),
        Group.objects.count(),
    ) == before
    assert not Practice.objects.exists()
    assert not Entry.objects.filter(line=line).exists()
    assert Entry.objects.get(kind="readiness.practice_ended").facts == {"asked": 3, "answered": 0}
    assert automatic.ask_due() == 0
    assert published.counts([district.hour.id])[district.hour.id]["asked"] == 0


def test_two_coordinators_start_one_rehearsal(district: District, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second comes between the first one's look and its act; what it had made is taken away again."""
    real = actions.practice.create
    here = district.actor("coordinator")

    def overtaken(hour: OfficeHour, by: Any) -> OfficeHour:
        monkeypatch.setattr(actions.practice, "create", real)
        actions.start_practice(here, hour, {})
        return real(hour, by)

    monkeypatch.setattr(actions.practice, "create", overtaken)
    with pytest.raises(Refused):
        actions.start_practice(here, district.hour, {})
    assert Practice.objects.count() == 1
    assert OfficeHour.objects.filter(rehearsal=True).count() == 1


@pytest.mark.parametrize("value", ["-1", "201", "1e3", "１２", "9" * 400, "\0"])
def test_odd_numbers_are_fields_to_mend_and_write_nothing(district: District, value: str) -> None:
    head = read.head(district.hour.id)
    with pytest.raises(InvalidFields) as invalid:
        start(district, citizens=value)
    assert list(invalid.value.errors) == ["citizens"]
    assert read.head(district.hour.id) == head


def test_a_rehearsals_public_page_says_what_it_is(district: District, settings: Any) -> None:
    from django.test import Client

    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    rehearsal = start(district)
    browser = Client(headers={"host": "127.0.0.1:8000"})
    page = browser.get(f"/hours/{rehearsal.slug}/?key={rehearsal.secret}")
    assert page.status_code == 200
    assert "演练" in page.content.decode()
    assert "None" not in page.content.decode()
    stranger = Client(headers={"host": "127.0.0.1:8000"})
    assert stranger.get(f"/hours/{rehearsal.slug}/").status_code == 404
