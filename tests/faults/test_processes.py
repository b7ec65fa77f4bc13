"""Two serving processes on one database: one story, one limit, and no gap when one of them is killed."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path

import httpx
import psutil
import pytest

from tests.edge.evening import SETTINGS, Evening
from tests.edge.harness import Reader
from tests.tools.environment import database
from tests.tools.server import Installation


@pytest.fixture
def evening(tmp_path: Path) -> Iterator[Evening]:
    place = Installation(tmp_path / "data", settings=SETTINGS | database())
    hour = Evening(place, patience=30)
    try:
        place.start("--processes", "2")
        yield hour
    finally:
        hour.close()
        place.stop()


def serving(place: Installation) -> list[psutil.Process]:
    """The processes that hold the port: the kernel spreads connections over them."""
    assert place.process is not None
    found = []
    for child in psutil.Process(place.process.pid).children():
        with suppress(psutil.Error):
            if any(
                one.status == "LISTEN" and one.laddr.port == place.port for one in child.net_connections()
            ):
                found.append(child)
    return found


@pytest.mark.long
@pytest.mark.both_databases
@pytest.mark.timeout(400)
def test_two_processes_on_one_database(evening: Evening) -> None:
    place = evening.place
    deadline = time.monotonic() + 60
    while len(serving(place)) < 2:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    readers = [evening.stream("?as=json") for _ in range(24)]
    question = evening.asked("两个进程看到的是同一件事吗？")
    version = evening.bring_to_signing(question["id"])
    evening.sign(question["id"], version)
    for reader in readers:
        assert answer_to(question["id"], reader) == evening.call("GET", f"/questions/{question['id']}").json()

    # Whichever is asked tells the figures of both.
    wanted = {"townhall_processes": 2.0, "townhall_viewers": 24.0}
    deadline = time.monotonic() + 30
    while wanted != {name: one for name, one in figures(place).items() if name in wanted}:
        assert time.monotonic() < deadline, figures(place)
        time.sleep(0.2)
    assert figures(place)["townhall_lag_seconds_count"] == 2.0  # one form of the frame in each process

    # Asking at both at once: numbers have no gap, the same key is the same question.
    def ask(number: int) -> dict[str, int]:
        with httpx.Client(base_url=place.url, timeout=30) as client:
            body = {
                "display_name": "甲",
                "text": f"问题 {number // 2}",
                "idempotency_key": f"key-{number // 2}",
            }
            found: dict[str, int] = client.post(f"/api/v1/hours/{evening.slug}/questions", json=body).json()
            return found

    with ThreadPoolExecutor(8) as pool:
        given = list(pool.map(ask, range(80)))
    assert all(given[number] == given[number + 1] for number in range(0, 80, 2))
    numbers = sorted({one["number"] for one in given})
    assert numbers == list(range(numbers[0], numbers[0] + 40))

    # One of them dies: its viewers come back to the other and have missed nothing.
    last = evening.newest()
    serving(place)[0].kill()
    second = evening.asked("一个进程没了，还看得到吗？")
    evening.sign(second["id"], evening.bring_to_signing(second["id"]))
    back = [evening.stream("?as=json", Last_Event_ID=str(last)) for _ in range(8)]
    for reader in back:
        answer_to(second["id"], reader)
    deadline = time.monotonic() + 60
    while len(serving(place)) < 2 or figures(place)["townhall_processes"] != 2.0:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert figures(place)["townhall_viewers"] <= 32  # those of the dead one are counted no more


@pytest.mark.long
@pytest.mark.both_databases
@pytest.mark.timeout(200)
def test_a_limit_counts_once_for_both(tmp_path: Path) -> None:
    place = Installation(tmp_path / "data", settings={"TOWNHALL_ASK_LIMIT": "30"} | database())
    evening = Evening(place, patience=30)
    try:
        place.start("--processes", "2")
        statuses = []
        for number in range(40):
            body = {"display_name": "甲", "text": f"问题 {number}"}
            with httpx.Client(base_url=place.url, timeout=30) as client:
                statuses.append(client.post(f"/api/v1/hours/{evening.slug}/questions", json=body).status_code)
    finally:
        evening.close()
        place.stop()
    assert 20 <= statuses.count(201) <= 30
    assert statuses.count(429) == 40 - statuses.count(201)


def figures(place: Installation) -> dict[str, float]:
    """What a monitor reads from whichever process answers it."""
    lines = [
        line for line in httpx.get(f"{place.url}/metrics", timeout=30).text.splitlines() if line[:1] != "#"
    ]
    return {name: float(value) for name, _space, value in (line.rpartition(" ") for line in lines)}


def answer_to(question: int, reader: Reader) -> object:
    """The answer frame about a question, as its viewer gets it."""
    while True:
        frame = reader.frame(10)
        if frame["event"] == "answer" and (told := json.loads(frame["data"]))["id"] == question:
            return told
