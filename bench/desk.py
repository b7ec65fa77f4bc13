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
SEATS = {"moderator": "moderator1", "coordinator": "coordinator", "mayor": "mayor"}


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
