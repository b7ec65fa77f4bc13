"""The desks' boards with 30 and with 3,000 questions in the hour: the same queries, about the same time."""

import os
import statistics
import tempfile
import time
from typing import Any

from bench.machine import keep, table, verdict

FEW, MANY = 30, 3_000
MOST_RATIO = 1.5
ROUNDS = 15
BATCH = 200
SEATS = {
    "moderator": "moderator1", "coordinator": "coordinator", "mayor": "mayor", "group": "edu1",
    "assistant": "assistant",
}  # fmt: skip
# Of every ten questions, so many wait for one group's answer and so many for a signature; the others for a moderator.
FOR_THE_GROUP, FOR_SIGNATURE = 4, 2


def main() -> bool:
    """Measure, print and keep; whether every target was met."""
    with tempfile.TemporaryDirectory(prefix="townhall-bench-") as folder:
        os.environ |= {"TOWNHALL_DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "townhall.config.settings"}
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        slug = _hour()
        _ask(slug, FEW, first=0)
        few = {seat: _measure(slug, seat, name) for seat, name in SEATS.items()}
        _ask(slug, MANY - FEW, first=FEW)
        many = {seat: _measure(slug, seat, name) for seat, name in SEATS.items()}
    rows = [["board", "queries 30", "queries 3,000", "ms 30", "ms 3,000", "ratio", "target"]]
    all_met = True
    for seat in SEATS:
        ratio = many[seat]["ms"] / few[seat]["ms"]
        met = few[seat]["queries"] == many[seat]["queries"] and ratio <= MOST_RATIO
        all_met = all_met and met
        queries = [str(few[seat]["queries"]), str(many[seat]["queries"])]
        times = [f"{few[seat]['ms']:.1f}", f"{many[seat]['ms']:.1f}"]
        rows.append([seat, *queries, *times, f"{ratio:.2f}", f"<= {MOST_RATIO} {verdict(met=met)}"])
    print(table(rows))
    keep("desk", {"few": few, "many": many})
    return all_met


def _hour() -> str:
    """A live hour with the demo's people and no question yet."""
    from datetime import timedelta

    from townhall.hours import actions
    from townhall.hours.seats import actor_for
    from townhall.kernel import clock
    from townhall.people.models import Account
    from townhall.rehearsal import company

    cast = company.enter()
    hour = company.plan_hour(cast, "stage", "bench", clock.now() + timedelta(minutes=1), identity="open")
    coordinator = Account.objects.get(username="coordinator")
    for verb in ("announce", "close_asking", "open_live"):
        hour.refresh_from_db()
        actor = actor_for(coordinator, hour)
        assert actor is not None
        actions.perform(actor, verb, {})
    return hour.slug


def _ask(slug: str, count: int, *, first: int) -> None:
    """Ask generated questions the way the edge does, in batches."""
    from townhall.hours.models import OfficeHour
    from townhall.questions import asking, citizen_actions
    from townhall.rehearsal import corpus

    hour = OfficeHour.objects.get(slug=slug)
    made = list(corpus.messages(first + count))[first:]
    for start in range(0, len(made), BATCH):
        batch = []
        for one in made[start : start + BATCH]:
            text = (one["text"] or one["title"])[: asking.MOST_TEXT]
            batch.append(
                asking.parse(hour, {"display_name": "市民", "title": one["title"][:80], "text": text})
            )
        citizen_actions.ask_batch(batch)
    _send_on(hour.id, first)


def _send_on(hour_id: int, first: int) -> None:
    """Let each board have its share: rows as the moves would leave them, since three thousand moves take long."""
    from django.utils import timezone

    from townhall.hours.models import Seat
    from townhall.people.models import Account
    from townhall.questions.models import Question, Version

    seat = Seat.objects.get(hour_id=hour_id, account__username=SEATS["group"])
    assert seat.group is not None
    unit = seat.group.units.all()[0]
    drafter, now = Account.objects.get(username=SEATS["group"]), timezone.now()
    new = Question.objects.filter(hour_id=hour_id, number__gt=first).order_by("number")
    for place, question in enumerate(new):
        kind = place % 10
        if kind >= FOR_THE_GROUP + FOR_SIGNATURE:
            continue
        question.accepted_at = question.assigned_at = now
        question.lead, question.unit, question.status = seat.group, unit, "assigned"
        if kind < FOR_SIGNATURE:
            Version.objects.create(
                question=question, number=1, text="区教育局已核查，12月15日前完成。", outcome="answered",
                author=drafter, unit=unit, drafted_at=now, submitted_at=now,
            )  # fmt: skip
            question.status, question.submitted_at, question.draft_version = "submitted", now, 1
        question.save()


def _measure(slug: str, seat: str, username: str) -> dict[str, Any]:
    """Median milliseconds of the whole page and the number of its queries, after one to warm up."""
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from townhall.people.models import Account

    client = Client(HTTP_HOST="localhost")
    client.force_login(Account.objects.get(username=username))
    address = f"/desk/hours/{slug}/{seat}/"
    assert client.get(address).status_code == 200, address
    with CaptureQueriesContext(connection) as queries:
        client.get(address)
    count = len(queries)  # the next request empties the log
    times = []
    for _round in range(ROUNDS):
        started = time.perf_counter()
        client.get(address)
        times.append((time.perf_counter() - started) * 1000)
    return {"queries": count, "ms": statistics.median(times), "all_ms": times}
