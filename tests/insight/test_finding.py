"""Searching answered questions: in any order, the same on both databases, never what may not be read."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from townhall.history import actions as history_actions
from townhall.history import importing
from townhall.history.models import PastQuestion
from townhall.insight import excerpts, finding, indexing, matching
from townhall.insight.actions import Keeper, keep_index, keep_past, set_synonyms, synonyms
from townhall.insight.models import Document
from townhall.insight.words import sought_words, spell
from townhall.kernel.errors import InvalidFields, Refused
from townhall.questions.models import Question

if TYPE_CHECKING:
    from pathlib import Path

    from tests.fixtures import District

pytestmark = pytest.mark.both_databases


def answered(live: District, text: str, answer: str = "") -> Question:
    question = live.walk("assigned", live.ask(text))
    words = answer or "您好，区教育局已于11月20日公布方案，电话 5555 0123。"
    question = live.does("member1", "draft", question, text=words, outcome="answered")
    question = live.does("member1", "submit", question)
    return live.does("mayor", "sign", question, version=question.draft_version)


def found(words: str) -> list[int]:
    return [one["id"] for one in finding.find(words)]


def test_words_are_found_in_any_order_and_the_best_come_first(live: District) -> None:
    zoning = answered(live, "湖滨小学的划片学区今年怎么定？")
    both = answered(live, "学区房划片有没有变化，什么时候公布？")
    other = answered(live, "路口的红绿灯时间太短，老人过不去。")
    keep_index()
    assert found("学区房划片") == [both.id, zoning.id]
    assert found("红绿灯") == [other.id]
    assert found("ＨＵ 红绿灯") == [other.id]


def test_the_answer_is_searched_too_and_a_correction_replaces_it(live: District) -> None:
    question = answered(live, "公交车什么时候加密？", "您好，12 路公交将于12月1日起加密到八分钟一班。")
    keep_index()
    assert found("八分钟一班") == [question.id]
    question = live.does(
        "member1", "correct", question, text="您好，12 路公交将于12月1日起加密到十分钟一班。", note="更正"
    )
    live.does("mayor", "sign", question, version=question.draft_version)
    keep_index()
    assert found("十分钟") == [question.id]
    assert found("八分钟") == []


def test_what_is_covered_is_not_found_at_once_and_leaves_the_index(live: District) -> None:
    question = answered(live, "小区东门的垃圾房什么时候搬走？")
    keeper = Keeper()
    while keeper.turn():
        pass
    assert found("垃圾房") == [question.id]
    live.does("moderator", "withhold", question, code="personal_data")
    assert found("垃圾房") == []
    assert keeper.turn() == 1
    assert not Document.objects.exists()
    live.does("moderator", "restore", question, note="误判")
    assert keeper.turn() == 1
    assert found("垃圾房") == [question.id]
    assert keeper.turn() == 0


def test_what_is_masked_or_not_answered_is_not_found(live: District) -> None:
    answered(live, "我的手机是13800138000，请联系我谈装电梯。")
    live.walk("assigned", live.ask("没有答复的问题：池塘太脏。"))
    keep_index()
    assert found("13800138000") == []
    assert found("池塘") == []
    assert len(found("电梯")) == 1


@pytest.mark.parametrize(
    "words", ["", "，。？！", "'\" OR 1=1 --", "*", "\x00", "a" * 10_000, "NOT NEAR(", "😀", "%_"]
)
def test_any_search_is_answered(live: District, words: str) -> None:
    answered(live, "路灯坏了三天，什么时候修好？")
    keep_index()
    assert found(words) == []


def test_one_character_is_enough(live: District) -> None:
    question = answered(live, "路灯坏了三天，什么时候修好？")
    keep_index()
    assert found("灯") == [question.id]
    assert found("井") == []


def test_a_search_costs_the_same_however_much_there_is(
    live: District, django_assert_num_queries: Any
) -> None:
    answered(live, "路灯坏了三天，什么时候修好？")
    keep_index()
    with django_assert_num_queries(10):
        assert len(finding.find("路灯 三天")) == 1
    for number in range(4):
        answered(live, f"第{number}条街的路灯坏了三天，什么时候修好？")
    keep_index()
    with django_assert_num_queries(10):
        assert len(finding.find("路灯 三天")) == 5


def past(folder: Path, *rows: tuple[str, str, str]) -> list[int]:
    """Imported questions: text, answer, day; indexed."""
    out = io.StringIO()
    csv.writer(out).writerows([("问题", "答复", "答复日期"), *rows])
    (folder / "past.csv").write_text(out.getvalue())
    importing.run(importing.plan(folder / "past.csv", source="区长信箱"), folder / "back.csv")
    keep_past(0)
    return list(PastQuestion.objects.order_by("id").values_list("id", flat=True))


def places(found: finding.Found) -> list[tuple[str, int]]:
    return [(one["kind"], one["item"]["id"]) for one in found.items]


def test_own_and_imported_are_found_together_the_whole_first_then_the_newest(
    live: District, tmp_path: Path
) -> None:
    own = answered(live, "湖滨小学的划片学区今年怎么定？")
    keep_index()
    old, half, older = past(
        tmp_path, ("学区房划片公布了吗？", "已公布。", "2014-05-01"), ("买学区房要注意什么？", "请看合同。", "2020-05-01"),
        ("学区房怎样划片？", "按就近入学。", "2012-05-01"),
    )  # fmt: skip
    found = finding.search(finding.Wanted("学区房划片"))
    assert places(found) == [("own", own.id), ("past", old), ("past", older), ("past", half)]
    assert not found.full


def test_lists_are_narrowed_by_year_unit_subject_area_outcome_and_hour(
    live: District, tmp_path: Path
) -> None:
    question = live.walk("published")
    live_one = ("own", question.id)
    keep_index()
    (old,) = past(tmp_path, ("幼儿园报名？", "请看通知。", "2014-05-01"))
    hour = PastQuestion.objects.get().hour_id
    cases: list[tuple[dict[str, Any], list[tuple[str, int]]]] = [
        ({}, [live_one, ("past", old)]),
        ({"year": 2014}, [("past", old)]),
        ({"year": 2026}, [live_one]),
        ({"unit": "区教育局"}, [live_one]),
        ({"unit": "区住建局"}, []),
        ({"outcome": "answered"}, [live_one]),
        ({"subject": "education"}, []),
        ({"area": "澄湖镇"}, []),
        ({"hour": indexing.own_hour(live.hour.id)}, [live_one]),
        ({"hour": indexing.past_hour(hour)}, [("past", old)]),
    ]
    for narrowed, expected in cases:
        assert places(finding.search(finding.Wanted("幼儿园", **narrowed))) == expected, narrowed
    assert places(finding.search(finding.Wanted(year=2014))) == [("past", old)]


def test_synonyms_are_found_too_and_marked(live: District, tmp_path: Path) -> None:
    (old,) = past(tmp_path, ("对口入学的范围在哪里看？", "在区教育局网站。", "2014-05-01"))
    assert finding.search(finding.Wanted("划片")).items == []
    set_synonyms(live.actor("coordinator"), ["划片，对口入学、学区划分", "", "公交 巴士"])
    found = finding.search(finding.Wanted("划片"))
    assert places(found) == [("past", old)]
    assert ("对口入学", True) in found.items[0]["text"]
    assert [one["words"] for one in synonyms()] == [["划片", "对口入学", "学区划分"], ["公交", "巴士"]]


@pytest.mark.parametrize("line", ["单独", "甲 乙", "x" * 21 + " 公交", "公交 巴士", "，。 公交"])
def test_a_synonym_that_is_none_is_refused_by_its_line(live: District, line: str) -> None:
    with pytest.raises(InvalidFields) as wrong:
        set_synonyms(live.actor("coordinator"), ["公交 公共汽车", line])
    assert "第 2 行" in str(wrong.value.errors["words"]) or line == "，。 公交"
    assert synonyms() == []


def test_only_the_office_keeps_synonyms(live: District) -> None:
    with pytest.raises(Refused) as refused:
        set_synonyms(live.actor("member1"), ["公交 巴士"])
    assert refused.value.status == 403


def test_what_was_imported_follows_its_withholding_at_the_next_turn(live: District, tmp_path: Path) -> None:
    keeper = Keeper()
    while keeper.turn():
        pass
    out = tmp_path / "past.csv"
    out.write_text("问题,答复,答复日期\n垃圾房搬走了吗？,搬了。,2014-05-01\n")
    importing.run(importing.plan(out), tmp_path / "back.csv")
    assert keeper.turn() == 1
    (one,) = PastQuestion.objects.all()
    assert places(finding.search(finding.Wanted("垃圾房"))) == [("past", one.id)]
    history_actions.perform(live.actor("coordinator"), "withhold", one.id, {"code": "minor"})
    assert finding.search(finding.Wanted("垃圾房")).items == []
    assert keeper.turn() == 1
    assert not Document.objects.exists()


def test_what_is_found_is_marked_and_cut_around_it() -> None:
    assert excerpts.pieces("学区<b>划片</b>", ["划片"]) == [
        ("学区<b>", False),
        ("划片", True),
        ("</b>", False),
    ]
    cut = excerpts.passage("一" * 200 + "划片" + "二" * 200, ["划片"], 60)
    assert cut.startswith("…一")
    assert cut.endswith("二…")
    assert "划片" in cut
    assert len(cut) == 62


def holds(needed: matching.Needed | None, there: set[str]) -> bool:
    """Whether a document with these words has what is needed."""
    if needed is None:
        return True
    if isinstance(needed, matching.Term):
        return needed.word in there
    held = [holds(part, there) for part in needed.parts]
    return all(held) if needed.all_of_them else any(held)


@given(
    lengths=st.lists(st.integers(1, 6), max_size=matching.MOST_TERMS),
    chosen=st.sets(st.integers(0, matching.MOST_TERMS - 1)),
)
def test_half_of_the_words_is_enough_and_less_is_not(lengths: list[int], chosen: set[int]) -> None:
    words = [chr(0x4E00 + place) * length for place, length in enumerate(lengths)]
    terms = [matching.Term(word, ((spell(word),),), (word,)) for word in words]
    there = {word for place, word in enumerate(words) if place in chosen}
    assert holds(matching.enough(terms), there) == (2 * len("".join(there)) >= len("".join(words)))


def test_half_of_many_words_is_asked_shortly() -> None:
    words = ["学区", "划片", "路灯", "公交", "电梯", "噪声", "托班", "工地"]
    terms = [matching.Term(word, ((spell(word),),), (word,)) for word in words]
    asked = matching.expression(matching.enough(terms), [], both=" AND ", either=" OR ")
    assert sum(asked.count(spell(word)) for word in words) == 48


@given(words=st.text(max_size=120))
def test_no_more_words_are_sought_than_a_database_bears(words: str) -> None:
    assert len(matching.terms(words)) <= matching.MOST_TERMS


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(word=st.text(min_size=1, max_size=20))
def test_a_spelt_word_is_one_word_to_any_database_and_no_two_are_alike(word: str) -> None:
    word = word.encode("utf-8", "replace").decode()
    spelt = spell(word)
    assert spelt.isascii()
    assert spelt.isalpha()
    assert spelt == spelt.lower()
    assert (
        bytes.fromhex(spelt[1:].translate(str.maketrans("abcdefghijklmnop", "0123456789abcdef"))).decode()
        == word
    )


@given(text=st.text(max_size=60))
def test_words_of_any_text_are_words(text: str) -> None:
    for word in sought_words(text):
        assert 0 < len(word) <= 20
        assert not word.isspace()
