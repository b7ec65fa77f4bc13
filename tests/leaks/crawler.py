"""Reads everything that anybody can read: every address of the public faces, every link found there, every frame."""

from __future__ import annotations

import io
import re
import zipfile
from collections import deque
from html.parser import HTMLParser
from itertools import product
from typing import TYPE_CHECKING, Any
from urllib.parse import urldefrag, urlencode, urljoin, urlsplit

from django.conf import settings
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from townhall.live import frames
from townhall.portal import hot

if TYPE_CHECKING:
    from collections.abc import Iterator

STAFF = re.compile(r"^(desk/|api/v1/desk/|metrics)")  # behind a sign-in, a token, or on the machine itself
# Ways back after a choice of look or language lead where one comes from; the edge's streams are read as frames.
NOT_FOLLOWED = re.compile(r"[?&]next=|^/static/|/live/")
MOST_PAGES = 1500
FORMATS = ("html-zh", "html-en", "json")


class _Links(HTMLParser):
    """Every address that a page names."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = dict(attrs)
        if tag == "form" and (named.get("method") or "get").lower() != "get":
            return
        for name, value in attrs:
            if value and (
                name in {"href", "src", "action"} or (name.startswith("data-") and value.startswith("/"))
            ):
                self.found.add(value)


def addresses(values: dict[str, list[Any]]) -> Iterator[str]:
    """Every address of the public faces, its places filled with each known value (secret ones are not known)."""
    yield from _addresses(get_resolver(), "", values)


def _addresses(resolver: URLResolver, before: str, values: dict[str, list[Any]]) -> Iterator[str]:
    for pattern in resolver.url_patterns:
        whole = before + str(pattern.pattern)
        if STAFF.match(whole):
            continue
        if isinstance(pattern, URLResolver):
            yield from _addresses(pattern, whole, values)
        elif isinstance(pattern, URLPattern) and "(?P" not in whole and "$" not in whole and "^" not in whole:
            names = re.findall(r"<(?:\w+:)?(\w+)>", whole)
            for filled in product(*(values.get(name, ["1"]) for name in names)):
                address = whole
                for value in filled:
                    address = re.sub(r"<(?:\w+:)?\w+>", str(value), address, count=1)
                yield "/" + address


def _unpacked(raw: bytes) -> str:
    """What a .docx says, every part of it."""
    with zipfile.ZipFile(io.BytesIO(raw)) as packed:
        return "\n".join(packed.read(name).decode("utf-8", "replace") for name in packed.namelist())


class Crawl:
    """What was read: text by address."""

    def __init__(self) -> None:
        self.texts: dict[str, str] = {}
        self.served: set[str] = set()
        self.cookies: dict[str, list[str]] = {}
        self.client = Client(headers={"host": urlsplit(settings.BASE_URL).netloc})

    def of_addresses(self, start: list[str]) -> None:
        """Get them and everything they lead to on this site."""
        waiting = deque(start)
        while waiting:
            address = urldefrag(waiting.popleft()).url
            if address in self.texts:
                continue
            assert len(self.texts) < MOST_PAGES, "the site has no end"
            waiting.extend(self._read(address))

    def _read(self, address: str) -> Iterator[str]:
        response = self.client.get(address)
        assert response.status_code < 500, f"{address}: {response.status_code}"
        kind = response.headers.get("Content-Type", "")
        raw = b"".join(response.streaming_content) if response.streaming else response.content
        text = raw.decode("utf-8", "replace") if not kind.startswith(("image/", "font/")) else ""
        if address.endswith(".docx") and response.status_code == 200:
            text = _unpacked(raw)
        self.texts[address] = "\n".join(
            [text, *(f"{name}: {value}" for name, value in response.headers.items())]
        )
        if response.cookies:
            self.cookies[address] = sorted(response.cookies)
            self.client.cookies.clear()
        if response.status_code == 200:
            self.served.add(address)
        found = set()
        if kind.startswith("text/html"):
            links = _Links()
            links.feed(text)
            found = links.found
        elif kind.startswith("application/json") and not response.streaming:
            following = response.json().get("next") if isinstance(response.json(), dict) else None
            if following:
                path = address.partition("?")[0]
                found = {f"{path}?{urlencode({'after': following})}"}
        if location := response.headers.get("Location"):
            found.add(location)
        for link in found:
            whole = urlsplit(urljoin(settings.BASE_URL + address, link))
            here = f"{whole.scheme}://{whole.netloc}" == settings.BASE_URL
            if here and not STAFF.match(whole.path[1:]) and not NOT_FOLLOWED.search(link):
                yield whole.path + (f"?{whole.query}" if whole.query else "")

    def of_streams(self, slugs: list[str]) -> None:
        """Replay every stream from its beginning, and render every hot page."""
        for slug in slugs:
            for fmt in FORMATS:
                told = frames.after(slug, 0, fmt)
                counted = frames.counts(slug, fmt)
                self.texts[f"replay {slug} {fmt}"] = "\n".join(
                    frame.data for frame in [*told, *([counted] if counted else [])]
                )
            for face, lang in product(("hours", "embed"), ("zh", "en")):
                body = hot.render(f"/{face}/{slug}/", lang)
                self.texts[f"hot {face} {slug} {lang}"] = (body or b"").decode()

    def where(self, token: str) -> list[str]:
        """Where a text can be read."""
        return [address for address, text in self.texts.items() if token in text]
