"""Streams over real sockets: nothing twice, nothing missing, nobody waits for a slow one."""

import json
import random
import socket
import struct
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from tests.edge.harness import Reader, Served, serving


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("edge")) as running:
        yield running


def test_the_head_says_what_a_proxy_and_a_browser_must_know(served: Served) -> None:
    reader = served.stream()
    head = reader.head.lower()
    assert reader.status == 200
    assert "content-type: text/event-stream; charset=utf-8" in head
    assert "cache-control: no-store" in head
    assert "x-accel-buffering: no" in head
    assert "x-content-type-options: nosniff" in head
    assert "content-security-policy: default-src 'none'" in head
    assert "set-cookie" not in head
    reader.close()


def test_frames_arrive_in_order_and_retry_differs(served: Served) -> None:
    readers = [served.stream("two") for _ in range(8)]
    numbers = [served.publish("two", "question", f"q{n}", "first line\nsecond line") for n in range(3)]
    for reader in readers:
        frames = reader.frames(3)
        assert [int(frame["id"]) for frame in frames] == numbers
        assert frames[0] == {"id": str(numbers[0]), "event": "question", "data": "first line\nsecond line"}
    assert len({reader.retry for reader in readers}) > 1
    for reader in readers:
        reader.close()


def test_without_a_number_it_starts_now(served: Served) -> None:
    served.publish("one", "question", "before")
    time.sleep(0.1)
    reader = served.stream("one")
    assert reader.silent()
    now = served.publish("one", "question", "now")
    assert int(reader.frame()["id"]) == now
    reader.close()


def test_replay_gives_each_subject_once_in_its_latest_state(served: Served) -> None:
    start = served.publish("one", "question", "mark")
    served.publish("one", "question", "qa", "old")
    second = served.publish("one", "question", "qb", "other")
    last = served.publish("one", "answer", "qa", "new")
    reader = served.stream("one", f"?after={start}")
    frames = reader.frames(2)
    assert [(int(frame["id"]), frame["data"]) for frame in frames] == [(second, "other"), (last, "new")]
    assert reader.silent()
    reader.close()


def test_what_the_browser_has_seen_goes_before_the_address(served: Served) -> None:
    first = served.publish("one", "question", "s1")
    second = served.publish("one", "question", "s2")
    reader = served.stream("one", f"?after={first - 1}", Last_Event_ID=str(first))
    assert int(reader.frame()["id"]) == second
    reader.close()


def test_json_and_languages_are_channels_of_their_own(served: Served) -> None:
    start = served.publish("one", "question", "mark")
    served.publish("one", "answer", "js", "文本")
    reader = served.stream("one", f"?as=json&after={start}")
    assert json.loads(reader.frame()["data"]) == {"subject": "js", "data": "文本"}
    reader.close()


def test_a_rehearsal_opens_with_its_key_only(served: Served) -> None:
    assert served.stream("rehearsed").status == 404
    assert served.stream("rehearsed", "?key=wrong").status == 404
    reader = served.stream("rehearsed", "?key=slide-rule")
    assert reader.status == 200
    number = served.publish("rehearsed", "question", "q1")
    assert int(reader.frame()["id"]) == number
    reader.close()


@pytest.mark.parametrize("query", ["?after=abc", "?after=-1", "?after=1.5", "?after=99999999999999999999"])
def test_a_number_that_is_none_is_named(served: Served, query: str) -> None:
    for what in ("stream", "frames"):
        response = served.client.get(f"/live/one/{what}{query}")
        assert response.status_code == 422
        assert response.headers["content-type"] == "application/problem+json"
        assert response.json()["errors"][0]["field"] == "after"


def test_other_methods_and_unknown_hours(served: Served) -> None:
    for method in ("HEAD", "POST", "PUT", "DELETE"):
        response = served.client.request(method, "/live/one/stream")
        assert response.status_code == 405
        assert response.headers["allow"] == "GET"
    response = served.client.get("/live/none/stream")
    assert response.status_code == 404
    assert response.headers["content-type"] == "application/problem+json"
    assert response.json()["detail"] == "没有这一期网上办公。"
    assert served.client.get("/live/none/frames?lang=en").json()["detail"] == "There is no such office hour."


def test_a_foreign_host_is_refused(served: Served) -> None:
    for path in ("/live/one/stream", "/live/one/frames", "/hours/one/"):
        assert served.client.get(path, headers={"Host": "evil.example"}).status_code == 400


def test_the_same_frames_asked_for(served: Served) -> None:
    start = served.publish("one", "question", "poll-1", "a")
    last = served.publish("one", "answer", "poll-2", "b")
    response = served.client.get(f"/live/one/frames?after={start}")
    assert response.json() == {"seq": last, "frames": [{"id": last, "event": "answer", "data": "b"}]}
    assert response.headers["cache-control"] == "public, max-age=1"
    again = served.client.get(
        f"/live/one/frames?after={start}", headers={"If-None-Match": response.headers["etag"]}
    )
    assert again.status_code == 304
    assert again.content == b""
    new = served.publish("one", "question", "poll-3", "c")
    time.sleep(0.1)
    newer = served.client.get(
        f"/live/one/frames?after={start}", headers={"If-None-Match": response.headers["etag"]}
    )
    assert newer.status_code == 200
    assert newer.json()["seq"] == new
    assert served.client.get("/live/one/frames").json() == {"seq": new, "frames": []}
    as_json = served.client.get(f"/live/one/frames?after={last}&as=json").json()
    assert as_json["frames"][0]["data"] == {"subject": "poll-3", "data": "c"}


def test_somebody_from_another_history_is_told_to_reload(served: Served) -> None:
    reader = served.stream("one", "?after=999999")
    assert reader.frame()["event"] == "reload"
    polled = served.client.get("/live/one/frames?after=999999").json()
    assert [frame["event"] for frame in polled["frames"]] == ["reload"]
    assert polled["seq"] < 999999
    number = served.publish("one", "question", "after-reload")
    assert int(reader.frame()["id"]) == number
    reader.close()


def test_counts_travel_without_a_number_and_only_when_they_change(served: Served) -> None:
    reader = served.stream("two")
    (served.folder / "counts-two").write_text("7")
    number = served.publish("two", "question", "counted")
    frames = reader.frames(2)
    by_event = {frame["event"]: frame for frame in frames}
    assert int(by_event["question"]["id"]) == number
    assert by_event["count"] == {"event": "count", "data": '"7"'}
    assert reader.silent(2.5)
    reader.close()
    (served.folder / "counts-two").unlink()


def test_a_viewer_joining_in_a_storm_of_frames_misses_and_repeats_nothing(tmp_path: Path) -> None:
    """Rendering takes longer than the time between two frames, so every join overlaps with publications."""
    with serving(tmp_path, render_seconds=0.02) as served:
        for number in range(20):
            served.publish("one", "question", f"old{number}")
        stop = threading.Event()

        def publish() -> None:
            number = 0
            while not stop.is_set():
                number += 1
                served.publish("one", "question", f"q{number}")
                time.sleep(random.uniform(0, 0.01))

        publisher = threading.Thread(target=publish)
        publisher.start()
        readers = []
        for _ in range(30):
            start = random.randint(0, 20)
            readers.append((start, served.stream("one", f"?after={start}")))
            time.sleep(0.03)
        stop.set()
        publisher.join()
        last = served.publish("one", "question", "the-end")
        for start, reader in readers:
            seen = []
            while not seen or seen[-1] != last:
                seen.append(int(reader.frame()["id"]))
            assert seen == list(range(start + 1, last + 1))
            reader.close()


def test_resuming_after_a_cut_misses_and_repeats_nothing(served: Served) -> None:
    start = served.publish("one", "question", "mark")
    reader = served.stream("one")
    time.sleep(0.05)
    seen: list[int] = []
    for number in range(60):
        served.publish("one", "question", f"cut{number}")
        if number % 7 == 3:
            seen.append(int(reader.frame()["id"]))
            reader.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            reader.close()
            reader = served.stream("one", Last_Event_ID=str(seen[-1]))
    while seen[-1] < start + 60:
        seen.append(int(reader.frame()["id"]))
    assert seen == list(range(start + 1, start + 61))
    reader.close()


def test_five_hundred_join_at_once_and_all_hear_the_same(served: Served) -> None:
    start = served.publish("one", "question", "mark")
    served.publish("one", "question", "known")
    readers: list[Reader] = []
    lock = threading.Lock()

    def join(count: int) -> None:
        for _ in range(count):
            reader = served.stream("one", f"?after={start}")
            with lock:
                readers.append(reader)

    threads = [threading.Thread(target=join, args=(125,)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    last = served.publish("one", "answer", "everybody", "here")
    for reader in readers:
        assert [int(frame["id"]) for frame in reader.frames(2)] == [start + 1, last]
        reader.close()


def test_who_does_not_read_is_dropped_and_resumes(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        slow = socket.socket()
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.connect(("127.0.0.1", served.port))
        slow.sendall(b"GET /live/one/stream HTTP/1.1\r\nHost: localhost\r\n\r\n")
        quick = served.stream("one")
        time.sleep(0.1)
        text = "x" * 200_000
        total = 40
        for number in range(total):
            served.publish("one", "question", f"big{number}", text)
            assert len(quick.frame()["data"]) == len(text)
        process = psutil.Process(served.process.pid)
        assert (
            len([c for c in process.net_connections() if c.status == "ESTABLISHED"]) <= 2
        )  # quick and our client
        slow.close()
        resumed = served.stream("one", "?after=0")
        assert [int(frame["id"]) for frame in resumed.frames(total)] == list(range(1, total + 1))
        quick.close()
        resumed.close()


def test_a_long_replay_goes_at_the_readers_pace(tmp_path: Path) -> None:
    """Ten megabytes for somebody on a thin line: not dropped, in order, and live frames follow."""
    with serving(tmp_path) as served:
        for number in range(100):
            served.publish("one", "question", f"q{number}", "y" * 100_000)
        reader = served.stream("one", "?after=0")
        seen = []
        for number in range(100):
            seen.append(int(reader.frame()["id"]))
            if number % 10 == 0:
                time.sleep(0.1)
            if number == 50:
                served.publish("one", "answer", "meanwhile")
        seen.append(int(reader.frame()["id"]))
        assert seen == list(range(1, 102))
        reader.close()


def test_a_lost_ring_costs_a_second(tmp_path: Path) -> None:
    with serving(tmp_path, deaf=True) as served:
        reader = served.stream("one")
        number = served.publish("one", "question", "q1")
        assert int(reader.frame(seconds=2.5)["id"]) == number
        reader.close()


def test_two_processes_tell_the_same_story(tmp_path: Path) -> None:
    with serving(tmp_path, processes=2) as served:
        pids = set()
        for _ in range(60):
            with served.stream("one").socket:
                pass
            served.client.close()
            served.client = type(served.client)(base_url=served.url, timeout=15)
            pids.add(served.client.get("/who").json()["pid"])
        assert len(pids) == 2
        readers = [served.stream("one") for _ in range(20)]
        time.sleep(0.2)
        numbers = [served.publish("one", "question", f"q{n}") for n in range(10)]
        for reader in readers:
            assert [int(frame["id"]) for frame in reader.frames(10)] == numbers
        victim = psutil.Process(pids.pop())
        victim.kill()
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            children = psutil.Process(served.process.pid).children()
            alive = [child for child in children if child.status() != psutil.STATUS_ZOMBIE]
            if victim not in alive and len(alive) >= 3:  # two that serve and multiprocessing's own tracker
                break
            time.sleep(0.1)
        again = [served.stream("one", "?after=0") for _ in range(6)]
        for reader in [*again]:
            assert [int(frame["id"]) for frame in reader.frames(10)] == numbers
            reader.close()
        assert served.stop() < 4


@pytest.mark.long
def test_everybody_gets_a_comment_line_every_twenty_seconds(served: Served) -> None:
    readers = [served.stream("two") for _ in range(20)]
    started = time.monotonic()
    for reader in readers:
        reader.silent(22 - (time.monotonic() - started))  # two seconds for a machine that is busy
        assert reader.comments >= 2  # the one in the greeting, and one in twenty seconds


def test_ctrl_c_ends_quickly_with_streams_open(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        readers = [served.stream("one") for _ in range(50)]
        slow = Reader.__new__(Reader)
        slow.socket = socket.create_connection(("127.0.0.1", served.port))
        slow.socket.sendall(b"GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n")
        time.sleep(0.3)
        assert served.stop() < 3
        assert served.process.returncode == 0
        for reader in readers:
            reader.close()
        slow.close()
        assert "Traceback" not in served.log.read_text()
