"""Every process of Townhall is down, and the site can still be read: the shipped nginx and a real evening."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.edge.evening import SETTINGS, Evening
from tests.tools import nginx
from tests.tools.promised import within
from tests.tools.server import Installation

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(nginx.NGINX is None, reason="nginx: apt-get install nginx"),
]
HIDDEN, KEPT = "答复里的暗号一九八四", "答复里的路灯十二月修好"


@dataclass
class Night:
    """The server was killed after one answer was published and another one covered."""

    slug: str
    served: httpx.Response
    english: httpx.Response
    seconds_to_leave: float
    browser: httpx.Client


@pytest.fixture(scope="module")
def night(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    public = tmp_path_factory.mktemp("public")
    place = Installation(
        tmp_path_factory.mktemp("saved") / "data",
        settings=SETTINGS
        | {"TOWNHALL_TRUSTED_PROXIES": "127.0.0.1", "TOWNHALL_SNAPSHOT_DIR": str(public / "snapshot")},
    )
    evening = Evening(place)
    place.start()
    try:
        with nginx.in_front_of(place.port, tmp_path_factory.mktemp("nginx"), public=public) as proxy:
            for text in (HIDDEN, KEPT):
                question = evening.asked(f"{text}吗？")
                evening.sign(question["id"], evening.bring_to_signing(question["id"], text))
                if text == HIDDEN:
                    saved = public / "snapshot" / "hours" / evening.slug / "page.zh.html"
                    wait_for(saved, HIDDEN, there=True)
                    started = time.monotonic()
                    evening.done(evening.mayor, question["id"], "withhold", code="personal_data")
                    wait_for(saved, HIDDEN, there=False)
                    left = time.monotonic() - started
            wait_for(saved, KEPT, there=True)
            browser = httpx.Client(base_url=proxy.url, verify=False, timeout=15)
            evening.shown(KEPT)
            pages = [f"/hours/{evening.slug}/?lang={lang}" for lang in ("zh", "en")]
            # What nginx keeps for a second may be two seconds old, it counts whole ones; and the evening goes on by itself.
            deadline = time.monotonic() + within(10)
            while True:
                page, english = (browser.get(path) for path in pages)
                stands = [saved.with_name(f"page.{lang}.html").read_bytes() for lang in ("zh", "en")]
                if KEPT in page.text and KEPT in english.text and [page.content, english.content] == stands:
                    break
                assert time.monotonic() < deadline, "what is served and what is saved differ"
                time.sleep(0.05)
            place.kill()
            for path in pages:
                asked(browser, path, lambda answer: "x-townhall-saved" in answer.headers)
            yield Night(evening.slug, page, english, left, browser)
            browser.close()
    finally:
        evening.close()
        place.stop()


def asked(browser: httpx.Client, path: str, is_it: Callable[[httpx.Response], bool]) -> httpx.Response:
    """An answer once it is the one that is waited for."""
    deadline = time.monotonic() + within(5)
    while not is_it(answer := browser.get(path)):
        assert time.monotonic() < deadline, f"{path} stays as it was"
        time.sleep(0.05)
    return answer


def wait_for(page: Path, text: str, *, there: bool) -> None:
    deadline = time.monotonic() + within(2)
    while not page.exists() or (text in page.read_text(encoding="utf-8")) != there:
        assert time.monotonic() < deadline, f"{text} {'missing' if there else 'still there'}"
        time.sleep(0.01)


def test_the_hour_s_page_is_read_from_the_disk_as_it_was_served(night: Night) -> None:
    assert "x-townhall-saved" not in night.served.headers
    for query, served in (("?lang=zh", night.served), ("?lang=en", night.english)):
        for coding in ("identity", "gzip", "br"):
            answer = night.browser.get(f"/hours/{night.slug}/{query}", headers={"Accept-Encoding": coding})
            assert answer.status_code == httpx.codes.OK
            assert answer.headers["x-townhall-saved"] == "yes"
            assert answer.headers.get("content-encoding", "identity") == coding
            assert KEPT in answer.text
            assert answer.text == served.text
    kept = night.browser.get(f"/hours/{night.slug}/", headers={"Cookie": "a=b; lang=en"})
    assert kept.text == night.english.text


def test_what_was_covered_is_in_no_file(night: Night) -> None:
    assert night.seconds_to_leave < within(2)
    for path in (f"/hours/{night.slug}/", "/", f"/hours/{night.slug}/?lang=en"):
        assert HIDDEN not in night.browser.get(path).text


def test_a_saved_page_has_the_headers_of_a_served_one(night: Night) -> None:
    saved = night.browser.get(f"/hours/{night.slug}/")
    for name, value in night.served.headers.items():
        if name not in {
            "date",
            "server",
            "connection",
            "etag",
            "content-length",
            "content-language",
            "set-cookie",
        }:
            assert saved.headers[name] == value, name
    assert saved.headers["strict-transport-security"]
    again = night.browser.get(f"/hours/{night.slug}/", headers={"If-None-Match": saved.headers["etag"]})
    assert again.status_code == httpx.codes.NOT_MODIFIED


def test_home_leads_to_the_hour_and_styles_are_there(night: Night) -> None:
    home = night.browser.get("/")
    assert KEPT in home.text
    style = next(
        part for part in home.text.split('"') if part.startswith("/static/") and part.endswith(".css")
    )
    answer = night.browser.get(style, headers={"Cookie": "fresh=1"})
    assert answer.status_code == httpx.codes.OK and answer.headers["content-type"].startswith("text/css")
    assert night.browser.get("/look.css").status_code == httpx.codes.OK


@pytest.mark.parametrize("path", ["/hours/no-such-hour/", "/questions/1/", "/static/../home/page.zh.html"])
def test_the_rest_says_that_it_comes_back(night: Night, path: str) -> None:
    answer = night.browser.get(path)
    assert answer.status_code in {httpx.codes.SERVICE_UNAVAILABLE, httpx.codes.BAD_GATEWAY}
    if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
        assert "正在恢复" in answer.text
        assert answer.headers["cache-control"] == "no-store"
