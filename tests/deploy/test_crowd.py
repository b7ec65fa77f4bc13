"""Streams kept by nginx with nchan: the journal's numbers, no gap and no repeat, whatever dies on the way."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.edge.harness import REPOSITORY, Served, serving
from tests.edge.stand_in import Journal
from tests.tools import nginx
from tests.tools.ports import free_port
from tests.tools.promised import within

REDIS = shutil.which("redis-server")
pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(
        nginx.NGINX is None or not nginx.NCHAN.exists(), reason="nchan: apt-get install libnginx-mod-nchan"
    ),
]
CLIENT = {"verify": False, "timeout": httpx.Timeout(10, read=40)}


class Viewer(threading.Thread):
    """Listens as a browser does: comes back with Last-Event-ID, and knows by its number what it has heard."""

    def __init__(self, proxy: nginx.Proxy, after: int = 0) -> None:
        super().__init__(daemon=True)
        self.proxy, self.last = proxy, after
        self.heard: list[int] = []
        self.subjects: set[str] = set()
        self.raw = self.streams = 0
        self.since = 0.0
        self.over = threading.Event()
        self.start()

    def run(self) -> None:
        headers: dict[str, str] = {}
        while not self.over.is_set():
            with contextlib.suppress(httpx.HTTPError), httpx.Client(**CLIENT) as client:  # type: ignore[arg-type]
                url = f"{self.proxy.url}/live/one/stream?after={self.last}"
                with client.stream("GET", url, headers=headers) as answer:
                    self.streams += answer.status_code == httpx.codes.OK
                    self.since = time.monotonic()
                    self.listen(answer)
                    self.since = 0.0
            headers = {"Last-Event-ID": str(self.last)}
            time.sleep(0.1)

    def listen(self, answer: httpx.Response) -> None:
        number = 0
        for line in answer.iter_lines():
            if self.over.is_set():
                return
            if line.startswith("id: "):
                number = int(line[4:])
            elif line.startswith("data: ") and number:
                self.raw += 1
                if number > self.last:
                    self.last = number
                    self.heard.append(number)
                    self.subjects.add(line[6:])
                number = 0


def until(found: Callable[[], bool], seconds: float, words: str = "") -> None:
    deadline = time.monotonic() + within(seconds)
    while not found():
        assert time.monotonic() < deadline, words
        time.sleep(0.02)


def settled(viewers: list[Viewer]) -> None:
    """Until everybody has been at one stream for a second: whatever was missed has come, this is nginx's own."""
    until(
        lambda: all(v.since and time.monotonic() - v.since > 1 for v in viewers),
        15,
        "somebody comes and goes",
    )


def all_at(viewers: list[Viewer], number: int, seconds: float) -> None:
    until(
        lambda: all(viewer.last == number for viewer in viewers), seconds, f"not everybody has heard {number}"
    )


@contextlib.contextmanager
def publishing(served: Served, proxy: nginx.Proxy) -> Iterator[subprocess.Popen[bytes]]:
    environment = os.environ | {
        "PYTHONPATH": str(REPOSITORY),
        "DJANGO_SETTINGS_MODULE": "townhall.config.settings",
        "TOWNHALL_DATA_DIR": str(served.folder / "publisher"),
    }
    command = [sys.executable, "-m", "tests.deploy.publisher", str(served.folder), proxy.publish_url]
    process = subprocess.Popen(command, env=environment, cwd=REPOSITORY)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.fixture
def served(tmp_path: Path) -> Iterator[Served]:
    with serving(tmp_path / "house", proxy="127.0.0.1/32") as running:
        yield running


@pytest.fixture
def viewers() -> Iterator[list[Viewer]]:
    found: list[Viewer] = []
    yield found
    for viewer in found:
        viewer.over.set()


def test_nginx_keeps_the_stream_with_the_journal_s_numbers(
    served: Served, tmp_path: Path, viewers: list[Viewer]
) -> None:
    (front := tmp_path / "front").mkdir()
    for number in range(3):
        served.publish("one", "answer", f"early {number}", f"early {number}")
    with nginx.in_front_of(served.port, front, crowd=True) as proxy, publishing(served, proxy):
        behind, present = Viewer(proxy, after=1), Viewer(proxy, after=3)
        viewers += [behind, present]
        until(lambda: behind.heard == [2, 3], 10, "what was missed comes first")
        settled(viewers)
        head = httpx.get(f"{proxy.url}/live/one/frames?after=0", verify=False).json()["seq"]
        assert served.publish("one", "answer", "late", "late") == head + 1
        all_at(viewers, 4, 5)
        # The house goes down; whoever is here stays here, and hears what is still handed over.
        served.process.kill()
        served.process.wait()
        Journal(served.folder).append("one", "answer", "last", "last")
        all_at(viewers, 5, 5)
    assert present.heard == [4, 5]
    assert behind.heard == [2, 3, 4, 5]


def test_the_channel_is_nobody_s_to_open_or_to_fill(served: Served, tmp_path: Path) -> None:
    (front := tmp_path / "front").mkdir()
    with nginx.in_front_of(served.port, front, crowd=True) as proxy:
        assert httpx.get(f"{proxy.url}/fanout/one/json", verify=False).status_code == 404
        assert httpx.post(f"{proxy.url}/publish/one/json", verify=False, content=b"x").status_code != 201
        # An hour that is not handed over is streamed by the house itself.
        with httpx.Client(**CLIENT) as client, client.stream("GET", f"{proxy.url}/live/two/stream") as answer:  # type: ignore[arg-type]
            served.publish("two", "answer", "x", "x")
            assert next(line for line in answer.iter_lines() if line.startswith("id:")) == "id: 1"


def test_a_publisher_that_is_killed_again_and_again_leaves_no_gap_and_no_repeat(
    served: Served, tmp_path: Path, viewers: list[Viewer]
) -> None:
    (front := tmp_path / "front").mkdir()
    with nginx.in_front_of(served.port, front, crowd=True) as proxy:
        viewers += [Viewer(proxy) for _ in range(3)]
        settled(viewers)
        written = 0
        for _life in range(5):
            with publishing(served, proxy) as process:
                for _ in range(8):
                    written = served.publish("one", "answer", f"s{written}", f"s{written}")
                    time.sleep(0.05 if _life % 2 else 0.12)
                process.send_signal(signal.SIGKILL)
            written = served.publish("one", "answer", f"s{written}", f"s{written}")
        with publishing(served, proxy):
            all_at(viewers, written, 15)
    for viewer in viewers:
        assert viewer.heard == list(range(1, written + 1))
        assert len(viewer.subjects) == written
        assert viewer.streams == 1, "all of it came through the one stream that nginx keeps"


@pytest.mark.skipif(REDIS is None, reason="Redis: apt-get install redis-server")
def test_two_fronts_share_one_redis_and_survive_its_loss(
    served: Served, tmp_path: Path, viewers: list[Viewer]
) -> None:
    port = free_port()
    assert REDIS
    redis = subprocess.Popen(
        [REDIS, "--port", str(port), "--save", "", "--bind", "127.0.0.1", "--dir", str(tmp_path)],
        stdout=subprocess.DEVNULL,
    )
    try:
        with contextlib.ExitStack() as stack:
            fronts = []
            for name in ("left", "right"):
                (folder := tmp_path / name).mkdir()
                fronts.append(
                    stack.enter_context(nginx.in_front_of(served.port, folder, crowd=True, redis=port))
                )
            stack.enter_context(publishing(served, fronts[0]))
            viewers += [Viewer(front) for front in fronts]
            settled(viewers)
            # From here on nobody can come back through the house: what is heard came through Redis.
            served.process.kill()
            served.process.wait()
            journal = Journal(served.folder)
            written = 0
            for wave in range(3):
                for _ in range(4):
                    written = journal.append("one", "answer", f"s{written}", f"s{written}")
                all_at(viewers, written, 20)
                if wave == 1:
                    subprocess.run(
                        ["redis-cli", "-p", str(port), "FLUSHALL"], check=True, capture_output=True
                    )
            for viewer in viewers:
                assert viewer.heard == list(range(1, written + 1))
                assert viewer.streams == 1
    finally:
        redis.terminate()
        redis.wait()
