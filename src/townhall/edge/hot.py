"""The hour's page as ready bytes: rendered when its journal moves, never because somebody asks.

A page is impersonal; its key is its path and its language. While a new version is being rendered the old one
is served, so only the very first rendering of a key is waited for, and it serves all who wait. The pages of the hours
that matter now are pinned: they are never forgotten, whether or not anybody asks, and saved as files as well.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from townhall.edge.ready import Ready, prepare
from townhall.edge.saved import SavedPages
from townhall.edge.threads import in_thread

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop, TimerHandle

    from townhall.edge.streams import Streams
    from townhall.edge.wiring import Wiring

logger = logging.getLogger("townhall.edge")

PATH = re.compile(r"/(hours|embed)/([A-Za-z0-9_-]{1,64})/\Z")
LANGUAGES = ("zh", "en")
KEEP_SECONDS = 600.0  # a page nobody asked for in so long is forgotten
QUIET_SECONDS = 1.0  # at most one rendering a second and language, except at a signature
UNUSED_QUIET_SECONDS = 5.0  # the same for a page that nobody has asked for since it was rendered
STALE_SECONDS = 20.0  # what no journal entry tells (a countdown, supports) is at most so old
MOST_PAGES = 512
MISS_SECONDS = 1.0  # so long is Django asked directly after the renderer had nothing
LOOK_SECONDS = 5.0  # so often is it looked which hours' pages are kept ready and saved


@dataclass(slots=True)
class _Page:
    """One key and what is known about it."""

    path: str
    slug: str
    lang: str
    ready: Ready | None = None
    head: int = -1
    rendered_at: float = -1e9
    asked_at: float = 0.0
    rendering: bool = False
    again: bool = False
    timer: TimerHandle | None = None
    waiting: list[Callable[[Ready | None], None]] = field(default_factory=list)

    def quiet_seconds(self) -> float:
        """How long this page's next rendering may be put off."""
        return QUIET_SECONDS if self.asked_at >= self.rendered_at else UNUSED_QUIET_SECONDS


class HotPages:
    """Keeps the pages ready.

    :param wiring: the injected parts
    :param streams: watches the hours' journals
    :param loop: the event loop
    """

    def __init__(self, wiring: Wiring, streams: Streams, loop: AbstractEventLoop) -> None:
        self._wiring = wiring
        self._streams = streams
        self._loop = loop
        self._pages: dict[tuple[str, str], _Page] = {}
        self._pool = ThreadPoolExecutor(1, "render")
        self._misses: dict[tuple[str, str], float] = {}
        self._pinned: tuple[str, ...] = ()
        self._saved = SavedPages(wiring.saved_pages) if wiring.saved_pages is not None else None
        self._look_timer: TimerHandle | None = None
        self.renderings = 0

    def start(self) -> None:
        """Render the pages of the hours that matter now, before anybody asks; look again from time to time."""
        in_thread(self._loop, self._pool, self._look, self._looked)

    def close(self) -> None:
        """Stop rendering."""
        if self._look_timer is not None:
            self._look_timer.cancel()
        self._pool.shutdown(wait=False, cancel_futures=True)

    def get(self, path: str, lang: str) -> Ready | None:
        """A page that is ready and at most a second behind; being asked for, it is kept up to date."""
        page = self._pages.get((path, lang))
        if page is None or page.ready is None:
            return None
        now = self._loop.time()
        if page.timer is not None and now >= page.rendered_at + QUIET_SECONDS:
            return None  # its rendering was put off because nobody asked: now somebody does
        page.asked_at = now
        if now - page.rendered_at > STALE_SECONDS:
            self._refresh(page)
        return page.ready

    def wait(self, path: str, slug: str, lang: str, then: Callable[[Ready | None], None]) -> None:
        """Call ``then`` with the page once it is rendered; ``None`` when Django must answer."""
        now = self._loop.time()
        if self._misses.get((path, lang), 0.0) > now:
            then(None)
            return
        page = self._pages.get((path, lang))
        if page is None:
            self._make_room()
            page = self._pages[path, lang] = _Page(path, slug, lang)
        page.asked_at = now
        page.waiting.append(then)
        if not page.rendering:
            self._refresh(page)

    def moved(self, slug: str, head: int) -> None:
        """The journal of an hour has grown: make its pages again, a signature at once."""
        now = self._loop.time()
        pages = [page for page in self._pages.values() if page.slug == slug and page.head < head]
        stale = [page for page in pages if self._is_pinned(page) or now - page.asked_at < KEEP_SECONDS]
        for page in pages:
            if page not in stale and not page.rendering:
                del self._pages[page.path, page.lang]
        waiting = [page for page in stale if page.rendering or now < page.rendered_at + page.quiet_seconds()]
        for page in stale:
            if page not in waiting:
                self._refresh(page)
        if waiting:
            since = min(page.head for page in waiting)
            # A wrong guess costs one rendering too many; so does a failing one.
            in_thread(
                self._loop, self._pool,
                lambda: self._wiring.urgent(slug, since),
                lambda urgent: self._soon(waiting, urgent=bool(urgent)),
            )  # fmt: skip

    # -- inside -------------------------------------------------------------------------------------

    def _is_pinned(self, page: _Page) -> bool:
        return page.slug in self._pinned and page.path.startswith("/hours/")

    def _soon(self, pages: list[_Page], *, urgent: bool) -> None:
        for page in pages:
            if urgent:
                self._refresh(page)
            elif page.timer is None:
                delay = max(0.0, page.rendered_at + page.quiet_seconds() - self._loop.time())
                page.timer = self._loop.call_later(delay, self._refresh, page)

    def _refresh(self, page: _Page) -> None:
        if page.timer is not None:
            page.timer.cancel()
            page.timer = None
        if page.rendering:
            page.again = True
            return
        page.rendering = True
        page.rendered_at = self._loop.time()
        in_thread(self._loop, self._pool, lambda: self._render(page), lambda made: self._rendered(page, made))

    def _render(self, page: _Page) -> tuple[int, Ready] | None:
        # The head is read before the page, so the page is at least as new as the number it is filed under.
        head = self._wiring.frames.head(page.slug)
        body = self._wiring.render(page.path, page.lang) if head is not None else None
        if head is None or body is None:
            if self._saved is not None:
                self._saved.drop(page.slug)
            return None
        ready = prepare(body, page.path, page.lang, self._wiring.embed_origins)
        if self._saved is not None and self._is_pinned(page):
            try:
                self._saved.keep(page.path, page.lang, ready, at_home=(page.slug,) == self._pinned[:1])
            except OSError:
                logger.exception("%s could not be saved as a file", page.path)
        return head, ready

    def _rendered(self, page: _Page, made: tuple[int, Ready] | Exception | None) -> None:
        page.rendering = False
        self.renderings += 1
        again, page.again = page.again, False
        if isinstance(made, Exception):
            logger.error("rendering %s failed; what was ready stays", page.path, exc_info=made)
        elif made is not None:
            page.head, page.ready = made
            self._streams.watch(page.slug, page.head, KEEP_SECONDS)
        else:
            page.ready = None
        if page.ready is None:
            self._misses[page.path, page.lang] = self._loop.time() + MISS_SECONDS
            self._pages.pop((page.path, page.lang), None)
        waiting, page.waiting = page.waiting, []
        for then in waiting:
            then(page.ready)
        if again and page.ready is not None:
            self._refresh(page)

    def _look(self) -> Sequence[str]:
        """Which hours matter now; in the thread that renders, so nothing is saved meanwhile."""
        slugs = self._wiring.warm()
        if self._saved is not None:
            self._saved.only(slugs)
        return slugs

    def _looked(self, slugs: Sequence[str] | Exception) -> None:
        self._look_timer = self._loop.call_later(LOOK_SECONDS, self.start)
        if isinstance(slugs, Exception):
            logger.error("no page could be made ready", exc_info=slugs)
            return
        newest = self._pinned[:1]
        self._pinned = tuple(slugs)
        for slug in slugs:
            for lang in LANGUAGES:
                path = f"/hours/{slug}/"
                page = self._pages.get((path, lang))
                if page is None:
                    self.wait(path, slug, lang, lambda _ready: None)
                elif self._pinned[:1] != newest:
                    self._refresh(page)  # who is at home has changed
                elif page.ready is not None:
                    self._streams.watch(slug, page.head, KEEP_SECONDS)

    def _make_room(self) -> None:
        """Forget what nobody asks for, so that made-up addresses cannot fill the memory."""
        if len(self._misses) > MOST_PAGES:
            self._misses.clear()
        if len(self._pages) >= MOST_PAGES:
            pages = [
                page for page in self._pages.values() if not page.rendering and not self._is_pinned(page)
            ]
            idle = sorted(pages, key=lambda page: page.asked_at)
            for page in idle[: MOST_PAGES // 4]:
                del self._pages[page.path, page.lang]
