"""A rehearsal's bookkeeping: what is sent, how patiently, and a report that does not forgive."""

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from townhall.rehearsal import calls, cast, corpus, ledger, rehearse
from townhall.rehearsal.calls import Caller, Households, Lost
from townhall.rehearsal.ledger import Case, Ledger
from townhall.rehearsal.report import ENDS, Report, percentiles

# -- what is sent


def test_every_file_brings_one_emergency_and_one_leak() -> None:
    for count in (1, 5, 300):
        plans = Counter(case.plan for case in ledger.cases(corpus.messages(count), "run"))
        assert plans["emergency"] == plans["leak"] == 1
        assert sum(plans.values()) == count + 2


def test_cases_are_numbered_in_order_and_have_their_own_keys() -> None:
    cases = list(ledger.cases(corpus.messages(300), "run"))
    assert [case.index for case in cases] == list(range(302))
    assert len({case.key for case in cases}) == 302
    assert {case.plan for case in cases} >= {"answer", "merge", "decline", "withdraw", "unanswered", "leave"}


def test_an_empty_text_asks_its_title() -> None:
    rows = [{"id": 1, "title": "路灯坏了", "text": "", "category": "城乡建设", "created_at": None}]
    [case, *_special] = ledger.cases(rows, "run")
    assert case.body()["text"] == "路灯坏了"
    assert case.group == "build"


def test_the_leak_carries_the_invented_number() -> None:
    [leak] = [case for case in ledger.cases(corpus.messages(9), "run") if case.plan == "leak"]
    assert cast.FAKE_ID in leak.text


def test_a_file_is_read_packed_or_not(tmp_path: Path) -> None:
    import gzip

    rows = list(corpus.messages(20))
    text = "\n".join(json.dumps(row, ensure_ascii=False) for row in rows)
    (tmp_path / "m.jsonl").write_text(text + "\n\n", encoding="utf-8")
    with gzip.open(tmp_path / "m.jsonl.gz", "wt", encoding="utf-8") as packed:
        packed.write(text)
    assert list(rehearse.read(tmp_path / "m.jsonl")) == rows
    assert list(rehearse.read(tmp_path / "m.jsonl.gz")) == rows


def test_a_line_that_is_no_message_is_named(tmp_path: Path) -> None:
    (tmp_path / "m.jsonl").write_text('{"id": 1}\nnonsense\n', encoding="utf-8")
    with pytest.raises(ValueError, match="line 2"):
        list(rehearse.read(tmp_path / "m.jsonl"))


# -- how patiently

Answer = Callable[[BaseHTTPRequestHandler, int], None]


@pytest.fixture
def server() -> Iterator[Callable[[Answer], str]]:
    """A server that answers its n-th request as the test says."""
    running: list[ThreadingHTTPServer] = []

    def start(answer: Answer) -> str:
        count = iter(range(1000))

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length") or 0))
                answer(self, next(count))

            do_GET = do_POST  # noqa: N815 - http.server's name

            def log_message(self, *_arguments: object) -> None:
                pass

        made = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        running.append(made)
        threading.Thread(target=made.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{made.server_address[1]}"

    yield start
    for one in running:
        one.shutdown()
        one.server_close()


def say(handler: BaseHTTPRequestHandler, status: int, body: Any, **headers: str) -> None:
    data = json.dumps(body).encode()
    handler.send_response(status)
    for name, value in headers.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.send_header("Content-Length", str(len(data)))
    handler.end_headers()
    handler.wfile.write(data)


def test_a_busy_or_broken_server_is_asked_again(server: Callable[[Answer], str]) -> None:
    def answer(handler: BaseHTTPRequestHandler, number: int) -> None:
        if number == 0:
            say(handler, 503, {}, Retry_After="1")
        elif number == 1:
            handler.close_connection = True  # hangs up without a word
        else:
            say(handler, 201, {"ok": number})

    book = Ledger([])
    caller = Caller(server(answer), book)
    started = time.monotonic()
    response = caller.send("POST", "/api/v1/hours/x/questions", {"text": "x"})
    caller.close()
    assert response.json() == {"ok": 2}
    assert time.monotonic() - started >= 1, "Retry-After is honoured"
    assert sum(book.errors.values()) == 2
    assert caller.repeated


def test_a_server_that_is_gone_is_told_of(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calls, "MOST_TRIES", 2)
    caller = Caller("http://127.0.0.1:9", Ledger([]))
    with pytest.raises(Lost):
        caller.send("GET", "/x")
    caller.close()


def test_a_move_whose_answer_was_lost_counts_as_done(server: Callable[[Answer], str]) -> None:
    def answer(handler: BaseHTTPRequestHandler, number: int) -> None:
        if number == 0:
            handler.close_connection = True
        elif number == 1:
            say(handler, 409, {"code": "status"})
        else:
            say(handler, 200, {"id": 5, "status": "published"})

    caller = Caller(server(answer), Ledger([]))
    assert caller.move(5, "sign", version=1) == {"id": 5, "status": "published"}
    caller.close()


def test_a_refused_move_is_not_done(server: Callable[[Answer], str]) -> None:
    book = Ledger([])
    caller = Caller(server(lambda handler, _number: say(handler, 409, {"code": "lock"})), book)
    assert caller.move(5, "sign", version=1) is None
    caller.close()
    assert book.errors == {"http 409 sign lock": 1}


def test_citizens_live_at_many_addresses() -> None:
    households = Households("http://127.0.0.1:8000")
    if not households.many:
        pytest.skip("this machine has one loopback address")
    found = [households.next() for _number in range(1000)]
    assert len(set(found)) == 1000
    assert not Households("http://192.0.2.1/").many


# -- a report that does not forgive


def made_report(**changes: Any) -> Report:
    """Four questions: one answered, one promised, one declined, one pending; two viewers."""
    cases = [Case(n, "t", "t", "edu", "answer", "n", f"k{n}") for n in range(4)]
    for number, case in enumerate(cases, start=1):
        case.id, case.number, case.receipt = number, number, f"{number:012d}"
        case.asked_at, case.received_at = 1.0, 1.5
    book = Ledger(cases)
    for case, end in zip(cases, ("answered", "promised", "declined", "pending"), strict=True):
        case.end = end
        if end in {"answered", "promised"}:
            case.submitted_at, case.sign_sent_at, case.signed_at, case.version = 2.0, 3.0, 3.1, 1
            book.seen[case.id, 1] = [(0, 3.05), (1, 3.2)]
    counted = {"asked": 4, "answered": 1, "promised": 1, "declined": 1, "pending": 1}
    tracked = Counter(answered=1, promised=1, declined=1, pending=1)
    for change in changes.values():
        change(book, counted, tracked)
    return Report(book, "r", "http://x", 2, 1.0, counted, tracked)


def test_a_whole_evening_adds_up() -> None:
    report = made_report()
    assert report.adds_up, report.ledger.faults
    data = report.as_json()
    assert sum(data["ends"].values()) == data["asked"] == 4
    assert set(data["ends"]) == set(ENDS)
    assert data["seconds"]["sign_to_last_viewer"]["max"] == pytest.approx(0.2)
    assert "Nothing was lost." in report.lines()[-1]


@pytest.mark.parametrize(
    "harm",
    [
        lambda book, counted, tracked: counted.update(asked=3),
        lambda book, counted, tracked: counted.update(pending=0),
        lambda book, counted, tracked: tracked.update(declined=-1, withdrawn=1),
        lambda book, counted, tracked: book.seen[1, 1].pop(),
        lambda book, counted, tracked: book.seen[1, 1].append((0, 4.0)),
        lambda book, counted, tracked: book.seen.update({(9, 1): [(0, 4.0)]}),
        lambda book, counted, tracked: setattr(book.cases[3], "receipt", ""),
        lambda book, counted, tracked: setattr(book.cases[3], "receipt", book.cases[2].receipt),
        lambda book, counted, tracked: book.fault("anything"),
    ],
)
def test_what_is_lost_is_found(harm: Callable[..., None]) -> None:
    report = made_report(harm=harm)
    assert not report.adds_up
    assert "does not add up" in report.lines()[-1]


def test_percentiles_take_the_nearest_rank() -> None:
    found = percentiles([float(n) for n in range(1, 101)])
    assert found == {"p50": 50.0, "p95": 95.0, "p99": 99.0, "max": 100.0, "n": 100}
    assert percentiles([])["n"] == 0
