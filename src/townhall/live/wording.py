"""How the public reads states, times and people: the "public:" column of the glossary, never a staff term."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from townhall.kernel import clock
from townhall.questions import phrases

if TYPE_CHECKING:
    from collections.abc import Mapping

WEEKDAYS = "一二三四五六日"
WEEKDAYS_EN = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
MONTHS_EN = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# A longer question unfolds; 200 characters are what a phone shows beside an answer.
FOLD_AT = 200
_HAN = re.compile("[\u3400-\u9fff]")
_SENTENCE_END = re.compile(r"[。！？!?；;\n]")


def english() -> bool:
    """Whether the reader chose English."""
    return (get_language() or "zh").startswith("en")


def moment(value: datetime | date | str | None) -> datetime | None:
    """A time on the district's wall clock, from a datetime, a day or an RFC 3339 text."""
    if not value:
        return None
    if isinstance(value, date) and not isinstance(value, datetime):
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001 - a day has no zone
    found = datetime.fromisoformat(value) if isinstance(value, str) else value
    # A bare date is a day of the district, not midnight elsewhere.
    return found if found.tzinfo is None else clock.local(found)


def day(value: datetime | date | str | None, *, weekday: bool = True) -> str:
    """A date as people write it: 11月30日（周一） or Mon 30 Nov; the year only when it is another one."""
    at = moment(value)
    if at is None:
        return ""
    another = at.year != clock.today().year
    if english():
        text = f"{at.day} {MONTHS_EN[at.month - 1]}" + (f" {at.year}" if another else "")
        return f"{WEEKDAYS_EN[at.weekday()]} {text}" if weekday else text
    text = (f"{at.year}年" if another else "") + f"{at.month}月{at.day}日"
    return f"{text}（周{WEEKDAYS[at.weekday()]}）" if weekday else text


def minute(value: datetime | str | None) -> str:
    """The minute on the wall clock: 19:21."""
    at = moment(value)
    return f"{at:%H:%M}" if at else ""


def day_minute(value: datetime | str | None, *, weekday: bool = False) -> str:
    """Date and minute: 11月30日 19:21 or 30 Nov, 19:21."""
    if moment(value) is None:
        return ""
    if english():
        return f"{day(value, weekday=weekday)}, {minute(value)}"
    gap = "" if weekday else " "
    return f"{day(value, weekday=weekday)}{gap}{minute(value)}"


def span(start: datetime | str, end: datetime | str) -> str:
    """From when to when: 11月30日（周一）19:00–20:00."""
    return f"{day_minute(start, weekday=True)}–{minute(end)}"


def state(question: Mapping[str, Any]) -> tuple[str, str]:
    """The class that draws a question's state and the public words for it."""
    status = str(question.get("status") or "")
    if question.get("withheld"):
        is_final = question["withheld"] == "confirmed"
        return "withheld", pgettext("state", "依法撤下") if is_final else pgettext("state", "临时屏蔽")
    if status == "published":
        promised = question.get("outcome") == "promised"
        return ("promised", _("承诺限期办理")) if promised else ("answered", _("当场答复"))
    merged = question.get("merged_into") or {}
    number = merged.get("number", "") if isinstance(merged, dict) else ""
    return status, status_words(status, unit=str(question.get("unit") or ""), number=number)


def status_words(status: str, *, unit: str = "", number: int | str = "") -> str:
    """The public words for a status as such."""
    if status == "merged" and not number:
        return _("已合并到相同问题，一同答复")
    return phrases.public_status(status, unit=unit, number=number) if status else ""


def kind(code: str | None) -> str:
    """What sort of question it is, in short words."""
    return {
        "consult": _("咨询"),
        "complaint": _("投诉（监督）"),
        "suggestion": _("建议"),
        "service": _("办事（求助）"),
    }.get(code or "", "")


def change_reason(code: str | None) -> str:
    """The public reason for pausing, holding, moving or ending."""
    return {
        "backlog": _("提问较多，正在集中审核"),
        "technical": _("技术检修"),
        "power": _("供电或网络中断"),
        "venue": _("会场临时情况"),
        "urgent_duty": _("区领导处理突发事件"),
        "mourning": _("国家哀悼活动"),
        "other": _("其他"),
    }.get(code or "", "")


def signer(answer: Mapping[str, Any]) -> str:
    """Who signed and as what; a deputy signs in the own name."""
    office = {"mayor": _("区长"), "deputy": _("副区长"), "authorised": _("授权签发人")}.get(
        answer.get("signed_as") or "", ""
    )
    parts = [part for part in (str(answer.get("signed_by") or ""), office) if part]
    return (", " if english() else " ").join(parts)


def tongue(text: str | None) -> str:
    """The language a text is written in, as far as letters and screen readers must know."""
    return "zh-CN" if _HAN.search(text or "") else "en"


def paragraphs(text: str | None) -> list[str]:
    """The paragraphs of a text as it was typed."""
    return [line.strip() for line in (text or "").split("\n") if line.strip()]


# An address ends before what Chinese puts behind it without a space; a path is ours only where one is promised.
_ADDRESS = re.compile(
    r"https?://[^\s<>\"'，。；！？、（）《》「」]+|(?<![\w/.])/(?:questions|hours|archive)/[\w./-]+"
)


def linked(text: str) -> SafeString:
    """A text with its addresses made links that can be tapped; everything else is escaped."""
    parts: list[tuple[str, str]] = []
    end = 0
    for found in _ADDRESS.finditer(text):
        address = found[0].rstrip(".,;:!?)")
        parts += [(text[end : found.start()], ""), (address, address)]
        end = found.start() + len(address)
    parts.append((text[end:], ""))
    return SafeString(
        "".join(
            format_html('<a href="{}" rel="nofollow">{}</a>', href, words) if href else escape(words)
            for words, href in parts
        )
    )


def beyond_title(title: str, text: str) -> str:
    """The text without a first sentence that the title already says."""
    bare = title.rstrip("…").strip()
    if title.endswith("…") or not text.startswith(bare):
        return text
    rest = text[len(bare) :]
    if rest and not _SENTENCE_END.match(rest) and bare[-1:] not in "。！？!?；;":
        return text
    return rest.lstrip("。！？!?；; \n")


def folded(text: str) -> tuple[list[str], list[str]]:
    """The paragraphs shown at once and those that unfold; cut after a sentence near :data:`FOLD_AT`."""
    if len(text) <= FOLD_AT * 1.3:
        return paragraphs(text), []
    ends = [match.end() for match in _SENTENCE_END.finditer(text, FOLD_AT // 2, int(FOLD_AT * 1.3))]
    cut = min(ends, key=lambda end: abs(end - FOLD_AT)) if ends else FOLD_AT
    return paragraphs(text[:cut]), paragraphs(text[cut:])
