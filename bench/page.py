"""A first visit of the hour's page: what travels, compressed, without images, and that no other host is asked."""

import re
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

import httpx

from bench.machine import keep, table, verdict
from bench.servers import product

MOST_BYTES = 80 * 1024
_CSS_FILE = re.compile(r"url\(['\"]?(?!data:)([^'\")]+)|@import\s+['\"]([^'\"]+)")
_IMAGES = (".png", ".jpg", ".jpeg", ".webp", ".gif", ".svg", ".ico", ".avif")


class Loaded(HTMLParser):
    """The files a browser loads by itself for a page."""

    def __init__(self) -> None:
        super().__init__()
        self.files: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "link" and {"stylesheet", "icon", "manifest", "preload"} & set(
            given.get("rel", "").split()
        ):
            self.files.append(given.get("href", ""))
        elif tag in {"script", "img", "iframe", "source", "video", "audio"} and given.get("src"):
            self.files.append(given["src"])


def main() -> bool:
    """Measure, print and keep; whether every target was met."""
    with product("live") as (server, slug, _environment):
        home = f"http://127.0.0.1:{server.port}/hours/{slug}/"
        sizes, foreign = visit(home)
    counted = {url: size for url, size in sizes.items() if not urlsplit(url).path.endswith(_IMAGES)}
    total = sum(counted.values())
    print(table([["file", "bytes"], *[[urlsplit(url).path, f"{size:,}"] for url, size in sizes.items()]]))
    small, alone = total <= MOST_BYTES, not foreign
    print(f"  {verdict(met=small):<7} {total:,} bytes without images (at most {MOST_BYTES:,})")
    print(f"  {verdict(met=alone):<7} other hosts asked: {', '.join(foreign) or 'none'}")
    print(f"raw figures: {keep('page', {'sizes': sizes, 'foreign': foreign, 'total': total})}")
    return small and alone


def visit(home: str) -> tuple[dict[str, int], list[str]]:
    """Load a page and all it needs: compressed bytes of each file, and addresses on other hosts."""
    sizes: dict[str, int] = {}
    foreign: list[str] = []
    waiting = [home]
    with httpx.Client(headers={"Accept-Encoding": "gzip, br"}, timeout=30) as client:
        while waiting:
            url = waiting.pop(0)
            if url in sizes or url.startswith("data:"):
                continue
            if urlsplit(url).netloc != urlsplit(home).netloc:
                foreign.append(url)
                continue
            answer = client.get(url)
            answer.raise_for_status()
            sizes[url] = answer.num_bytes_downloaded
            waiting += [urljoin(url, found) for found in needed(answer)]
    return sizes, foreign


def needed(answer: httpx.Response) -> list[str]:
    """What a page or a style sheet makes the browser load."""
    kind = answer.headers.get("content-type", "")
    if kind.startswith("text/html"):
        page = Loaded()
        page.feed(answer.text)
        return page.files
    if kind.startswith("text/css"):
        return [first or second for first, second in _CSS_FILE.findall(answer.text)]
    return []
