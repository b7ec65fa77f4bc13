"""Whole tables of units and of staff: what each row would do, what it did, and why a row was not taken in."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from townhall.kernel.errors import InvalidFields
from townhall.kernel.unit_of_work import unit_of_work
from townhall.people import staff_inputs, unit_inputs, writing
from townhall.people.models import Account

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

# A district has some hundred units; more rows than this are another file.
MOST_UNITS = 1000
ENTERED, CHANGED, SAME, WRONG = "entered", "changed", "same", "wrong"
OUTCOMES = {
    ENTERED: gettext_lazy("新增"),
    CHANGED: gettext_lazy("更改"),
    SAME: gettext_lazy("不变"),
    WRONG: gettext_lazy("未导入"),
}
UNIT_COLUMNS: dict[str, Any] = {
    "name": gettext_lazy("单位名称"), "name_en": gettext_lazy("英文名称"), "kind": gettext_lazy("类型"),
    "parent": gettext_lazy("上级单位"), "leading_unit": gettext_lazy("牵头单位"), "phone": gettext_lazy("电话"),
}  # fmt: skip
STAFF_COLUMNS: dict[str, Any] = {
    "username": gettext_lazy("用户名"), "name": gettext_lazy("姓名"), "name_en": gettext_lazy("英文姓名"),
    "unit": gettext_lazy("单位"), "position": gettext_lazy("担任职务"), "email": gettext_lazy("电子邮箱地址"),
}  # fmt: skip
# What else the same column is called in offices; the headings of the page in Chinese and English, and the field's own
# name, are known anyway.
_ALSO = {
    "单位名称": "name", "名称": "name", "单位全称": "name", "英文名称": "name_en", "英文名": "name_en", "类型": "kind",
    "单位类型": "kind", "上级单位": "parent", "上级": "parent", "牵头单位": "leading_unit", "电话": "phone",
    "联系电话": "phone", "单位电话": "phone", "用户名": "username", "账号": "username", "姓名": "name",
    "英文姓名": "name_en", "单位": "unit", "所属单位": "unit", "职务": "position", "电子邮箱": "email",
    "邮箱": "email", "电子邮件": "email",
}  # fmt: skip


@dataclass(slots=True)
class Row:
    """One row of the table.

    :param number: its line in the file
    :param outcome: one of :data:`OUTCOMES`
    :param why: what is to be mended, for a wrong one
    """

    number: int
    cells: list[str]
    values: dict[str, str]
    outcome: str = WRONG
    why: str = ""

    @property
    def label(self) -> str:
        """What becomes of it."""
        return str(OUTCOMES[self.outcome])


@dataclass(slots=True)
class Report:
    """What a table did, or would do.

    :param kept: whether it was done; a preview changes nothing
    :param passwords: first passwords of new accounts by username, shown this once
    """

    headings: list[str]
    rows: list[Row]
    kept: bool
    unused: list[str] = field(default_factory=list)
    passwords: dict[str, str] = field(default_factory=dict)

    def count(self, outcome: str) -> int:
        """How many rows end so."""
        return sum(row.outcome == outcome for row in self.rows)

    @property
    def counts(self) -> list[tuple[str, int]]:
        """What becomes of how many rows."""
        return [(str(label), self.count(outcome)) for outcome, label in OUTCOMES.items()]

    @property
    def wrong(self) -> list[Row]:
        """The rows that come back."""
        return [row for row in self.rows if row.outcome == WRONG]


class _PreviewOnlyError(Exception):
    """Takes everything back that a preview did."""


def take_in_units(table: Sequence[tuple[int, list[str]]], *, keep: bool, by: int | None = None) -> Report:
    """Enter and change units from a table; a row may name a unit above it that stands further down.

    An empty cell leaves what is known as it is, so a table can fill in telephones only.

    :param table: numbered lines, the headings first
    :param keep: ``False`` for a preview
    :raises InvalidFields: naming ``rows`` when there is no table in it
    """

    def one(values: dict[str, str]) -> str:
        unit = unit_inputs.find(values.get("name", ""))
        if unit is None:
            writing.unit(by=by, **unit_inputs.read(values))
            return ENTERED
        known = unit_inputs.shown(unit)
        given = {name: value for name, value in values.items() if value and name != "name"}
        found = unit_inputs.read(known | given, unit)
        return CHANGED if writing.change_unit(unit, found, by=by) else SAME

    return _take_in(table, UNIT_COLUMNS, "name", one, keep=keep, most=MOST_UNITS)


def take_in_staff(
    table: Sequence[tuple[int, list[str]]], *, keep: bool, most: int,
    passwords: Callable[[str], tuple[str, str]], by: int | None = None, but: Account | None = None,
) -> Report:  # fmt: skip
    """Enter and change staff from a table; offices and seats come from elsewhere.

    :param table: numbered lines, the headings first
    :param keep: ``False`` for a preview
    :param most: how many rows at once
    :param passwords: a first password for a username, and its hash
    :param but: whose own account stays as it is
    :raises InvalidFields: naming ``rows`` when there is no table in it
    """
    sealed: dict[str, tuple[str, str]] = {}
    if keep:  # before anything is locked
        for row in _rows(table, STAFF_COLUMNS, "username", most)[0]:
            username = row.values.get("username", "")
            if username and not Account.objects.filter(username__iexact=username).exists():
                sealed[username] = passwords(username)
    done: dict[str, str] = {}

    def one(values: dict[str, str]) -> str:
        account = Account.objects.filter(username=values.get("username", "")).first()
        if account is None:
            found = staff_inputs.read(values)
            password, hashed = sealed.get(found["username"], ("", ""))
            writing.account(hashed=hashed, by=by, **found)
            done[found["username"]] = password
            return ENTERED
        known = staff_inputs.shown(account) | {name: value for name, value in values.items() if value}
        found = staff_inputs.read(known, account)
        if account == but:
            if found == {name: getattr(account, name) for name in found}:
                return SAME
            raise InvalidFields({"username": _("不能修改自己的账号，请另一位系统管理员办理。")})
        return CHANGED if writing.describe(account, found, by=by) else SAME

    report = _take_in(table, STAFF_COLUMNS, "username", one, keep=keep, most=most)
    report.passwords = done if keep else {}
    return report


def _rows(
    table: Sequence[tuple[int, list[str]]], columns: Mapping[str, Any], key: str, most: int
) -> tuple[list[Row], list[str], list[str]]:
    """The rows under their fields' names, the headings, and those of columns that nothing here knows."""
    if not table:
        raise InvalidFields({"rows": _("表格里没有内容。第一行写列名，下面每行一个。")})
    headings = [heading.strip() for heading in table[0][1]]
    known = {name: name for name in columns} | {str(label).lower(): name for name, label in columns.items()}
    known |= {label: name for label, name in _ALSO.items() if name in columns and label not in known}
    places = {known[one.lower()]: place for place, one in enumerate(headings) if one.lower() in known}
    if key not in places:
        words = _("第一行里没有“%(heading)s”这一列。第一行写列名：%(headings)s。")
        names = _("、").join(str(label) for label in columns.values())
        raise InvalidFields({"rows": words % {"heading": columns[key], "headings": names}})
    if len(table) - 1 > most:
        words = _("一次最多导入 %(most)s 行。请拆成几份分别导入。")
        raise InvalidFields({"rows": words % {"most": most}})
    rows = [
        Row(
            number,
            cells,
            {name: cells[place].strip() for name, place in places.items() if place < len(cells)},
        )
        for number, cells in table[1:]
    ]
    return rows, headings, [one for place, one in enumerate(headings) if one and place not in places.values()]


def _take_in(
    table: Sequence[tuple[int, list[str]]], columns: Mapping[str, Any], key: str,
    one: Callable[[dict[str, str]], str], *, keep: bool, most: int,
) -> Report:  # fmt: skip
    rows, headings, unused = _rows(table, columns, key, most)
    report = Report(headings, rows, keep, unused)
    try:
        with unit_of_work():
            _go_through(rows, key, columns, one)
            if not keep:
                raise _PreviewOnlyError
    except _PreviewOnlyError:
        pass
    return report


def _go_through(
    rows: list[Row], key: str, columns: Mapping[str, Any], one: Callable[[dict[str, str]], str]
) -> None:
    """Do every row; those that would not do are tried again as long as others succeed.

    A row may name a unit that stands further down.
    """
    first: dict[str, int] = {}
    waiting = []
    for row in rows:
        value = row.values.get(key, "")
        if value and value in first:
            words = _("与第 %(n)s 行重复，请只留一行。")
            row.why = words % {"n": first[value]}
        else:
            first[value] = row.number
            waiting.append(row)
    while waiting:
        left = []
        for row in waiting:
            try:
                row.outcome, row.why = one(row.values), ""
            except InvalidFields as wrong:
                row.outcome = WRONG
                row.why = " ".join(
                    f"{columns[name]}：{words}" if name in columns else str(words)
                    for name, words in wrong.errors.items()
                )
                left.append(row)
        if len(left) == len(waiting):
            return
        waiting = left
