"""The fields of every verb, checked before anything moves: each error names its field and the remedy."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from townhall.kernel import clock, text
from townhall.kernel.errors import InvalidFields
from townhall.people.models import Unit
from townhall.preparation.choices import GRADES, Grade, Layout

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MOST_TEXT = 10_000
MOST_DIGITS = 18
EARLIEST_YEAR, LATEST_YEAR = 2000, 2999
# 发文机关代字: the office's short name, as it registers its papers; it never says how secret they are.
_CODE = re.compile(r"[^\s〔〕\[\]0-9]{0,12}\Z")
LATEST_SERIAL = 99_999


class Fields:
    """Reads typed values out of what was sent and gathers errors; :meth:`done` raises them together."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data = data
        self.errors: dict[str, Any] = {}

    def words(self, name: str, most: int, *, required: bool = False, one_line: bool = True) -> str:
        """Text as people keep it: cleaned, bounded, there when required."""
        value = self.data.get(name)
        value = "" if value is None else value
        if not isinstance(value, str):
            self.errors[name] = _("请填写文字。")
            return ""
        try:
            value = text.clean(value)
        except ValueError:
            self.errors[name] = _("含有无法识别的字符，请重新输入。")
            return ""
        if one_line:
            value = " ".join(value.split())
        if required and not value:
            self.errors[name] = _("请填写这一项。")
        elif text.exceeds(value, most) or len(value) > most:
            self.errors[name] = _("最多 %(most)s 个字，请缩短。") % {"most": most}
        return value

    def choice(self, name: str, values: Iterable[str], *, required: bool = True) -> str:
        """A word of a list."""
        value = self.data.get(name) or ""
        known = list(values)
        if isinstance(value, str) and value in known:
            return value
        if value or required:
            self.errors[name] = _("请从列表中选择。")
        return ""

    def integer(self, name: str) -> int | None:
        """A whole number; ``None`` when absent."""
        value = self.data.get(name)
        if value is None or value == "":
            return None
        number = _as_integer(value)
        if number is None:
            self.errors[name] = _("请填写数字。")
        return number

    def switch(self, name: str) -> bool:
        """Yes or no; absent means no."""
        return self.data.get(name, False) in (True, "true", "on", "1", 1)

    def integers(self, name: str) -> list[int]:
        """Ids, each once."""
        value = self.data.get(name)
        items = value if isinstance(value, list | tuple) else [] if value in (None, "") else [value]
        numbers = [_as_integer(item) for item in items]
        if any(number is None for number in numbers):
            self.errors[name] = _("请从列表中选择。")
            return []
        return list(dict.fromkeys(number for number in numbers if number is not None))

    def day(self, name: str) -> date:
        """A date; when there is an error what is returned is never used."""
        value = self.data.get(name)
        try:
            found = parse_date(value) if isinstance(value, str) else None
        except ValueError:
            found = None
        if found is None or not EARLIEST_YEAR <= found.year <= LATEST_YEAR:
            self.errors[name] = _("请填写日期，如 2026-11-20。")
            return clock.today()
        return found

    def moment(self, name: str, *, required: bool = True) -> datetime | None:
        """A time; without a zone it is the district's."""
        value = self.data.get(name)
        if not required and value in (None, ""):
            return None
        try:
            found = parse_datetime(value) if isinstance(value, str) else None
        except ValueError:
            found = None
        if found is None or not EARLIEST_YEAR <= found.year <= LATEST_YEAR:
            self.errors[name] = _("请填写日期和时间，如 2026-11-20 17:00。")
            return None
        return found if found.tzinfo else found.replace(tzinfo=clock.DISTRICT_ZONE)

    def ahead(self, name: str) -> datetime:
        """A time that is still to come; when there is an error what is returned is never used."""
        found = self.moment(name)
        if found is not None and found <= clock.now():
            self.errors[name] = _("这个时间已经过去，请填写将来的时间。")
        return found or clock.now()

    def past(self, name: str) -> datetime:
        """A time that has come: what happened then is entered now. Empty means just now."""
        found = self.moment(name, required=False)
        if found is None:
            return clock.now()
        # A form's time has no seconds and people round up.
        if found > clock.now() + timedelta(minutes=5):
            self.errors[name] = _("这个时间还没有到，请核对。")
        return found

    def units(self, name: str = "units") -> list[int]:
        """Units that exist, in the district's own order; at least one."""
        wanted = self.integers(name)
        if name in self.errors:
            return []
        found = list(
            Unit.objects.filter(id__in=wanted, closed_at=None)
            .exclude(kind=Unit.Kind.DISTRICT)
            .order_by("id")
            .values_list("id", flat=True)
        )
        if not found or len(found) != len(wanted):
            self.errors[name] = _("请至少选择一个单位。") if not wanted else _("请从列表中选择。")
        return found

    def link(self, name: str, *, required: bool = False) -> str:
        """An address on the web, or a path of this site."""
        value = self.words(name, 300, required=required)
        if not value or name in self.errors:
            return value
        try:
            parts = urlsplit(value)
        except ValueError:
            parts = urlsplit("")
        own = value.startswith("/") and value[1:2] not in {"/", "\\"}  # browsers read both as another site
        if not own and (parts.scheme not in {"http", "https"} or not parts.hostname):
            self.errors[name] = _("请填写以 https:// 或 http:// 开头的网址。")
        return value

    def done(self) -> None:
        """Go on only when everything could be read.

        :raises InvalidFields: naming each field
        """
        if self.errors:
            raise InvalidFields(self.errors)


def _as_integer(value: Any) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, str):
        value = value.strip()
        if not (value.isascii() and value.isdigit()) or len(value) > MOST_DIGITS:
            return None
        value = int(value)
    return value if isinstance(value, int) and 0 <= value < 2**63 else None


def notice(data: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """A notice's number and its words, checked.

    :returns: the number's parts, the version's fields
    :raises InvalidFields: naming each field
    """
    fields = Fields(data)
    layout = fields.choice("layout", Layout.values)
    words = {
        "layout": layout,
        "grade": _grade(fields, layout),
        "title": fields.words("title", 120, required=True),
        "text": fields.words("text", MOST_TEXT, required=True, one_line=False),
        "issuer": fields.words("issuer", 80, required=True),
        "approver": fields.words("approver", 40),
        "machine_number": fields.words("machine_number", 20),
        "copies": fields.words("copies", 300),
        "contact_name": fields.words("contact_name", 40),
        "contact_phone": fields.words("contact_phone", 40),
        "due_at": fields.ahead("due_at"),
        "unit_ids": fields.units(),
    }
    number = {"code": fields.words("code", 12), "serial": fields.integer("serial")}
    if "code" not in fields.errors and not _CODE.match(str(number["code"])):
        fields.errors["code"] = _("只填机关代字，如“澄府办”；年份和序号由系统编排。")
    if number["serial"] is not None and not 1 <= int(str(number["serial"])) <= LATEST_SERIAL:
        fields.errors["serial"] = _("请填写 1 到 %(most)s 的序号，或留空自动编号。") % {"most": LATEST_SERIAL}
    fields.done()
    return number, words


def _grade(fields: Fields, layout: str) -> str:
    """The grade, which must be one of the layout's."""
    if layout not in GRADES:
        return ""
    allowed = GRADES[layout]
    grade = fields.choice("grade", Grade.values, required=False)
    if "grade" not in fields.errors and grade not in allowed:
        words = "、".join(str(Grade(one).label) for one in allowed)
        fields.errors["grade"] = _("这种格式可用的等级：%(grades)s。") % {"grades": words}
    return grade
