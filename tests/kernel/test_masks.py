"""Personal data is found and covered; office land-lines and everything else stay as written."""

from __future__ import annotations

import gzip
import json
import random
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools import messages, planting
from tests.tools.planting import PLANTS, land_line
from townhall.kernel.masks import Found, child_hints, find, mask

WORDS = "我家楼上漏水物业一直不管请问区里怎么处理小区门口停车难公交站太远孩子上学不方便"


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("电话13800138000谢谢", "电话138****8000谢谢"),
        ("138-0013-8000", "138-****-8000"),
        ("138 0013 8000", "138 **** 8000"),
        ("138.0013.8000", "138.****.8000"),
        ("１３８００１３８０００", "１３８****８０００"),
        ("1 3 8 0 0 1 3 8 0 0 0", "1 3 8 * * * * 8 0 0 0"),
        ("+86 13800138000", "+86 138****8000"),
        ("8613800138000", "86138****8000"),
        ("013800138000", "0138****8000"),
        ("13800138000 13900139000", "138****8000 139****9000"),
        ("身份证11010519491231002X。", "身份证110105********002X。"),
        ("110105 19491231 002x", "110105 ******** 002x"),
        # A digit mistyped is a person all the same.
        ("身份证110105194912310021", "身份证110105********0021"),
        ("我的是110105194912310021", "我的是110105********0021"),
        ("身份证号：110105202012310021", "身份证号：110105********0021"),
        ("138\u200b0013\u200b8000", "138\u200b****\u200b8000"),
        ("１１０１０５１９４９１２３１００２Ｘ", "１１０１０５********００２Ｘ"),
        ("卡号4111111111111111", "卡号************1111"),
        ("卡号4111 1111 1111 1111", "卡号**** **** **** 1111"),
        ("沪A12345逆行", "沪A*****逆行"),
        ("沪A·12345", "沪A·*****"),
        ("沪AD12345", "沪A******"),
        ("苏e2g81c", "苏e*****"),
        ("粤B12345警", "粤B******"),
        ("联系zhang.san@example.com", "联系z********@example.com"),
        ("a@b.cn", "*@b.cn"),
    ],
)
def test_covered(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "电话021-64121234转8001",
        "(021)64121234",
        "021 6412 1234",
        "请拨64121234或64121235",
        "400-820-8820，8008208820",
        "拨打12345、110、12348",
        "+86-21-64121234",
        "2018年6月2日15点30分",
        "2018-06-02 15:30:00",
        "工单2018060212345678",
        "面积15000.50平方米，造价1380万元",
        "编号110105202012310022",  # wrong checksum, nothing says what it is, and nobody was born then
        "卡号4111111111111112",  # wrong check digit
        "新ABCDE方案，京沪高铁G12345次",
        "12800138000",  # no mobile begins with 12
        "138001380001",
        "沪闵路1234弄56号78室",
        "费用180 2018-06-02",
        "138****8000",
        "@区长 请看",
        "",
    ],
)
def test_spared(text: str) -> None:
    assert find(text) == []
    assert mask(text) == text


def test_a_piece_tells_kind_and_place() -> None:
    assert find("请打13800138000") == [Found("mobile", 2, 13, "13800138000")]
    kinds = [
        one.kind for one in find("沪A12345，a1@qq.com，4111111111111111，11010519491231002X，13800138000")
    ]
    assert kinds == ["plate", "email", "bank_card", "id_number", "mobile"]


# --- planted in text ---


@given(
    st.text(alphabet=WORDS + "，。！ \n"),
    st.sampled_from(sorted(PLANTS)),
    st.integers(0, 2**32),
    st.text(WORDS),
)
def test_what_is_planted_is_found_and_covered(before: str, kind: str, seed: int, after: str) -> None:
    planted = PLANTS[kind](random.Random(seed))
    text = f"{before}{planted}，{after}"
    found = find(text)
    assert [(one.kind, one.text) for one in found] == [(kind, planted)]
    masked = mask(text)
    assert len(masked) == len(text)
    assert planted not in masked
    assert find(masked) == []


@given(st.text(alphabet=WORDS + "，。 "), st.integers(0, 2**32), st.text(WORDS))
def test_land_lines_stay(before: str, seed: int, after: str) -> None:
    text = f"{before}{land_line(random.Random(seed))}，{after}"
    assert mask(text) == text


@given(st.text())
def test_any_text_is_masked_without_changing_length(text: str) -> None:
    masked = mask(text)
    assert len(masked) == len(text)
    assert all(new in (old, "*") for old, new in zip(text, masked, strict=True))


def test_rates_on_messages(message_files: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with gzip.open(message_files / messages.MESSAGES, "rt", encoding="utf-8") as stored:
        texts = [row["text"] for row in map(json.loads, stored) if row["text"]]
    measured = planting.rates(texts[: planting.MOST])
    with capsys.disabled():
        print(f"\nmasks on {len(texts)} messages: {measured}")
    assert measured.is_met


@pytest.mark.parametrize(
    "text", ["1" * 12_220, "1 " * 6_000, "138  " * 2_400, "a." * 6_000 + "@", "a@a" + "-a" * 6_000]
)
def test_hostile_text_does_not_stall(text: str) -> None:
    started = time.process_time()
    mask(text)
    assert time.process_time() - started < 1


# --- a child's name, school and class ---


@pytest.mark.parametrize(
    ("text", "hints"),
    [
        (
            "我儿子王小明在阳光小学三年级（2）班读书",
            [("child_name", "王小明"), ("school", "阳光小学"), ("class", "三年级（2）班")],
        ),
        ("女儿叫小雨，今年六岁", [("child_name", "小雨")]),
        ("我女儿在澄湖幼儿园中班", [("school", "澄湖幼儿园"), ("class", "中班")]),
        ("学生姓名：李思涵，七年级4班", [("child_name", "李思涵"), ("class", "七年级4班")]),
        (
            "孩子欧阳明轩在城东中学高二（5）班",
            [("child_name", "欧阳明轩"), ("school", "城东中学"), ("class", "高二（5）班")],
        ),
        (
            "My son Tom Smith is in Grade 3 Class 2 at Lake Primary School.",
            [("child_name", "Tom Smith"), ("class", "Grade 3 Class 2"), ("school", "Lake Primary School")],
        ),
        ("城北小学门口堵车，孩子上学不安全", []),
        ("孩子高考结束了，高中怎么报名", []),
        ("三年级学生作业多", []),
        ("女儿应该几岁上学？", []),
        ("", []),
    ],
)
def test_hints_about_a_child(text: str, hints: list[tuple[str, str]]) -> None:
    found = child_hints(text)
    assert [(one.kind, one.text) for one in found] == hints
    assert all(text[one.start : one.end] == one.text for one in found)
