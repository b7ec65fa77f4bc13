"""The live demo: something waits at every desk, and it is moved to now when it has expired."""

from datetime import datetime, timedelta

from tests.rehearsal.conftest import NOW
from townhall.hours import actions as hour_actions
from townhall.hours.models import OfficeHour
from townhall.hours.seats import actor_for, system_actor
from townhall.kernel import clock, masks
from townhall.people.models import Account
from townhall.questions import published, queries
from townhall.questions.choices import PENDING, Status
from townhall.questions.models import Comment, Question
from townhall.rehearsal import fill


def again_at(now: datetime) -> OfficeHour:
    with clock.steer(now):
        return OfficeHour.objects.get(slug=fill.fill("live")["hour"])


def test_every_status_is_on_some_desk(hour: OfficeHour) -> None:
    assert hour.starts_at <= NOW < hour.ends_at
    rows = Question.objects.filter(hour=hour)
    assert set(rows.values_list("status", flat=True)) == set(Status.values)
    assert {"answered", "promised"} <= set(rows.values_list("outcome", flat=True))
    assert set(rows.values_list("withheld", flat=True)) == {None, "pending", "confirmed"}
    assert rows.filter(urgent=True).exists()
    assert rows.filter(designated=True, returns=2).exists()
    assert rows.filter(appeal__closed_at=None, appeal__isnull=False).exists()
    assert rows.filter(window="pre", status="published").exists()
    assert rows.exclude(channel="web").exists()
    assert Comment.objects.filter(question__hour=hour, state="received").exists()


def test_something_waits_for_everybody(hour: OfficeHour) -> None:
    for name in ("moderator1", "edulead", "citylead", "mayor", "deputy1", "assistant", "coordinator"):
        actor = actor_for(Account.objects.get(username=name), hour)
        assert actor is not None
        board, _more = queries.board(actor, seat=next(iter(actor.roles)))
        assert board, name


def test_ages_look_like_an_evenings_work(hour: OfficeHour) -> None:
    waits = [NOW - row.waiting_since for row in Question.objects.filter(hour=hour, status__in=PENDING)]
    assert max(waits) < timedelta(minutes=30)
    assert len({wait.seconds // 60 for wait in waits}) > 6


def test_an_expired_hour_is_moved_to_now(hour: OfficeHour) -> None:
    later = NOW + timedelta(days=3)
    again = again_at(later)
    assert again.id == hour.id
    assert again.stage == "live"
    assert again.starts_at <= later < again.ends_at


def test_a_wrapped_hour_is_live_again(hour: OfficeHour) -> None:
    with clock.steer(NOW + timedelta(hours=1)):
        hour_actions.perform(system_actor(hour), "wrap", {})
    again = again_at(NOW + timedelta(hours=2))
    assert (again.id, again.stage) == (hour.id, "live")


def test_the_answer_names_the_seats_as_promised(hour: OfficeHour) -> None:
    staff = fill.as_json(hour)["staff"]
    wanted = "moderator group lead mayor deputy assistant coordinator inspector clerk"
    assert set(staff) == set(wanted.split())
    actors = {
        name: actor_for(Account.objects.get(username=name), hour)
        for names in staff.values()
        for name in names
    }
    for seat, names in staff.items():
        for name in names:
            actor = actors[name]
            assert actor is not None
            assert seat in actor.roles
    first, second = (actors[name] for name in staff["group"][:2])
    assert first is not None
    assert second is not None
    assert first.group_ids == second.group_ids


def test_nothing_public_names_anybody(hour: OfficeHour) -> None:
    shown, _more = published.public_list(hour.id, limit=100)
    assert shown
    for one in shown:
        assert not masks.find(str(one["title"]) + str(one["text"])), one["number"]
