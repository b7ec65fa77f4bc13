"""A short list of words: points at what must not be read past, and at next to nothing else."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools import messages
from townhall.questions import word_hints
from townhall.questions.word_hints import find, summary

# A list that points at more than one message in a hundred is soon read past.
MOST_POINTED_AT = 0.01


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("再不解决我就不想活了", "self_harm"), ("I want to kill myself", "self_harm"), ("我要跟你们同归于尽", "threat"),
        ("你这个王八蛋", "insult"), ("办理请加微信", "advert"), ("代开发票，价格优惠", "advert"),
    ],
)  # fmt: skip
def test_what_must_not_be_read_past_is_pointed_at(text: str, category: str) -> None:
    assert [hint.category for hint in find(text)] == [category]


@pytest.mark.parametrize(
    "text",
    [
        "一个年轻生命就这样没了", "人畜生存受到威胁", "没爹妈的孩子", "变压器炸了，停电两天", "油锅炸了锅",
        "小区楼上漏水，物业不管", "微信支付不能用", "请问学位怎么申请", "",
    ],
)  # fmt: skip
def test_everyday_words_are_left_alone(text: str) -> None:
    assert find(text) == []


def test_each_category_is_said_once_the_gravest_first() -> None:
    said = summary("王八蛋，加微信！我不想活了，活不下去，王八蛋")
    assert [(one["category"], one["words"]) for one in said] == [
        ("self_harm", "不想活、活不下去"), ("insult", "王八蛋"), ("advert", "加微信"),
    ]  # fmt: skip


@given(st.text())
def test_places_are_true(text: str) -> None:
    assert all(text[hint.start : hint.end] == hint.text for hint in find(text))
    assert {hint.category for hint in find(text)} <= set(word_hints.LABELS)


def test_hardly_any_real_message_is_pointed_at(message_files: Path) -> None:
    with gzip.open(message_files / messages.MESSAGES, "rt", encoding="utf-8") as stored:
        texts = [f"{row['title']}\n{row['text']}" for row in map(json.loads, stored)]
    assert sum(bool(find(text)) for text in texts) <= MOST_POINTED_AT * len(texts)
