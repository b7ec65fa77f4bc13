"""The shipped nginx configuration, started: pages, streams, limits, tiles as files, receipts kept out of the log."""

import socket
import ssl
import time
import warnings
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from tests.tools import nginx
from tests.tools.server import Installation


@pytest.fixture(scope="module")
def proxied(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[nginx.Proxy, Installation, str]]:
    if nginx.NGINX is None:
        pytest.skip("nginx is not installed: apt-get install nginx")
    folder = tmp_path_factory.mktemp("proxied")
    settings = {
        "TOWNHALL_TRUSTED_PROXIES": "127.0.0.1",
        "TOWNHALL_RECORD_DIR": str(folder / "public" / "record"),
    }
    place = Installation(folder / "data", settings=settings)
    slug = place.demo("live")["hour"]
    place.start()
    try:
        where = tmp_path_factory.mktemp("nginx")
        with nginx.in_front_of(
            place.port, where, public=folder / "public", firewall=nginx.has_firewall()
        ) as proxy:
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


def test_pages_pass(proxied: tuple[nginx.Proxy, Installation, str]) -> None:
    proxy, _, slug = proxied
    with client(proxy) as browser:
        answer = browser.get(f"/hours/{slug}/")
    assert answer.status_code == httpx.codes.OK
    assert "我要提问题" in answer.text
    assert answer.headers["content-security-policy"]


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
    time.sleep(0.3)
    logged = proxy.access_log.read_text(encoding="utf-8")
    assert "/track/-" in logged
    assert "9012" not in logged


def tiles(place: Installation) -> list[Path]:
    """The record's tiles on the disk, once there are any."""
    folder = Path(place.environment["TOWNHALL_RECORD_DIR"])
    deadline = time.monotonic() + 60
    while not (found := sorted(folder.glob("tile/0/**/*[0-9]"))) or not (folder / "checkpoint").exists():
        assert time.monotonic() < deadline, "the record was not begun"
        time.sleep(0.2)
    return [path for path in found if path.is_file()]


def test_tiles_come_from_the_disk_and_what_is_not_there_from_townhall(
    proxied: tuple[nginx.Proxy, Installation, str],
) -> None:
    proxy, place, _ = proxied
    tile = tiles(place)[0]
    address = "/record/" + str(tile.relative_to(place.environment["TOWNHALL_RECORD_DIR"]))
    with client(proxy) as browser:
        answer = browser.get(address)
        direct = httpx.get(f"{place.url}{address}")
        gone = browser.get("/record/tile/7/001")
        rough = browser.get("/record/tile/0/.000.new")
    assert answer.content == direct.content == tile.read_bytes()
    assert "accept-ranges" in answer.headers, "it came through Townhall"
    assert answer.headers["cache-control"] == direct.headers["cache-control"]
    assert answer.headers["content-type"] == direct.headers["content-type"]
    for name in ("x-content-type-options", "content-security-policy", "cross-origin-resource-policy"):
        assert answer.headers[name]
    assert gone.status_code == rough.status_code == httpx.codes.NOT_FOUND


def test_whoever_reads_the_tiles_needs_no_other_right(proxied: tuple[nginx.Proxy, Installation, str]) -> None:
    _, place, _ = proxied
    folder = Path(place.environment["TOWNHALL_RECORD_DIR"])
    assert place.data_dir.stat().st_mode & 0o077 == 0 or not str(folder).startswith(str(place.data_dir))
    for path in tiles(place):
        assert path.stat().st_mode & 0o004
        for above in path.relative_to(folder).parents:
            assert (folder / above).stat().st_mode & 0o005 == 0o005


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_old_tls_is_refused(proxied: tuple[nginx.Proxy, Installation, str], version: ssl.TLSVersion) -> None:
    proxy, _, _ = proxied
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.options &= ~(ssl.OP_NO_TLSv1 | ssl.OP_NO_TLSv1_1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the library warns of what is refused here
        context.minimum_version = context.maximum_version = version
    port = int(proxy.url.rsplit(":", 1)[1])
    with (
        socket.create_connection(("127.0.0.1", port), timeout=5) as plain,
        pytest.raises((ssl.SSLError, OSError)),
    ):
        context.wrap_socket(plain)


def test_a_header_sent_by_the_letter_is_let_go(proxied: tuple[nginx.Proxy, Installation, str]) -> None:
    proxy, _, _ = proxied
    port = int(proxy.url.rsplit(":", 1)[1])
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection(("127.0.0.1", port), timeout=40) as plain,
        context.wrap_socket(plain) as slow,
    ):
        slow.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")
        started = time.monotonic()
        with suppress(ConnectionError, ssl.SSLError):
            assert not slow.recv(100).startswith(b"HTTP/1.1 200")
        assert time.monotonic() - started < 30


def test_a_flood_from_one_address_is_told_to_wait(proxied: tuple[nginx.Proxy, Installation, str]) -> None:
    proxy, _, _ = proxied
    with client(proxy) as browser:
        found = [browser.post("/api/v1/nothing", json={}).status_code for _ in range(80)]
    assert httpx.codes.TOO_MANY_REQUESTS in found
    assert found[0] != httpx.codes.TOO_MANY_REQUESTS
