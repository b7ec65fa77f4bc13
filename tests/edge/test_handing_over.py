"""A proxy of ours keeps the stream itself: the edge says who may hear, sends what was missed, and shows the way."""

import time
from pathlib import Path

import httpx

from tests.edge.harness import Reader, Served, serving
from tests.tools.promised import within

OFFER = {"X-Townhall-Fanout": "nchan"}


def opened(served: Served, query: str = "", slug: str = "one", **headers: str) -> httpx.Response:
    return served.client.get(f"/live/{slug}/stream{query}", headers=OFFER | headers)


def test_whoever_has_missed_nothing_is_led_to_the_engine(tmp_path: Path) -> None:
    with serving(tmp_path, proxy="127.0.0.1/32") as served:
        for query, channel in (("", "html-zh"), ("?lang=en", "html-en"), ("?as=json&after=0", "json")):
            answer = opened(served, query)
            assert answer.headers["x-accel-redirect"] == f"/fanout/one/{channel}"
            assert answer.headers["content-type"].startswith("text/event-stream")
            assert answer.headers["cache-control"] == "no-store"
            assert answer.content == b""
        seq = served.publish("one", "answer", "q1", "news")
        deadline = time.monotonic() + within(2)
        while "x-accel-redirect" in (behind := opened(served, "?after=0&as=json")).headers:
            assert time.monotonic() < deadline, "first what was missed, and then the end"
            time.sleep(0.05)
        assert f"id: {seq}\nevent: answer\n" in behind.text and "retry: " in behind.text
        assert opened(served, "?after=0", **{"Last-Event-ID": str(seq)}).headers["x-accel-redirect"]
        assert "event: reload" in opened(served, f"?after={seq + 9}").text
        # The doors are the same: no such hour, no key, no number.
        assert opened(served, slug="none").status_code == httpx.codes.NOT_FOUND
        assert opened(served, slug="rehearsed").status_code == httpx.codes.NOT_FOUND
        assert opened(served, "?after=x").status_code == httpx.codes.UNPROCESSABLE_ENTITY
        # An hour whose frames go nowhere else is streamed here.
        assert "x-accel-redirect" not in Reader(served.port, "/live/two/stream", OFFER).head


def test_an_offer_from_anybody_else_is_not_taken(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        reader = Reader(served.port, "/live/one/stream", OFFER)
        assert "x-accel-redirect" not in reader.head
        served.publish("one", "answer", "q1", "news")
        assert reader.frame()["data"] == "news"
