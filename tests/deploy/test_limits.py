"""What the shipped nginx does by itself: tiles from the disk, no old TLS, floods let go. Behind it stands a quiet server."""

import socket
import ssl
import time
import warnings
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from tests.deploy.quiet import quiet
from tests.tools import nginx
from townhall.record.tiles import Files

TILE = bytes(range(256)) * 32


@pytest.fixture(scope="module")
def public(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a record in it, as Townhall writes it."""
    folder = tmp_path_factory.mktemp("public")
    files = Files(folder / "record")
    files.write("tile/0/x001/234", TILE)
    files.write("tile/entries/000.p/7", TILE[:32])
    files.replace("witnesses.json", b"{}")
    return folder


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory, public: Path) -> Iterator[nginx.Proxy]:
    if nginx.NGINX is None:
        pytest.skip("nginx is not installed: apt-get install nginx")
    with quiet() as port, nginx.in_front_of(port, tmp_path_factory.mktemp("nginx"), public=public) as running:
        yield running


def client(proxy: nginx.Proxy) -> httpx.Client:
    return httpx.Client(base_url=proxy.url, verify=False, timeout=15)


def port_of(proxy: nginx.Proxy) -> int:
    return int(proxy.url.rsplit(":", 1)[1])


def test_a_method_that_nginx_refuses_is_told_which_are_allowed(proxy: nginx.Proxy) -> None:
    with client(proxy) as browser:
        answer = browser.request("TRACE", "/")
        assert answer.status_code == httpx.codes.METHOD_NOT_ALLOWED
        assert answer.headers["allow"] == "GET, HEAD, POST"
        assert "allow" not in browser.get("/").headers


@pytest.mark.parametrize("address", ["tile/0/x001/234", "tile/entries/000.p/7"])
def test_a_tile_comes_from_the_disk(proxy: nginx.Proxy, public: Path, address: str) -> None:
    with client(proxy) as browser:
        answer = browser.get(f"/record/{address}")
    assert answer.status_code == httpx.codes.OK
    assert answer.content == (public / "record" / address).read_bytes()
    assert answer.headers["content-type"] == "application/octet-stream"
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert answer.headers["strict-transport-security"]


@pytest.mark.parametrize(
    "address",
    [
        "tile/0/x001/235",
        "tile/0/x001/234.p/9",
        "tile/0/x001/.234.new",
        "witnesses.json",
        "tile/0/..%2f..%2fwitnesses.json",
    ],
)
def test_everything_else_is_asked_of_townhall(proxy: nginx.Proxy, address: str) -> None:
    with client(proxy) as browser:
        assert browser.get(f"/record/{address}").status_code == httpx.codes.NO_CONTENT


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1])
def test_old_tls_is_refused(proxy: nginx.Proxy, version: ssl.TLSVersion) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("ALL:@SECLEVEL=0")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # the library warns of what is refused here
        context.options &= ~(ssl.OP_NO_TLSv1 | ssl.OP_NO_TLSv1_1)
        context.minimum_version = context.maximum_version = version
    with (
        socket.create_connection(("127.0.0.1", port_of(proxy)), timeout=5) as plain,
        pytest.raises((ssl.SSLError, ConnectionError)),
    ):
        context.wrap_socket(plain)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_today_s_tls_speaks_http_2(proxy: nginx.Proxy, version: ssl.TLSVersion) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.minimum_version = context.maximum_version = version
    context.set_alpn_protocols(["h2", "http/1.1"])
    with (
        socket.create_connection(("127.0.0.1", port_of(proxy)), timeout=10) as plain,
        context.wrap_socket(plain) as secured,
    ):
        assert secured.selected_alpn_protocol() == "h2"
        cipher = secured.cipher()
        assert cipher and (cipher[0].startswith(("ECDHE", "TLS_")))


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_whoever_comes_back_shakes_hands_in_short(proxy: nginx.Proxy, version: ssl.TLSVersion) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.minimum_version = context.maximum_version = version
    session, reused = None, []
    for _ in range(2):
        with (
            socket.create_connection(("127.0.0.1", port_of(proxy)), timeout=10) as plain,
            context.wrap_socket(plain, session=session) as secured,
        ):
            secured.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")
            while secured.recv(4096):
                pass
            session = secured.session  # with TLS 1.3 it comes after the handshake
            reused.append(secured.session_reused)
    assert reused == [False, True]


def test_a_header_sent_by_the_letter_is_let_go(proxy: nginx.Proxy) -> None:
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with (
        socket.create_connection(("127.0.0.1", port_of(proxy)), timeout=60) as plain,
        context.wrap_socket(plain) as slow,
    ):
        slow.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Slow: ")
        started = time.monotonic()
        with suppress(ConnectionError, ssl.SSLError):
            assert not slow.recv(100).startswith(b"HTTP/1.1 2")
        assert time.monotonic() - started < 45


def test_a_flood_from_one_address_is_told_to_wait(proxy: nginx.Proxy) -> None:
    with client(proxy) as browser:
        found = [browser.post("/api/v1/nothing", json={}).status_code for _ in range(200)]
    assert found[0] == httpx.codes.NO_CONTENT
    assert httpx.codes.TOO_MANY_REQUESTS in found


def test_the_server_does_not_say_which_version_it_is(proxy: nginx.Proxy) -> None:
    with client(proxy) as browser:
        assert browser.get("/").headers["server"] == "nginx"


SECRET = "secret-9012-word"
PERSONAL = (
    "track",
    "voice",
    "stop",
    "unfollow",
    "remind",
    "follow/confirm",
    "desk/calendar",
    "receipts",
    "api/v1/track",
)


def test_what_opens_something_stays_out_of_the_log(proxy: nginx.Proxy) -> None:
    with client(proxy) as browser:
        for way in PERSONAL:
            browser.get(f"/{way}/{SECRET}/")
        browser.get("/the-last-one/")
    deadline = time.monotonic() + 30
    while "/the-last-one/" not in (logged := proxy.access_log.read_text(encoding="utf-8")):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert SECRET not in logged
    assert all(f"/{way}/-" in logged for way in PERSONAL)
