"""PostgreSQL gone in the middle of the hour and back: everybody is told when to come again, nothing acknowledged is lost."""

from __future__ import annotations

import os
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.edge.evening import SETTINGS, Evening
from tests.faults.test_kill import Watcher
from tests.tools import postgres
from tests.tools.server import Installation

if TYPE_CHECKING:
    from pathlib import Path

# `make faults` takes it away ten times; the patient suite has an hour for everything.
OUTAGES = int(os.environ.get("FAULT_OUTAGES", "1"))
AWAY_SECONDS, BACK_SECONDS = 3, 30
UNAVAILABLE = 503


class Citizen(threading.Thread):
    """Asks without pause, each time under another key; keeps what was acknowledged and counts what was said."""

    def __init__(self, evening: Evening, name: str, stop: threading.Event) -> None:
        super().__init__(name=name)
        self.evening, self.stop = evening, stop
        self.receipts: dict[str, dict[str, object]] = {}
        self.said = Counter[int]()

    def run(self) -> None:
        number = 0
        while not self.stop.is_set():
            number += 1
            key = f"{self.name}-{number}"
            answer = self.evening.ask(f"第 {key} 个问题：路灯什么时候修好？", key)
            self.said[answer.status_code] += 1
            if answer.status_code == 201:
                self.receipts[key] = answer.json()
            else:
                assert int(answer.headers["Retry-After"]) > 0
            time.sleep(0.05)


def refusals(evening: Evening) -> dict[str, httpx.Response]:
    """What is said at each kind of door while nothing can be read or written."""
    place, slug = evening.place.url, evening.slug
    form = {"text": "路灯何时修好？", "display_name": "湖边居民", "kind": "consult"}
    with httpx.Client(base_url=place, timeout=30, headers={"Origin": place}) as client:
        return {
            "the API that asks": evening.ask("库不在时的提问：路灯何时修好？", "away"),
            "the form that asks": client.post(f"/hours/{slug}/ask", data=form),
            "a page": client.get("/archive/"),
            "the API that reads": client.get(f"/api/v1/hours/{slug}"),
            "a desk": evening.move(evening.moderator, 1, "accept"),
            "an unknown hour's stream": client.get("/live/2020-01/frames"),
        }


def eventually(evening: Evening, key: str) -> httpx.Response:
    """Ask until it is taken, as a browser does that was told when to come again."""
    deadline = time.monotonic() + BACK_SECONDS
    while (answer := evening.ask("库回来后的提问：路灯何时修好？", key)).status_code != 201:
        assert time.monotonic() < deadline, answer.text
        time.sleep(0.2)
    return answer


@pytest.mark.long
@pytest.mark.timeout(300 + 60 * OUTAGES)
def test_a_database_that_is_gone_and_back_loses_nothing_and_needs_no_restart(tmp_path: Path) -> None:
    with postgres.running() as cluster:
        settings = SETTINGS | {"TOWNHALL_DATABASE_URL": cluster.create("townhall")}
        place = Installation(tmp_path / "data", settings=settings)
        evening = Evening(place, patience=30)
        try:
            place.start()
            outlive(evening, cluster)
        finally:
            evening.close()
            place.stop()


def outlive(evening: Evening, cluster: postgres.Cluster) -> None:
    place, stop = evening.place, threading.Event()
    page = f"{place.url}/hours/{evening.slug}/"
    watcher = Watcher(evening, evening.newest(), stop)
    citizens = [Citizen(evening, f"citizen{number}", stop) for number in range(3)]
    for thread in [*citizens, watcher]:
        thread.start()
    told: dict[str, dict[str, object]] = {}
    assert place.process is not None
    pid = place.process.pid
    for outage in range(OUTAGES):
        told[f"before-{outage}"] = eventually(evening, f"before-{outage}").json()
        assert httpx.get(page).status_code == 200
        cluster.halt()
        for door, answer in refusals(evening).items():
            assert answer.status_code == UNAVAILABLE, f"{door}: {answer.status_code} {answer.text[:300]}"
            assert int(answer.headers["Retry-After"]) > 0, door
        assert httpx.get(f"{place.url}/readyz").status_code == UNAVAILABLE
        assert httpx.get(page).status_code == 200, "the hour's page is kept ready in memory"
        time.sleep(AWAY_SECONDS)
        cluster.resume()
        told[f"after-{outage}"] = eventually(evening, f"after-{outage}").json()
    assert httpx.get(f"{place.url}/readyz").status_code == 200
    question = evening.asked("签得出来吗？路灯何时修好？")
    evening.sign(question["id"], evening.bring_to_signing(question["id"]))
    deadline = time.monotonic() + BACK_SECONDS
    while watcher.shown.get(question["id"], {}).get("status") != "published":
        assert time.monotonic() < deadline, "who watched before the outage sees what was signed after it"
        time.sleep(0.1)
    stop.set()
    for thread in [*citizens, watcher]:
        thread.join()

    assert place.process.poll() is None
    assert place.process.pid == pid
    said = sum((citizen.said for citizen in citizens), Counter[int]())
    assert set(said) == {201, UNAVAILABLE}, said
    receipts = told | {key: one for citizen in citizens for key, one in citizen.receipts.items()}
    staff = {one["id"]: one for one in evening.staff_questions()}
    assert len({one["number"] for one in receipts.values()}) == len(receipts)
    for key, receipt in receipts.items():
        assert receipt["id"] in staff, f"{key} was acknowledged and is lost"
    texts = Counter(one["text"] for one in staff.values())
    assert all(texts[f"第 {key} 个问题：路灯什么时候修好？"] == 1 for one in citizens for key in one.receipts)
    print(f"{OUTAGES} outages; {len(receipts)} acknowledged, none lost; said {dict(said)}")
