"""Every text an asker may read passes the product's own answer check, filled or not, in both languages."""

from __future__ import annotations

import re
from itertools import combinations
from typing import TYPE_CHECKING

import pytest
from django.utils import translation

from townhall.questions import answer_check
from townhall.questions.choices import Status
from townhall.questions.phrases import (
    CARE_TEXT,
    DECLINE_REASONS,
    FILLS,
    PUBLIC_STATUS,
    decline_text,
    fill,
    public_status,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

VALUES = {
    "missing": "小区名称和楼号", "link": "https://example.gov.cn/a,b?c=1;d", "date": "2026-10-30", "body": "澄湖区人民法院",
    "ref": "XF-2026-0113", "phone": "021-64120011", "days": "5", "town": "澄湖镇",
    "handed_to": "区信访办公室", "handed_at": "2026-11-30 19:05",
}  # fmt: skip
PLACE = re.compile(r"\{(\w+)\}")
LANGUAGES = ("zh-hans", "en")
CASES = [(code, language) for code in DECLINE_REASONS for language in LANGUAGES]


def places(code: str, language: str) -> list[str]:
    with translation.override(language):
        return PLACE.findall(str(DECLINE_REASONS[code].text))


def filled(code: str, language: str) -> Iterator[str]:
    """The text with every choice of places left empty; what the act demands is always there."""
    reason = DECLINE_REASONS[code]
    free = [one for one in places(code, language) if not (reason.needs_handover and one.startswith("handed"))]
    for count in range(len(free) + 1):
        for empty in combinations(free, count):
            with translation.override(language):
                yield decline_text(code, {name: value for name, value in VALUES.items() if name not in empty})


@pytest.mark.parametrize(("code", "language"), CASES)
def test_no_refusal_is_held_back_by_our_own_check(code: str, language: str) -> None:
    for text in filled(code, language):
        held = [
            one
            for one in answer_check.check(text, "路灯坏了，请问谁来修？", "路灯", [])
            if one.level == "held"
        ]
        assert not held, text


@pytest.mark.parametrize(("code", "language"), CASES)
def test_dropped_clauses_leave_whole_sentences(code: str, language: str) -> None:
    for text in filled(code, language):
        assert text
        assert "{" not in text
        assert "}" not in text
        assert text[-1] in "。！？.!?", text
        assert not re.search(
            r"[，、；：,;:]\s*[。！？]|[。！？]{2}|，，|：。|（\s*）|\(\s*\)|，\s*$|^[，。；：,.;:]|\s[,.;]",
            text,
        ), text
        assert text.count("（") == text.count("）"), text
        assert text.count("(") == text.count(")"), text
        assert text == text.strip()


@pytest.mark.parametrize(("code", "language"), CASES)
def test_a_filled_text_says_all_it_was_given(code: str, language: str) -> None:
    with translation.override(language):
        text = decline_text(code, VALUES)
    assert [name for name in places(code, language) if VALUES[name] not in text] == []


@pytest.mark.parametrize("code", DECLINE_REASONS)
def test_both_languages_have_the_same_places_and_know_them(code: str) -> None:
    chinese, english = (set(places(code, language)) for language in LANGUAGES)
    known = set(FILLS) | {"handed_to", "handed_at"}
    assert chinese <= known
    assert english <= known
    assert bool(chinese) == bool(english)
    if DECLINE_REASONS[code].needs_handover:
        assert "handed_to" in chinese & english


@pytest.mark.parametrize("code", DECLINE_REASONS)
def test_english_is_english_and_every_refusal_has_a_remedy(code: str) -> None:
    reason = DECLINE_REASONS[code]
    for language in LANGUAGES:
        with translation.override(language):
            words = f"{reason.label} {reason.text} {reason.remedy}"
        assert all(part.strip() for part in (str(reason.label), str(reason.text), str(reason.remedy)))
        assert bool(re.search("[\u4e00-\u9fff]", words)) == (language == "zh-hans")


def test_the_codes_are_the_glossarys() -> None:
    assert list(DECLINE_REASONS) == [
        "unclear", "answered", "legal_case", "petition", "report_wrongdoing", "formal_application", "urgent",
        "private_details", "outside_remit", "civil_dispute", "abusive", "unrelated",
    ]  # fmt: skip
    starred = {code for code, reason in DECLINE_REASONS.items() if reason.needs_confirmation}
    assert starred == {"petition", "report_wrongdoing", "outside_remit"}


@pytest.mark.parametrize(
    ("text", "values", "right"),
    [
        ("已转送{to}，登记号{ref}，可查询。", {"to": "信访办"}, "已转送信访办，可查询。"),
        ("请看{link}。", {}, ""),
        ("好。请看{link}。", {}, "好。"),
        ("已办，请看{link}。", {}, "已办。"),
        ("{a}，{b}，{c}。", {"b": "乙"}, "乙。"),
        ("见 {link}（{date}）。", {"link": "/a"}, ""),
        ("Passed to {to}, contact {phone}; wait.", {"to": "us"}, "Passed to us, wait."),
        ("值含 {a} 和标点。", {"a": "甲，乙。丙{b}"}, "值含 甲，乙。丙{b} 和标点。"),
        ("空白{a}。", {"a": "  "}, ""),
    ],
)
def test_a_clause_with_an_empty_place_is_dropped(text: str, values: dict[str, str], right: str) -> None:
    assert fill(text, values) == right


def test_every_state_has_public_words_without_staff_terms() -> None:
    assert set(PUBLIC_STATUS) == set(Status.values)
    for language in LANGUAGES:
        for status in Status.values:
            with translation.override(language):
                words = public_status(status, unit="区教育局", number=7)
                bare = public_status(status)
            assert words
            assert bare
            assert "%(" not in words + bare
            assert not re.search("派单|退单|呈签|待审核|工单", words)


def test_care_names_whom_to_ring_in_both_languages() -> None:
    for language in LANGUAGES:
        with translation.override(language):
            assert all(number in str(CARE_TEXT) for number in ("12356", "110", "120"))
