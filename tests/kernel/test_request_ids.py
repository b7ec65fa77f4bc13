"""A request has a number: our own proxy's if it looks like one, else one made for it."""

import json
import logging
import re

import pytest

from townhall.config.log_lines import JsonLine
from townhall.edge.replies import Reply, problem
from townhall.kernel import masks, request_ids


@pytest.mark.parametrize(
    "given", ["4f3c9a7e5b1d2c3a4f3c9a7e5b1d2c3a", "0b1c2d3e-0b1c-4b1c-8b1c-0b1c2d3e4f5a"]
)
def test_our_proxys_number_is_taken_over(given: str) -> None:
    assert request_ids.numbered(given, believed=True) == given


@pytest.mark.parametrize(
    "given", ["", "short", "a" * 65, "line\nbreak-1234", "4f3c 9a7e5b1d", "编号编号编号编号"]
)
def test_what_is_no_number_is_not_written_anywhere(given: str) -> None:
    assert re.fullmatch("[a-z]{16}", request_ids.numbered(given, believed=True))


def test_a_strangers_number_is_not_believed() -> None:
    given = "4f3c9a7e5b1d2c3a"
    assert request_ids.numbered(given, believed=False) != given


def test_no_number_of_ours_looks_like_a_telephone() -> None:
    made = {request_ids.numbered("", believed=False) for _ in range(2_000)}
    assert len(made) == 2_000
    assert all(masks.mask(one) == one for one in made)


def test_a_problem_carries_its_number_in_head_and_document() -> None:
    reply = problem("no_hour", "en").numbered("abcdefgh")
    assert b"x-request-id: abcdefgh\r\n" in reply.headers
    assert json.loads(reply.body)["request_id"] == "abcdefgh"
    assert json.loads(reply.body)["code"] == "no_hour"
    page = Reply(404, b"content-type: text/html\r\n", b"<p>{}").numbered("abcdefgh")
    assert page.body == b"<p>{}"


def record(message: str, error: Exception | None = None) -> logging.LogRecord:
    found = logging.LogRecord("townhall.test", logging.ERROR, __file__, 1, message, ("x",), None)
    if error is not None:
        found.exc_info = (type(error), error, None)
    return found


def test_a_line_for_programs_is_one_object_with_the_requests_number() -> None:
    token = request_ids.current.set("abcdefgh")
    try:
        one = record("about %s\nand more", ValueError("no"))
        assert request_ids.NameRequest().filter(one)
    finally:
        request_ids.current.reset(token)
    text = JsonLine().format(one)
    assert "\n" not in text
    line = json.loads(text)
    assert line["request"] == "abcdefgh"
    assert line["message"] == "about x\nand more"
    assert line["error"] == "ValueError"
    assert "no" in line["trace"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00", line["at"])


def test_what_is_logged_for_no_request_says_so() -> None:
    one = record("%s")
    request_ids.NameRequest().filter(one)
    assert json.loads(JsonLine().format(one))["request"] == "-"
