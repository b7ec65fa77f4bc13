"""Handover list and closing papers: compiled from the record, signed by another, published in their present state."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import docx
import pytest

from tests.wrapping.conftest import DAY, ENDED, GOOD
from townhall.hours.models import Seat
from townhall.journal.models import Entry
from townhall.kernel import clock
from townhall.kernel.errors import InvalidFields, Refused
from townhall.people import actions as people
from townhall.people.models import Account, Office
from townhall.questions import citizen_actions
from townhall.questions.models import Question
from townhall.wrapping import actions, papers, published, queries, taking_down
from townhall.wrapping.models import Handover, Paper, PaperWithholding

if TYPE_CHECKING:
    from tests.wrapping.conftest import Wrapping


def words_of(data: bytes) -> str:
    document = docx.Document(io.BytesIO(data))
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(one.text for one in document.paragraphs), *cells])


def signed(ended: Wrapping, kind: str) -> Paper:
    paper = ended.does("coordinator", "compose", kind=kind)
    ended.does("coordinator", "submit_paper", paper)
    ended.does("mayor", "sign_paper", paper)
    paper.refresh_from_db()
    return paper


def test_an_hour_is_not_archived_while_a_promise_is_on_no_list(ended: Wrapping) -> None:
    assert queries.blocks_archiving(ended.district.hour) is None
    ended.promises("assigned")
    assert "1 项承诺没有移交" in str(queries.blocks_archiving(ended.district.hour))
    ended.district.hands_over()
    assert queries.blocks_archiving(ended.district.hour) is None


def test_a_list_says_what_is_late_of_leftovers_and_promises_alike(ended: Wrapping) -> None:
    ended.promises("assigned")
    actions.keep_backlogs()
    made = ended.does("coordinator", "compile")

    def late(days: int) -> set[tuple[str, int]]:
        with clock.steer(ENDED + days * DAY):
            told = queries.handover_rows(ended.district.actor("coordinator"), ended.district.hour, made.id)
        assert told is not None
        return {(row["kind"], row["number"]) for row in told["rows"] if row["late"]}

    numbers = {status: one.number for status, one in ended.questions.items()}
    open_ones = {("leftover", numbers[status]) for status in ("received", "accepted", "submitted")}
    assert late(7) == set()
    assert late(8) == open_ones
    with clock.steer(ENDED + 9 * DAY):
        ended.district.does("mayor", "sign", ended.questions["submitted"], version=1)
        actions.keep_backlogs()
    assert late(16) == open_ones | {("promise", numbers["assigned"])}


def test_a_list_after_archiving_reaches_no_former_inspector(ended: Wrapping) -> None:
    Seat.objects.filter(role="inspector").delete()
    former = people.create_account("former", "前督查", "a-long-enough-password")
    people.give_office(former, "inspector")
    Office.objects.filter(account=former).update(until=clock.now() - DAY)
    gone = people.create_account("gone", "已离职", "a-long-enough-password")
    people.give_office(gone, "inspector")
    Account.objects.filter(id=gone.id).update(is_active=False)
    ended.promises("assigned")
    made = ended.does("coordinator", "compile")
    ended.does("coordinator", "hand_over", made)
    told = Entry.objects.get(kind="handover.handed").facts["accounts"]
    assert told == [ended.district.accounts["inspector"].id]


def test_the_list_holds_leftovers_and_promises_each_on_one_list(ended: Wrapping) -> None:
    ended.promises("assigned")
    actions.keep_backlogs()
    first = ended.does("coordinator", "compile")
    assert sorted(first.rows.values_list("kind", flat=True)) == [
        "leftover",
        "leftover",
        "leftover",
        "promise",
    ]
    assert "交给督查室" in str(queries.blocks_archiving(ended.district.hour))
    ended.does("coordinator", "hand_over", first)
    assert queries.blocks_archiving(ended.district.hour) is not None
    ended.does("inspector", "sign_for", first)
    assert queries.blocks_archiving(ended.district.hour) is None
    with pytest.raises(Refused) as nothing:
        ended.does("coordinator", "compile")
    assert nothing.value.code == "nothing_left"
    question = ended.questions["accepted"]
    ended.district.does("moderator", "assign", question, lead=ended.district.groups[0].id)
    ended.promises("accepted")
    second = ended.does("coordinator", "compile")
    assert (second.number, list(second.rows.values_list("kind", flat=True))) == (2, ["promise"])


def test_a_returned_list_is_compiled_again(ended: Wrapping) -> None:
    one = ended.does("coordinator", "compile")
    ended.does("coordinator", "hand_over", one)
    with pytest.raises(InvalidFields):
        ended.does("inspector", "return_list", one)
    ended.does("inspector", "return_list", one, note="第2号的单位不对。")
    ended.does("coordinator", "compile")
    again = Handover.objects.get()
    assert (again.state, again.note, again.rows.count()) == ("compiled", "第2号的单位不对。", 4)


def test_who_hands_over_does_not_sign_for_it(ended: Wrapping) -> None:
    from townhall.hours import planning

    planning.give_seat(ended.district.hour, ended.district.accounts["coordinator"], "inspector")
    one = ended.does("coordinator", "compile")
    ended.does("coordinator", "hand_over", one)
    with pytest.raises(Refused) as refused:
        ended.does("coordinator", "sign_for", one)
    assert refused.value.code == "handed_by_another"


def test_the_printed_list_has_number_unit_and_day(ended: Wrapping) -> None:
    one = ended.does("coordinator", "compile")
    found = queries.handover_rows(ended.district.actor("inspector"), ended.district.hour, one.id)
    assert found is not None
    made = papers.handover(found, ended.district.hour, "docx")
    words = words_of(made.content)
    assert (
        f"第{ended.questions['assigned'].number}号" in words
        and "区教育局" in words
        and "2026年12月7日" in words
    )
    assert papers.handover(found, ended.district.hour, "pdf").content.startswith(b"%PDF")


def test_the_summary_begins_with_the_records_numbers(ended: Wrapping) -> None:
    paper = ended.does("coordinator", "compose", kind="summary")
    assert "共收到提问5个：当场答复1个" in paper.text and "还在办理4个" in paper.text
    ended.does("coordinator", "save", paper, text="小结的文字。")
    ended.does("coordinator", "submit_paper", paper)
    ended.does("mayor", "send_back_paper", paper, note="补充承诺。")
    paper.refresh_from_db()
    assert (paper.state, paper.note, published.papers(ended.district.hour.id)) == ("draft", "补充承诺。", [])
    ended.does("coordinator", "submit_paper", paper)
    ended.does("deputy", "sign_paper", paper)
    shown = published.paper(ended.district.hour, "summary")
    assert shown is not None
    assert (shown["text"], shown["signed_by"]) == ("小结的文字。", "deputy甲")


def test_nobody_signs_a_paper_they_wrote_or_changed(ended: Wrapping) -> None:
    from townhall.hours import planning

    for name in ("mayor", "deputy"):
        planning.give_seat(ended.district.hour, ended.district.accounts[name], "editor")
    paper = ended.does("mayor", "compose", kind="summary")
    ended.does("deputy", "save", paper, text="改过的文字。")
    ended.does("coordinator", "submit_paper", paper)
    for name in ("mayor", "deputy"):
        with pytest.raises(Refused) as refused:
            ended.does(name, "sign_paper", paper)
        assert refused.value.code == "author_is_not_signer"


def test_a_signed_paper_stays_and_a_correction_is_a_new_version(ended: Wrapping) -> None:
    first = signed(ended, "summary")
    with pytest.raises(Refused):
        ended.does("coordinator", "save", first, text="别的")
    second = ended.does("coordinator", "compose", kind="summary")
    assert second.number == 2
    assert published.papers(ended.district.hour.id)[0]["version"] == 1


def test_the_transcript_is_verbatim_and_never_serves_again_what_was_covered(ended: Wrapping) -> None:
    paper = signed(ended, "transcript")
    assert [one["answer_text"] for one in published.transcript(paper)] == [GOOD]
    assert GOOD in words_of(papers.closing(paper, "docx").content)
    question = ended.questions["published"]
    ended.district.does("mayor", "withhold", question, code="personal_data")
    assert [one["answer_text"] for one in published.transcript(paper)] == [""]
    covered = words_of(papers.closing(paper, "docx").content)
    assert GOOD not in covered and "依法撤下" in covered
    ended.district.does("coordinator", "confirm_withhold", question)
    ended.district.does("coordinator", "restore", question)
    longer = GOOD + "更正：登记延至8月25日。"
    ended.district.does("member1", "correct", question, text=longer)
    ended.district.does("mayor", "sign", question, version=2)
    [entry] = published.transcript(paper)
    assert (entry["answer_text"], entry["corrected"]) == (GOOD, True)


def test_a_paper_on_a_leaders_desk_bars_archiving(ended: Wrapping) -> None:
    paper = ended.does("coordinator", "compose", kind="summary")
    assert queries.blocks_archiving(ended.district.hour) is None
    ended.does("coordinator", "submit_paper", paper)
    assert queries.blocks_archiving(ended.district.hour) is not None


@pytest.mark.parametrize("data", [{}, {"kind": "novel"}, {"kind": ["summary"]}])
def test_an_unknown_kind_of_paper_is_named(ended: Wrapping, data: dict[str, object]) -> None:
    with pytest.raises(InvalidFields) as error:
        ended.does("coordinator", "compose", **data)
    assert set(error.value.errors) == {"kind"}


def test_unknown_things_and_verbs_do_not_exist(ended: Wrapping) -> None:
    for verb, thing in (("chase", 999_999), ("sign_for", 10**18), ("fly", 1), ("save", None)):
        with pytest.raises(Refused) as refused:
            ended.does("coordinator", verb, thing, text="字")
        assert refused.value.status == 404


@pytest.mark.both_databases
def test_the_database_itself_keeps_what_was_signed(ended: Wrapping) -> None:
    from django.db import DatabaseError, transaction

    paper = signed(ended, "summary")
    handover = ended.does("coordinator", "compile")
    ended.does("coordinator", "hand_over", handover)
    ended.does("inspector", "sign_for", handover)
    for rows in (Paper.objects.filter(id=paper.id), Handover.objects.filter(id=handover.id)):
        with pytest.raises(DatabaseError), transaction.atomic():
            rows.update(note="anders")


@pytest.mark.parametrize("how", ["withheld", "taken down", "withdrawn", "declined", "urgent"])
def test_a_paper_never_tells_again_of_a_question_that_is_no_longer_public(ended: Wrapping, how: str) -> None:
    """The summary's words were drafted from the record: titles, promises, and what people wrote on from there."""
    promised = ended.promises("assigned")
    accepted = ended.questions["accepted"]
    Question.objects.filter(id__in=[promised.id, accepted.id]).update(supports=5)
    Question.objects.filter(id=accepted.id).update(title="张三丰占了弄堂")
    paper = ended.does("coordinator", "compose", kind="summary")
    assert "张三丰占了弄堂" in paper.text and "12月15日前完成大门改造" in paper.text
    by_hand = "张三丰 占了弄堂的事已转城管。\n第２号说的弄堂，请绕行。\n感谢各位市民。"
    ended.does("coordinator", "save", paper, text=f"{paper.text}\n{by_hand}")
    ended.does("coordinator", "submit_paper", paper)
    ended.does("mayor", "sign_paper", paper)
    paper.refresh_from_db()
    assert published.words(paper) == paper.text
    gone = promised if how in {"withheld", "taken down"} else accepted
    if gone is promised:
        ended.district.does("mayor", "withhold", gone, code="personal_data")
        if how == "taken down":
            ended.district.does("coordinator", "confirm_withhold", gone)
        secret = ["12月15日前完成大门改造", f"第{gone.number}号"]
    else:
        assert accepted.number == 2
        secret = ["张三丰", "弄堂"]
        if how == "withdrawn":
            citizen_actions.withdraw(ended.district.receipt(gone))
        elif how == "declined":
            ended.district.does("moderator", "decline", gone, code="abusive")
        else:
            ended.district.does("clerk", "urgent", gone, handed_to="110")
    shown = published.paper(ended.district.hour, "summary")
    assert shown is not None
    for text in (shown["text"], words_of(papers.closing(paper, "docx").content)):
        assert not [one for one in secret if one in text]
        assert "不再公开" in text and "感谢各位市民。" in text and "共收到提问" in text
    [told] = [
        one
        for one in queries.papers(ended.district.actor("coordinator"), ended.district.hour)
        if one["known"]
    ]
    assert told["hidden"] >= 1
    second = ended.does("coordinator", "compose", kind="summary")
    assert not [one for one in secret if one in second.text]


def test_reading_a_paper_costs_the_same_however_many_questions_are_covered(
    ended: Wrapping, django_assert_num_queries: Any
) -> None:
    paper = signed(ended, "summary")
    with django_assert_num_queries(1):
        published.words(paper)
    for statuses in (["published"], ["accepted", "assigned", "submitted"]):
        for status in statuses:
            ended.district.does("mayor", "withhold", ended.questions[status], code="threat")
        with django_assert_num_queries(4):
            published.words(paper)


# -- corrected, covered, taken down


def corrected(ended: Wrapping, old: Paper, text: str = "") -> Paper:
    new = ended.does("coordinator", "correct_paper", old, note="学位数写错了，应为40个。")
    if text:
        ended.does("coordinator", "save", new, text=text)
    ended.does("coordinator", "submit_paper", new)
    ended.does("mayor", "sign_paper", new)
    new.refresh_from_db()
    return new


def shown(ended: Wrapping, version: int | None = None) -> dict[str, Any]:
    found = published.paper(ended.district.hour, "summary", version)
    assert found is not None
    return found


def covers(ended: Wrapping, name: str, verb: str, paper: Paper, **data: Any) -> Paper:
    return taking_down.cover(ended.district.actor(name), verb, paper.id, data)


def test_a_correction_begins_with_the_signed_words_and_says_why(ended: Wrapping) -> None:
    first = ended.does("coordinator", "compose", kind="summary")
    ended.does("coordinator", "save", first, text="小结的文字，学位30个。")
    ended.does("coordinator", "submit_paper", first)
    ended.does("mayor", "sign_paper", first)
    with pytest.raises(InvalidFields) as error:
        ended.does("coordinator", "correct_paper", first)
    assert set(error.value.errors) == {"note"}
    draft = ended.does("coordinator", "correct_paper", first, note="学位数写错了，应为40个。")
    assert (draft.text, draft.number, draft.state) == ("小结的文字，学位30个。", 2, "draft")
    assert shown(ended)["version"] == 1, "a draft corrects nothing yet"
    with pytest.raises(Refused) as again:
        ended.does("coordinator", "correct_paper", first, note="再改。")
    assert again.value.code == "is_newest"
    ended.does("coordinator", "save", draft, text="小结的文字，学位40个。")
    ended.does("coordinator", "submit_paper", draft)
    ended.does("mayor", "sign_paper", draft)
    now, before = shown(ended), shown(ended, 1)
    assert (now["text"], now["reason"]) == ("小结的文字，学位40个。", "学位数写错了，应为40个。")
    assert [old["version"] for old in now["replaces"]] == [1] and now["replaced_by"] is None
    assert (before["text"], before["replaced_by"]["version"]) == ("小结的文字，学位30个。", 2)
    told = Entry.objects.get(kind="closing.corrected")
    assert (told.subject_id, told.facts["into"]) == (first.id, draft.id)
    assert published.paper(ended.district.hour, "summary", 3) is None


def test_a_correction_does_not_take_over_what_nobody_may_read(ended: Wrapping) -> None:
    ended.promises("assigned")
    first = signed(ended, "summary")
    assert "12月15日前完成大门改造" in first.text
    ended.district.does("mayor", "withhold", ended.questions["assigned"], code="personal_data")
    new = corrected(ended, first)
    assert "12月15日前完成大门改造" not in new.text and "共收到提问" in new.text
    assert shown(ended)["text"] == new.text, "nothing is left to hide"


def test_a_paper_is_covered_by_one_person_at_once_and_taken_down_by_a_second(ended: Wrapping) -> None:
    paper = signed(ended, "summary")
    for code in ("", "dislike", None, ["minor"]):
        with pytest.raises(InvalidFields) as wrong:
            covers(ended, "moderator", "withhold", paper, code=code)
        assert set(wrong.value.errors) == {"code"}
    covers(ended, "moderator", "withhold", paper, code="infringement")
    told = Entry.objects.get(kind="closing.withheld").facts["accounts"]
    people = ended.district.accounts
    assert people["coordinator"].id in told and people["moderator"].id not in told
    assert (shown(ended)["text"], shown(ended)["withheld"]) == ("", "pending")
    assert shown(ended)["withhold_label"] == "侵权投诉成立"
    with pytest.raises(Refused) as file:
        published.file(ended.district.hour.id, "summary", "docx")
    assert file.value.status == 404
    assert published.paper_addresses() == []
    with pytest.raises(Refused) as alone:
        covers(ended, "moderator", "confirm_withhold", paper)
    assert alone.value.code == "by_another"
    covers(ended, "moderator", "restore", paper)
    assert shown(ended)["text"] == paper.text
    covers(ended, "mayor", "withhold", paper, code="minor")
    covers(ended, "coordinator", "confirm_withhold", paper)
    assert (shown(ended)["text"], shown(ended)["withheld"]) == ("", "confirmed")
    with pytest.raises(Refused) as final:
        covers(ended, "coordinator", "restore", paper)
    assert (final.value.status, final.value.code) == (409, "state")


def test_a_passage_goes_with_every_version_that_has_it(ended: Wrapping) -> None:
    """Covering the newest covers those before it; a new version signed without the passage is read."""
    first = ended.does("coordinator", "compose", kind="summary")
    ended.does("coordinator", "save", first, text="张三丰说了谎。感谢各位。")
    ended.does("coordinator", "submit_paper", first)
    ended.does("mayor", "sign_paper", first)
    second = corrected(ended, first, "张三丰说谎。感谢各位。")
    covers(ended, "moderator", "withhold", second, code="infringement")
    assert not [one for one in (None, 1, 2) if "张三丰" in str(shown(ended, one))]
    third = corrected(ended, second, "感谢各位。")
    assert shown(ended)["text"] == "感谢各位。"
    with pytest.raises(Refused) as later:
        covers(ended, "moderator", "restore", first)
    assert later.value.code == "later_is_covered"
    covers(ended, "coordinator", "confirm_withhold", second)
    assert [shown(ended, one)["withheld"] for one in (1, 2, 3)] == ["confirmed", "confirmed", None]
    assert third.number == 3


def test_what_was_covered_for_itself_stays_covered_when_a_later_version_is_shown_again(
    ended: Wrapping,
) -> None:
    first = signed(ended, "summary")
    covers(ended, "moderator", "withhold", first, code="infringement")
    second = corrected(ended, first, "感谢各位。")
    covers(ended, "moderator", "withhold", second, code="minor")
    assert shown(ended)["reason"] == "" and shown(ended, 1)["replaced_by"]["reason"] == ""
    covers(ended, "moderator", "restore", second)
    assert shown(ended)["text"] == "感谢各位。" and shown(ended)["reason"]
    assert (shown(ended, 1)["text"], shown(ended, 1)["withheld"]) == ("", "pending")


def test_the_note_of_a_correction_tells_no_more_of_a_question_that_is_no_longer_public(
    ended: Wrapping,
) -> None:
    first = signed(ended, "summary")
    new = ended.does(
        "coordinator", "correct_paper", first, note=f"第{ended.questions['published'].number}号写错了。"
    )
    ended.does("coordinator", "submit_paper", new)
    ended.does("mayor", "sign_paper", new)
    assert "写错了" in shown(ended)["reason"] and "写错了" in shown(ended, 1)["replaced_by"]["reason"]
    ended.district.does("mayor", "withhold", ended.questions["published"], code="personal_data")
    assert (shown(ended)["reason"], shown(ended, 1)["replaced_by"]["reason"]) == ("", "")


def test_only_a_signed_paper_of_ones_own_hour_is_covered(ended: Wrapping) -> None:
    draft = ended.does("coordinator", "compose", kind="summary")
    for name, verb, number, status in (
        ("moderator", "withhold", draft.id, 409),
        ("moderator", "fly", draft.id, 404),
        ("moderator", "withhold", 10**17, 404),
        ("lead1", "withhold", draft.id, 403),
        ("mayor", "restore", draft.id, 403),
    ):
        with pytest.raises(Refused) as refused:
            taking_down.cover(ended.district.actor(name), verb, number, {"code": "minor"})
        assert refused.value.status == status, (name, verb)


@pytest.mark.both_databases
def test_the_database_itself_wants_a_second_person(ended: Wrapping) -> None:
    from django.db import DatabaseError, transaction

    paper = signed(ended, "summary")
    covers(ended, "mayor", "withhold", paper, code="minor")
    rows = PaperWithholding.objects.filter(paper=paper)
    with pytest.raises(DatabaseError), transaction.atomic():
        rows.update(confirmed_by=ended.district.accounts["mayor"], confirmed_at=ENDED)
