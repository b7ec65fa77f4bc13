"""The shipped nginx configuration, started: pages, a stream that is not held back, and receipts kept out of the log."""

import time
from collections.abc import Iterator

import httpx
import pytest

from tests.tools import nginx
from tests.tools.server import Installation


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[nginx.Proxy, Installation, str]]:
    if nginx.NGINX is None:
        pytest.skip("nginx is not installed: apt-get install nginx")
    place = Installation(
        tmp_path_factory.mktemp("proxied") / "data", settings={"TOWNHALL_TRUSTED_PROXIES": "127.0.0.1"}
    )
    slug = place.demo("live")["hour"]
    place.start()
    try:
        where = tmp_path_factory.mktemp("nginx")
        with nginx.in_front_of(place.port, where, firewall=nginx.has_firewall()) as proxy:
            yield proxy, place, slug
    finally:
        place.stop()


def client(proxy: nginx.Proxy) -> httpx.Client:
    return httpx.Client(base_url=proxy.url, verify=False, timeout=15)


def test_plain_addresses_lead_to_secure_ones(proxied: tuple[nginx.Proxy, Installation, str]) -> None:
    proxy, _, slug = proxied
    answer = httpx.get(f"{proxy.plain_url}/hours/{slug}/")
    assert answer.status_code == httpx.codes.MOVED_PERMANENTLY
    assert answer.headers["location"].startswith("https://")


def test_a_program_that_speaks_in_the_open_is_not_led_on(
    proxied: tuple[nginx.Proxy, Installation, str],
) -> None:
    proxy, _, slug = proxied
    for path in ("/api/v1/hours", f"/api/v1/hours/{slug}/questions", f"/live/{slug}/stream"):
        answer = httpx.get(proxy.plain_url + path, headers={"Authorization": "Bearer th_secret"})
        assert (answer.status_code, answer.json()["code"]) == (httpx.codes.FORBIDDEN, "https")
        assert answer.headers["content-type"] == "application/problem+json"
        assert "location" not in answer.headers


def test_pages_pass(proxied: tuple[nginx.Proxy, Installation, str]) -> None:
    proxy, _, slug = proxied
    with client(proxy) as browser:
        answer = browser.get(f"/hours/{slug}/")
    assert answer.status_code == httpx.codes.OK
    assert "我要<wbr>提问题" in answer.text
    assert answer.headers["content-security-policy"]


def test_a_page_that_everybody_wants_is_asked_for_once(
    proxied: tuple[nginx.Proxy, Installation, str],
) -> None:
    proxy, _, slug = proxied
    time.sleep(0.3)
    before = len(proxy.access_log.read_text(encoding="utf-8").splitlines())
    with client(proxy) as browser:
        bodies = {browser.get(f"/hours/{slug}/?once").text for _ in range(20)}
        frames = {browser.get(f"/live/{slug}/frames?after=0&once").status_code for _ in range(20)}
        desks = [browser.get("/desk/sign-in/").status_code for _ in range(3)]
    assert len(bodies) <= 2  # something may have been published meanwhile
    assert frames == {200}
    assert desks == [200] * 3
    time.sleep(0.3)
    lines = proxy.access_log.read_text(encoding="utf-8").splitlines()[before:]
    pages = [line for line in lines if "/desk/" not in line]
    assert len(pages) == 40
    # A second is how long one holds; twenty of each take less than ten.
    assert sum(line.endswith(("cache=HIT", "cache=UPDATING")) for line in pages) >= 20
    assert not any("HIT" in line for line in lines if "/desk/" in line)


def test_a_stream_is_not_held_back(proxied: tuple[nginx.Proxy, Installation, str]) -> None:
    proxy, _, slug = proxied
    started = time.monotonic()
    with client(proxy) as browser, browser.stream("GET", f"/live/{slug}/stream") as answer:
        assert answer.headers["content-type"].startswith("text/event-stream")
        next(answer.iter_bytes())
    assert time.monotonic() - started < 10


def test_receipts_stay_out_of_the_log(proxied: tuple[nginx.Proxy, Installation, str]) -> None:
    proxy, _, _ = proxied
    with client(proxy) as browser:
        browser.get("/track/1234-5678-9012/")
        browser.get("/api/v1/track/123456789012")
        browser.get("/voice/secret-word-9012/")
        browser.get("/unfollow/secret-word-9012/")
        browser.get(f"{proxy.url}//track/123456789012/")
        # As the page behind a receipt itself leads there.
        browser.get("/look/elder/?next=/track/123456789012/")
        browser.get("/language/en/", params={"next": "/track/123456789012/"})
        browser.get("/archive/?q=9012")
        # Too often, and what the firewall stops: nginx has something to say of these in its other log.
        refused = {browser.get("/api/v1/track/123456789012").status_code for _ in range(150)}
        browser.get("/track/123456789012/?of=../../../etc/passwd")
    assert httpx.codes.TOO_MANY_REQUESTS in refused
    for path in ("/track/123456789012/", "/api/v1/track/123456789012", "/voice/secret-word-9012/"):
        httpx.get(proxy.plain_url + path)  # typed without the s
    time.sleep(0.3)
    logged = proxy.access_log.read_text(encoding="utf-8")
    assert "/track/-" in logged
    assert '" 301 ' in logged
    assert '"GET /look/elder/" 303' in logged
    logs = [path for path in proxy.access_log.parent.rglob("*") if path.suffix == ".log"]
    assert len(logs) >= 3
    for path in logs:
        assert "9012" not in path.read_text(encoding="utf-8", errors="replace"), path
