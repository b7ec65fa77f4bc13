"""Which requests are the edge's own, and their answers."""

from __future__ import annotations

import logging
import random
import re
from collections import Counter
from collections.abc import Callable
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from townhall.edge import intake as intakes
from townhall.edge.gauges import Gauges
from townhall.edge.hot import PATH as HOT_PATH
from townhall.edge.hot import HotPages
from townhall.edge.intake import Intake
from townhall.edge.polls import EVENTS, Ask, Polls, unless_known
from townhall.edge.ready import Ready
from townhall.edge.replies import Reply, problem, trouble
from townhall.edge.staff import StaffStreams
from townhall.edge.streams import Looked, Streams
from townhall.edge.wiring import Question
from townhall.kernel.addresses import counted, is_cross_site, is_within
from townhall.kernel.http_headers import host_allowed

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

    from townhall.edge.protocol import EdgeProtocol
    from townhall.edge.wiring import Wiring

logger = logging.getLogger("townhall.edge")
Handler = Callable[["EdgeProtocol"], None]

_LIVE = re.compile(rb"/live/([A-Za-z0-9_-]{1,64})/(stream|frames|wait)\Z")
_DESK = re.compile(rb"/desk/([A-Za-z0-9_-]{1,64})/stream\Z")
_ASK = re.compile(rb"/api/v1/hours/([^/]{1,200})/questions\Z")
_HOT = re.compile(HOT_PATH.pattern.encode())
_COOKIE_LANG = re.compile(rb"(?:^|[;\s])lang=(zh|en)")
_LANG_QUERY = {b"lang=zh": "zh", b"lang=en": "en"}
_SLUG = re.compile(r"[A-Za-z0-9_-]{1,64}\Z")
CARRIED_SECONDS = 5.0  # so long is it remembered whether an hour's frames are handed to an engine in front
MOST_CARRIED = 1_000
_SEQ = re.compile(r"[0-9]{1,18}\Z")


class Edge:
    """Everything the process's connections share.

    :param wiring: the injected parts
    :param loop: the event loop
    :param most_viewers: how many streams this process may hold
    """

    def __init__(self, wiring: Wiring, loop: AbstractEventLoop, *, most_viewers: int) -> None:
        self.wiring = wiring
        self.loop = loop
        self.trusted_proxies = tuple(wiring.trusted_proxies)
        self.allowed_hosts = tuple(wiring.allowed_hosts)
        self.trusted_networks = tuple(wiring.trusted_networks)
        self.counters: Counter[str] = Counter()
        self._unnamed = 0
        self._carried: dict[str, tuple[float, bool]] = {}
        self.statuses: Counter[int] = Counter()
        self.uploads: set[EdgeProtocol] = set()  # files that are on their way in
        self.gauges = Gauges(self, loop)
        self.streams = Streams(
            wiring, most=most_viewers, moved=self._moved, rung=self._rung, reached=self.gauges.reached
        )
        self.polls = Polls(wiring.frames, self.streams, loop)
        self.hot = HotPages(wiring, self.streams, loop)
        self.staff = StaffStreams(wiring.staff, loop) if wiring.staff is not None else None
        self.intake = Intake(wiring.ask, loop, most=wiring.ask_queue) if wiring.ask is not None else None

    def start(self) -> None:
        """Begin to listen, to render and to write."""
        self.streams.start()
        self.hot.start()
        if self.staff is not None:
            self.staff.start()
        if self.intake is not None:
            self.intake.start()
        self.gauges.start()

    def finish_writing(self) -> None:
        """Write the questions that were handed in; waits, so it is called in a thread."""
        if self.intake is not None:
            self.intake.close()

    def close(self) -> None:
        """Hang up on every stream."""
        self.gauges.close()
        self.streams.close()
        self.hot.close()
        self.polls.close()
        if self.staff is not None:
            self.staff.close()

    def whose_turn(self, address: str) -> str:
        """Who takes turns in the line: an address, and in a trusted network, where many share one, each question."""
        if is_within(address, self.trusted_networks):
            self._unnamed += 1
            return f"#{self._unnamed}"
        return counted(address)

    # -- recognising --------------------------------------------------------------------------------

    def route(self, request: EdgeProtocol) -> Handler | None:
        """Who answers; ``None`` when it is Django. Called for every request: frequent cases come first."""
        path, _, query = request.url.partition(b"?")
        method = request.parser.get_method()
        if path.startswith((b"/hours/", b"/embed/")):
            if method in (b"GET", b"HEAD") and (not query or query in _LANG_QUERY) and _HOT.match(path):
                return self._hot_page if self._host_ok(request) else _bad_host
        elif path.startswith(b"/live/"):
            if _LIVE.match(path):
                if not self._host_ok(request):
                    return _bad_host
                return self._live if method == b"GET" else _bad_method
        elif path.startswith(b"/desk/"):
            if self.staff is not None and _DESK.match(path):
                if not self._host_ok(request):
                    return _bad_host
                return self._desk if method == b"GET" else _bad_method
        elif path.startswith(b"/api/") and method == b"POST":
            return self._api_post(request, path)
        return None

    def is_upload(self, request: EdgeProtocol) -> bool:
        """Whether somebody who seems to be signed in sends a file to a desk."""
        return (
            request.parser.get_method() == b"POST"
            and request.url.startswith(b"/desk/")
            and request.header(b"content-type").lower().startswith(b"multipart/form-data")
            and b"session=" in request.header(b"cookie")
        )

    def language(self, request: EdgeProtocol) -> str:
        """The reader's language: the address, else the cookie, else Chinese."""
        query = request.url.partition(b"?")[2]
        if b"lang=" in query:
            for part in query.split(b"&"):
                if part in _LANG_QUERY:
                    return _LANG_QUERY[part]
        return self._cookie_language(request)

    def wants_json(self, request: EdgeProtocol) -> bool:
        """Whether a refusal goes to a program rather than to a person."""
        return request.url.startswith((b"/api/", b"/live/")) or b"text/html" not in request.header(b"accept")

    def _cookie_language(self, request: EdgeProtocol) -> str:
        for name, value in request.headers:
            if name == b"cookie" and b"lang=" in value and (found := _COOKIE_LANG.search(value)):
                return found.group(1).decode()
        return "zh"

    def _host_ok(self, request: EdgeProtocol) -> bool:
        return host_allowed(request.header(b"host").decode("latin-1"), self.allowed_hosts)

    # -- hot pages ----------------------------------------------------------------------------------

    def _hot_page(self, request: EdgeProtocol) -> None:
        raw, _, query = request.url.partition(b"?")
        lang = _LANG_QUERY.get(query) or self._cookie_language(request)
        path = raw.decode("ascii")
        ready = self.hot.get(path, lang)
        if ready is not None:
            self._send_page(request, ready)
            return
        match = HOT_PATH.match(path)
        slug = match.group(2) if match else ""
        self.hot.wait(path, slug, lang, lambda made: self._page_made(request, made))

    def _page_made(self, request: EdgeProtocol, ready: Ready | None) -> None:
        if ready is None:
            request.to_application()
        elif request.pending:
            self._send_page(request, ready)

    def _send_page(self, request: EdgeProtocol, ready: Ready) -> None:
        accepts = seen = b""
        for name, value in request.headers:
            if name == b"accept-encoding":
                accepts = value
            elif name == b"if-none-match":
                seen = value
        shape = ready.for_asker(accepts)
        self.counters["hot"] += 1
        is_known = seen and (shape.tag in seen or seen == b"*")
        request.answer(shape.unchanged if is_known else shape.whole)

    def _moved(self, slug: str, head: int) -> None:
        self.hot.moved(slug, head)
        self.polls.moved(slug)

    def _rung(self) -> None:
        if self.staff is not None:
            self.staff.rung()

    # -- streams ------------------------------------------------------------------------------------

    def _live(self, request: EdgeProtocol) -> None:
        raw, _, query = request.url.partition(b"?")
        match = _LIVE.match(raw)
        assert match is not None  # noqa: S101 - the route has looked
        slug, what = match.group(1).decode(), match.group(2)
        lang = self.language(request)
        options = _options(query)
        after = _seq(options.get("after"))
        if after is not None and after < 0:
            request.answer(_bad_after(lang))
            return
        key = options.get("key", "")
        fmt = "json" if options.get("as") == "json" else f"html-{lang}"
        if what == b"stream":
            if self.streams.is_full():
                request.answer(problem("busy", lang, retry_after=random.randint(5, 30)))  # noqa: S311
                return
            last = _seq(request.header(b"last-event-id").decode("latin-1") or None)
            # What the browser has really seen goes before what the page's address said when it was made.
            start = last if last is not None and last >= 0 else after
            self.streams.admit(
                slug, key, lambda head: self._open(request, slug, fmt, start, head), fresh=start is None
            )
        else:
            ask = self.polls.wait if what == b"wait" else self.polls.ask
            self.streams.admit(slug, key, lambda head: self._poll(request, slug, fmt, after, head, ask))

    def _open(self, request: EdgeProtocol, slug: str, fmt: str, after: int | None, head: Looked) -> None:
        if not isinstance(head, int):
            request.answer(_not_let_in(head, self.language(request)))
            return
        start = head if after is None else after
        if self._has_engine(request):
            self._hand_over(request, slug, fmt, start)
        else:
            self._listen(request, slug, fmt, start)

    def _listen(self, request: EdgeProtocol, slug: str, fmt: str, start: int) -> None:
        date = request.date_line()
        transport = request.detach()
        if transport is not None:
            self.counters["streams"] += 1
            # Without a number a stream starts now: at what was newest when the request came.
            self.streams.open(slug, fmt, transport, date, start)

    def _has_engine(self, request: EdgeProtocol) -> bool:
        """Whether one of our own proxies offers to keep the stream itself."""
        return bool(request.header(b"x-townhall-fanout")) and is_within(request.peer, self.trusted_proxies)

    def _hand_over(self, request: EdgeProtocol, slug: str, fmt: str, start: int) -> None:
        """Send whoever has missed nothing to the engine in front, whoever has, first what that is."""

        def go(found: object) -> None:
            if found is not True:
                self._listen(request, slug, fmt, start)
                return
            self.counters["handed_over"] += 1
            self.polls.ask(slug, start, EVENTS + fmt, request.answer)

        def looked(found: object) -> None:
            if len(self._carried) > MOST_CARRIED:
                self._carried.clear()
            self._carried[slug] = (self.loop.time() + CARRIED_SECONDS, found is True)
            go(found)

        until, is_carried = self._carried.get(slug, (0.0, False))
        if until > self.loop.time():
            go(is_carried)
        else:
            self.streams.look_up(lambda: self.wiring.hands_over(slug), looked)

    def _poll(
        self, request: EdgeProtocol, slug: str, fmt: str, after: int | None, head: Looked, ask: Ask
    ) -> None:
        if not isinstance(head, int):
            request.answer(_not_let_in(head, self.language(request)))
            return
        self.counters["polls"] += 1
        known = request.header(b"if-none-match")
        ask(slug, after, fmt, lambda reply: request.answer(unless_known(reply, known)))

    # -- staff streams ------------------------------------------------------------------------------

    def _desk(self, request: EdgeProtocol) -> None:
        raw, _, query = request.url.partition(b"?")
        match = _DESK.match(raw)
        assert match is not None  # noqa: S101 - the route has looked
        assert self.staff is not None  # noqa: S101
        ticket = _options(query).get("ticket", "")
        self.staff.open(match.group(1).decode(), ticket, request)

    # -- asking -------------------------------------------------------------------------------------

    def _api_post(self, request: EdgeProtocol, path: bytes) -> Handler | None:
        ask = self.intake is not None and _ASK.match(path)
        if not ask:
            return None
        request.body_limit = intakes.BODY_LIMIT
        return self._ask if self._host_ok(request) else _bad_host

    def _ask(self, request: EdgeProtocol) -> None:
        assert self.intake is not None  # noqa: S101 - the route has looked
        lang = self.language(request)
        refusal = self._may_ask(request)
        if refusal is not None:
            request.answer(refusal)
            return
        match = _ASK.match(request.url.partition(b"?")[0])
        slug = match.group(1).decode("latin-1") if match else ""
        if not _SLUG.match(slug):
            request.answer(problem("no_hour", lang))
            return
        key = _options(request.url.partition(b"?")[2]).get("key", "")
        payload = intakes.parse_body(request.body, lang)
        if isinstance(payload, Reply):
            # Whether there is such an hour is answered before what is wrong with the body.
            no_json = payload
            self.streams.admit(
                slug,
                key,
                lambda head: request.answer(no_json if isinstance(head, int) else _not_let_in(head, lang)),
            )
            return
        lang = _asked_language(payload, lang)
        if (refusal := self._effort(request, payload, lang)) is not None:
            self.counters["efforts"] += 1
            request.answer(refusal)
            return
        self.counters["asks"] += 1
        agent = request.header(b"user-agent").decode("latin-1")
        question = Question(slug, payload, lang, request.address, key, agent)
        self.intake.submit(question, self.whose_turn(request.address), request.answer)

    def _effort(self, request: EdgeProtocol, payload: dict[str, Any], lang: str) -> Reply | None:
        """What a question must come with under pressure; nothing from a trusted network."""
        effort, intake = self.wiring.effort, self.intake
        if effort is None or intake is None or is_within(request.address, self.trusted_networks):
            return None
        means = effort.means(intake.share, payload, counted(request.address))
        return problem("effort", lang, retry_after=means["wait_seconds"], **means) if means else None

    def _may_ask(self, request: EdgeProtocol) -> Reply | None:
        """Why this request may not even be read: from another site, too often, or no JSON."""
        lang = self.language(request)
        said = (request.header(name).decode("latin-1") for name in (b"sec-fetch-site", b"origin", b"host"))
        if is_cross_site(*said):
            return problem("cross_site", lang)
        if not intakes.is_json(request.header(b"content-type")):
            return problem("not_json_type", lang)
        address = request.address
        if not is_within(address, self.trusted_networks):
            wait = self.wiring.limiter.take(counted(address))
            if wait is not None:
                self.counters["limited"] += 1
                return problem("too_many", lang, retry_after=wait)
        return None


def _options(query: bytes) -> dict[str, str]:
    """The query's fields; the first of a name counts."""
    fields: dict[str, str] = {}
    for name, value in parse_qsl(query.decode("latin-1"), keep_blank_values=True, max_num_fields=None):
        fields.setdefault(name, value)
    return fields


def _seq(text: str | None) -> int | None:
    """A number of the journal; -1 for something that is none."""
    if text is None:
        return None
    return int(text) if _SEQ.match(text) else -1


def _asked_language(payload: dict[str, Any], lang: str) -> str:
    wanted = payload.get("lang")
    return wanted if wanted in ("zh", "en") else lang


def _bad_after(lang: str) -> Reply:
    message = "Must be a whole number, 0 or more." if lang == "en" else "须为不小于 0 的整数。"
    return problem("invalid_fields", lang, errors=[{"field": "after", "message": message}])


def _not_let_in(why: Exception | None, lang: str) -> Reply:
    return problem("no_hour", lang) if why is None else trouble(why, lang)


def _bad_host(request: EdgeProtocol) -> None:
    request.answer(problem("bad_host"))


def _bad_method(request: EdgeProtocol) -> None:
    request.answer(problem("method", request.edge.language(request)))
