"""Questions like this one."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from townhall.insight import similar

if TYPE_CHECKING:
    from tests.fixtures import District


@pytest.fixture(autouse=True)
def _no_memory() -> None:
    """Tests roll their rows back, so ids come again; an installation's never do."""
    similar.forget()


def test_the_same_matter_in_other_words_is_found_and_another_matter_is_not(live: District) -> None:
    first = live.ask("澄湖路幼儿园明年秋季托班还有没有学位，报名从哪天开始？")
    live.ask("公交 12 路末班车太早，晚上下班没有车回家，能不能延长？")
    again = live.ask("想问澄湖路幼儿园托班秋季学位和报名时间。")
    found = similar.similar(live.actor("moderator"), again)
    assert [one["id"] for one in found] == [first.id]
    assert found[0]["score"] >= similar.LIKENESS


def test_a_question_asked_later_is_found_too(live: District) -> None:
    first = live.ask("小区加装电梯补贴标准是多少？怎么申请补贴？")
    assert similar.similar(live.actor("moderator"), first) == []
    second = live.ask("加装电梯的补贴标准，申请补贴去哪里？")
    assert [one["id"] for one in similar.similar(live.actor("moderator"), first)] == [second.id]


def test_new_questions_are_added_without_weighing_every_word_again(live: District) -> None:
    asked = [
        live.ask(f"第{n}小区{matter}什么时候办？")
        for n, matter in enumerate(("加装电梯", "修补路面", "增设路灯", "疏通雨水管"))
    ]
    similar.scores(live.hour.id, "", "加装电梯")
    weighed = similar._cache[live.hour.id].vectorizer
    later = live.ask("我们楼加装电梯什么时候办？")
    found = similar.scores(live.hour.id, later.title, later.text, without=later.id)
    assert [one for one, _score in found] == [asked[0].id]
    assert later.id in [one for one, _score in similar.scores(live.hour.id, "", "加装电梯什么时候办")]
    assert similar._cache[live.hour.id].vectorizer is weighed
    for n in range(5):
        live.ask(f"路口{n}的斑马线看不清，何时重新划线？")
    similar.scores(live.hour.id, "", "斑马线")
    assert similar._cache[live.hour.id].vectorizer is not weighed


def test_the_unit_complained_about_is_not_shown_the_complaint(live: District) -> None:
    complaint = live.ask("教育局入学审核窗口工作人员态度恶劣，推来推去。")
    live.does("moderator", "flag", complaint, about_official=True, unit=live.units[0].id)
    other = live.ask("教育局入学审核窗口工作人员态度恶劣，推来推去，怎么办？")
    assert similar.similar(live.actor("moderator"), other)
    assert similar.similar(live.actor("member1"), other) == []
