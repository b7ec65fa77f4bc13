"""What a citizen does through a program, and what the receipt opens."""

from __future__ import annotations

from datetime import timedelta
from ipaddress import ip_network
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

import pytest

from tests.api.conftest import Program, errors_of
from tests.fixtures import make_district
from tests.tools.receipts import SPELLINGS
from townhall.kernel import clock
from townhall.outreach import codes
from townhall.people import identity
from townhall.questions.models import Asker, Question

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.api.conftest import Staff
    from tests.fixtures import District

ASK = "/hours/2026-11/questions"
BODY = {"display_name": "湖边居民", "text": "澄湖路的路灯坏了。什么时候修？"}
MOBILE = "13912345678"


def verified(program: Program, monkeypatch: pytest.MonkeyPatch, mobile: str = MOBILE) -> str:
    """The token of a person who read the code on their mobile."""
    sent: list[str] = []
    monkeypatch.setattr(identity, "CODE_SENDER", [lambda _mobile, code, _key: sent.append(code)])
    assert program.post("/verifications", {"mobile": mobile}).status_code == 202
    answered = program.post("/verifications/confirm", {"mobile": mobile, "code": sent[0]})
    assert answered.status_code == 200
    return str(answered.json()["token"])


# -- asking --------------------------------------------------------------------------------------------------


def test_asking_gives_number_and_receipt(live: District, program: Program) -> None:
    response = program.post(ASK, BODY)
    assert response.status_code == 201
    asked = response.json()
    assert set(asked) == {"id", "number", "receipt", "status", "track_url", "notices"}
    assert (asked["number"], asked["status"], asked["notices"]) == (1, "received", [])
    assert len(asked["receipt"]) == 12
    assert asked["receipt"].isdigit()
    assert asked["track_url"].endswith(f"/track/{asked['receipt']}/")
    assert Question.objects.get(id=asked["id"]).title == "澄湖路的路灯坏了"
    assert asked["receipt"] not in str(Asker.objects.values().get(question=asked["id"]))


def test_personal_data_are_notices_never_a_refusal(live: District, program: Program) -> None:
    asked = program.post(ASK, {**BODY, "title": "问", "text": "请打13800138000。"}).json()
    assert [(notice["field"], notice["kind"]) for notice in asked["notices"]] == [("text", "mobile")]


def test_the_same_form_is_the_same_question(live: District, program: Program) -> None:
    first = program.post(ASK, {**BODY, "idempotency_key": "k1"})
    again = program.post(ASK, {**BODY, "idempotency_key": "k1"})
    assert (again.status_code, again.json()) == (201, first.json())
    other = program.post(ASK, {**BODY, "text": "另一件事。", "idempotency_key": "k1"})
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key")
    assert Question.objects.count() == 1


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"text": ""}, "text"),
        ({"text": "   \u202e\u0000 "}, "text"),
        ({"text": "字" * 3001}, "text"),
        ({"text": "字" * 12220}, "text"),
        ({"text": ["x"]}, "text"),
        ({"display_name": ""}, "display_name"),
        ({"display_name": "名" * 31}, "display_name"),
        ({"display_name": 7}, "display_name"),
        ({"title": "题" * 81}, "title"),
        ({"kind": "praise"}, "kind"),
        ({"kind": {"a": 1}}, "kind"),
        ({"follows": 999}, "follows"),
        ({"follows": "x"}, "follows"),
        ({"follows": 2**70}, "follows"),
        ({"reply_privately": True}, "reply_privately"),
        ({"reply_privately": []}, "reply_privately"),
        ({"verification": "forged"}, "verification"),
        ({"verification": 5}, "verification"),
        ({"lang": "../"}, "lang"),
        ({"lang": 1}, "lang"),
        ({"idempotency_key": "k" * 101}, "idempotency_key"),
        ({"idempotency_key": 1}, "idempotency_key"),
    ],
)
def test_each_field_to_mend_is_named(
    live: District, program: Program, change: dict[str, Any], field: str
) -> None:
    response = program.post(ASK, BODY | change)
    assert response.status_code == 422
    assert list(errors_of(response)) == [field]
    assert Question.objects.count() == 0


def test_all_fields_to_mend_are_named_at_once(live: District, program: Program) -> None:
    assert set(errors_of(program.post(ASK, {"kind": "x"}))) == {"display_name", "text", "kind"}


@pytest.mark.parametrize(
    "text",
    [
        "ᠮᠣᠩᠭᠣᠯ ᠤᠨ ᠤᠰᠤ",
        "مەھەللىمىزنىڭ يولى",
        "བོད་སྐད་ཀྱི་ལམ" * 40,
        "𠮷野家前的路",
        "<script>alert(1)</script> 怎么办",
        "路灯😀👨‍👩‍👧坏了",
        "字" * 3000,
    ],
)
def test_every_script_comes_back_as_typed(live: District, program: Program, text: str) -> None:
    asked = program.post(ASK, {"display_name": "甲", "text": text})
    assert asked.status_code == 201
    assert program.get(f"/track/{asked.json()['receipt']}").json()["text"] == text


def test_members_nobody_knows_are_ignored(live: District, program: Program) -> None:
    assert (
        program.post(ASK, {**BODY, "mood": "calm", "status": "published", "typed_by": 1}).json()["status"]
        == "received"
    )


@pytest.mark.parametrize(
    ("stage", "code"), [("preparing", "closed"), ("wrapping", "closed"), ("cancelled", "closed")]
)
def test_outside_its_times_asking_is_closed(
    district: District, program: Program, stage: str, code: str
) -> None:
    district.to_stage(stage)
    response = program.post(ASK, BODY)
    assert (response.status_code, response.json()["code"]) == (409, code)
    assert Question.objects.count() == 0


def test_while_paused_asking_says_when_to_come_back(live: District, program: Program) -> None:
    live.hour_does("pause", reason_code="backlog")
    response = program.post(ASK, BODY)
    assert (response.status_code, response.json()["code"]) == (409, "paused")
    assert int(response["Retry-After"]) > 0


def test_the_window_is_kept(district: District, program: Program) -> None:
    district.to_stage("announced")
    before = program.post(ASK, BODY).json()["id"]
    district.hour_does("close_asking")
    district.hour_does("open_live")
    during = program.post(ASK, BODY).json()["id"]
    assert [Question.objects.get(id=one).window for one in (before, during)] == ["pre", "live"]


def test_a_follow_up_names_what_it_follows(live: District, program: Program) -> None:
    root = live.walk("published")
    asked = program.post(ASK, {**BODY, "follows": root.id}).json()
    live.walk("accepted", Question.objects.get(id=asked["id"]))
    assert program.get(f"/questions/{asked['id']}").json()["follows"] == {
        "id": root.id,
        "number": root.number,
    }


# -- who asks ------------------------------------------------------------------------------------------------


@pytest.fixture
def strict(db: None, frozen: Any) -> District:
    """A live hour that demands a verified mobile."""
    found = make_district(identity="verified")
    found.to_stage("live")
    return found


def test_a_verified_hour_demands_the_token(
    strict: District, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert list(errors_of(program.post(ASK, BODY))) == ["verification"]
    token = verified(program, monkeypatch)
    assert program.post(ASK, {**BODY, "verification": token}).status_code == 201
    assert MOBILE not in str(list(Asker.objects.values()))


def test_the_same_key_of_two_people_is_two_questions(
    strict: District, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, other = verified(program, monkeypatch), verified(program, monkeypatch, "13912345679")
    body = {**BODY, "idempotency_key": "k"}
    numbers = [
        program.post(ASK, {**body, "verification": token}).json()["number"] for token in (one, other, one)
    ]
    assert numbers == [1, 2, 1]


def test_one_person_asks_so_much_and_then_waits(
    strict: District, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = verified(program, monkeypatch)
    answers = [program.post(ASK, {**BODY, "verification": token}) for _ in range(11)]
    assert [answer.status_code for answer in answers] == [201] * 10 + [429]
    assert int(answers[-1]["Retry-After"]) > 0


@pytest.mark.parametrize("mobile", ["", "123", "021-64120000", 13912345678, None, ["x"], "1391234567８９"])
def test_what_is_no_mobile_gets_no_code(live: District, program: Program, mobile: Any) -> None:
    response = program.post("/verifications", {"mobile": mobile})
    assert response.status_code == 422
    assert list(errors_of(response)) == ["mobile"]


def test_codes_are_sent_sparingly_and_guessed_in_vain(
    live: District, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []
    monkeypatch.setattr(identity, "CODE_SENDER", [lambda _mobile, code, _key: sent.append(code)])
    assert program.post("/verifications", {"mobile": MOBILE}).status_code == 202
    again = program.post("/verifications", {"mobile": MOBILE})
    assert (again.status_code, again["Retry-After"]) == (429, "60")
    wrong = "000000" if sent[0] != "000000" else "111111"
    for code in (*[wrong] * 5, sent[0]):
        response = program.post("/verifications/confirm", {"mobile": MOBILE, "code": code})
        assert list(errors_of(response)) == ["code"]


def test_the_default_sender_queues_the_code(
    live: District, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(identity, "CODE_SENDER", [codes.send_code])
    expires = program.post("/verifications", {"mobile": "+86 139-1234-5678"}).json()["expires_at"]
    assert expires == (clock.local(clock.now()) + timedelta(minutes=10)).isoformat(timespec="seconds")


# -- the receipt ---------------------------------------------------------------------------------------------


def test_the_receipt_opens_the_whole_story(live: District, program: Program) -> None:
    question = live.walk("published")
    receipt = live.receipt(question)
    response = program.get(f"/track/{receipt[:4]}-{receipt[4:8]} {receipt[8:]}")
    assert response.status_code == 200
    assert (response["Cache-Control"], response["Referrer-Policy"], response["X-Robots-Tag"]) == (
        "no-store", "no-referrer", "noindex",
    )  # fmt: skip
    found = response.json()
    assert [step["status"] for step in found["history"]] == [
        "received",
        "accepted",
        "assigned",
        "submitted",
        "published",
    ]
    assert (found["number"], found["status"], found["outcome"]) == (question.number, "published", "answered")
    assert found["answer"]["signed_as"] == "mayor"
    assert (found["declined"], found["merged_into"], found["parts"], found["commitments"]) == (
        None,
        None,
        [],
        [],
    )


@pytest.mark.parametrize("spelling", list(SPELLINGS.values()), ids=list(SPELLINGS))
def test_a_receipt_opens_however_it_is_written(
    live: District, program: Program, spelling: Callable[[str], str]
) -> None:
    typed = quote(spelling(live.receipt(live.ask())))
    assert program.get(f"/track/{typed}").status_code == 200
    assert program.post(f"/track/{typed}/withdraw").json()["status"] == "withdrawn"


@pytest.mark.parametrize(
    "receipt", ["000000000000", "12", "abcdefghijkl", "0" * 200, "１２３４５６７８９０１２", "%00", "1;2"]
)
def test_unknown_and_malformed_receipts_open_nothing(live: District, program: Program, receipt: str) -> None:
    assert program.get(f"/track/{receipt}").status_code == 404
    for verb in ("withdraw", "appeal", "supplement", "rating"):
        assert program.post(f"/track/{receipt}/{verb}", {"text": "x", "level": 5}).status_code == 404


def test_a_refusal_tells_its_reason_and_remedy(live: District, program: Program) -> None:
    question = live.ask()
    live.does("moderator", "decline", question, code="unclear", fill={"missing": "地点"}, note="内部")
    found = program.get(f"/track/{live.receipt(question)}").json()
    assert set(found["declined"]) >= {"code", "text", "remedy"}
    assert "地点" in found["declined"]["text"]
    assert "内部" not in str(found)


def test_withdrawing_once(live: District, program: Program) -> None:
    question = live.walk("assigned")
    path = f"/track/{live.receipt(question)}/withdraw"
    assert program.post(path).json()["status"] == "withdrawn"
    assert program.post(path).status_code == 409
    assert program.get(f"/questions/{question.id}").status_code == 404


def test_a_second_look_once(live: District, program: Program) -> None:
    question = live.walk("declined")
    path = f"/track/{live.receipt(question)}/appeal"
    assert program.post(path, {"text": "这不是广告。"}).status_code == 200
    assert program.post(path, {"text": "再来"}).status_code == 409
    assert program.post(f"/track/{live.receipt(live.walk('accepted'))}/appeal").status_code == 409
    assert list(errors_of(program.post(path, {"text": "长" * 1001}))) == ["text"]


def test_what_was_missing_is_added_at_the_old_place(live: District, program: Program) -> None:
    question = live.ask()
    live.does("moderator", "decline", question, code="unclear")
    path = f"/track/{live.receipt(question)}/supplement"
    assert list(errors_of(program.post(path))) == ["text"]
    found = program.post(path, {"text": "在澄湖路 3 号。"}).json()
    assert (found["status"], found["number"]) == ("received", question.number)
    assert "澄湖路 3 号" in found["text"]


def test_a_supplement_settles_the_second_look_that_was_asked_for(live: District, program: Program) -> None:
    question = live.ask()
    live.does("moderator", "decline", question, code="unclear")
    receipt = live.receipt(question)
    program.post(f"/track/{receipt}/appeal")
    program.post(f"/track/{receipt}/supplement", {"text": "在澄湖路 3 号。"})
    assert program.get(f"/track/{receipt}").json()["appeal"]["closed"] is True
    live.walk("published", Question.objects.get(id=question.id))
    live.hour_does("wrap", reason_code="other")
    assert live.hour_does("archive").stage == "archived"


@pytest.mark.parametrize(
    ("level", "ok"),
    [
        (1, True),
        (5, True),
        ("4", True),
        (0, False),
        (6, False),
        (True, False),
        (None, False),
        (2.5, False),
        ([], False),
    ],
)
def test_five_words_and_no_others(live: District, program: Program, level: Any, ok: bool) -> None:
    path = f"/track/{live.receipt(live.walk('published'))}/rating"
    response = program.post(path, {"level": level})
    assert response.status_code == (200 if ok else 422)
    if ok:
        assert response.json()["rating"]["level"] == int(level)
    else:
        assert list(errors_of(response)) == ["level"]


def test_the_last_word_counts(live: District, program: Program) -> None:
    path = f"/track/{live.receipt(live.walk('published'))}/rating"
    program.post(path, {"level": 5})
    assert program.post(path, {"level": 1, "reason": "slow"}).json()["rating"] == {
        "level": 1,
        "reason": "slow",
        "label": "非常不满意",
    }
    assert list(errors_of(program.post(path, {"level": 1, "reason": "angry"}))) == ["reason"]
    assert program.post(f"/track/{live.receipt(live.ask())}/rating", {"level": 5}).status_code == 409


def test_one_receipt_opens_all_parts(live: District, program: Program) -> None:
    question = live.ask()
    parts = [{"title": "一", "text": "路灯"}, {"title": "二", "text": "公交"}]
    live.does("moderator", "split", question, parts=parts)
    found = program.get(f"/track/{live.receipt(question)}").json()
    assert (found["text"], [part["text"] for part in found["parts"]]) == ("路灯", ["公交"])


# -- 同问 and comments ---------------------------------------------------------------------------------------


def test_each_device_supports_once(live: District, program: Program) -> None:
    path = f"/questions/{live.walk('accepted').id}/support"
    counts = [program.post(path, {"browser": device}).json()["supports"] for device in ("a", "b", "a")]
    assert counts == [1, 2, 2]


def test_without_any_key_an_address_supports_once(live: District, program: Program) -> None:
    path = f"/questions/{live.walk('accepted').id}/support"
    assert [program.post(path).json()["supports"] for _ in range(2)] == [1, 1]
    assert program.post(path, REMOTE_ADDR="203.0.113.9").json()["supports"] == 2


def test_support_in_a_verified_hour_is_a_persons(
    strict: District, program: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = verified(program, monkeypatch)
    receipt = program.post(ASK, {**BODY, "verification": token}).json()
    strict.does("moderator", "accept", Question.objects.get(id=receipt["id"]))
    path = f"/questions/{receipt['id']}/support"
    assert list(errors_of(program.post(path, {"browser": "a"}))) == ["verification"]
    assert list(errors_of(program.post(path, {"verification": "forged"}))) == ["verification"]
    assert list(errors_of(program.post(path, {"verification": 1}))) == ["verification"]
    assert program.post(path, {"verification": token}).json() == {"supports": 1}


def test_a_comment_is_shown_after_screening(live: District, program: Program, staff: Staff) -> None:
    question = live.walk("published")
    path = f"/questions/{question.id}/comments"
    handed_in = program.post(path, {"display_name": "邻居", "text": "讲得清楚。"})
    assert (handed_in.status_code, handed_in.json()["state"]) == (202, "received")
    assert program.get(path).json()["items"] == []
    staff("editor").post(f"/desk/comments/{handed_in.json()['id']}/accept")
    (shown,) = program.get(path).json()["items"]
    assert (shown["display_name"], shown["text"]) == ("邻居", "讲得清楚。")
    assert program.get(f"/questions/{question.id}").json()["comments"] == 1


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"text": "x"}, "display_name"),
        ({"display_name": "x"}, "text"),
        ({"display_name": "x", "text": "长" * 1001}, "text"),
        ({"display_name": "x", "text": 1}, "text"),
        ({"display_name": "x", "text": "y", "verification": "z"}, "verification"),
    ],
)
def test_comments_are_checked(live: District, program: Program, body: dict[str, Any], field: str) -> None:
    response = program.post(f"/questions/{live.walk('published').id}/comments", body)
    assert response.status_code == 422
    assert list(errors_of(response)) == [field]


def test_comments_wait_for_an_answer(live: District, program: Program) -> None:
    body = {"display_name": "x", "text": "y"}
    assert program.post(f"/questions/{live.walk('accepted').id}/comments", body).status_code == 409
    assert program.post(f"/questions/{live.ask().id}/comments", body).status_code == 404


# -- limits --------------------------------------------------------------------------------------------------


def test_guessing_receipts_ends_soon_and_only_there(live: District, program: Program) -> None:
    receipt = live.receipt(live.ask())
    for _ in range(20):
        assert program.get(f"/track/{receipt}").status_code == 200  # a right one costs nothing
    statuses = [program.get(f"/track/{number:012d}").status_code for number in range(25)]
    assert statuses[:20] == [404] * 20
    assert set(statuses[20:]) == {429}
    blocked = program.get(f"/track/{receipt}")
    assert (blocked.status_code, blocked.json()["code"]) == (429, "too_many")
    assert int(blocked["Retry-After"]) > 0
    assert program.post(f"/track/{receipt}/withdraw").status_code == 429
    assert program.client.get(f"/api/v1/track/{receipt}", REMOTE_ADDR="203.0.113.9").status_code == 200


def test_a_hundred_questions_a_minute_from_one_address_are_too_many(live: District, program: Program) -> None:
    answers = [program.post(ASK, BODY) for _ in range(100)]
    statuses = [answer.status_code for answer in answers]
    assert set(statuses) == {201, 429}
    assert statuses[:20] == [201] * 20
    assert all(answer["Retry-After"] for answer in answers if answer.status_code == 429)
    assert Question.objects.count() == statuses.count(201)


def test_trusted_networks_are_exempt(live: District, program: Program, settings: Any) -> None:
    settings.TRUSTED_NETWORKS = [ip_network("127.0.0.0/8")]
    statuses = {program.get(f"/track/{number:012d}").status_code for number in range(30)}
    assert statuses == {404}


def test_only_our_proxies_say_whose_request_it_is(live: District, program: Program, settings: Any) -> None:
    path = f"/questions/{live.walk('accepted').id}/support"
    claims = [{"X-Forwarded-For": f"203.0.113.{number}"} for number in (1, 2)]
    assert [program.post(path, headers=claim).json()["supports"] for claim in claims] == [1, 1]
    settings.TRUSTED_PROXIES = [ip_network("127.0.0.1/32")]
    assert [program.post(path, headers=claim).json()["supports"] for claim in claims] == [2, 3]


@pytest.mark.django_db
def test_one_address_has_few_strangers_written_to(program: Program) -> None:
    mobiles = [f"1391234{number:04d}" for number in range(14)]
    answers = [program.post("/verifications", {"mobile": mobile}) for mobile in mobiles]
    assert [one.status_code for one in answers] == [202] * 12 + [429] * 2
    assert int(answers[-1]["Retry-After"]) <= 10
    elsewhere = program.post("/verifications", {"mobile": mobiles[-1]}, REMOTE_ADDR="203.0.113.9")
    assert elsewhere.status_code == 202
