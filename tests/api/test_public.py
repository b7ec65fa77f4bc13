"""What anybody may see, as programs read it."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tests.api.conftest import errors_of
from tests.fixtures import GOOD_ANSWER, PROMISED_ANSWER
from townhall.hours import planning
from townhall.kernel import clock
from townhall.questions import asking, citizen_actions

if TYPE_CHECKING:
    from tests.api.conftest import Program, Staff
    from tests.fixtures import District
    from townhall.questions.models import Question

HOUR_KEYS = {
    "slug", "issue_no", "title", "topic", "stage", "starts_at", "ends_at", "asking", "leaders", "materials", "counts",
    "page_url", "stream_url",
}  # fmt: skip
QUESTION_KEYS = {
    "id", "number", "display_name", "kind", "title", "text", "asked_at", "window", "status", "outcome", "withheld",
    "answer", "commitments", "supports", "comments",
}  # fmt: skip
ANSWER_KEYS = {"text", "unit", "units", "signed_by", "signed_as", "signed_at", "version", "amended"}


def promised(live: District, question: Question) -> Question:
    """The question, answered with a promise."""
    question = live.walk("assigned", question)
    promise = [{"text": "12月15日前完成大门改造", "unit": live.units[0].id, "due": "2026-12-15"}]
    question = live.does(
        "member1", "draft", question, text=PROMISED_ANSWER, outcome="promised", commitments=promise
    )
    live.does("member1", "submit", question)
    return live.does("mayor", "sign", question, version=1)


def test_an_hour_has_the_promised_members(live: District, program: Program) -> None:
    live.walk("published")
    live.ask()
    hour = program.get("/hours/2026-11").json()
    assert set(hour) >= HOUR_KEYS
    assert (hour["stage"], hour["asking"]) == ("live", "live")
    assert hour["counts"] == {
        "asked": 2, "answered": 1, "promised": 0, "merged": 0, "declined": 0, "withdrawn": 0, "pending": 1,
    }  # fmt: skip
    assert datetime.fromisoformat(hour["starts_at"]).utcoffset() == timedelta(hours=8)
    assert program.get("/hours", stage="live").json() == {"items": [hour], "next": None}
    assert program.get("/hours", stage="archived").json() == {"items": [], "next": None}


def test_asking_follows_the_stage(district: District, program: Program) -> None:
    assert program.get("/hours/2026-11").status_code == 404  # planned: nobody knows of it yet
    for verb, asking_now in (("announce", "pre"), ("close_asking", "closed"), ("open_live", "live")):
        district.hour_does(verb)
        assert program.get("/hours/2026-11").json()["asking"] == asking_now
    district.hour_does("pause", reason_code="backlog")
    assert program.get("/hours/2026-11").json()["asking"] == "paused"


def test_a_question_has_the_promised_members(live: District, program: Program) -> None:
    question = live.walk("published")
    shown = program.get(f"/questions/{question.id}").json()
    assert set(shown) >= QUESTION_KEYS
    assert set(shown["answer"]) >= ANSWER_KEYS
    assert (
        shown["answer"] | {"text": GOOD_ANSWER, "signed_as": "mayor", "version": 1, "amended": False}
        == shown["answer"]
    )
    assert program.get("/hours/2026-11/questions").json()["items"] == [shown]
    assert program.get("/hours/2026-11/answers").json()["items"] == [shown]


@pytest.mark.parametrize("status", ["received", "declined", "withdrawn"])
def test_what_is_not_public_does_not_exist(live: District, program: Program, status: str) -> None:
    question = live.walk(status)
    for path in (f"/questions/{question.id}", f"/questions/{question.id}/comments"):
        assert program.get(path).status_code == 404
    assert program.get("/hours/2026-11/questions").json()["items"] == []


def test_an_emergency_is_gone_from_every_public_address(live: District, program: Program) -> None:
    question = live.walk("accepted")
    assert program.get(f"/questions/{question.id}").status_code == 200
    live.does("clerk", "urgent", question)
    assert program.get(f"/questions/{question.id}").status_code == 404


def test_covered_text_is_covered_everywhere(live: District, program: Program, staff: Staff) -> None:
    question = promised(live, live.ask("我儿子王小明在澄湖小学三年级二班，想问午餐。"))
    comment = program.post(
        f"/questions/{question.id}/comments", {"display_name": "邻居", "text": "王小明我认识"}
    )
    staff("editor").post(f"/desk/comments/{comment.json()['id']}/accept")
    assert len(program.get(f"/questions/{question.id}/comments").json()["items"]) == 1
    staff.move("moderator", question.id, "withhold", code="minor")
    pages = [
        program.get(path).content.decode()
        for path in (
            f"/questions/{question.id}", f"/questions/{question.id}/comments", "/hours/2026-11/questions",
            "/hours/2026-11/answers", "/commitments", "/statistics",
        )
    ]  # fmt: skip
    assert not [page for page in pages if "王小明" in page or "大门改造" in page]
    shown = program.get(f"/questions/{question.id}").json()
    assert (shown["withheld"], shown["status"], shown["outcome"]) == ("pending", "published", "promised")
    assert (shown["text"], shown["title"], shown["answer"]["text"]) == ("", "", "")


def test_personal_data_are_masked(live: District, program: Program) -> None:
    question = live.walk("accepted", text="请打我电话13800138000，谢谢。")
    shown = program.get(f"/questions/{question.id}").json()
    assert "13800138000" not in str(shown)
    assert "138****8000" in shown["text"]


def test_lists_page_to_the_end_without_gap_or_repeat(live: District, program: Program) -> None:
    for _index in range(5):
        live.walk("published")
    for path in ("/hours/2026-11/questions", "/hours/2026-11/answers"):
        seen: list[int] = []
        after = None
        while True:
            page = program.get(path, limit=2, **({"after": after} if after else {})).json()
            seen += [one["id"] for one in page["items"]]
            after = page["next"]
            if after is None:
                break
            assert after.replace("-", "").replace("_", "").isalnum()
        assert seen == sorted(seen)
        assert len(seen) == 5


def test_a_later_answer_comes_after_the_cursor_whatever_its_number(live: District, program: Program) -> None:
    first, second, third = live.ask(), live.ask(), live.ask()
    live.walk("published", second)
    with clock.steer(clock.now() + timedelta(minutes=1)):
        live.walk("published", third)
        after = program.get("/hours/2026-11/answers", limit=1).json()["next"]
    with clock.steer(clock.now() + timedelta(minutes=2)):
        live.walk("published", first)
        later = program.get("/hours/2026-11/answers", after=after).json()["items"]
    assert [one["number"] for one in later] == [3, 1]


def test_hours_of_one_evening_page_too(live: District, program: Program) -> None:
    for number in range(3):
        hour = planning.create_hour(slug=f"branch-{number}", title="分会场", starts_at=live.hour.starts_at)
        hour.stage = "announced"
        hour.save()
    seen, after = [], ""
    while after is not None:
        page = program.get("/hours", limit=1, after=after).json()
        seen += [one["slug"] for one in page["items"]]
        after = page["next"]
    assert sorted(seen) == ["2026-11", "branch-0", "branch-1", "branch-2"]


def test_questions_narrow_to_their_end(live: District, program: Program) -> None:
    live.walk("accepted")
    live.walk("published")
    assert [
        one["status"] for one in program.get("/hours/2026-11/questions", show="pending").json()["items"]
    ] == ["accepted"]
    assert [
        one["status"] for one in program.get("/hours/2026-11/questions", show="answered").json()["items"]
    ] == ["published"]


def test_promises_are_listed_by_unit_state_and_lateness(live: District, program: Program) -> None:
    promised(live, live.ask())
    (item,) = program.get("/commitments").json()["items"]
    assert (
        item | {"due": "2026-12-15", "state": "open", "late": False, "number": 1, "hour": "2026-11"} == item
    )
    assert program.get("/commitments", unit=live.units[0].id, state="open", late="false").json()["items"] == [
        item
    ]
    for narrower in ({"unit": live.units[1].id}, {"state": "replaced"}, {"late": "true"}):
        assert program.get("/commitments", **narrower).json()["items"] == []
    with clock.steer(datetime.fromisoformat("2026-12-16T09:00+08:00")):
        assert program.get("/commitments", late="true").json()["items"][0]["late"] is True


def test_statistics_add_up(live: District, program: Program) -> None:
    question = live.walk("published")
    promised(live, live.ask())
    for status in ("received", "accepted", "declined", "withdrawn", "merged"):
        live.walk(status)
    program.post(f"/track/{live.receipt(question)}/rating", {"level": 5})
    found = program.get("/statistics", hour="2026-11").json()
    counts = found["counts"]
    assert counts["asked"] == 8 == sum(counts.values()) - counts["asked"]
    assert found["declined"] == [{"code": "unrelated", "label": "与公共事务无关", "count": 1}]
    assert (found["satisfaction"], found["rated"]) == ([], 1)  # none are told of fewer than five
    assert (found["commitments"]["made"], found["commitments"]["late"]) == (1, 0)
    assert found["minutes_to_answer"] == {"median": 0.0, "p90": 0.0}
    assert program.get("/statistics").json() == {**found, "hour": None}
    for table in ("by_kind", "by_subject", "by_unit", "by_hour", "by_year"):
        rows = found[table]
        for name in ("counts", "commitments"):
            for part in rows[0][name]:
                assert sum(row[name][part] for row in rows) == found[name][part], (table, part)
        assert (
            sum(row["minutes"]["screen"]["cases"] for row in rows) == found["minutes"]["screen"]["cases"] > 0
        )
        assert [reason for row in rows for reason in row["declined"]] == found["declined"]
    assert [row["key"] for row in found["by_hour"] + found["by_year"]] == ["2026-11", "2026"]


def test_clarifications_appear_once_signed(live: District, program: Program, staff: Staff) -> None:
    rumour = {
        "rumour": "听说学校要搬走。",
        "fact": "学校不搬，明年扩建。",
        "source": "区教育局通知",
        "dated": "2026-11-20",
    }
    drafted = staff("editor").post("/desk/hours/2026-11/clarifications", rumour)
    assert drafted.status_code == 201
    assert program.get("/hours/2026-11/clarifications").json()["items"] == []
    signed = staff("mayor", sign=True).post(f"/desk/clarifications/{drafted.json()['id']}/sign")
    assert signed.json()["signed_as"] == "mayor"
    (shown,) = program.get("/hours/2026-11/clarifications").json()["items"]
    assert shown["fact"] == rumour["fact"]


def test_a_rehearsal_opens_with_its_key_only(live: District, program: Program) -> None:
    hour = planning.create_hour(
        slug="drill", title="预演", starts_at=live.hour.starts_at, rehearsal=True, identity="open"
    )
    hour.stage, hour.asking_paused = "live", False
    hour.save()
    asked = citizen_actions.ask(asking.parse(hour, {"display_name": "甲", "text": "演练问题"}))
    body = {"display_name": "乙", "text": "演练问题二"}
    for path in (
        "/hours/drill",
        "/hours/drill/questions",
        "/hours/drill/answers",
        "/hours/drill/clarifications",
    ):
        assert program.get(path).status_code == 404
        assert program.get(path, key="wrong").status_code == 404
        opened = program.get(path, key=hour.secret)
        assert opened.status_code == 200
        assert opened["Cache-Control"] == "no-store"
    assert program.post("/hours/drill/questions", body).status_code == 404
    assert program.post(f"/hours/drill/questions?key={hour.secret}", body).status_code == 201
    assert program.get("/statistics", hour="drill").status_code == 404
    assert program.get("/statistics", hour="drill", key=hour.secret).json()["counts"]["asked"] == 2
    assert program.get("/statistics").json()["counts"]["asked"] == 0
    assert [one["slug"] for one in program.get("/hours").json()["items"]] == ["2026-11"]
    question = hour.questions.get(id=asked.id)  # accepted by hand: the drill has no moderator here
    question.status, question.accepted_at = "accepted", clock.now()
    question.save()
    assert program.get(f"/questions/{asked.id}").status_code == 404
    assert program.get(f"/questions/{asked.id}", key=hour.secret).status_code == 200
    assert program.post(f"/questions/{asked.id}/support").status_code == 404
    assert program.post(f"/questions/{asked.id}/support?key={hour.secret}").status_code == 200


@pytest.mark.parametrize(
    ("path", "query", "field"),
    [
        ("/hours", {"stage": "tonight"}, "stage"),
        ("/hours", {"limit": "0"}, "limit"),
        ("/hours", {"limit": "101"}, "limit"),
        ("/hours", {"limit": "many"}, "limit"),
        ("/hours", {"after": "rubbish"}, "after"),
        ("/hours", {"after": "W1tdXQ"}, "after"),
        ("/hours/2026-11/questions", {"show": "all"}, "show"),
        ("/hours/2026-11/questions", {"after": "WzEsMl0"}, "after"),
        ("/hours/2026-11/answers", {"after": "WzFd"}, "after"),
        ("/hours/2026-11/answers", {"after": "WyIwMDAxLTAxLTAxVDAwOjAwOjAwKzA4OjAwIiwxXQ"}, "after"),
        ("/commitments", {"unit": "x"}, "unit"),
        ("/commitments", {"unit": str(2**70)}, "unit"),
        ("/commitments", {"state": "lost"}, "state"),
        ("/commitments", {"late": "perhaps"}, "late"),
    ],
)
def test_nonsense_behind_the_question_mark_names_the_field(
    live: District, program: Program, path: str, query: dict[str, str], field: str
) -> None:
    response = program.get(path, **query)
    assert response.status_code == 422
    assert list(errors_of(response)) == [field]


@pytest.mark.parametrize(
    "path",
    [
        "/hours/none", "/hours/none/questions", "/hours/none/answers", "/hours/none/clarifications", "/questions/999",
        f"/questions/{2**80}", "/questions/x", "/questions/-1", "/statistics?hour=none", "/statistics?hour=%00",
        "/hours/%E4%B8%8A", "/hours/a%00b", "/", "", "/nowhere", "/questions/999/comments",
    ],
)  # fmt: skip
def test_what_does_not_exist_is_said_to_a_program(live: District, program: Program, path: str) -> None:
    response = program.client.get(f"/api/v1{path}")
    if path == "":  # without its slash, the address is none of this face's
        assert response.status_code in {301, 404}
        return
    assert response.status_code == 404
    assert response["Content-Type"] == "application/problem+json"


def test_words_come_in_the_readers_language(live: District, program: Program) -> None:
    assert program.get("/questions/999").json()["detail"] == "没有这个提问，或它没有公开。"
    assert (
        program.get("/questions/999", lang="en").json()["detail"]
        == "There is no such question, or it is not public."
    )
    program.client.cookies["lang"] = "en"
    assert "no such question" in program.get("/questions/999").json()["detail"]
    assert program.get("/questions/999", lang="zh").json()["detail"].startswith("没有")


def test_public_answers_are_kept_for_a_second_and_set_no_cookie(live: District, program: Program) -> None:
    response = program.get("/hours/2026-11")
    assert response["Cache-Control"] == "public, max-age=1"
    assert "Cookie" in response["Vary"]
    assert not response.cookies
    assert response["X-Content-Type-Options"] == "nosniff"


def test_head_is_get_without_its_body(live: District, program: Program) -> None:
    whole = program.get("/hours/2026-11")
    head = program.client.head("/api/v1/hours/2026-11")
    assert (head.status_code, head.content) == (200, b"")
    assert head["Content-Length"] == str(len(whole.content))
    assert program.client.head("/api/v1/hours/none").status_code == 404
