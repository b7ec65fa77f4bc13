"""Nobody is called but those whom a setting names."""

from __future__ import annotations

from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from townhall.kernel import outbound
from townhall.outreach.providers.base import NotSent, call

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.conf import LazySettings


class Other(ThreadingHTTPServer):
    """Another machine, which remembers who called and sends everybody elsewhere."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.called: list[str] = []
        self.url = f"http://127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    """Answers with a redirect to the same machine under another name."""

    def answer(self) -> None:
        assert isinstance(self.server, Other)
        self.server.called.append(self.path)
        self.send_response(302)
        self.send_header("Location", f"http://localhost:{self.server.server_port}/elsewhere")
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_GET = do_POST = answer  # noqa: N815 - the names that http.server looks for

    def log_message(self, *_words: object) -> None:
        """Say nothing."""


@pytest.fixture
def other() -> Iterator[Other]:
    running = Other()
    Thread(target=running.serve_forever, daemon=True).start()
    yield running
    running.shutdown()
    running.server_close()


@pytest.fixture
def nobody(settings: LazySettings) -> LazySettings:
    for name in outbound.NAMED:
        setattr(settings, name, [] if name.endswith(("S", "ES")) and "RECEIPTS" not in name else "")
    return settings


def test_an_address_that_no_setting_names_hears_nothing(nobody: Any, other: Other) -> None:
    with outbound.client(5) as client, pytest.raises(outbound.Foreign):
        client.get(f"{other.url}/secret")
    with pytest.raises(NotSent):
        call("POST", other.url, json={"text": "secret"})
    assert other.called == []


@pytest.mark.parametrize("name", ["GATEWAY_URL", "WEBHOOKS", "RECORD_WITNESSES"])
def test_a_named_one_is_called_and_leads_nowhere_else(nobody: Any, other: Other, name: str) -> None:
    value: Any = {"WEBHOOKS": [other.url], "RECORD_WITNESSES": [(other.url, "vkey")]}.get(name, other.url)
    setattr(nobody, name, value)
    with outbound.client(5) as client:
        assert client.get(f"{other.url}/hook").status_code == 302
        with pytest.raises(outbound.Foreign):
            client.get(f"http://localhost:{other.server_port}/hook")
        with pytest.raises(outbound.Foreign):
            client.get(f"{other.url}/hook", follow_redirects=True)
    assert other.called == ["/hook", "/hook"]


def test_what_the_machine_says_of_proxies_is_not_heard(
    nobody: Any, other: Other, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", other.url)
    monkeypatch.setenv("ALL_PROXY", other.url)
    nobody.GATEWAY_URL = "http://127.0.0.1:9"
    with outbound.client(2) as client, pytest.raises(httpx.ConnectError):
        client.get("http://127.0.0.1:9/")
    assert other.called == []
