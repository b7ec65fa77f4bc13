"""The playing demo: it moves through actions, keeps the hour live and leaves visitors' questions alone."""

import threading
from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from tests.rehearsal.conftest import NOW
from townhall.hours import actions as hour_actions
from townhall.hours.models import OfficeHour
from townhall.hours.seats import system_actor
from townhall.kernel import clock
from townhall.questions import asking, citizen_actions, published
from townhall.questions.models import Hold, Question
from townhall.rehearsal import play


def play_on(player: play.Player, moves: int, start: datetime = NOW) -> Counter[str]:
    done: Counter[str] = Counter()
    for number in range(moves):
        with clock.steer(start + timedelta(seconds=14 * (number + 1))):
            done[(player.move() or "nothing").split()[0]] += 1
    return done


def statuses(hour: OfficeHour) -> Counter[str]:
    return Counter(Question.objects.filter(hour=hour).values_list("status", flat=True))


def test_it_moves_and_leaves_work_on_every_desk(hour: OfficeHour) -> None:
    before = statuses(hour)
    done = play_on(play.Player(), 250)
    after = statuses(hour)
    assert done["nothing"] < 25
    assert {"asked", "assigned", "drafted", "submitted", "signed", "commented", "supported", "opened"} <= set(
        done
    )
    assert after["published"] > before["published"]
    assert all(after[status] >= 3 for status in ("received", "assigned", "submitted"))
    counted = published.counts([hour.id])[hour.id]
    assert counted["asked"] == sum(count for name, count in counted.items() if name != "asked")


def test_the_hour_never_ends_while_it_plays(hour: OfficeHour) -> None:
    player = play.Player()
    for minutes in range(0, 200, 3):
        with clock.steer(NOW + timedelta(minutes=minutes)):
            player.move()
            hour.refresh_from_db()
            assert hour.stage == "live"
            assert hour.ends_at > clock.now()


def test_an_hour_that_the_clock_ended_goes_on(hour: OfficeHour) -> None:
    later = NOW + timedelta(hours=3)
    with clock.steer(later):
        hour_actions.perform(system_actor(hour), "wrap", {})
        play.Player().move()
        hour.refresh_from_db()
    assert hour.stage == "live"
    assert hour.ends_at > later


def test_an_hour_that_a_visitor_ended_stays_ended(hour: OfficeHour) -> None:
    from townhall.rehearsal import company

    hour_actions.perform(company.find().actor("coordinator", hour), "wrap", {"reason_code": "other"})
    assert play.Player().move() == ""
    hour.refresh_from_db()
    assert hour.stage == "wrapping"


def test_a_visitors_question_is_left_to_the_visitor(hour: OfficeHour) -> None:
    payload: dict[str, Any] = {"display_name": "来访者", "text": "请问这里试用时提的问题，会不会被自动答掉？"}
    asked = citizen_actions.ask(asking.parse(hour, payload))
    play_on(play.Player(), 120)
    assert Question.objects.get(id=asked.id).status == "received"


def test_what_somebody_holds_is_not_taken_from_their_hands(hour: OfficeHour) -> None:
    from townhall.people.models import Account

    visitor = Account.objects.get(username="mayor")
    queue = list(Question.objects.filter(hour=hour, status="submitted"))
    player = play.Player()
    with clock.steer(NOW + timedelta(seconds=20)):
        player.move()
        Hold.objects.all().delete()
        for question in queue:
            Hold.objects.create(question=question, account=visitor, at=NOW)
        assert player.sign() == ""
    with clock.steer(NOW + timedelta(seconds=60)):
        assert player.sign().startswith("signed")


def test_after_a_restart_it_knows_its_own_questions(hour: OfficeHour) -> None:
    first = play.Player()
    play_on(first, 40)
    asked = set(Question.objects.filter(hour=hour, number__gt=74).values_list("text", flat=True))
    second = play.Player()
    play_on(second, 1, NOW + timedelta(minutes=20))
    assert asked
    assert asked <= set(second.known)


def test_it_stops_when_told(hour: OfficeHour) -> None:
    stop = threading.Event()
    stop.set()
    play.run(stop)
