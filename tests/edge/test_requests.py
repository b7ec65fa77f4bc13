"""Hot pages and asking over real connections."""

import json
import logging
import socket
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.edge.harness import Served, serving
from tests.tools.promised import within
from townhall.edge.access import MaskPaths, masked
from townhall.edge.protocol import MOST_UPLOADS

ASK = "/api/v1/hours/one/questions"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("edge")) as running:
        yield running


def raw(served: Served, data: bytes, seconds: float = 5) -> bytes:
    """Everything the server says to these bytes until it hangs up or falls silent."""
    with socket.create_connection(("127.0.0.1", served.port), timeout=seconds) as sock:
        sock.sendall(data)
        answer = b""
        try:
            while more := sock.recv(65536):
                answer += more
        except TimeoutError:
            pass
        return answer


# -- hot pages


def test_a_page_is_ready_in_both_languages_and_every_shape(served: Served) -> None:
    chinese = served.client.get("/hours/one/")
    assert chinese.status_code == 200
    assert "lang=zh" in chinese.text
    assert chinese.headers["content-language"] == "zh-CN"
    assert "Cookie" in chinese.headers["vary"]
    assert "Accept-Encoding" in chinese.headers["vary"]
    assert "set-cookie" not in chinese.headers
    assert "frame-ancestors 'none'" in chinese.headers["content-security-policy"]
    assert "lang=en" in served.client.get("/hours/one/?lang=en").text
    assert "lang=en" in served.client.get("/hours/one/", headers={"Cookie": "a=b; lang=en"}).text
    assert "lang=en" in served.client.get("/hours/one/", headers={"Cookie": "lang=en-GB"}).text
    assert "lang=zh" in served.client.get("/hours/one/", headers={"Cookie": "slang=en"}).text
    assert "lang=zh" in served.client.get("/hours/one/?lang=zh", headers={"Cookie": "lang=en"}).text
    tags = {chinese.headers["etag"]}
    wanted = {"gzip, deflate, br, zstd": "br", "gzip": "gzip", "br;q=0, gzip;q=0.5": "gzip", "GZIP": "gzip"}
    for accepts, coding in wanted.items():
        packed = served.client.get("/hours/one/", headers={"Accept-Encoding": accepts})
        assert packed.headers["content-encoding"] == coding
        assert packed.text == chinese.text
        assert (
            served.client.get(
                "/hours/one/", headers={"Accept-Encoding": accepts, "If-None-Match": packed.headers["etag"]}
            ).status_code
            == httpx.codes.NOT_MODIFIED
        )
        tags.add(packed.headers["etag"])
    assert len(tags) == 3, "each coding is a representation of its own"
    for nothing in ("gzip;q=0", "br;q=0, gzip;q=0.0", "identity", "xbr"):
        assert (
            "content-encoding"
            not in served.client.get("/hours/one/", headers={"Accept-Encoding": nothing}).headers
        )


def test_head_has_no_body_and_not_modified_neither(served: Served) -> None:
    page = served.client.get("/hours/one/")
    head = served.client.head("/hours/one/")
    assert head.content == b""
    assert head.headers["content-length"] == str(len(page.content))
    unchanged = served.client.get(
        "/hours/one/", headers={"If-None-Match": f'"other", W/{page.headers["etag"]}'}
    )
    assert unchanged.status_code == 304
    assert unchanged.content == b""
    assert unchanged.headers["etag"] == page.headers["etag"]
    assert served.client.get("/hours/one/", headers={"If-None-Match": '"other"'}).status_code == 200


def test_other_queries_methods_and_unknown_hours_are_djangos(served: Served) -> None:
    assert served.client.get("/hours/one/?key=1").json()["path"] == "/hours/one/"
    assert served.client.post("/hours/one/").json()["path"] == "/hours/one/"
    assert served.client.get("/hours/none/").json()["path"] == "/hours/none/"
    assert served.client.get("/hours/rehearsed/").json()["path"] == "/hours/rehearsed/"
    assert served.client.get("/hours/one/ask").json()["path"] == "/hours/one/ask"


def test_an_embedded_page_may_be_framed(served: Served) -> None:
    page = served.client.get("/embed/one/")
    assert page.status_code == 200
    assert "frame-ancestors 'self'" in page.headers["content-security-policy"]
    assert "x-frame-options" not in page.headers


def test_a_page_is_rendered_when_its_journal_moves_and_not_when_it_is_asked_for(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        time.sleep(0.3)
        renderings = tmp_path / "renderings"
        assert sorted(renderings.read_text().split("\n")) == ["", "/hours/one/ en", "/hours/one/ zh"]
        first = served.client.get("/hours/one/")
        for _ in range(20):
            assert served.client.get("/hours/one/").headers["etag"] == first.headers["etag"]
        assert len(renderings.read_text().splitlines()) == 2
        time.sleep(1)  # the quiet second after the first rendering is over
        served.publish("one", "question", "q1")
        time.sleep(0.2)
        assert "at 1<" in served.client.get("/hours/one/").text
        for number in range(10):
            served.publish("one", "question", f"r{number}")
        time.sleep(0.2)
        assert "at 1<" in served.client.get("/hours/one/").text  # at most once a second
        time.sleep(1)
        assert "at 11<" in served.client.get("/hours/one/").text
        before = len(renderings.read_text().splitlines())
        assert before <= 8
        served.publish("one", "answer", "q1")
        time.sleep(0.2)
        assert "at 12<" in served.client.get("/hours/one/").text  # a signature does not wait


def test_a_page_nobody_asked_for_is_made_less_often_but_never_served_old(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        time.sleep(1.5)
        for number in range(20):
            served.publish("one", "question", f"q{number}")
            time.sleep(0.1)
        renderings = (tmp_path / "renderings").read_text().splitlines()
        assert renderings.count("/hours/one/ zh") <= 3
        time.sleep(1.2)
        assert "at 20<" in served.client.get("/hours/one/").text


def test_a_cold_page_is_rendered_once_for_all_who_wait(tmp_path: Path) -> None:
    with serving(tmp_path, render_seconds=0.3) as served:
        with ThreadPoolExecutor(32) as pool:
            pages = list(
                pool.map(lambda _: httpx.get(f"{served.url}/hours/two/", timeout=10).text, range(32))
            )
        assert len(set(pages)) == 1
        assert (tmp_path / "renderings").read_text().count("/hours/two/ zh") == 1


def test_pipelined_requests_are_answered_in_order(served: Served) -> None:
    one = b"GET /hours/one/?lang=en HTTP/1.1\r\nHost: localhost\r\n\r\n"
    two = b"GET /hours/one/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    answer = raw(served, one + two)
    assert answer.count(b"HTTP/1.1 200 OK") == 2
    assert answer.index(b"lang=en") < answer.index(b"lang=zh")


def test_what_is_pipelined_behind_django_waits_for_its_turn(served: Served) -> None:
    django = b"GET /x HTTP/1.1\r\nHost: localhost\r\n\r\n"
    hot = b"GET /hours/one/ HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
    answer = raw(served, django + hot)
    assert answer.count(b"HTTP/1.1 200 OK") == 2
    assert answer.index(b'"path"') < answer.index(b"lang=zh")


def test_a_quick_sender_is_never_hung_up_on(served: Served) -> None:
    # The next request may arrive before Django has said that its last byte was the last.
    for _number in range(60):
        with httpx.Client(base_url=served.url, timeout=10) as client:
            assert client.get("/x").status_code == 200
            assert "lang=zh" in client.get("/hours/one/").text
            assert client.get("/x").status_code == 200


# -- what is no proper request


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"nonsense\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /\xe4\xbd\xa0 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET http://[::bad/ HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: nine\r\n\r\n",
        b"POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    ],
)  # fmt: skip
def test_what_is_no_http_gets_a_problem_and_an_end(served: Served, request_bytes: bytes) -> None:
    answer = raw(served, request_bytes, seconds=2)
    assert answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 200"))
    assert b"500" not in answer.split(b"\r\n")[0]


def test_endless_headers_are_refused(served: Served) -> None:
    answer = raw(
        served, b"GET / HTTP/1.1\r\nHost: localhost\r\n" + b"A: " + b"x" * 40_000 + b"\r\n\r\n", seconds=2
    )
    assert answer.startswith(b"HTTP/1.1 431")


def test_a_body_too_large_for_anything_is_refused_readably(served: Served) -> None:
    response = served.client.post("/hours/one/ask", content=b"x" * 10_000_000)
    assert response.status_code == 413
    page = httpx.post(
        f"{served.url}/hours/one/ask", content=b"x" * 1_300_000, headers={"Accept": "text/html"}
    )
    assert page.status_code == 413
    assert page.headers["content-type"].startswith("text/html")
    chunked = served.client.post("/x", content=iter([b"x" * 100_000] * 15))
    assert chunked.status_code == 413


def test_a_file_for_a_desk_goes_through_and_others_do_not(served: Served) -> None:
    def send(path: str, size: int, **headers: str) -> int:
        body = {"file": ("a.pdf", b"x" * size)}
        return served.client.post(path, files=body, headers=headers).status_code

    signed_in = {"Cookie": "session=abc"}
    large = 5 * 1024 * 1024
    assert send("/desk/office/documents/", large, **signed_in) != 413
    assert send("/desk/office/documents/", large) == 413, "only for somebody who seems to be signed in"
    assert send("/hours/one/ask", large, **signed_in) == 413
    assert served.client.get("/").status_code, "the connection goes on"


def test_a_slow_body_holds_no_thread(served: Served) -> None:
    slow = []
    for _ in range(30):  # more than there are threads
        sock = socket.create_connection(("127.0.0.1", served.port))
        sock.sendall(b"POST /x HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\nx")
        slow.append(sock)
    time.sleep(0.1)
    started = time.monotonic()
    assert served.client.get("/x").status_code == 200
    assert time.monotonic() - started < within(1)
    for sock in slow:
        sock.close()


UPLOAD = (
    b"POST /desk/x HTTP/1.1\r\nHost: localhost\r\nCookie: session=a\r\nContent-Type: multipart/form-data; boundary=b\r\n"
    b"Content-Length: 100000\r\n\r\n--b"
)


def test_slow_files_hold_few_threads_and_the_rest_are_told_to_come_again(served: Served) -> None:
    slow = []
    for _ in range(MOST_UPLOADS):
        sock = socket.create_connection(("127.0.0.1", served.port))
        sock.sendall(UPLOAD)
        slow.append(sock)
    time.sleep(0.1)
    assert raw(served, UPLOAD).startswith(b"HTTP/1.1 503")
    assert served.client.get("/x").status_code == 200
    for sock in slow:
        sock.close()
    time.sleep(0.1)
    with socket.create_connection(("127.0.0.1", served.port), timeout=5) as sock:
        sock.sendall(UPLOAD + b"x" * (100_000 - 3))
        assert sock.recv(100).startswith(b"HTTP/1.1 200")


def test_a_body_arrives_whole(served: Served) -> None:
    text = "字" * 50_000
    number = served.publish("two", "question", "whole", text)
    frames = served.client.get(f"/live/two/frames?after={number - 1}").json()["frames"]
    assert frames[0]["data"] == text


# -- where a request comes from


def test_forwarded_addresses_are_believed_from_proxies_only(served: Served) -> None:
    def address(source: str, **headers: str) -> Any:
        transport = httpx.HTTPTransport(local_address=source)
        with httpx.Client(transport=transport, base_url=served.url) as client:
            names = {name.replace("_", "-"): value for name, value in headers.items()}
            return client.get("/x", headers=names).json()

    assert address("127.0.0.1", X_Forwarded_For="9.9.9.9")["address"] == "127.0.0.1"
    told = address("127.0.0.3", X_Forwarded_For="1.1.1.1, 9.9.9.9", X_Forwarded_Proto="https")
    assert told == told | {"address": "9.9.9.9", "scheme": "https"}
    assert address("127.0.0.3", X_Forwarded_For="nonsense")["address"] == "127.0.0.3"
    assert address("127.0.0.3", X_Forwarded_For="[2001:db8::1]:77")["address"] == "2001:db8::1"


# -- asking


def ask(served: Served, body: Any = None, path: str = ASK, **options: Any) -> httpx.Response:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Content-Type": "application/json"} | options.pop("headers", {})
    return served.client.post(path, content=content, headers=headers, **options)


def test_questions_are_gathered_and_each_gets_its_own_answer(served: Served) -> None:
    with httpx.Client(base_url=served.url, limits=httpx.Limits(max_connections=64)) as client:

        def one(number: int) -> httpx.Response:
            payload = {"text": "" if number % 7 == 0 else f"问题 {number}"}
            return client.post(ASK, json=payload)

        with ThreadPoolExecutor(64) as pool:
            answers = list(pool.map(one, range(200)))
    for number, answer in enumerate(answers):
        if number % 7 == 0:
            assert answer.status_code == 422
            assert answer.headers["content-type"] == "application/problem+json"
            assert answer.json()["errors"] == [{"field": "text", "message": "empty"}]
        else:
            assert answer.status_code == 201
            assert answer.json()["echo"] == f"问题 {number}"
            assert answer.headers["cache-control"] == "no-store"
    assert max(answer.json().get("batch", 0) for answer in answers) > 1
    kept = [json.loads(line)["text"] for line in (served.folder / "asked.jsonl").read_text().splitlines()]
    assert sorted(kept) == sorted(f"问题 {n}" for n in range(200) if n % 7)


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"{}", {"Content-Type": "text/plain"}, 415),
        (b"{}", {"Content-Type": ""}, 415),
        (b"{", {}, 422),
        (b"[]", {}, 422),
        (b'"text"', {}, 422),
        (b"\xff\xfe", {}, 422),
        (b'{"text": "\\ud800"}', {}, 422),
        (b'{"text": NaN}', {}, 422),
        (b"[" * 60_000, {}, 422),
        (b'{"text": "' + b"x" * 140_000 + b'"}', {}, 413),
        (b"", {}, 422),
        (b'{"text": "x"}', {"Origin": "https://evil.example"}, 403),
        (b'{"text": "x"}', {"Origin": "null"}, 403),
        (b'{"text": "x"}', {"Sec-Fetch-Site": "cross-site"}, 403),
        (b'{"text": "x"}', {"Sec-Fetch-Site": "same-site"}, 403),
        (b'{"text": "x"}', {"Sec-Fetch-Site": "same-origin"}, 201),
        (b'{"text": "x"}', {"Content-Type": "Application/JSON; charset=utf-8"}, 201),
        (b'{"text": "x"}', {"Host": "evil.example"}, 400),
        (b'{"explode": true}', {}, 500),
    ],
)
def test_bad_input_is_named(served: Served, body: bytes, headers: dict[str, str], status: int) -> None:
    response = ask(served, body, headers=headers)
    assert response.status_code == status
    if status >= 400:
        assert response.headers["content-type"] == "application/problem+json"
        assert response.json()["status"] == status
        assert {"title", "detail"} <= set(response.json())


def test_problems_speak_the_readers_language(served: Served) -> None:
    assert ask(served, b"{").json()["detail"] == "请求内容不是有效的 JSON。"
    assert ask(served, b"{", path=f"{ASK}?lang=en").json()["detail"] == "The body is not valid JSON."
    assert ask(served, b"{", headers={"Cookie": "lang=en"}).json()["detail"] == "The body is not valid JSON."


def test_an_hour_with_an_impossible_name_does_not_exist(served: Served) -> None:
    assert ask(served, {"text": "x"}, path="/api/v1/hours/%00%ff/questions").status_code == 404


def test_the_same_connection_goes_on_after_an_answer(served: Served) -> None:
    body = b'{"text":"x"}'
    one = b"POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (
        ASK.encode(), len(body), body,
    )  # fmt: skip
    with socket.create_connection(("127.0.0.1", served.port), timeout=5) as sock:
        for _ in range(3):
            sock.sendall(one[:90])
            time.sleep(0.02)
            sock.sendall(one[90:])
            assert sock.recv(4096).startswith(b"HTTP/1.1 201 Created")


def test_expect_continue_is_answered(served: Served) -> None:
    head = (
        b"POST %s HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        b"Content-Length: 12\r\nExpect: 100-continue\r\n\r\n" % ASK.encode()
    )
    with socket.create_connection(("127.0.0.1", served.port), timeout=5) as sock:
        sock.sendall(head)
        assert sock.recv(4096) == b"HTTP/1.1 100 Continue\r\n\r\n"
        sock.sendall(b'{"text":"x"}')
        assert sock.recv(4096).startswith(b"HTTP/1.1 201 Created")


def test_too_often_from_one_address(tmp_path: Path) -> None:
    with serving(tmp_path, burst=5) as served:
        answers = [ask(served, {"text": "x"}) for _ in range(7)]
        assert [answer.status_code for answer in answers] == [201] * 5 + [429] * 2
        assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
        exempt = httpx.HTTPTransport(local_address="127.0.0.4")
        with httpx.Client(transport=exempt, base_url=served.url) as client:
            assert all(client.post(ASK, json={"text": "x"}).status_code == 201 for _ in range(20))


def test_under_pressure_an_effort_is_asked_for_and_the_means_are_named(tmp_path: Path) -> None:
    with serving(tmp_path, pressed=0) as served:
        refused = ask(served, {"text": "x"})
        told = refused.json()
        assert (refused.status_code, told["code"], refused.headers["retry-after"]) == (429, "effort", "15")
        assert told["altcha"] == {"for": "127.0.0.1"} and told["wait_ticket"] == "t"
        assert "wait_ticket" in ask(served, {"text": "x", "lang": "en"}).json()["detail"]
        assert ask(served, {"text": "x", "altcha": "right"}).status_code == 201
        exempt = httpx.HTTPTransport(local_address="127.0.0.4")
        with httpx.Client(transport=exempt, base_url=served.url) as client:
            assert client.post(ASK, json={"text": "x"}).status_code == 201


def test_a_full_queue_says_when_to_come_back(tmp_path: Path) -> None:
    with serving(tmp_path, write_seconds=2, queue=20) as served:
        statuses: list[int] = []
        lock = threading.Lock()

        with httpx.Client(base_url=served.url, timeout=30, limits=httpx.Limits(max_connections=60)) as client:

            def one() -> None:
                answer = client.post(ASK, json={"text": "x"})
                with lock:
                    statuses.append(answer.status_code)
                    if answer.status_code == 503:
                        assert int(answer.headers["retry-after"]) > 0

            threads = [threading.Thread(target=one) for _ in range(60)]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
        assert statuses.count(503) > 0
        assert statuses.count(201) >= 20
        kept = (tmp_path / "asked.jsonl").read_text().splitlines()
        assert len(kept) == statuses.count(201)


def test_without_its_database_each_door_says_when_to_come_back(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        two = f"{served.url}/live/two/frames"
        away = served.folder / "away"
        away.touch()
        nonsense: dict[str, Any] = {"content": b"{", "headers": {"Content-Type": "application/json"}}
        refused = [
            ask(served, {"text": "x"}),
            httpx.get(two),
            httpx.post(served.url + ASK.replace("one", "two"), **nonsense),
        ]
        away.unlink()
        for answer in refused:
            assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
            assert int(answer.headers["retry-after"]) > 0
        # Not remembered as an hour that does not exist.
        assert httpx.get(two).status_code == 200
        assert ask(served, {"text": "x"}).status_code == 201


def test_what_was_handed_in_before_the_end_is_written_and_answered(tmp_path: Path) -> None:
    with serving(tmp_path, write_seconds=0.3) as served:
        answers: list[int] = []

        with httpx.Client(base_url=served.url, timeout=30) as client:

            def one() -> None:
                answers.append(client.post(ASK, json={"text": "x"}).status_code)

            threads = [threading.Thread(target=one) for _ in range(10)]
            for thread in threads:
                thread.start()
            time.sleep(0.2)
            assert served.stop() < 3
            for thread in threads:
                thread.join()
        assert answers == [201] * 10
        assert len((tmp_path / "asked.jsonl").read_text().splitlines()) == 10


# -- staff


def test_a_desk_hears_that_something_changed_at_most_once_a_second(tmp_path: Path) -> None:
    with serving(tmp_path) as served:
        from tests.edge.harness import Reader

        for ticket in ("", "?ticket=bad"):
            response = served.client.get(f"/desk/one/stream{ticket}")
            assert response.status_code == 401
            assert response.headers["content-type"] == "application/problem+json"
        desk = Reader(served.port, "/desk/one/stream?ticket=good")
        assert desk.status == 200
        started = time.monotonic()
        for number in range(30):
            served.publish("one", "question", f"q{number}")
            time.sleep(0.05)
        told: list[int] = []
        frames = 0
        while len(told) < 30:
            frame = json.loads(desk.frame()["data"])
            assert set(frame) == {"changed", "new"}
            told += frame["changed"]
            frames += 1
        assert told == list(range(1, 31))
        assert frames <= time.monotonic() - started + 1
        (tmp_path / "signed-out").write_text("")
        served.publish("one", "question", "after")
        with pytest.raises(EOFError):
            desk.frame(8)
        desk.close()


def test_a_quick_look_after_a_slow_one_is_told_no_sooner_than_a_second_later(tmp_path: Path) -> None:
    with serving(tmp_path, look_seconds=0.5) as served:
        from tests.edge.harness import Reader

        desk = Reader(served.port, "/desk/one/stream?ticket=good")
        told: list[float] = []
        for number in range(4):
            served.publish("one", "question", f"q{number}")
            while "data" not in desk.frame(8):
                pass
            told.append(time.monotonic())
        desk.close()
        assert min(later - earlier for earlier, later in pairwise(told)) > 0.85


# -- what is written down


@pytest.mark.parametrize(
    ("path", "written"),
    [
        ("/track/123456789012/", "/track/***/"),
        ("/track/1234 5678 9012/", "/track/***/"),
        ("/api/v1/track/123456789012/appeal", "/api/v1/track/***/appeal"),
        ("/hours/2026-11/", "/hours/2026-11/"),
        ("/x/13800138000", "/x/***"),
        ("/a\nb", "/a\\nb"),
        ("/topics/就学/\u202e", "/topics/就学/\\u202e"),
    ],
)
def test_no_receipt_and_no_number_is_written_down(path: str, written: str) -> None:
    assert masked(path) == written
    record = logging.LogRecord("django.request", logging.WARNING, "", 0, "%s: %s", ("Not Found", path), None)
    assert MaskPaths().filter(record)
    assert record.getMessage() == f"Not Found: {written}"
