"""Every refusal is a problem document, in the promised order, and nothing is stored by half."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest
from django.db import OperationalError

from tests.api.conftest import Program, errors_of
from townhall.journal.models import Entry
from townhall.questions import actions, citizen_actions, published, remarks
from townhall.questions.models import Question

if TYPE_CHECKING:
    from tests.api.conftest import Staff
    from tests.fixtures import District

ASK = "/hours/2026-11/questions"
BODY = {"display_name": "甲", "text": "问题"}
BROKEN = b'{"text": '


def is_problem(response: Any, status: int) -> dict[str, Any]:
    """The problem document, once it is one."""
    document: dict[str, Any] = response.json()
    assert (response.status_code, document["status"]) == (status, status)
    assert response["Content-Type"] == "application/problem+json"
    assert response["Cache-Control"] == "no-store"
    assert set(document) >= {"type", "title", "status", "detail", "code"}
    assert document["detail"]
    return document


# -- the order: 401, 404, 403, 422, 409 ----------------------------------------------------------------------


def test_order_at_a_question(live: District, staff: Staff) -> None:
    published_one = live.walk("published").id
    right = {"lead": live.groups[0].id}
    path = f"/desk/questions/{published_one}"
    # Nobody: whatever else is wrong.
    is_problem(Program().post("/desk/questions/999/fly", BROKEN), 401)
    # No such question, no such verb, no seat in the hour: whatever was sent.
    for name, where in (
        ("moderator", "/desk/questions/999/assign"),
        ("moderator", f"{path}/fly"),
        ("stranger", f"{path}/assign"),
    ):
        is_problem(staff(name).post(where, BROKEN), 404)
    # Not this seat's verb: before fields and state are looked at.
    is_problem(staff("member1").post(f"{path}/assign", BROKEN), 403)
    is_problem(staff("member1").post(f"{path}/assign", {"lead": "x"}), 403)
    # Fields: before the state.
    is_problem(staff("moderator").post(f"{path}/assign", BROKEN), 422)
    is_problem(staff("moderator").post(f"{path}/assign", {"lead": "x"}), 422)
    # Last of all the state.
    is_problem(staff("moderator").post(f"{path}/assign", right), 409)


def test_order_at_an_hour(live: District, staff: Staff) -> None:
    path = "/desk/hours/2026-11/postpone"
    right = {"starts_at": "2026-12-01T19:00:00+08:00", "reason_code": "venue"}
    is_problem(Program().post("/desk/hours/none/fly", BROKEN), 401)
    for name, where in (
        ("coordinator", "/desk/hours/none/extend"),
        ("coordinator", "/desk/hours/2026-11/fly"),
        ("stranger", path),
    ):
        is_problem(staff(name).post(where, BROKEN), 404)
    is_problem(staff("clerk").post(path, BROKEN), 403)
    is_problem(staff("clerk").post(path, {}), 403)
    is_problem(staff("coordinator").post(path, BROKEN), 422)
    is_problem(staff("coordinator").post(path, {}), 422)
    is_problem(staff("coordinator").post(path, right), 409)


def test_what_is_not_the_seats_is_said_before_the_body_is_read(live: District, staff: Staff) -> None:
    clerk, stranger = staff("clerk"), staff("stranger")
    question = live.walk("published")
    comment = citizen_actions.comment(question.id, {"display_name": "甲", "text": "谢谢"}).id
    rumour = remarks.draft_clarification(
        live.actor("editor"), {"rumour": "传", "fact": "实", "source": "区教育局", "dated": "2026-11-30"}
    )
    for path, other in (
        ("/desk/hours/2026-11/questions", staff("mayor")),
        (f"/desk/comments/{comment}/accept", clerk),
        ("/desk/hours/2026-11/clarifications", clerk),
        (f"/desk/clarifications/{rumour.id}/sign", clerk),
    ):
        is_problem(stranger.post(path, BROKEN), 404)
        is_problem(other.post(path, BROKEN), 403)
    is_problem(staff("editor").post(f"/desk/comments/{comment}/fly", BROKEN), 404)
    is_problem(staff("editor").post(f"/desk/comments/{comment}/accept", BROKEN), 422)


def test_order_for_citizens(live: District, program: Program) -> None:
    live.hour_does("pause", reason_code="backlog")
    is_problem(program.post("/hours/none/questions", BROKEN), 404)
    is_problem(program.post(ASK, BROKEN), 422)
    is_problem(program.post(ASK, {}), 422)
    is_problem(program.post(ASK, {**BODY, "follows": 999}), 422)
    is_problem(program.post(ASK, BODY), 409)
    accepted = f"/questions/{live.hour.id + 998}/comments"
    is_problem(program.post(accepted, BROKEN), 404)
    is_problem(program.post("/track/000000000000/supplement", BROKEN), 404)


def test_order_at_a_receipt(live: District, program: Program) -> None:
    path = f"/track/{live.receipt(live.walk('received'))}"
    is_problem(program.post(f"{path}/supplement", {}), 422)
    is_problem(program.post(f"{path}/supplement", {"text": "x"}), 409)
    is_problem(program.post(f"{path}/rating", {"level": 9}), 422)
    is_problem(program.post(f"{path}/rating", {"level": 5}), 409)


@pytest.mark.parametrize(
    ("status", "who", "verb", "fields", "code"),
    [
        ("published", "moderator", "accept", {}, "status"),
        ("submitted", "mayor", "sign", {"version": 9}, "version"),
        ("submitted", "mayor", "change", {"version": 9, "text": "x"}, "version"),
        ("assigned", "member1", "draft", {"text": "x", "outcome": "answered", "base_version": 9}, "version"),
        ("assigned", "member1", "submit", {}, "has_draft"),
        ("published", "mayor", "sign", {"version": 1}, "has_something_to_sign"),
        ("published", "moderator", "restore", {}, "text_is_covered"),
        ("received", "moderator", "release", {}, "is_urgent"),
        ("declined", "coordinator", "confirm_decline", {}, "waits_for_confirmation"),
        ("declined", "moderator2", "uphold", {}, "appeal_is_open"),
    ],
)
def test_conflicts_have_a_word_for_programs(
    live: District, staff: Staff, status: str, who: str, verb: str, fields: dict[str, Any], code: str
) -> None:
    question = live.walk(status)
    assert is_problem(staff.move(who, question.id, verb, **fields), 409)["code"] == code


def test_a_stage_that_has_passed_is_a_conflict(district: District, staff: Staff) -> None:
    question = district.walk("received")
    district.hour_does("wrap", reason_code="other")
    district.does("moderator", "decline", question, code="unrelated")
    district.hour_does("archive")
    assert is_problem(staff.move("coordinator", question.id, "reopen"), 409)["code"] == "stage"


def test_what_is_refused_leaves_no_trace(live: District, staff: Staff) -> None:
    question = live.walk("submitted")
    staff("mayor", sign=True)  # making a token leaves an entry of its own
    before = Entry.objects.count()
    for verb, fields in (("sign", {"version": 9}), ("change", {"version": 1}), ("sign", {}), ("fly", {})):
        staff.move("mayor", question.id, verb, **fields)
    assert Entry.objects.count() == before


# -- the request itself --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "body",
    [
        BROKEN, b"[]", b'"text"', b"1", b"null", b"\xff\xfe{}", b'{"text": "\xc3\x28"}', b'{"text": "\\ud800"}',
        b'{"display_name": NaN}', b"[" * 10_000, b'{"a": ' * 10_000, b'{"follows": ' + b"9" * 5000 + b"}",
        b"\xef\xbb\xbf{}", b"text=x", b"\x00",
    ],
)  # fmt: skip
def test_a_body_that_makes_no_sense_is_named(live: District, program: Program, body: bytes) -> None:
    response = program.post(ASK, body)
    is_problem(response, 422)
    assert list(errors_of(response)) == ["body"]
    assert Question.objects.count() == 0


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
)
def test_other_media_types_are_not_read(live: District, program: Program, kind: str) -> None:
    assert is_problem(program.post(ASK, b'{"text": "x"}', content_type=kind), 415)["code"] == "not_json_type"


@pytest.mark.parametrize(
    "kind", ["application/json", "application/json; charset=utf-8", "Application/JSON;charset=UTF-8"]
)
def test_json_is_read_however_it_is_spelled(live: District, program: Program, kind: str) -> None:
    assert program.post(ASK, BODY, content_type=kind).status_code == 201


def test_too_much_is_too_much(live: District, program: Program, staff: Staff) -> None:
    is_problem(program.post(ASK, {**BODY, "text": "x" * 200_000}), 413)
    is_problem(program.post(ASK, b"x" * 10_000_000), 413)
    question = live.walk("assigned")
    path = f"/desk/questions/{question.id}/draft"
    assert list(errors_of(staff("member1").post(path, {"text": "x" * 200_000, "outcome": "answered"}))) == [
        "text"
    ]
    is_problem(staff("member1").post(path, {"text": "x" * 300_000}), 413)


@pytest.mark.parametrize("method", ["put", "patch", "delete", "options"])
def test_other_methods_name_those_there_are(live: District, program: Program, method: str) -> None:
    response = getattr(program.client, method)("/api/v1/hours/2026-11/questions")
    is_problem(response, 405)
    assert {word.strip() for word in response["Allow"].split(",")} == {"GET", "POST"}


@pytest.mark.parametrize(
    ("headers", "refused"),
    [
        ({"Sec-Fetch-Site": "cross-site"}, True),
        ({"Sec-Fetch-Site": "same-site"}, True),
        ({"Origin": "https://evil.example"}, True),
        ({"Origin": "null"}, True),
        ({"Sec-Fetch-Site": "same-origin", "Origin": "http://127.0.0.1:8000"}, False),
        ({"Origin": "http://127.0.0.1:8000"}, False),
        ({}, False),
    ],
)
def test_pages_of_other_sites_do_nothing_here(
    live: District, program: Program, staff: Staff, headers: dict[str, str], refused: bool
) -> None:
    question = live.ask()
    posts = [
        program.post(ASK, BODY, headers=headers),
        staff("moderator").post(f"/desk/questions/{question.id}/accept", headers=headers),
    ]
    for response in posts:
        assert (response.status_code == 403) is refused
        if refused:
            assert is_problem(response, 403)["code"] == "cross_site"
    assert Question.objects.count() == (1 if refused else 2)


def test_no_form_token_is_asked_for(live: District) -> None:
    program = Program()
    program.client.handler.enforce_csrf_checks = True
    assert program.post(ASK, BODY).status_code == 201


# -- when something is wrong with us -------------------------------------------------------------------------


def test_a_busy_database_says_when_to_come_back(
    live: District, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_args: object, **_options: object) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr(published, "get", locked)
    response = program.get("/questions/1")
    is_problem(response, 503)
    assert int(response["Retry-After"]) > 0


def test_a_failure_tells_nothing_of_the_inside(
    live: District, staff: Staff, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_args: object) -> None:
        raise ZeroDivisionError("secret inside")

    monkeypatch.setattr(actions, "perform", fail)
    document = is_problem(staff("moderator").post(f"/desk/questions/{live.ask().id}/accept"), 500)
    assert "secret" not in str(document)
    assert "secret inside" in caplog.text


def test_who_is_refused_stands_in_the_log_by_number(
    live: District, staff: Staff, caplog: pytest.LogCaptureFixture
) -> None:
    question = live.walk("received")
    assert staff.move("member1", question.id, "accept").status_code == 403
    noted = [one.getMessage() for one in caplog.records if one.name == "townhall.refused"]
    assert noted == [f"refused to account {live.accounts['member1'].id}"]


def test_no_log_holds_a_receipt(live: District, program: Program, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    receipt = live.receipt(live.walk("published"))
    assert program.post(f"/track/{receipt}/withdraw").status_code == 409
    assert program.get(f"/track/{receipt}0").status_code == 404
    assert program.client.put(f"/api/v1/track/{receipt}").status_code == 405
    spoken = [record.getMessage() for record in caplog.records if not record.name.startswith("django.db")]
    assert receipt not in "\n".join(spoken)
