"""Correction and removal requests: filed by anybody, sealed, decided only by what the question's own verbs did."""

from __future__ import annotations

from datetime import timedelta
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from tests.fixtures import GOOD_ANSWER, START
from tests.history.test_past import take
from townhall.history import actions as history
from townhall.hours.seats import Actor, staff_actor
from townhall.journal.models import Entry
from townhall.keeping import actions as keeping
from townhall.kernel import clock
from townhall.kernel.errors import InvalidFields, Refused
from townhall.questions import citizen_actions as questions
from townhall.questions import remarks
from townhall.questions.models import Clarification, Comment, Question
from townhall.redress import actions, citizen_actions, flow, published, queries
from townhall.redress.choices import State
from townhall.redress.models import Case
from townhall.wrapping import actions as wrapping
from townhall.wrapping import taking_down

if TYPE_CHECKING:
    from pathlib import Path

    from tests.fixtures import District
    from townhall.history.models import PastQuestion
    from townhall.wrapping.models import Paper

WORDS = "第二段写我“无证经营”，我的执照一直有效，请更正。电话13800002000。"
FORM = {
    "kind": "correct",
    "standing": "named",
    "words": WORDS,
    "name": "张三丰",
    "contact": "138 0000 2000",
    "form_key": "k1",
}
# verb -> from which states, who: the office's coordinator, or who asked (None).
TABLE: dict[str, tuple[set[str], bool]] = {
    "take_up": ({"received"}, True),
    "refer": ({"examining"}, True),
    "close_corrected": ({"examining"}, True),
    "close_removed": ({"examining"}, True),
    "refuse": ({"examining"}, True),
    "look": (set(State.values), True),
    "withdraw": ({"received", "examining"}, False),
}


@pytest.fixture
def question(live: District) -> Question:
    return live.walk("published")


def office(live: District, name: str = "coordinator") -> Actor:
    found = staff_actor(live.accounts[name])
    assert found is not None
    return found


def filed(question: Question, **fields: str) -> tuple[Case, str]:
    receipt = citizen_actions.file(citizen_actions.Subject(question), FORM | fields).receipt
    case = citizen_actions.find(receipt)
    assert case is not None
    return case, receipt


def does(live: District, verb: str, case: Case, **data: Any) -> Case:
    return actions.perform(office(live), verb, case.id, data)


def test_a_request_has_number_limit_and_receipt_and_is_sealed(live: District, question: Question) -> None:
    case, receipt = filed(question)
    assert (case.year, case.number, str(case.due), case.state) == (2026, 1, "2026-12-14", "received")
    stored = str(Case.objects.values().get())
    assert "张三丰" not in stored and "无证" not in stored and "13800002000" not in stored
    assert "张三丰" not in str(list(Entry.objects.values_list("facts", flat=True)))
    mine = published.mine(f"{receipt[:4]}-{receipt[4:8]}-{receipt[8:]}")
    assert mine is not None
    assert (mine["words"], mine["state_label"], mine["late"]) == (WORDS, "已收到申请", False)
    assert published.mine("000000000000") is None and published.mine("x") is None


def test_the_same_form_twice_is_one_case(live: District, question: Question) -> None:
    _case, receipt = filed(question)
    assert filed(question)[1] == receipt
    assert filed(question, form_key="k2")[0].number == 2
    assert Case.objects.count() == 2


@pytest.mark.parametrize(
    "wrong", [{"kind": "edit"}, {"kind": ""}, {"standing": "curious"}, {"words": ""}, {"words": "字" * 2001}, {"name": "名" * 41},
              {"contact": "a@b"}, {"contact": "call me"}, {"contact": "字" * 121}, {"words": "\x00"}],
)  # fmt: skip
def test_a_request_names_the_field_to_mend_and_stores_nothing(
    live: District, question: Question, wrong: dict[str, str]
) -> None:
    with pytest.raises(InvalidFields) as error:
        citizen_actions.file(citizen_actions.Subject(question), FORM | wrong)
    assert set(error.value.errors) == set(wrong)
    assert not Case.objects.exists()


def test_only_what_is_public_can_be_asked_about(live: District) -> None:
    hidden = live.walk("received")
    for question_id, promise_id in ((hidden.id, None), (None, None), (10**17, None), (None, 10**17)):
        with pytest.raises(Refused) as refused:
            citizen_actions.subject(question_id, promise_id)
        assert refused.value.status == 404


def test_every_verb_state_and_seat(live: District, question: Question) -> None:
    case, _receipt = filed(question)
    live.does("member1", "correct", question, text=GOOD_ANSWER + "更正：登记延到8月25日。")
    live.does("mayor", "sign", question, version=2)
    live.does("mayor", "withhold", question, code="infringement")
    live.does("coordinator", "confirm_withhold", question)
    case = Case.objects.select_related("question").get()
    assert set(TABLE) == set(flow.MOVES)
    people: dict[str, Actor | None] = {
        name: office(live, name) for name in ("coordinator", "mayor", "inspector", "lead1", "stranger")
    } | {"asker": None}
    case.received_at = START  # the correction came after the request
    for state, (verb, (states, staff)), (name, actor) in product(State.values, TABLE.items(), people.items()):
        case.state = state
        refused = flow.refusal(actor, verb, case)
        right = name == ("coordinator" if staff else "asker")
        wanted = 403 if not right else 200 if state in states else 409
        assert (refused.status if refused else 200) == wanted, (verb, state, name)


def test_it_ends_as_corrected_only_once_a_correction_is_signed(live: District, question: Question) -> None:
    case, receipt = filed(question)
    does(live, "take_up", case)
    does(live, "refer", case)
    referred = Entry.objects.get(kind="redress.referred")
    assert live.accounts["lead1"].id in referred.facts["accounts"]
    with pytest.raises(Refused) as early:
        does(live, "close_corrected", case)
    assert early.value.code == "was_corrected"
    with clock.steer(START + timedelta(minutes=20)):
        live.does("member1", "correct", question, text=GOOD_ANSWER + "更正：登记延到8月25日。")
        live.does("mayor", "sign", question, version=2)
        does(live, "close_corrected", case, reply="已更正第二段。")
    mine = published.mine(receipt)
    assert mine is not None
    assert (mine["state"], mine["reply"], mine["can_withdraw"]) == ("corrected", "已更正第二段。", False)
    question.refresh_from_db()
    assert question.versions.count() == 2, "the case itself wrote nothing"


def test_it_ends_as_taken_down_only_once_two_people_did_so(live: District, question: Question) -> None:
    case, _receipt = filed(question, kind="remove")
    does(live, "take_up", case)
    live.does("mayor", "withhold", question, code="infringement")
    with pytest.raises(Refused) as early:
        does(live, "close_removed", case)
    assert early.value.code == "is_covered"
    live.does("coordinator", "confirm_withhold", question)
    assert does(live, "close_removed", case).state == "removed"
    # what is taken down is not public any more, the case goes on to be found by its receipt
    assert published.counts(2026)["removed"] == 1


def test_a_refusal_says_why_in_words(live: District, question: Question) -> None:
    case, receipt = filed(question)
    does(live, "take_up", case)
    with pytest.raises(InvalidFields) as error:
        does(live, "refuse", case)
    assert set(error.value.errors) == {"reason_code", "reply"}
    does(live, "refuse", case, reason_code="accurate", reply="经查询登记信息，文中所写属实。")
    mine = published.mine(receipt)
    assert mine is not None
    assert (mine["state"], mine["reason"]) == ("refused", "经核查，内容与事实一致")


def test_withdrawing_deletes_everything_personal_at_once(live: District, question: Question) -> None:
    case, receipt = filed(question)
    citizen_actions.withdraw(receipt)
    case.refresh_from_db()
    assert (case.state, case.words_sealed, case.name_sealed, case.contact_sealed) == ("withdrawn", "", "", "")
    with pytest.raises(Refused) as again:
        citizen_actions.withdraw(receipt)
    assert again.value.status == 409
    with pytest.raises(Refused):
        citizen_actions.withdraw("123412341234")


def test_a_look_at_who_asked_is_on_record(live: District, question: Question) -> None:
    case, _receipt = filed(question)
    assert actions.look(office(live), case.id) == {"name": "张三丰", "contact": "13800002000"}
    assert Entry.objects.get(kind="redress.contact_seen").actor == live.accounts["coordinator"].id
    with pytest.raises(Refused) as refused:
        actions.look(office(live, "lead1"), case.id)
    assert refused.value.status == 403
    [row] = queries.cases(office(live))
    assert "张三丰" not in str(row) and "13800002000" not in str({**row, "words": ""})


def test_many_open_requests_are_read_by_the_page(live: District, question: Question) -> None:
    for number in range(queries.MOST_OPEN + 2):
        filed(question, form_key=f"many{number}")
    first, second = queries.cases(office(live)), queries.cases(office(live), 2)
    assert (len(first), len(second), queries.cases(office(live), 3)) == (queries.MOST_OPEN, 2, [])
    assert len({row["id"] for row in [*first, *second]}) == queries.MOST_OPEN + 2
    with clock.steer(START + timedelta(days=15)):
        assert queries.open_counts(office(live)) == {
            "open": queries.MOST_OPEN + 2,
            "late": queries.MOST_OPEN + 2,
        }


def test_late_is_late_from_the_next_day_and_counted_in_the_journal(
    live: District, question: Question
) -> None:
    case, receipt = filed(question)
    does(live, "take_up", case)
    with clock.steer(START + timedelta(days=15)):
        [row] = queries.cases(office(live))
        mine = published.mine(receipt)
        assert mine is not None
        assert (row["late"], mine["late"]) == (True, True)
        does(live, "refuse", case, reason_code="accurate", reply="文中所写属实。")
    assert Entry.objects.get(kind="redress.closed").facts["late"] is True


def test_old_cases_keep_their_end_and_lose_their_people(live: District, question: Question) -> None:
    case, receipt = filed(question)
    does(live, "take_up", case)
    does(live, "refuse", case, reason_code="accurate", reply="文中所写属实。")
    with clock.steer(START + timedelta(days=89)):
        assert actions.erase_due() == 0
    with clock.steer(START + timedelta(days=92)):
        assert actions.erase_due() == 1
        assert actions.erase_due() == 0
    mine = published.mine(receipt)
    assert mine is not None
    assert (mine["words"], mine["state"]) == ("", "refused")


def test_a_case_about_a_held_question_waits_for_the_hold(live: District, question: Question) -> None:
    office_of = live.actor("coordinator")
    keeping.perform(office_of, "place", question.id, {"reason": "lawsuit", "note": "（2026）行初12号"})
    case, _receipt = filed(question)
    does(live, "take_up", case)
    does(live, "refuse", case, reason_code="accurate", reply="文中所写属实。")
    _withdrawn, receipt = filed(question, words="另一处也写错了", form_key="k2")
    citizen_actions.withdraw(receipt)
    with clock.steer(START + timedelta(days=92)):
        assert actions.erase_due() == 0
        assert Case.objects.exclude(words_sealed="").count() == 2
        keeping.perform(office_of, "lift", question.id, {"note": "判决生效"})
        assert actions.erase_due() == 2
    assert not Case.objects.exclude(words_sealed="").exists()


# -- about what was imported


@pytest.fixture
def past(live: District, tmp_path: Path) -> PastQuestion:
    return take(tmp_path, ("张三丰的路灯坏了？", "修好了。", "2012-02-01"))[0]


def test_an_imported_question_ends_as_taken_down_once_two_people_did_so(
    live: District, past: PastQuestion
) -> None:
    receipt = citizen_actions.file(citizen_actions.subject(None, None, past.id), FORM).receipt
    case = Case.objects.get()
    mine = published.mine(receipt)
    assert mine is not None
    assert mine["about"] == {"url": f"/history/{past.id}/", "label": "2012 年导入的问答"}
    assert Entry.objects.get(kind="redress.filed").facts["past"] == past.id
    does(live, "take_up", case)
    [row] = queries.cases(office(live))
    assert (row["past"], row["title"]) == (past.id, past.title)
    assert {verb for verb, refused in row["moves"].items() if refused} == {
        "refer", "close_corrected", "close_removed"
    }  # fmt: skip
    for verb, code in (
        ("refer", "has_unit"),
        ("close_corrected", "was_corrected"),
        ("close_removed", "is_covered"),
    ):
        with pytest.raises(Refused) as refused:
            does(live, verb, case)
        assert (refused.value.status, refused.value.code) == (409, code)
    history.perform(office(live), "withhold", past.id, {"code": "infringement"})
    with pytest.raises(Refused) as alone:
        does(live, "close_removed", case)
    assert alone.value.code == "is_covered", "one person's covering is not the end of it"
    another = Actor(live.accounts["mayor"].id, "mayor", "", 0, frozenset({"coordinator"}))
    history.perform(another, "confirm_withhold", past.id, {})
    assert does(live, "close_removed", case).state == "removed"
    citizen_actions.find(receipt)
    assert Entry.objects.filter(kind="redress.closed", facts__past=past.id).exists()


# -- about a clarification


@pytest.fixture
def rumour(live: District) -> Clarification:
    words = {
        "rumour": "张三丰停了学校的电",
        "fact": "没有停电。",
        "source": "区教育局",
        "dated": "2026-11-29",
    }
    row = remarks.draft_clarification(live.actor("editor"), words)
    return remarks.sign_clarification(live.actor("mayor"), row.id)


def about_rumour(live: District, rumour: Clarification, **fields: str) -> tuple[Case, str]:
    what = citizen_actions.subject(None, None, None, rumour.id)
    receipt = citizen_actions.file(what, FORM | fields).receipt
    case = citizen_actions.find(receipt)
    assert case is not None
    does(live, "take_up", case)
    return case, receipt


def refused(live: District, verb: str, case: Case) -> str:
    with pytest.raises(Refused) as error:
        does(live, verb, case)
    assert error.value.status == 409
    return error.value.code


def test_a_clarification_ends_as_corrected_once_a_correction_is_signed(
    live: District, rumour: Clarification
) -> None:
    case, receipt = about_rumour(live, rumour)
    mine = published.mine(receipt)
    assert mine is not None
    assert mine["about"] == {"url": f"/clarifications/{rumour.id}/", "label": f"第 {rumour.id} 份澄清回应"}
    assert Entry.objects.get(kind="redress.filed").facts["clarification"] == rumour.id
    [row] = queries.cases(office(live))
    assert (row["clarification"], row["title"]) == (rumour.id, rumour.rumour)
    assert refused(live, "refer", case) == "has_unit", "this one names no unit"
    words = {"rumour": rumour.rumour, "fact": "停电是检修。", "source": "供电所", "dated": "2026-11-29"}
    with clock.steer(START + timedelta(minutes=20)):
        new = remarks.draft_clarification(live.actor("editor"), words | {"corrects": rumour.id})
        assert refused(live, "close_corrected", case) == "was_corrected", "a draft corrects nothing yet"
        remarks.sign_clarification(live.actor("mayor"), new.id)
        assert does(live, "close_corrected", case, reply="已更正。").state == "corrected"
    assert Entry.objects.filter(kind="redress.closed", facts__clarification=rumour.id).exists()


def test_a_clarification_ends_as_taken_down_once_two_people_did_so(
    live: District, rumour: Clarification
) -> None:
    case, _receipt = about_rumour(live, rumour, kind="remove")
    assert refused(live, "close_removed", case) == "is_covered"
    remarks.cover_clarification(live.actor("moderator"), "withhold", rumour.id, {"code": "infringement"})
    assert refused(live, "close_removed", case) == "is_covered", "one person's covering is not the end of it"
    remarks.cover_clarification(live.actor("coordinator"), "confirm_withhold", rumour.id, {})
    assert does(live, "close_removed", case).state == "removed"
    with pytest.raises(Refused) as gone:
        citizen_actions.subject(None, None, None, rumour.id)
    assert gone.value.status == 404, "what is down need not be asked for again"


def test_a_clarification_with_its_unit_is_sent_there(live: District, rumour: Clarification) -> None:
    unit = live.accounts["lead1"].unit_id
    Clarification.objects.filter(id=rumour.id).update(unit=unit)
    case, _receipt = about_rumour(live, rumour)
    does(live, "refer", case)
    assert live.accounts["lead1"].id in Entry.objects.get(kind="redress.referred").facts["accounts"]


def test_an_unsigned_clarification_is_nothing_to_ask_about(live: District) -> None:
    words = {"rumour": "要停水", "fact": "不停水。", "source": "水务局", "dated": "2026-11-29"}
    draft = remarks.draft_clarification(live.actor("editor"), words)
    for number in (draft.id, 10**17):
        with pytest.raises(Refused) as none:
            citizen_actions.subject(None, None, None, number)
        assert none.value.status == 404


# -- about a comment


@pytest.fixture
def comment(live: District, question: Question) -> Comment:
    row = questions.comment(question.id, {"display_name": "路人", "text": "张三丰是骗子。"})
    return remarks.screen_comment(live.actor("moderator"), "accept", row.id)


def about_comment(live: District, comment: Comment, **fields: str) -> tuple[Case, str]:
    what = citizen_actions.subject(None, None, comment_id=comment.id)
    receipt = citizen_actions.file(what, FORM | {"kind": "remove"} | fields).receipt
    case = citizen_actions.find(receipt)
    assert case is not None
    does(live, "take_up", case)
    return case, receipt


def test_a_comment_ends_as_taken_down_once_it_is_gone(live: District, comment: Comment) -> None:
    case, receipt = about_comment(live, comment)
    mine = published.mine(receipt)
    assert mine is not None and mine["about"]["url"].startswith(f"/questions/{comment.question_id}/")
    [row] = queries.cases(office(live))
    assert (row["comment"], row["title"], row["is_shown"]) == (comment.id, "张三丰是骗子。", True)
    assert queries.comment_of(office(live), case.id) == comment.id
    assert refused(live, "close_removed", case) == "is_covered"
    assert refused(live, "close_corrected", case) == "was_corrected", "nobody rewrites what a reader said"
    before = Question.objects.get(id=comment.question_id).comments
    remarks.remove_comment(live.actor("coordinator"), comment.id, {"code": "infringement"})
    assert Question.objects.get(id=comment.question_id).comments == before - 1
    assert does(live, "close_removed", case).state == "removed"
    with pytest.raises(Refused) as twice:
        remarks.remove_comment(live.actor("coordinator"), comment.id, {"code": "infringement"})
    assert (twice.value.status, twice.value.code) == (409, "state")
    with pytest.raises(Refused) as gone:
        citizen_actions.subject(None, None, comment_id=comment.id)
    assert gone.value.status == 404, "what is down need not be asked for again"


def test_a_comment_can_be_taken_down_but_not_corrected(live: District, comment: Comment) -> None:
    what = citizen_actions.subject(None, None, comment_id=comment.id)
    assert [code for code, _label in what.kinds] == ["remove"]
    with pytest.raises(InvalidFields) as error:
        citizen_actions.file(what, FORM)
    assert set(error.value.errors) == {"kind"}
    with pytest.raises(InvalidFields) as unnamed:
        remarks.remove_comment(live.actor("editor"), comment.id, {})
    assert set(unnamed.value.errors) == {"code"}


def test_a_comment_that_is_not_shown_is_nothing_to_ask_about(live: District, question: Question) -> None:
    waiting = questions.comment(question.id, {"display_name": "路人", "text": "还没有审核。"})
    for number in (waiting.id, 10**17):
        with pytest.raises(Refused) as none:
            citizen_actions.subject(None, None, comment_id=number)
        assert none.value.status == 404


# -- about a closing paper


@pytest.fixture
def paper(live: District, question: Question) -> Paper:
    live.hour_does("wrap", reason_code="other")
    return signed_paper(live, "compose", None, kind="summary")


def signed_paper(live: District, verb: str, old: int | None, **data: str) -> Paper:
    made: Any = wrapping.perform(live.actor("coordinator"), verb, old, data)
    wrapping.perform(live.actor("coordinator"), "submit_paper", made.id, {})
    wrapping.perform(live.actor("mayor"), "sign_paper", made.id, {})
    found: Paper = made
    return found


def about_paper(live: District, paper: Paper, **fields: str) -> tuple[Case, str]:
    what = citizen_actions.subject(None, None, paper_id=paper.id)
    receipt = citizen_actions.file(what, FORM | fields).receipt
    case = citizen_actions.find(receipt)
    assert case is not None
    does(live, "take_up", case)
    return case, receipt


def test_a_closing_paper_ends_as_corrected_once_a_correction_is_signed(live: District, paper: Paper) -> None:
    case, receipt = about_paper(live, paper)
    mine = published.mine(receipt)
    assert mine is not None
    address = "/hours/2026-11/papers/summary/1/"
    label = f"第 {live.hour.issue_no} 期小结，第 1 版"
    assert mine["about"] == {"url": address, "label": label}
    with translation.override("en"):
        english = published.mine(receipt)
    assert english is not None and english["about"]["label"].startswith(f"Office hour {live.hour.issue_no}, ")
    assert Entry.objects.get(kind="redress.filed").facts["paper"] == paper.id
    [row] = queries.cases(office(live))
    assert (row["paper"], row["paper_url"], row["title"]) == (paper.id, address, label)
    assert refused(live, "refer", case) == "has_unit"
    assert refused(live, "close_corrected", case) == "was_corrected"
    with clock.steer(START + timedelta(minutes=20)):
        signed_paper(live, "correct_paper", paper.id, note="写错了数字。")
        assert does(live, "close_corrected", case, reply="已更正。").state == "corrected"
    assert Entry.objects.filter(kind="redress.closed", facts__paper=paper.id).exists()


def test_a_closing_paper_ends_as_taken_down_once_two_people_did_so(live: District, paper: Paper) -> None:
    case, _receipt = about_paper(live, paper, kind="remove")
    assert refused(live, "close_removed", case) == "is_covered"
    taking_down.cover(live.actor("moderator"), "withhold", paper.id, {"code": "infringement"})
    assert refused(live, "close_removed", case) == "is_covered", "one person's covering is not the end of it"
    taking_down.cover(live.actor("coordinator"), "confirm_withhold", paper.id, {})
    assert does(live, "close_removed", case).state == "removed"
    with pytest.raises(Refused) as gone:
        citizen_actions.subject(None, None, paper_id=paper.id)
    assert gone.value.status == 404, "what is down need not be asked for again"


def test_an_unsigned_closing_paper_is_nothing_to_ask_about(live: District, paper: Paper) -> None:
    draft: Any = wrapping.perform(live.actor("coordinator"), "compose", None, {"kind": "transcript"})
    for number in (draft.id, 10**17):
        with pytest.raises(Refused) as none:
            citizen_actions.subject(None, None, paper_id=number)
        assert none.value.status == 404


def test_requests_about_papers_cost_one_query_however_many(
    live: District, paper: Paper, django_assert_num_queries: Any
) -> None:
    for number in range(4):
        about_paper(live, paper, form_key=f"p{number}")
    actor = office(live)
    with django_assert_num_queries(3):
        assert len(queries.cases(actor)) == 4


def test_requests_of_every_sort_cost_the_same(
    live: District,
    question: Question,
    rumour: Clarification,
    comment: Comment,
    django_assert_num_queries: Any,
) -> None:
    for number in range(4):
        filed(question, form_key=f"q{number}")
        about_rumour(live, rumour, form_key=f"c{number}")
        about_comment(live, comment, form_key=f"r{number}")
    actor = office(live)
    with django_assert_num_queries(4):
        assert len(queries.cases(actor)) == 12


def test_a_case_is_about_one_thing(
    live: District, question: Question, past: PastQuestion, rumour: Clarification, comment: Comment
) -> None:
    case, _receipt = filed(question)
    for more in ({"past": past}, {"clarification": rumour}, {"comment": comment}, {"question": None}):
        with pytest.raises(IntegrityError), transaction.atomic():
            Case.objects.filter(id=case.id).update(**more)
    with pytest.raises(Refused) as refused:
        citizen_actions.subject(None, None, 10**17)
    assert refused.value.status == 404


def test_only_the_office_reads_requests(live: District, question: Question) -> None:
    filed(question)
    for name in ("mayor", "inspector", "moderator", "stranger"):
        with pytest.raises(Refused) as refused:
            queries.cases(office(live, name))
        assert refused.value.status == 403
