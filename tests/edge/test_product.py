"""The edge in front of the real house: what is signed is seen, what is covered is gone, on every path."""

import json
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.edge.evening import ANSWER, SETTINGS, Evening
from tests.edge.harness import Reader
from tests.tools.environment import database
from tests.tools.promised import within
from tests.tools.server import Installation


@pytest.fixture(scope="module")
def evening(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Evening]:
    place = Installation(tmp_path_factory.mktemp("evening") / "data", settings=SETTINGS | database())
    try:
        hour = Evening(place)
        place.start()
        yield hour
        hour.close()
    finally:
        place.stop()


def events(reader: Reader, first: float = 1.0) -> list[dict[str, str]]:
    """Everything but counts that comes until nothing came for a second.

    :param first: how long the first may be on its way; a replay is drawn before it is sent
    """
    found: list[dict[str, str]] = []
    while True:
        try:
            frame = reader.frame(1.0 if found else first)
        except TimeoutError:
            return found
        if frame["event"] != "count":
            found.append(frame)


def test_a_signature_is_one_answer_frame_within_a_second(evening: Evening) -> None:
    question = evening.asked("和平路的路灯什么时候修好？")
    version = evening.bring_to_signing(question["id"])
    evening.shown("和平路的路灯什么时候修好？")
    readers = [evening.stream("?as=json"), evening.stream("?lang=en"), evening.stream()]
    page = httpx.get(f"{evening.place.url}/hours/{evening.slug}/")
    started = time.monotonic()
    evening.sign(question["id"], version)
    arrived = []
    for reader in readers:
        while (frame := reader.frame(within(1)))["event"] == "count":
            pass
        arrived.append(frame)
    assert time.monotonic() - started < within(1)
    as_json = json.loads(arrived[0]["data"])
    assert [frame["event"] for frame in arrived] == ["answer"] * 3
    assert as_json["id"] == question["id"]
    assert as_json["answer"]["text"] == ANSWER
    assert as_json == evening.call("GET", f"/questions/{question['id']}").json()
    assert f'id="q-{question["id"]}"' in arrived[1]["data"]
    assert not [frame for reader in readers for frame in events(reader) if frame["event"] == "answer"]
    now = evening.shown(ANSWER)
    assert now.headers["etag"] != page.headers["etag"]


def test_replay_and_polls_tell_the_same(evening: Evening) -> None:
    for query in ("after=0", "after=0&as=json", "after=0&lang=en"):
        polled = httpx.get(f"{evening.place.url}/live/{evening.slug}/frames?{query}").json()
        streamed = events(evening.stream(f"?{query}"), first=30)
        told = [frame for frame in polled["frames"] if frame["id"] is not None]
        assert [int(frame["id"]) for frame in streamed] == [frame["id"] for frame in told]
        ids = [frame["id"] for frame in told]
        assert ids == sorted(set(ids))
        if "json" in query:
            assert [json.loads(frame["data"]) for frame in streamed] == [frame["data"] for frame in told]
        else:
            assert [frame["data"] for frame in streamed] == [frame["data"] for frame in told]


def test_what_is_covered_is_gone_everywhere_within_two_seconds(evening: Evening) -> None:
    secret, hidden = "三十一号院的王小花", "答复里的暗号一九八四"
    question = evening.asked(f"{secret}家门口的路灯坏了，请派人来看看。")
    number = question["id"]
    evening.sign(number, evening.bring_to_signing(number, ANSWER + hidden))
    url = f"{evening.place.url}/live/{evening.slug}"
    pages = f"{evening.place.url}/hours/{evening.slug}/", f"{evening.place.url}/embed/{evening.slug}/"
    assert hidden in httpx.get(f"{url}/frames?after=0").text
    evening.shown(hidden)
    watching = evening.stream()
    evening.done(evening.mayor, number, "withhold", code="personal_data")
    deadline = time.monotonic() + within(2)
    stub = next(frame for frame in events(watching) if f'id="q-{number}"' in frame["data"])
    assert secret not in stub["data"]
    places = [
        *pages,
        *[f"{page}?lang=en" for page in pages],
        f"{url}/frames?after=0",
        f"{url}/frames?after=0&as=json",
    ]
    while time.monotonic() < deadline and any(hidden in httpx.get(place).text for place in places):
        time.sleep(0.05)
    for place in places:
        text = httpx.get(place).text
        assert secret not in text
        assert hidden not in text
    replayed = "".join(frame["data"] for frame in events(evening.stream("?after=0"), first=30))
    assert f'id="q-{number}"' in replayed
    assert secret not in replayed
    assert hidden not in replayed


def test_asking_at_the_edge_is_refused_as_the_api_says(evening: Evening) -> None:
    empty = evening.ask("")
    assert empty.status_code == 422
    assert [error["field"] for error in empty.json()["errors"]] == ["text"]
    assert evening.ask("字" * 3001).status_code == 422
    assert evening.ask("字" * 3000).status_code == 201
    for body, status in ((b'{"text": "x"}', 422), (b"{", 422), (b"\xff", 422)):
        options: dict[str, Any] = {"content": body, "headers": {"Content-Type": "application/json"}}
        assert evening.call("POST", f"/hours/{evening.slug}/questions", **options).status_code == status
        assert evening.call("POST", "/hours/no-such-hour/questions", **options).status_code == 404
    first, again = evening.ask("同一件事", "key-1"), evening.ask("同一件事", "key-1")
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.json() == again.json()
    assert evening.ask("另一件事", "key-1").status_code == 409
    english = evening.call("POST", f"/hours/{evening.slug}/questions?lang=en", json={"display_name": "a"})
    assert english.json()["errors"][0]["message"].isascii()


def test_a_refusal_says_its_number_and_the_log_has_it(evening: Evening) -> None:
    numbers = []
    for path in ("/api/v1/hours/no-such-hour", "/live/no-such-hour/stream", "/api/v1/no-such-thing"):
        refused = httpx.get(f"{evening.place.url}{path}", headers={"X-Request-ID": "forged-number-1"})
        assert refused.status_code == 404
        assert refused.headers["content-type"] == "application/problem+json"
        assert refused.json()["request_id"] == refused.headers["x-request-id"] != "forged-number-1"
        numbers.append(refused.headers["x-request-id"])
    page = httpx.get(f"{evening.place.url}/hours/no-such-hour/")
    assert page.status_code == 404
    numbers.append(page.headers["x-request-id"])
    assert len(set(numbers)) == 4
    deadline = time.monotonic() + within(5)
    while True:  # a line is written when its answer is on its way
        lines = evening.place.log.read_text().splitlines()
        logged = {
            number: [line for line in lines if f"[{number}]" in line and "townhall.access" in line]
            for number in numbers
        }
        counts = [len(logged[number]) for number in numbers]
        if counts == [1, 0, 1, 1]:  # the edge's own refusals leave no line
            break
        assert time.monotonic() < deadline, counts
        time.sleep(0.1)
    assert "/api/v1/hours/no-such-hour 404" in logged[numbers[0]][0]
    assert "forged-number-1" not in "\n".join(lines)


def figures(evening: Evening) -> dict[str, float]:
    """What a monitor on the machine reads."""
    told = httpx.get(f"{evening.place.url}/metrics")
    assert told.status_code == 200
    lines = [line for line in told.text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, _space, value in (line.rpartition(" ") for line in lines)}


def test_figures_are_told_and_receipts_are_not_written_down(evening: Evening) -> None:
    question = evening.asked("图书馆周末几点开门？")
    version = evening.bring_to_signing(question["id"])
    watching = evening.stream("?as=json")
    before = figures(evening)
    evening.sign(question["id"], version)
    while watching.frame()["event"] != "answer":
        pass
    deadline = time.monotonic() + within(5)
    grows = ("townhall_lag_seconds_count", "townhall_deliveries_total")
    while not all((now := figures(evening))[name] > before[name] for name in grows):
        assert time.monotonic() < deadline
        time.sleep(0.2)
    assert now["townhall_viewers"] >= 1
    assert (
        now['townhall_commit_seconds_count{lane="desk"}']
        > before['townhall_commit_seconds_count{lane="desk"}']
    )
    assert 0 < now["townhall_recent_lag_seconds"] < within(2)
    assert (
        now['townhall_questions{status="published"}'] == before['townhall_questions{status="published"}'] + 1
    )
    assert now['townhall_served_total{what="asks"}'] >= 1
    watching.close()
    assert httpx.get(f"{evening.place.url}/track/909090909090/").status_code == 404
    log = evening.place.log.read_text()
    assert "/track/" in log
    assert "909090909090" not in log


def test_a_desk_hears_by_ticket_until_the_token_is_taken_back(evening: Evening) -> None:
    ticket = evening.call("POST", f"/desk/hours/{evening.slug}/ticket", evening.moderator).json()["ticket"]
    desk = Reader(evening.place.port, f"/desk/{evening.slug}/stream?ticket={ticket}")
    assert desk.status == 200
    question = evening.asked("台上能听到吗？")
    heard = json.loads(desk.frame(5)["data"])
    assert heard == {"changed": [question["id"]], "new": 1}
    evening.place.command("token", "moderator1", "--revoke")
    with pytest.raises(EOFError):
        desk.frames(100)
    assert Reader(evening.place.port, f"/desk/{evening.slug}/stream?ticket={ticket}").status == 401
