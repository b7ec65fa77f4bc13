"""Personal data is found and covered; office land-lines and everything else stay as written."""

from __future__ import annotations

import gzip
import json
import random
import string
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tools import messages
from townhall.kernel.masks import Found, child_hints, find, mask

FULL_WIDTH = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")
SEPARATORS = ["", " ", "-", ".", "－", "\u3000", " - "]
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
        "身份证110105194912310021",  # wrong checksum
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


def mobile(chance: random.Random) -> str:
    return f"1{chance.randint(3, 9)}{chance.randint(0, 10**9 - 1):09d}"


def identity(chance: random.Random) -> str:
    digits = f"{chance.choice(['110105', '310112', '430102', '650104'])}{chance.randint(1930, 2020)}"
    digits += f"{chance.randint(1, 12):02d}{chance.randint(1, 28):02d}{chance.randint(0, 999):03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True))
    return digits + "10X98765432"[total % 11]


def card(chance: random.Random) -> str:
    body = f"62{chance.randint(0, 10**14 - 1):014d}"[: chance.choice([15, 16])]
    doubled = [int(digit) * (2 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body))]
    return body + str(-sum(value - 9 if value > 9 else value for value in doubled) % 10)


def plate(chance: random.Random) -> str:
    serial = "".join(chance.choices(string.digits, k=4)) + chance.choice("ABCDEFGHJK0123456789")
    return chance.choice("沪苏浙京粤湘") + chance.choice("ABCDEFGHJK") + chance.choice(["", "D"]) + serial


def email(chance: random.Random) -> str:
    return (
        "".join(chance.choices(string.ascii_lowercase + string.digits, k=8))
        + "@"
        + chance.choice(["qq.com", "163.com"])
    )


def land_line(chance: random.Random) -> str:
    number = f"{chance.randint(2, 8)}{chance.randint(0, 10**7 - 1):07d}"
    return chance.choice(
        [
            number,
            f"021-{number}",
            f"(021){number}",
            f"0731 {number}",
            f"021-{number[:4]} {number[4:]}",
            f"+86-10-{number}",
            f"400-{number[:3]}-{number[3:7]}",
            f"800{number[:7]}",
            "12345",
            f"{number}转{number[:4]}",
            f"0512-{number[:7]}",
        ]
    )


def written(chance: random.Random, digits: str) -> str:
    """As people write it: grouped with a separator, or in full width, or plain."""
    manner = chance.randrange(4)
    if manner == 0:
        return digits
    if manner == 1:
        return digits.translate(FULL_WIDTH)
    separator = chance.choice(SEPARATORS)
    cuts = {11: (3, 7), 18: (6, 14)}.get(len(digits), (4, 8, 12, 16))
    groups = [
        digits[start:end]
        for start, end in zip((0, *cuts), (*cuts, len(digits)), strict=True)
        if digits[start:end]
    ]
    return (separator if manner == 2 else chance.choice(SEPARATORS)).join(groups)


PLANTS: dict[str, Callable[[random.Random], str]] = {
    "mobile": lambda chance: written(chance, mobile(chance)),
    "id_number": lambda chance: written(chance, identity(chance)),
    "bank_card": lambda chance: written(chance, card(chance)),
    "plate": plate,
    "email": email,
}


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
    chance = random.Random(20261122)
    planted = caught = lines = harmed = 0
    for text in texts[:6000]:
        place = chance.randint(0, len(text))
        while 0 < place < len(text) and text[place - 1 : place + 1].isascii():
            place = chance.randint(0, len(text))  # nobody writes a number into the middle of another
        kind = chance.choice(sorted(PLANTS))
        piece = PLANTS[kind](chance)
        planted += 1
        caught += any(piece in one.text for one in find(f"{text[:place]}，{piece}，{text[place:]}"))
        piece = land_line(chance)
        lines += 1
        harmed += piece not in mask(f"{text[:place]}，电话{piece}，{text[place:]}")
    with capsys.disabled():
        print(
            f"\nmasks on {len(texts)} messages: {caught}/{planted} planted found, {harmed}/{lines} land-lines harmed"
        )
    assert caught >= 0.99 * planted
    assert harmed <= 0.01 * lines


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
