"""What a reminder says, how long it is, what it costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.utils.translation import gettext as _

from townhall.kernel import clock

if TYPE_CHECKING:
    from townhall.hours.models import OfficeHour

# GSM 03.40: 140 bytes are 70 characters of UCS-2; a long text gives 6 bytes of each part to its header.
ONE_PART, EACH_PART = 70, 67
LONGEST = 500
PLACES = ("when", "topic", "link", "stop")
# A message in Chinese whatever the coordinator's own language is: it is the district's, not the desk's.
USUAL_TEXT = "您好！{when}，区长网上办公“{topic}”开始。欢迎届时打开 {link} 提问、看答复。"
STOP_SUFFIX = " 退订点 {stop}"
_WEEKDAYS = "一二三四五六日"


def when(hour: OfficeHour) -> str:
    """``11月30日（周一）19:00-20:00``."""
    start, end = clock.local(hour.starts_at), clock.local(hour.ends_at)
    day = f"{start.month}月{start.day}日（周{_WEEKDAYS[start.weekday()]}）"
    return f"{day}{start:%H:%M}-{end:%H:%M}"


def page_of(hour: OfficeHour) -> str:
    """The live page: it is right before the hour, in it and after it, also when pre-questions have closed."""
    return f"{settings.BASE_URL}/hours/{hour.slug}/"


def stop_link(token: str) -> str:
    """Where one tap ends the reminders."""
    return f"{settings.BASE_URL}/stop/{token}/"


def parameters(hour: OfficeHour, token: str = "") -> dict[str, str]:
    """What the places of a text are filled with, in the order in which templates number them."""
    found = {"when": when(hour), "topic": hour.topic, "link": page_of(hour)}
    return {**found, "stop": stop_link(token)} if token else found


def fill(text: str, filled: dict[str, str]) -> str:
    """The text as its reader gets it; unknown places stay as they stand."""
    if "stop" in filled and "{stop}" not in text:
        text += STOP_SUFFIX
    for name, value in filled.items():
        text = text.replace("{" + name + "}", value)
    return text


def characters(text: str) -> int:
    """How many characters a telephone counts: UTF-16 units."""
    return len(text.encode("utf-16-le")) // 2


def segments(text: str) -> int:
    """Into how many parts the text is cut, each of them paid for."""
    count = characters(text)
    return 1 if count <= ONE_PART else -(-count // EACH_PART)


def faults(text: str) -> str:
    """What is wrong with a text; empty when it can be sent."""
    if not text.strip():
        return _("请填写短信内容。")
    if "{link}" not in text:
        return _("请保留 {link}：短信要把市民带到直播页，预提问截止后也不会走错。")
    if "{when}" not in text:
        return _("请保留 {when}：短信要说明时间。")
    leftover = fill(text, dict.fromkeys(PLACES, ""))
    if "{" in leftover or "}" in leftover:
        return _("花括号里只能是 when、topic、link、stop。")
    return ""
