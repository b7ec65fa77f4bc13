"""What people typed comes back as typed, is counted as people count, and gives a title."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from townhall.kernel.text import CODE_POINTS, clean, count_characters, exceeds, first_sentence, whole_number

# As people write: any script, no half characters; joined in any order.
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))

SCRIPTS = [
    ("Uyghur", "مەھەللىمىزنىڭ يولى قاچان ياسىلىدۇ؟"),
    ("Tibetan", "ང་ཚོའི་གྲོང་ཚོའི་ལམ་ནམ་བཟོ་རྒྱུ་ཡིན།"),
    ("Mongolian", "ᠮᠠᠨ ᠤ ᠭᠤᠳᠤᠮᠵᠢ ᠶᠢ ᠬᠡᠵᠢᠶᠡ ᠵᠠᠰᠠᠬᠤ ᠪᠤᠢ"),
    ("Mongolian with joiner and separator", "ᠪᠠᠭ\u180eᠠ ᠨᠡᠷ\u200d"),
    ("rare Han", "𠮷野家旁边的𡒉头村、㐂镇"),
    ("variation sequence", "葛\U000e0100城"),
    ("compatibility Han", "\ufa19社路"),
    ("family emoji", "👨‍👩‍👧‍👦小区"),
    ("flags", "🇨🇳🇫🇷"),
    ("not composed", "cafe\u0301"),
    ("full-width", "Ａ座１２３号"),
]


@pytest.mark.parametrize("text", [text for _, text in SCRIPTS], ids=[name for name, _ in SCRIPTS])
def test_scripts_come_back_as_typed(text: str) -> None:
    assert clean(text) == text


def test_controls_are_removed_and_nothing_else() -> None:
    assert clean("\u202e甲\u2066乙\u2069\u200f丙\u061c\u200e\x00\x07丁\x1f") == "甲乙丙丁"
    assert clean("甲\t乙\n丙") == "甲\t乙\n丙"
    assert clean("می\u200cخواهم \u200d") == "می\u200cخواهم \u200d"


def test_line_ends_and_blank_ends() -> None:
    assert clean(" \u3000一\r\n二\r三\n\n ") == "一\n二\n三"
    assert clean("一\r\x00\n二") == "一\n二"
    assert clean("  \r\n\t ") == ""


@pytest.mark.parametrize(
    "blank", ["\u200b", "\u200d\u200c", "\u3164", "\ufeff\u2060", "\u2800 \u2800", "\ufe0f", "\u115f\xad"]
)
def test_what_nobody_can_see_is_empty(blank: str) -> None:
    assert clean(blank) == ""
    assert clean(f"一{blank}二") == f"一{blank}二"


@pytest.mark.parametrize("text", ["\ud800", "a\udfff", "\udc00\ud800"])
def test_half_a_character_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="surrogate"):
        clean(text)


@given(TEXTS)
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    once.encode()
    assert not any(unicodedata.category(char) == "Cc" and char < " " and char not in "\n\t" for char in once)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("加装电梯", 4),
        ("a\r\nb", 3),
        ("cafe\u0301", 4),
        ("👨‍👩‍👧‍👦", 1),
        ("👍🏽好", 2),
        ("🇨🇳🇫🇷", 2),
        ("1️⃣2️⃣", 2),
        ("🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f", 1),
        ("𠮷野", 2),
        ("葛\U000e0100城", 2),
        ("བཀྲ་ཤིས", 5),
        ("مەھەللە", 7),
        ("\u1100\u1161\u11a8", 1),
        ("\uac00\u11a8한글", 3),
        ("\u0e01\u0e33", 1),
        ("か\u3099", 1),
        ("❤️‍🔥", 1),
    ],
)
def test_counted_as_people_count(text: str, count: int) -> None:
    assert count_characters(text) == count


@given(TEXTS)
def test_a_count_is_never_more_than_the_code_points(text: str) -> None:
    assert (1 if text else 0) <= count_characters(text) <= len(text)


@pytest.mark.parametrize(
    ("text", "title"),
    [
        ("小区停车难。请解决。", "小区停车难"),
        ("什么时候通车？听说延期了", "什么时候通车？"),
        ("您好！\n我家楼上漏水，物业不管", "我家楼上漏水，物业不管"),
        ("尊敬的区长：您好，我想问入学政策。谢谢", "我想问入学政策"),
        ("王局长好！垃圾站太臭", "垃圾站太臭"),
        ("区长热线打不通怎么办？", "区长热线打不通怎么办？"),
        ("水费3.5元涨到4.2元", "水费3.5元涨到4.2元"),
        ("Hello. When will line 5 open? Thanks.", "When will line 5 open?"),
        ("Mr. Wang never called. Why?", "Mr. Wang never called"),
        ("您好", "您好"),
        ("。。。", ""),
        ("", ""),
    ],
)
def test_the_first_sentence_is_the_title(text: str, title: str) -> None:
    assert first_sentence(text) == title


def test_a_long_sentence_is_cut_between_characters() -> None:
    title = first_sentence("👨‍👩‍👧‍👦" * 100, limit=10)
    assert count_characters(title) == 10
    assert title == "👨‍👩‍👧‍👦" * 9 + "…"


@given(TEXTS, st.integers(2, 90))
def test_a_title_fits_and_is_one_line(text: str, limit: int) -> None:
    title = first_sentence(clean(text), limit)
    assert count_characters(title) <= limit
    assert "\n" not in title


def test_what_people_count_fits_the_column_that_holds_it() -> None:
    tibetan = "བོད་སྐད་ཀྱི་ཡི་གེ་" * 20
    assert not exceeds(tibetan[:80], 80)
    assert exceeds("字" * 81, 80)
    assert exceeds("a" + "\u0301" * 1000, 80)  # one character to the eye, a thousand to the column
    for endless in (tibetan, "a" + "\u0301" * 1000, "👨‍👩‍👧‍👦" * 100):
        assert len(first_sentence(endless, 80)) <= 80 * CODE_POINTS


@pytest.mark.parametrize("typed", ["", "²", "１", "-1", "1e5", "1.0", "9" * 19, "9" * 5000, None])
def test_what_no_column_holds_is_no_number(typed: object) -> None:
    assert whole_number(typed) is None


@pytest.mark.parametrize(("typed", "number"), [("0", 0), (" 12 ", 12), (7, 7), ("9" * 18, 10**18 - 1)])
def test_plain_digits_are_a_number(typed: object, number: int) -> None:
    assert whole_number(typed) == number
