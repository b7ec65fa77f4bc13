"""Which column of a file is which: known by their names, or told by whoever imports."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


@dataclass(frozen=True, slots=True)
class Column:
    """One thing that is wanted of each row.

    :param longest: in characters
    :param known: what such columns are usually called, in lower case
    """

    name: str
    label: Any
    longest: int
    known: tuple[str, ...]
    required: bool = False


# A letter to a mayor rarely passes 3,000 characters and an answer rarely 5,000: ten times that is another document.
_LONGEST_TEXT, _LONGEST_ANSWER, _LONGEST_WORDS = 30_000, 50_000, 120
COLUMNS: dict[str, Column] = {
    one.name: one
    for one in (
        Column(
            "text", gettext_lazy("问题"), _LONGEST_TEXT,
            ("text", "question", "content", "问题", "提问", "内容", "提问内容", "问题内容", "留言详情",
             "留言内容", "诉求内容"),
            required=True,
        ),
        Column(
            "answer", gettext_lazy("答复"), _LONGEST_ANSWER,
            ("answer", "reply", "答复", "回复", "答复意见", "答复内容", "回复内容", "办理结果"), required=True,
        ),
        Column(
            "answered_on", gettext_lazy("答复日期"), 40,
            ("answered_on", "answered_at", "replied_at", "reply_date", "答复日期", "答复时间", "回复日期",
             "回复时间"),
            required=True,
        ),
        Column(
            "asked_on", gettext_lazy("提问日期"), 40,
            ("asked_on", "asked_at", "created_at", "date", "提问日期", "提问时间", "留言时间", "日期", "时间"),
        ),
        Column("title", gettext_lazy("标题"), 200, ("title", "标题", "主题", "留言主题", "问题标题")),
        Column("issue", gettext_lazy("期号"), 40, ("issue", "issue_no", "期号", "期数", "期次")),
        Column("number", gettext_lazy("编号"), 40, ("id", "number", "编号", "序号", "留言编号", "问题编号")),
        Column(
            "unit", gettext_lazy("答复单位"), _LONGEST_WORDS,
            ("unit", "department", "答复单位", "回复单位", "承办单位", "办理单位", "单位"),
        ),
        Column(
            "display_name", gettext_lazy("网名"), _LONGEST_WORDS,
            ("display_name", "name", "user", "网名", "提问人", "留言用户", "昵称"),
        ),
        Column(
            "subject", gettext_lazy("问题类别"), _LONGEST_WORDS,
            ("subject", "category", "问题类别", "类别", "分类"),
        ),
        Column(
            "area", gettext_lazy("所在镇、街道"), _LONGEST_WORDS,
            ("area", "town", "区域", "所在镇、街道", "镇街", "街镇"),
        ),
        Column("outcome", gettext_lazy("结果"), _LONGEST_WORDS, ("outcome", "result", "结果", "办理方式")),
    )
}  # fmt: skip


class ColumnsError(ValueError):
    """A mapping of columns that cannot be used; its text says why and what to do."""


def plain(name: str) -> str:
    """A heading as it is compared: no blanks, no case, no full-width letters."""
    return "".join(unicodedata.normalize("NFKC", name).casefold().split())


def mapping(headings: Sequence[str], told: Iterable[str] = ()) -> dict[str, int]:
    """The place of each known column among the headings.

    :param told: ``column=heading`` each, going before what is known by name; ``column=`` leaves one out
    :raises ColumnsError: for an unknown column or heading, or when something required is not there
    """
    places = {plain(heading): place for place, heading in reversed(list(enumerate(headings)))}
    found = {
        column.name: places[word]
        for column in COLUMNS.values()
        for word in reversed(column.known)
        if word in places
    }
    for rule in told:
        name, equals, heading = rule.partition("=")
        if not equals or name not in COLUMNS:
            words = _("--map %(rule)s：请写成“列=表头”，列是 %(names)s 之一。")
            raise ColumnsError(words % {"rule": rule, "names": "、".join(COLUMNS)})
        if not heading:
            found.pop(name, None)
        elif plain(heading) in places:
            found[name] = places[plain(heading)]
        else:
            words = _("--map %(rule)s：文件里没有这一列。表头是：%(headings)s。")
            raise ColumnsError(words % {"rule": rule, "headings": _listed(headings)})
    if lacking := [one for one in COLUMNS.values() if one.required and one.name not in found]:
        words = _(
            "没有认出这些列：%(columns)s。表头是：%(headings)s。请用 --map 指明，例如 --map %(name)s=某列。"
        )
        named = "、".join(f"{one.label}（{one.name}）" for one in lacking)
        raise ColumnsError(words % {"columns": named, "headings": _listed(headings), "name": lacking[0].name})
    return found


def _listed(headings: Sequence[str]) -> str:
    return "、".join(heading[:20] or "（空）" for heading in headings[:20])
