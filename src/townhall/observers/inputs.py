"""What was typed about observers, checked before anything moves: each error names its field and the remedy."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from townhall.kernel import clock, text
from townhall.kernel.errors import InvalidFields
from townhall.observers.choices import REQUIRED_CONSENTS, Attendance, Consent

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from townhall.hours.models import OfficeHour
    from townhall.observers.models import Call

MOST_SEATS = 200
MOST_NAME = 30
MOST_WORDS = 500
MOST_PLACE = 120
MOST_CONDITIONS = 1000
MOST_SOURCE = 200
MOST_VALUE = 100
LEAST_NUMBERS = 4
MOST_MINUTES = 20_000
MOST_POINT = 3000
USUAL_QUOTA = 12


class Form:
    """Reads typed values and gathers errors; :meth:`done` raises them together."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self.data = data
        self.errors: dict[str, str] = {}
        self.values: dict[str, Any] = {}

    def words(self, name: str, most: int, *, required: bool = False, one_line: bool = False) -> str:
        """Text as people keep it: cleaned, bounded, there when required."""
        value = self.data.get(name)
        value = "" if value is None else value
        try:
            value = text.clean(value) if isinstance(value, str) else None
        except ValueError:
            value = None
        if value is None or "\ufffd" in value:
            self.errors[name] = _("含有无法识别的字符，请重新输入。")
            return ""
        if one_line:
            value = " ".join(value.split())
        if required and not value:
            self.errors[name] = _("请填写这一项。")
        elif text.exceeds(value, most):
            self.errors[name] = _("最多 %(most)s 个字，请缩短。") % {"most": most}
        self.values[name] = value
        return str(value)

    def number(self, name: str, most: int, usual: int) -> int:
        """A whole number from 1 to ``most``; the usual one when nothing was typed."""
        value = str(self.data.get(name) or usual).strip()
        number = int(value) if value.isascii() and value.isdigit() and len(value) < len("1000000") else 0
        if not 1 <= number <= most:
            self.errors[name] = _("请填写 1 到 %(most)s 的数字。") % {"most": most}
        self.values[name] = number
        return number

    def moment(self, name: str) -> datetime | None:
        """A time on the district's wall clock, or with its offset."""
        value = self.data.get(name)
        try:
            moment = parse_datetime(value.strip()) if isinstance(value, str) else None
            if moment is not None and moment.tzinfo is None:
                moment = moment.replace(tzinfo=clock.DISTRICT_ZONE)
            if moment is not None and abs(moment.year - clock.today().year) > 1:
                moment = None
        except (ValueError, OverflowError):
            moment = None
        if moment is None:
            self.errors[name] = _("请填写时间，如 2026-11-20T17:00。")
        self.values[name] = moment
        return moment

    def wrong(self, name: str, why: str) -> None:
        """Point at a field that was readable but cannot be so."""
        self.errors.setdefault(name, why)

    def done(self) -> dict[str, Any]:
        """Everything read.

        :raises InvalidFields: with every error
        """
        if self.errors:
            raise InvalidFields(self.errors)
        return self.values


def opening(data: Mapping[str, Any], hour: OfficeHour) -> dict[str, Any]:
    """The conditions of a call; whatever decides the lot comes between closing and the hour itself."""
    form = Form(data)
    form.number("quota", MOST_SEATS, USUAL_QUOTA)
    form.words("place", MOST_PLACE, required=True, one_line=True)
    form.words("conditions", MOST_CONDITIONS)
    form.words("source", MOST_SOURCE, required=True, one_line=True)
    closes_at, source_at = form.moment("closes_at"), form.moment("source_at")
    if closes_at and closes_at <= clock.now():
        form.wrong("closes_at", _("截止时间已经过去，请填写将来的时间。"))
    if closes_at and closes_at >= hour.starts_at:
        form.wrong("closes_at", _("报名须在网上办公开始之前截止。"))
    if closes_at and source_at and source_at <= closes_at:
        form.wrong("source_at", _("公开数值须在报名截止之后才公布，否则结果可以预先知道。"))
    if source_at and source_at >= hour.starts_at:
        form.wrong("source_at", _("公开数值须在网上办公开始之前公布。"))
    return form.done()


def drawing(data: Mapping[str, Any]) -> str:
    """The public value, typed twice since it cannot be taken back."""
    from townhall.observers import lot

    form = Form(data)
    value = form.words("value", MOST_VALUE, required=True, one_line=True)
    again = form.words("value_again", MOST_VALUE, one_line=True)
    numbers = lot.canonical(value)
    if value and len(numbers.replace("-", "")) < LEAST_NUMBERS:
        form.wrong("value", _("公开数值至少要有 %(least)s 个数字。") % {"least": LEAST_NUMBERS})
    elif value and lot.canonical(again) != numbers:
        form.wrong("value_again", _("两次填写不一样，请核对公布的数值。"))
    form.done()
    return value


def inviting(data: Mapping[str, Any], call: Call) -> datetime:
    """Until when those invited may confirm."""
    form = Form(data)
    confirm_by = form.moment("confirm_by")
    if confirm_by and confirm_by <= clock.now():
        form.wrong("confirm_by", _("确认期限已经过去，请填写将来的时间。"))
    if confirm_by and confirm_by > call.hour.starts_at:
        form.wrong("confirm_by", _("确认期限须在网上办公开始之前。"))
    form.done()
    if confirm_by is None:
        raise InvalidFields({"confirm_by": _("请填写时间，如 2026-11-20T17:00。")})
    return confirm_by


def applying(data: Mapping[str, Any]) -> dict[str, Any]:
    """What an applicant typed and ticked."""
    form = Form(data)
    form.words("name", MOST_NAME, required=True, one_line=True)
    form.words("words", MOST_WORDS)
    form.words("form_key", 100, one_line=True)
    ticked = data.get("consents") or []
    given = [one.value for one in Consent if isinstance(ticked, list | tuple) and one.value in ticked]
    if missing := [one for one in REQUIRED_CONSENTS if one not in given]:
        form.wrong(f"consent_{missing[0]}", _("不同意这一项就不能报名，请阅读后勾选。"))
    form.values["consents"] = given
    return form.done()


def attendance(verb: str) -> str:
    """What a verb of the evening says about a person."""
    return Attendance.PRESENT.value if verb == "attend" else Attendance.ABSENT.value
