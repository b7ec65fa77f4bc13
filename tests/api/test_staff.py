"""The desks through a program: every address, every verb, and what a token may."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from tests.api.conftest import Program, Staff, errors_of
from tests.fixtures import GOOD_ANSWER
from townhall.api import bodies
from townhall.hours import flow as hour_flow
from townhall.journal.models import Entry
from townhall.kernel import clock
from townhall.live import tickets
from townhall.people import actions as people
from townhall.people.models import Installation
from townhall.questions import flow
from townhall.questions.models import Question

if TYPE_CHECKING:
    from tests.fixtures import District

HOUR = "/desk/hours/2026-11"
STAFF_KEYS = {
    "id", "number", "display_name", "kind", "title", "text", "asked_at", "window", "status", "outcome", "withheld",
    "answer", "commitments", "supports", "comments", "channel", "lead", "assisting", "draft", "contributions", "holder",
    "merged_into", "declined", "followers", "waiting_since", "returns",
}  # fmt: skip
DRAFT_KEYS = {"version", "text", "outcome", "author", "amended_by", "commitments", "findings"}
SECRET_WORDS = ("receipt", "mobile", "contact", "nonce", "digest")


# -- the hour ------------------------------------------------------------------------------------------------


def test_the_hour_brings_groups_and_reasons(live: District, staff: Staff) -> None:
    hour = staff("moderator").get(HOUR).json()
    group = hour["groups"][0]
    assert group | {"id": live.groups[0].id, "name": "教育组"} == group
    assert group["units"] == [{"id": live.units[0].id, "name": "区教育局"}]
    assert set(group["members"]) == {"lead1", "member1"}
    codes = {one["code"]: one for one in hour["decline_codes"]}
    assert set(codes["petition"]) >= {"code", "text", "needs_handover"}
    assert (codes["petition"]["needs_handover"], codes["unclear"]["needs_handover"]) == (True, False)
    assert (hour["slug"], hour["roles"]) == ("2026-11", ["moderator"])
    assert hour["can"]["pause"] is None
    assert "暂停" in hour["can"]["resume"]
    assert "cancel" not in hour["can"]


def test_a_planned_hour_is_open_to_its_people(district: District) -> None:
    staff = Staff(district)
    assert staff("coordinator").get(HOUR).json()["stage"] == "planned"


def test_every_hour_verb_acts(district: District) -> None:
    staff = Staff(district)
    coordinator = staff("coordinator")
    steps: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
        ("announce", {}, {"stage": "announced"}),
        ("postpone", {"starts_at": "2026-12-01T19:00:00+08:00", "reason_code": "venue"},
         {"stage": "announced", "starts_at": "2026-12-01T19:00:00+08:00"}),
        ("close_asking", {}, {"stage": "preparing"}),
        ("change_signer", {"username": "deputy"}, {"stage": "preparing"}),
        ("open_live", {}, {"stage": "live", "asking": "live"}),
        ("pause", {"reason_code": "backlog"}, {"asking": "paused"}),
        ("resume", {}, {"asking": "live"}),
        ("hold_signing", {"reason_code": "technical"}, {"signing_held": True}),
        ("release_signing", {}, {"signing_held": False}),
        ("extend", {"minutes": 15, "reason_code": "backlog"}, {"ends_at": "2026-12-01T20:15:00+08:00"}),
        ("wrap", {"reason_code": "power"}, {"stage": "wrapping", "asking": "closed"}),
        ("archive", {}, {"stage": "archived"}),
    ]  # fmt: skip
    for verb, body, expected in steps:
        response = coordinator.post(f"{HOUR}/{verb}", body)
        assert response.status_code == 200, (verb, response.json())
        assert response.json() | expected == response.json(), verb
    assert [notice["verb"] for notice in response.json()["notices"]][:2] == ["wrap", "extend"]


def test_an_hour_can_be_cancelled_before_it_is_live(district: District) -> None:
    response = Staff(district)("coordinator").post(f"{HOUR}/cancel", {"reason_code": "mourning"})
    assert response.json()["stage"] == "cancelled"


@pytest.mark.parametrize(
    ("verb", "body", "field"),
    [
        ("pause", {}, "reason_code"),
        ("pause", {"reason_code": "tea"}, "reason_code"),
        ("wrap", {}, "reason_code"),
        ("extend", {"reason_code": "backlog"}, "minutes"),
        ("extend", {"reason_code": "backlog", "minutes": 1000}, "minutes"),
        ("extend", {"reason_code": "backlog", "minutes": []}, "minutes"),
        ("postpone", {"reason_code": "venue"}, "starts_at"),
        ("postpone", {"reason_code": "venue", "starts_at": "soon"}, "starts_at"),
        ("postpone", {"reason_code": "venue", "starts_at": "0001-01-01T00:00:00"}, "starts_at"),
        ("postpone", {"reason_code": "venue", "starts_at": "9999-12-31T23:59:59-12:00"}, "starts_at"),
        ("change_signer", {"username": "clerk"}, "username"),
        ("change_signer", {"username": "\u0000"}, "username"),
    ],
)
def test_fields_of_hour_verbs_are_named(
    live: District, staff: Staff, verb: str, body: dict[str, Any], field: str
) -> None:
    response = staff("coordinator").post(f"{HOUR}/{verb}", body)
    assert response.status_code == 422
    assert list(errors_of(response)) == [field]


def test_all_fields_of_an_hour_verb_are_named_together(live: District, staff: Staff) -> None:
    for verb, fields in (("extend", {"minutes", "reason_code"}), ("postpone", {"starts_at", "reason_code"})):
        response = staff("coordinator").post(f"{HOUR}/{verb}", {})
        assert response.status_code == 422
        assert set(errors_of(response)) == fields


def test_the_overview_counts_and_names(live: District, staff: Staff) -> None:
    live.walk("received")
    live.does("clerk", "urgent", live.walk("assigned"), handed_to="110")
    found = staff("coordinator").get(f"{HOUR}/overview").json()
    assert found["steps"]["received"]["count"] == 1
    assert (found["urgent"], len(found["alarms"]["urgent"])) == (1, 1)
    assert found["people"]["mayor"] == ["mayor甲"]
    assert found["counts"]["asked"] == 2


# -- the board -----------------------------------------------------------------------------------------------


def test_staff_see_the_promised_members_and_no_secret(live: District, staff: Staff) -> None:
    question = live.walk("submitted", text="请打13800138000。")
    shown = staff("mayor").get(f"/desk/questions/{question.id}").json()
    assert set(shown) >= STAFF_KEYS
    assert set(shown["draft"]) >= DRAFT_KEYS
    assert shown["text"] == "请打13800138000。"  # unmasked
    assert (shown["lead"], shown["assisting"]) == (live.groups[0].id, [live.groups[1].id])
    assert (shown["draft"]["author"], shown["draft"]["version"]) == ("member1", 1)
    words = staff("mayor").get(f"{HOUR}/questions").content.decode() + str(shown)
    assert live.receipt(question) not in words
    assert not [word for word in SECRET_WORDS if f'"{word}' in words]


def test_boards_show_what_waits_for_a_seat(live: District, staff: Staff) -> None:
    made = {
        status: live.walk(status) for status in ("received", "accepted", "assigned", "submitted", "published")
    }

    def statuses(name: str, **query: Any) -> list[str]:
        return [one["status"] for one in staff(name).get(f"{HOUR}/questions", **query).json()["items"]]

    assert statuses("moderator", seat="moderator") == ["received", "accepted"]
    assert statuses("mayor", seat="mayor") == ["submitted"]
    assert statuses("member1", seat="group") == ["assigned"]
    assert statuses("member3", seat="group") == []
    assert statuses("moderator", status="submitted,published") == ["submitted", "published"]
    assert statuses("moderator") == list(made)
    # A group sees what it works on and what anybody sees.
    assert statuses("member3") == ["accepted", "assigned", "submitted", "published"]


@pytest.mark.parametrize(
    "query",
    [{"seat": "king"}, {"status": "lost"}, {"status": "received,\u0000"}, {"limit": 0}, {"after": "x"}],
)
def test_nonsense_at_the_board_names_the_field(live: District, staff: Staff, query: dict[str, Any]) -> None:
    response = staff("moderator").get(f"{HOUR}/questions", **query)
    assert response.status_code == 422
    assert list(errors_of(response)) == list(query)


def test_boards_and_lines_page(live: District, staff: Staff) -> None:
    for _ in range(3):
        live.ask()
    for path in ("questions", "lines"):
        page = staff("moderator").get(f"{HOUR}/{path}", limit=2).json()
        rest = staff("moderator").get(f"{HOUR}/{path}", limit=2, after=page["next"]).json()
        assert [one["number"] for one in page["items"] + rest["items"]] == [1, 2, 3]
        assert rest["next"] is None


def test_two_moderators_never_get_the_same_question(live: District, staff: Staff) -> None:
    for _ in range(2):
        live.ask()
    picked = [
        staff(name).post(f"{HOUR}/next?seat=moderator").json()["question"]["number"]
        for name in ("moderator", "moderator2")
    ]
    assert picked == [1, 2]
    assert staff("moderator2").post(f"{HOUR}/next?seat=mayor").json() == {"question": None}
    assert list(errors_of(staff("moderator").post(f"{HOUR}/next"))) == ["seat"]


def test_a_lock_names_its_holder_and_refuses_others(live: District, staff: Staff) -> None:
    question = live.ask()
    path = f"/desk/questions/{question.id}"
    assert staff("moderator").post(f"{path}/hold").json() == {"id": question.id, "held": True}
    assert staff("moderator2").get(path).json()["holder"] == {"username": "moderator", "name": "moderator甲"}
    assert staff("moderator2").post(f"{path}/hold").status_code == 409
    refused = staff("moderator2").post(f"{path}/accept")
    assert (refused.status_code, refused.json()["code"]) == (409, "lock")
    assert staff("moderator").post(f"{path}/let-go").json()["held"] is False
    assert staff("moderator2").post(f"{path}/accept").status_code == 200


def test_an_old_lock_refuses_nobody(live: District, staff: Staff) -> None:
    question = live.ask()
    staff("moderator").post(f"/desk/questions/{question.id}/hold")
    with clock.steer(clock.now() + timedelta(seconds=30)):
        assert staff("moderator2").post(f"/desk/questions/{question.id}/accept").status_code == 200


# -- the moves -----------------------------------------------------------------------------------------------


def test_the_documented_verbs_are_the_flows(live: District) -> None:
    assert set(bodies.QUESTION_VERBS) == set(flow.MOVES)
    assert set(bodies.HOUR_VERBS) == set(hour_flow.MOVES)


def test_five_people_carry_a_question_from_asked_to_signed(
    live: District, program: Program, staff: Staff
) -> None:
    asked = program.post(
        "/hours/2026-11/questions", {"display_name": "甲", "text": "澄湖路幼儿园还有学位吗？"}
    ).json()
    first, second = live.groups[0].id, live.groups[1].id
    moves: list[tuple[str, str, dict[str, Any], str]] = [
        ("moderator", "assign", {"lead": first, "assisting": [second]}, "assigned"),
        ("member2", "contribute", {"text": "道路由我局负责。"}, "assigned"),
        ("member1", "draft", {"text": GOOD_ANSWER, "outcome": "answered", "base_version": 0}, "assigned"),
        ("lead1", "submit", {}, "submitted"),
        ("mayor", "send_back", {"note": "请写明电话"}, "assigned"),
        ("member1", "draft", {"text": GOOD_ANSWER, "outcome": "answered", "base_version": 1}, "assigned"),
        ("member1", "submit", {}, "submitted"),
        ("deputy", "change", {"version": 2, "text": GOOD_ANSWER + "欢迎前往。"}, "submitted"),
        ("deputy", "sign", {"version": 3}, "published"),
    ]
    for name, verb, fields, status in moves:
        response = staff.move(name, asked["id"], verb, **fields)
        assert response.status_code == 200, (verb, response.json())
        assert response.json()["status"] == status, verb
    answer = program.get(f"/questions/{asked['id']}").json()["answer"]
    assert (answer["signed_as"], answer["amended"], answer["version"]) == ("deputy", True, 3)
    assert staff("member1").get(f"/desk/questions/{asked['id']}").json()["draft"]["author"] == "member1"


def test_a_correction_shows_what_it_replaces(live: District, program: Program, staff: Staff) -> None:
    question = live.walk("published")
    better = GOOD_ANSWER.replace("40", "60")
    assert staff.move("member1", question.id, "correct", text=better, note="数字有误").status_code == 200
    assert program.get(f"/questions/{question.id}").json()["answer"]["text"] == GOOD_ANSWER
    assert staff.move("mayor", question.id, "sign", version=2).status_code == 200
    answer = program.get(f"/questions/{question.id}").json()["answer"]
    assert (answer["text"], answer["version"], answer["replaces"][0]["text"]) == (better, 2, GOOD_ANSWER)
    assert "数字有误" not in str(answer)


HANDED = {"code": "petition", "handed_to": "信访办"}
ANSWERED = {"text": GOOD_ANSWER, "outcome": "answered"}
LATE = {"text": "a", "due": "2020-01-01"}
PROMISED = {"text": GOOD_ANSWER, "outcome": "promised"}


@pytest.mark.parametrize(
    ("status", "who", "verb", "fields", "field"),
    [
        ("received", "moderator", "decline", {}, "code"),
        ("received", "moderator", "decline", {"code": "dull"}, "code"),
        ("received", "moderator", "decline", {"code": "petition", "handed_at": "2026-11-30T19:05+08:00"}, "handed_to"),
        ("received", "moderator", "decline", HANDED, "handed_at"),
        ("received", "moderator", "decline", {**HANDED, "handed_at": "0001-01-01"}, "handed_at"),
        ("received", "moderator", "decline", {"code": "unclear", "fill": ["地点"]}, "fill"),
        ("received", "moderator", "decline", {"code": "unclear", "fill": {"mood": "x"}}, "fill"),
        ("received", "moderator", "decline", {"code": "answered", "fill": {"link": "javascript:alert(1)"}}, "fill"),
        ("received", "moderator", "split", {}, "parts"),
        ("received", "moderator", "split", {"parts": [{"text": "一"}, {"text": ""}]}, "parts[1].text"),
        ("received", "moderator", "merge", {}, "into"),
        ("received", "moderator", "merge", {"into": 999}, "into"),
        ("received", "moderator", "merge", {"into": "9" * 5000}, "into"),
        ("received", "moderator", "assign", {}, "lead"),
        ("received", "moderator", "assign", {"lead": 999}, "lead"),
        ("received", "moderator", "assign", {"lead": True}, "lead"),
        ("received", "moderator", "edit", {"title": ""}, "title"),
        ("assigned", "member1", "return", {"reason_code": "lazy"}, "reason_code"),
        ("assigned", "member1", "return", {"proposed_unit": 999}, "proposed_unit"),
        ("assigned", "member2", "contribute", {}, "text"),
        ("assigned", "member1", "draft", {"outcome": "answered"}, "text"),
        ("assigned", "member1", "draft", {"text": GOOD_ANSWER}, "outcome"),
        ("assigned", "member1", "draft", PROMISED, "commitments"),
        ("assigned", "member1", "draft", {**PROMISED, "commitments": [LATE]}, "commitments[0].due"),
        ("assigned", "member1", "draft", {**PROMISED, "commitments": [7]}, "commitments[0]"),
        ("assigned", "member1", "draft", {**ANSWERED, "base_version": "x"}, "base_version"),
        ("submitted", "mayor", "change", {"version": 1}, "text"),
        ("submitted", "mayor", "sign", {}, "version"),
        ("submitted", "mayor", "sign", {"version": 1.5}, "version"),
        ("published", "moderator", "withhold", {"code": "ugly"}, "code"),
        ("assigned", "mayor", "convene", {"units": [999]}, "units"),
        ("assigned", "moderator", "flag", {"about_official": True, "unit": 999}, "unit"),
        ("assigned", "moderator", "note", {}, "text"),
    ],
)  # fmt: skip
def test_fields_of_question_verbs_are_named(
    live: District, staff: Staff, status: str, who: str, verb: str, fields: dict[str, Any], field: str
) -> None:
    question = live.walk(status)
    response = staff.move(who, question.id, verb, **fields)
    assert response.status_code == 422
    assert list(errors_of(response)) == [field]
    question.refresh_from_db()
    assert question.status == status


@pytest.mark.parametrize(
    ("status", "who", "verb"),
    [("received", "moderator", "accept"), ("assigned", "member1", "return"), ("submitted", "mayor", "send_back"),
     ("published", "moderator", "withhold"), ("accepted", "clerk", "urgent"), ("assigned", "mayor", "convene"),
     ("submitted", "coordinator", "convene"), ("declined", "moderator2", "reopen"), ("received", "moderator", "edit"),
     ("submitted", "mayor", "take"), ("received", "coordinator", "flag")],
)  # fmt: skip
def test_what_is_not_demanded_may_be_absent(
    live: District, staff: Staff, status: str, who: str, verb: str
) -> None:
    question = live.walk(status)
    response = staff(who, sign=True).post(f"/desk/questions/{question.id}/{verb}", b"", content_type="")
    assert response.status_code == 200, response.json()


def test_convening_calls_those_who_work_on_it(live: District, staff: Staff) -> None:
    question = live.walk("assigned")
    staff.move("mayor", question.id, "convene")
    (found,) = staff("mayor").get(f"/desk/questions/{question.id}").json()["convenings"]
    assert found["units"] == ["区教育局", "区住建局"]


def test_a_held_answer_says_what_holds_it(live: District, staff: Staff) -> None:
    question = live.walk("assigned")
    empty = "您好！您的留言已收悉，感谢您的关心与支持。"
    drafted = staff.move("member1", question.id, "draft", text=empty, outcome="answered")
    assert drafted.status_code == 200  # advice comes with the draft, nothing is held yet
    held = staff.move("member1", question.id, "submit")
    assert (held.status_code, held.json()["code"]) == (409, "held")
    assert held.json()["findings"][0]["level"] == "held"
    assert staff.move("member1", question.id, "submit", override_reason="提问人只求确认").status_code == 200
    assert staff.move("mayor", question.id, "sign", version=1).status_code == 409
    assert staff.move("mayor", question.id, "sign", version=1, override_reason="同上").status_code == 200


def test_two_signers_at_once(live: District, staff: Staff) -> None:
    question = live.walk("submitted")
    assert (
        staff.move("mayor", question.id, "change", version=1, text=GOOD_ANSWER + "补充。").status_code == 200
    )
    stale = staff.move("deputy", question.id, "sign", version=1)
    assert (stale.status_code, stale.json()["code"]) == (409, "version")
    assert staff.move("mayor", question.id, "sign", version=2).status_code == 200
    late = staff.move("deputy", question.id, "sign", version=2)
    assert (late.status_code, late.json()["code"]) == (409, "has_something_to_sign")


def test_after_a_move_out_of_sight_the_answer_still_comes(live: District, staff: Staff) -> None:
    live.accounts["coordinator"].unit = live.units[0]
    live.accounts["coordinator"].save()
    question = live.walk("assigned")
    flagged = staff.move("coordinator", question.id, "flag", about_official=True, unit=live.units[0].id)
    assert (flagged.status_code, flagged.json()["about_official"]) == (200, True)
    assert staff("coordinator").get(f"/desk/questions/{question.id}").status_code == 404


def test_who_may_move_but_not_read_gets_no_words(live: District, staff: Staff) -> None:
    question = live.walk("received", text="只有主持人能看的话", title="秘密标题", display_name="匿名者")
    assert staff("member3").get(f"/desk/questions/{question.id}").status_code == 404
    for verb, fields in (("note", {"text": "请看"}), ("urgent", {"handed_to": "110"})):
        moved = staff.move("member3", question.id, verb, **fields)
        assert moved.status_code == 200
        assert not [word for word in ("只有主持人", "秘密标题", "匿名者") if word in moved.content.decode()]
    assert staff.move("member3", question.id, "accept").status_code == 403


def test_the_dossier_tells_what_gathered(live: District, staff: Staff) -> None:
    question = live.walk("submitted")
    staff.move("moderator", question.id, "note", text="已电话核实")
    found = staff("mayor", sign=True).get(f"/desk/questions/{question.id}").json()
    assert [version["number"] for version in found["versions"]] == [1]
    assert found["notes"][0]["text"] == "已电话核实"
    assert datetime.fromisoformat(found["versions"][0]["drafted_at"]).tzinfo is not None
    assert (found["can"]["sign"], "draft" in found["can"]) == (None, False)


# -- on behalf, comments, clarifications ---------------------------------------------------------------------


def test_a_clerk_registers_for_somebody_also_when_asking_is_closed(
    live: District, program: Program, staff: Staff
) -> None:
    body = {"display_name": "大厅居民", "text": "想问公交改线。", "channel": "venue", "mobile": "13912345678"}
    asked = staff("clerk").post(f"{HOUR}/questions", body)
    assert asked.status_code == 201
    assert set(asked.json()) == {"id", "number", "receipt", "status", "track_url", "notices"}
    assert program.get(f"/track/{asked.json()['receipt']}").status_code == 200
    live.hour_does("wrap", reason_code="other")
    assert staff("clerk").post(f"{HOUR}/questions", body).status_code == 201
    shown = staff("clerk").get(f"{HOUR}/questions").json()["items"][0]
    assert (shown["channel"], "13912345678" in str(shown)) == ("venue", False)
    for wrong, field in (
        ({"channel": "web"}, "channel"),
        ({"channel": ""}, "channel"),
        ({"mobile": "12"}, "mobile"),
    ):
        assert list(errors_of(staff("clerk").post(f"{HOUR}/questions", body | wrong))) == [field]
    assert staff("member1").post(f"{HOUR}/questions", body).status_code == 403


def test_comments_are_screened_once(live: District, program: Program, staff: Staff) -> None:
    question = live.walk("published")
    for text in ("一", "二"):
        program.post(f"/questions/{question.id}/comments", {"display_name": "甲", "text": text})
    page = staff("moderator").get(f"{HOUR}/comments", limit=1).json()
    rest = staff("moderator").get(f"{HOUR}/comments", limit=1, after=page["next"]).json()
    first, second = page["items"] + rest["items"]
    assert (first["text"], second["text"], rest["next"]) == ("一", "二", None)
    assert staff("moderator").post(f"/desk/comments/{first['id']}/accept").json()["state"] == "shown"
    assert staff("moderator").post(f"/desk/comments/{first['id']}/decline").status_code == 409
    assert staff("editor").post(f"/desk/comments/{second['id']}/decline").json()["state"] == "declined"
    assert staff("moderator").post(f"/desk/comments/{second['id']}/praise").status_code == 404
    assert staff("moderator").post("/desk/comments/999/accept").status_code == 404
    assert staff("member1").post(f"/desk/comments/{first['id']}/accept").status_code == 403
    assert staff("member1").post(f"/desk/comments/{first['id']}/remove", {"code": "minor"}).status_code == 403
    assert staff("editor").post(f"/desk/comments/{first['id']}/remove", {"code": "minor"}).status_code == 403
    editor = staff("editor", sign=True)
    assert editor.post(f"/desk/comments/{second['id']}/remove", {"code": "minor"}).status_code == 409
    assert set(errors_of(editor.post(f"/desk/comments/{first['id']}/remove", {}))) == {"code"}
    assert [one["text"] for one in program.get(f"/questions/{question.id}/comments").json()["items"]] == [
        "一"
    ]


def test_clarifications_are_signed_by_another(live: District, staff: Staff) -> None:
    wrong = staff("editor").post(f"{HOUR}/clarifications", {"dated": "2099-01-01", "unit": 999})
    assert set(errors_of(wrong)) == {"rumour", "fact", "source", "dated", "unit"}
    rumour = {"rumour": "听说停水。", "fact": "不停水。", "source": "水务局", "dated": "2026-11-20"}
    assert staff("clerk").post(f"{HOUR}/clarifications", rumour).status_code == 403
    made = staff("editor").post(f"{HOUR}/clarifications", rumour).json()
    assert (made["author"], made["signed_at"]) == ("editor", None)
    sign = f"/desk/clarifications/{made['id']}/sign"
    assert staff("editor").post(sign).status_code == 403
    assert staff("mayor").post(sign).status_code == 403  # this token may not sign
    assert staff("mayor", sign=True).post(sign).json()["signed_as"] == "mayor"
    assert staff("deputy", sign=True).post(sign).status_code == 409
    assert staff("deputy", sign=True).post("/desk/clarifications/999/sign").status_code == 404
    assert [one["id"] for one in staff("clerk").get(f"{HOUR}/clarifications").json()["items"]] == [made["id"]]


def test_clarifications_are_covered_and_corrected(live: District, staff: Staff) -> None:
    rumour = {"rumour": "听说停水。", "fact": "不停水。", "source": "水务局", "dated": "2026-11-20"}
    made = staff("editor").post(f"{HOUR}/clarifications", rumour).json()
    at = f"/desk/clarifications/{made['id']}"
    assert staff("moderator", sign=True).post(f"{at}/withhold", {"code": "minor"}).status_code == 409
    staff("mayor", sign=True).post(f"{at}/sign")
    mended = staff("editor").post(
        f"{HOUR}/clarifications", rumour | {"fact": "停一夜。", "corrects": made["id"]}
    )
    assert mended.json()["corrects"] == made["id"]
    assert (
        staff("deputy", sign=True).post(f"/desk/clarifications/{mended.json()['id']}/sign").status_code == 200
    )
    new, old = staff("clerk").get(f"{HOUR}/clarifications").json()["items"]
    assert (old["corrected_by"], old["corrected_at"]) == (new["id"], new["signed_at"])
    assert staff("moderator").post(f"{at}/withhold", {"code": "minor"}).status_code == 403  # may not sign
    assert staff("editor", sign=True).post(f"{at}/withhold", {"code": "minor"}).status_code == 403
    assert staff("moderator", sign=True).post(f"{at}/erase", {}).status_code == 404
    assert set(errors_of(staff("moderator", sign=True).post(f"{at}/withhold", {}))) == {"code"}
    covered = staff("moderator", sign=True).post(f"{at}/withhold", {"code": "minor"}).json()
    assert (covered["withheld"], covered["fact"]) == ("pending", "不停水。")
    assert staff("moderator", sign=True).post(f"{at}/confirm_withhold").status_code == 409
    assert staff("coordinator", sign=True).post(f"{at}/confirm_withhold").json()["withheld"] == "confirmed"


def test_contact_is_a_separate_journalled_request(live: District, staff: Staff) -> None:
    body = {
        "display_name": "甲",
        "text": "急事",
        "channel": "phone",
        "mobile": "13912345678",
        "reply_by": "phone",
    }
    asked = staff("clerk").post(f"{HOUR}/questions", body).json()
    path = f"/desk/questions/{asked['id']}/contact"
    seen = staff("moderator", sign=True).get(path, reason="reply")
    assert seen.json() == {"mobile": "13912345678", "verified": False, "reply_by": "phone"}
    assert seen["Cache-Control"] == "no-store"
    assert Entry.objects.filter(kind="contact.seen").count() == 1
    assert staff("moderator").get(path, reason="reply").status_code == 403  # this token may not
    assert staff("clerk", sign=True).get(path, reason="reply").status_code == 403
    assert list(errors_of(staff("moderator", sign=True).get(path))) == ["reason"]
    assert staff("moderator", sign=True).get("/desk/questions/999/contact", reason="reply").status_code == 404
    assert Entry.objects.filter(kind="contact.seen").count() == 1


# -- tokens and tickets --------------------------------------------------------------------------------------


def test_a_token_is_one_persons_seats(live: District, staff: Staff) -> None:
    me = staff("lead1").get("/desk/me").json()
    assert (me["username"], me["may_sign"], me["hours"][0]["roles"]) == ("lead1", False, ["lead"])
    assert staff("stranger").get("/desk/me").json()["hours"] == []


@pytest.mark.parametrize("verb", ["sign", "withhold"])
def test_a_plain_token_neither_signs_nor_covers(live: District, staff: Staff, verb: str) -> None:
    question = live.walk("submitted")
    response = staff("mayor").post(f"/desk/questions/{question.id}/{verb}", {"version": 1, "code": "secret"})
    assert (response.status_code, response.json()["code"]) == (403, "token")


def test_a_token_that_signs_does_not_exist_on_real_data(live: District) -> None:
    people.mark_installation(Installation.Kind.REAL)
    with pytest.raises(people.Refused):
        people.issue_token(live.accounts["mayor"], may_sign=True)


def test_revoked_expired_and_invented_tokens_are_nobodys(live: District, staff: Staff) -> None:
    program = staff("moderator")
    assert program.get(HOUR).status_code == 200
    with clock.steer(clock.now() + timedelta(hours=12)):
        assert program.get(HOUR).status_code == 401
    people.revoke_tokens(live.accounts["moderator"])
    refused = program.get(HOUR)
    assert (refused.status_code, refused["WWW-Authenticate"]) == (401, "Bearer")
    for made_up in ("th_x", "", "\u00ff", "a b c"):
        assert Program(made_up).get(HOUR).status_code == 401
    assert (
        Program().client.get(f"/api/v1{HOUR}", headers={"Authorization": "Basic bWF5b3I6eA=="}).status_code
        == 401
    )


def test_a_browsers_session_is_no_token(live: District) -> None:
    program = Program()
    program.client.force_login(live.accounts["mayor"])
    assert program.get(HOUR).status_code == 401


def test_who_left_is_nobody(live: District, staff: Staff) -> None:
    program = staff("moderator")
    live.accounts["moderator"].is_active = False
    live.accounts["moderator"].save()
    assert program.get(HOUR).status_code == 401


def test_after_archiving_seats_are_gone_and_offices_act(
    live: District, program: Program, staff: Staff
) -> None:
    question = live.walk("published")
    live.hour_does("wrap", reason_code="other")
    live.hour_does("archive")
    assert staff("moderator").get(HOUR).status_code == 404
    assert (
        staff("member1", sign=True)
        .post(f"/desk/questions/{question.id}/correct", {"text": GOOD_ANSWER + "补充。"})
        .status_code
        == 200
    )
    assert staff("member2").post(f"/desk/questions/{question.id}/correct", {"text": "x"}).status_code == 403
    assert staff.move("mayor", question.id, "sign", version=2).status_code == 200
    assert program.get(f"/questions/{question.id}").json()["answer"]["version"] == 2


@pytest.mark.django_db(transaction=True)
def test_a_ticket_opens_the_staff_stream_while_the_token_lives(live: District, staff: Staff) -> None:
    made = staff("moderator").post(f"{HOUR}/ticket").json()
    assert made["stream_url"].endswith(f"/desk/2026-11/stream?ticket={made['ticket']}")
    session = tickets.Source().open("2026-11", made["ticket"])
    assert session is not None
    assert tickets.Source().open("other", made["ticket"]) is None
    question = live.ask()
    assert tickets.Source().changes(session, 0).changed == [question.id]
    people.revoke_tokens(live.accounts["moderator"])
    assert not tickets.Source().alive(session)
    assert tickets.Source().open("2026-11", made["ticket"]) is None
    assert Question.objects.count() == 1
