"""Findings are kept with a draft and told in the language of whoever reads it."""

from typing import Any

from django.utils import translation

from tests.fixtures import District
from townhall.questions import queries

HURRIED = "您好！区教育局已到现场查看，会尽快完成大门改造。"


def findings(live: District, question: Any) -> dict[str, str]:
    shown = queries.present_staff(live.actor("mayor"), [question])[0]
    return {one["code"]: one["message"] for one in shown["draft"]["findings"]}


def test_a_draft_saved_in_english_is_read_in_chinese_and_back(live: District) -> None:
    question = live.walk("assigned")
    promise = {"text": "完成大门改造", "unit": live.units[0].id, "due": "2028-02-29"}
    with translation.override("en"):
        question = live.does(
            "member1", "draft", question, text=HURRIED, outcome="promised", commitments=[promise]
        )
        in_english = findings(live, question)
    in_chinese = findings(live, question)
    assert set(in_english) == set(in_chinese) >= {"vague_time", "due_in_unknown_year"}
    assert "尽快" in in_english["vague_time"]
    assert "“尽快”没有日期" in in_chinese["vague_time"]
    assert in_chinese["due_in_unknown_year"].startswith("2028-02-29 所在年份")
    assert in_english["due_in_unknown_year"].startswith("The holidays")
