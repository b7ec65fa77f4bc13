"""What is typed into the forms of the venues, checked."""

from __future__ import annotations

import re
from datetime import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.utils.translation import gettext as _

from townhall.kernel.errors import InvalidFields
from townhall.people.models import Account, Unit
from townhall.questions.choices import Channel
from townhall.venues import links
from townhall.venues.choices import Trouble
from townhall.venues.models import Venue

if TYPE_CHECKING:
    from collections.abc import Mapping

    from townhall.hours.models import OfficeHour

# The plain text fields and how long each may be.
_LINES = {
    "name": 60, "name_en": 120, "address": 120, "address_en": 200, "contact_name": 40, "contact_phone": 40,
    "meeting_number": 40, "link_phone": 40,
}  # fmt: skip
_NEEDED = ("name", "address")
_PHONES = ("contact_phone", "link_phone")
_PHONE = re.compile(r"\+?[0-9][0-9 \-()转,，#*]{2,38}\Z")
_MEETING = re.compile(r"[0-9A-Za-z][0-9A-Za-z \-]{0,39}\Z")
MOST_ADDRESS = 300
_FACE_TO_FACE = frozenset({Channel.VENUE.value, Channel.COUNTER.value})


def words(data: Mapping[str, Any], name: str) -> str:
    """A typed line without surrounding spaces and without what no database may hold."""
    return " ".join(str(data.get(name) or "").replace("\0", "").split())


def number(data: Mapping[str, Any], name: str) -> int:
    """A typed id; 0 for none."""
    text = words(data, name)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else 0  # noqa: PLR2004 - a bigint


def venue(hour: OfficeHour, data: Mapping[str, Any], present: Venue | None = None) -> dict[str, Any]:
    """The fields of a venue.

    :param present: the venue that is being changed
    :raises InvalidFields: naming each field and the remedy
    """
    errors: dict[str, Any] = {}
    fields = _lines(data, errors)
    fields["link_address"] = _https(data, errors)
    fields["opens"], fields["closes"] = _time(data, "opens", errors), _time(data, "closes", errors)
    if fields["opens"] and fields["closes"] and fields["opens"] >= fields["closes"]:
        errors["closes"] = _("关闭时间要晚于开放时间。")
    fields["unit"] = Unit.objects.filter(id=number(data, "unit")).first()
    for name in ("is_main", "is_public", "contact_public"):
        fields[name] = bool(data.get(name))
    had = present.provider if present else ""
    fields["provider"] = links.chosen(words(data, "provider"), had, fields, errors)
    _not_twice(hour, fields, errors, present)
    if errors:
        raise InvalidFields(errors)
    return fields


def _lines(data: Mapping[str, Any], errors: dict[str, Any]) -> dict[str, Any]:
    """The plain text fields."""
    fields: dict[str, Any] = {name: words(data, name) for name in _LINES}
    for name, most in _LINES.items():
        if len(fields[name]) > most:
            errors[name] = _("不超过 %(most)s 个字。") % {"most": most}
    for name in _NEEDED:
        if not fields[name]:
            errors[name] = _("请填写这一项。")
    for name in _PHONES:
        if fields[name] and not _PHONE.match(fields[name]):
            errors[name] = _("请填写电话号码，如 021-64120011 转 8。")
    if fields["meeting_number"] and not _MEETING.match(fields["meeting_number"]):
        errors["meeting_number"] = _("会议号只含数字、字母、空格和短横线。")
    return fields


def _not_twice(
    hour: OfficeHour, fields: dict[str, Any], errors: dict[str, Any], present: Venue | None
) -> None:
    others = Venue.objects.filter(hour=hour).exclude(id=present.id if present else 0)
    if "name" not in errors and others.filter(name=fields["name"]).exists():
        errors["name"] = _("已有同名会场。")
    if fields["is_main"] and others.filter(is_main=True).exists():
        errors["is_main"] = _("主会场只有一个，请先把原主会场改为分会场。")


def _https(data: Mapping[str, Any], errors: dict[str, Any]) -> str:
    """An address that opens in a browser and leaks nothing on the way: https, a host, no password in it."""
    text = words(data, "link_address")
    if not text:
        return ""
    try:
        parts = urlsplit(text)
        good = (
            parts.scheme == "https" and bool(parts.hostname) and "@" not in parts.netloc and " " not in text
        )
    except ValueError:
        good = False
    if not good or len(text) > MOST_ADDRESS:
        errors["link_address"] = _("请填写 https:// 开头的完整地址，其中不要带用户名和密码。")
    return text


def _time(data: Mapping[str, Any], name: str, errors: dict[str, Any]) -> time | None:
    text = words(data, name)
    if not text:
        return None
    try:
        return time.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        errors[name] = _("请填写时间，如 18:30。")
        return None


def trouble(data: Mapping[str, Any]) -> str:
    """What is wrong, from the list.

    :raises InvalidFields: without it
    """
    code = words(data, "note_code")
    if code not in Trouble.values:
        raise InvalidFields({"note_code": _("请选择故障类别。")})
    return code


def person(data: Mapping[str, Any]) -> Account:
    """A member of staff by user name or by ``name（user name）``.

    :raises InvalidFields: for nobody and for an account that is closed
    """
    text = words(data, "person")
    username = text.rpartition("（")[2].removesuffix("）")
    found = Account.objects.filter(username__in=[text, username], is_active=True).first() if text else None
    if found is None:
        raise InvalidFields({"person": _("请从列表中选择人员，或填写用户名。")})
    return found


def registration(hour: OfficeHour, data: Mapping[str, Any], place: Venue | None) -> dict[str, Any]:
    """What is wrong with where a question came in and with whom: face to face, somebody looked at a card or not.

    :param place: the venue that was chosen
    """
    errors: dict[str, Any] = {}
    channel = words(data, "channel")
    if channel == Channel.VENUE and place is None and Venue.objects.filter(hour=hour).exists():
        errors["venue"] = _("请选择在哪个会场登记。")
    seen = words(data, "identity_seen")
    if seen not in {"", "yes", "no"} or (channel in _FACE_TO_FACE and not seen):
        errors["identity_seen"] = _("请选择是否看过本人证件。")
    return errors
