"""Asking for news and being held until there is some: for whoever's network lets no stream through."""

import threading
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.edge.harness import Served, serving
from tests.tools.promised import within


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Any:
    with serving(tmp_path_factory.mktemp("waiting")) as running:
        yield running


class Held(threading.Thread):
    """One question for news, on its way."""

    def __init__(self, served: Served, query: str) -> None:
        super().__init__()
        self.url = f"{served.url}/live/one/wait{query}"
        self.start()

    def run(self) -> None:
        self.answer = httpx.get(self.url, timeout=40)
        self.at = time.monotonic()


def test_news_end_the_wait(served: Served) -> None:
    head = served.client.get("/live/one/frames").json()["seq"]
    waiting = [Held(served, f"?after={head}{more}") for more in ("", "&as=json", "&lang=en")]
    time.sleep(0.5)
    assert all(one.is_alive() for one in waiting)
    published = time.monotonic()
    seq = served.publish("one", "answer", "w1", "news")
    for one in waiting:
        one.join(within(2))
        assert one.at - published < within(1)
        told = one.answer.json()
        assert told["seq"] == seq and [frame["id"] for frame in told["frames"]] == [seq]
        assert one.answer.headers["cache-control"] == "no-store"


def test_whoever_is_behind_does_not_wait(served: Served) -> None:
    seq = served.publish("one", "answer", "w2", "news")
    time.sleep(0.3)
    started = time.monotonic()
    told = httpx.get(f"{served.url}/live/one/wait?after={seq - 1}").json()
    assert time.monotonic() - started < within(1)
    assert [frame["id"] for frame in told["frames"]] == [seq]
    assert httpx.get(f"{served.url}/live/one/wait?after={seq + 50}").json()["frames"][0]["event"] == "reload"


def test_the_same_doors_as_for_every_poll(served: Served) -> None:
    assert httpx.get(f"{served.url}/live/none/wait").status_code == 404
    assert httpx.get(f"{served.url}/live/rehearsed/wait").status_code == 404
    assert httpx.get(f"{served.url}/live/one/wait?after=x").status_code == 422
    assert httpx.post(f"{served.url}/live/one/wait").status_code == 405


def test_the_end_of_the_server_lets_go(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        waiting = Held(served, "?after=0")
        time.sleep(0.5)
        assert served.stop() < within(3)
        waiting.join(within(2))
        assert waiting.answer.status_code == 503 and waiting.answer.headers["retry-after"]
