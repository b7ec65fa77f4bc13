"""What a field of the open data means: one list for the page, the data package, the CSV's first row and its cells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

Row = dict[str, Any]


def _answer(name: str) -> Callable[[Row], Any]:
    return lambda row: (row["answer"] or {}).get(name)


def _number(name: str) -> Callable[[Row], Any]:
    return lambda row: row[name]["number"] if row[name] else None


@dataclass(frozen=True, slots=True)
class Field:
    """One column.

    :param type: as Frictionless Table Schema names it
    :param words: what it means, for people
    :param read: how it is found in a row as programs get it; by its name without
    """

    name: str
    type: str
    words: Any
    read: Callable[[Row], Any] | None = None

    def of(self, row: Row) -> Any:
        """The cell."""
        found = self.read(row) if self.read is not None else row[self.name]
        if isinstance(found, bool):
            return "true" if found else "false"
        return "; ".join(map(str, found)) if isinstance(found, list) else found


QUESTIONS: tuple[Field, ...] = (
    Field("id", "integer", _("本系统内的编号，永久不变")),
    Field("hour", "string", _("哪一期（网址里的名字）")),
    Field("number", "integer", _("本期第几号")),
    Field("window", "string", _("pre 预提问，live 办公时段内提问")),
    Field("kind", "string", _("提问类型：consult 咨询，complaint 投诉，suggestion 建议，service 办事")),
    Field("subject", "string", _("问题类别的代码")),
    Field("area", "string", _("所在镇、街道、工业区")),
    Field("display_name", "string", _("提问人自己取的网名")),
    Field("title", "string", _("标题；屏蔽或只答复本人的为空")),
    Field("text", "string", _("正文，手机号等已遮盖；屏蔽或只答复本人的为空")),
    Field("asked_at", "datetime", _("提问时间，带时区")),
    Field("status", "string", _("accepted 已受理，assigned 办理中，submitted 待签发，published 已答复，merged 已合并")),
    Field("outcome", "string", _("answered 当场答复，promised 承诺限期办理；还没有答复的为空")),
    Field("withheld", "string", _("pending 临时屏蔽，confirmed 依法撤下；没有屏蔽的为空")),
    Field("withhold_code", "string", _("屏蔽原因的代码")),
    Field("private", "boolean", _("只答复本人，不公开文字")),
    Field("unit", "string", _("主办单位")),
    Field("units", "string", _("答复单位，主办在前，以分号隔开"), _answer("units")),
    Field("answer", "string", _("答复原文；屏蔽或只答复本人的为空"), _answer("text")),
    Field("signed_by", "string", _("签发人"), _answer("signed_by")),
    Field("signed_as", "string", _("mayor 区长，deputy 副区长，authorised 授权签发人"), _answer("signed_as")),
    Field("signed_at", "datetime", _("签发时间，带时区"), _answer("signed_at")),
    Field("version", "integer", _("答复的第几版；更正会成为新的一版"), _answer("version")),
    Field("verdict", "string", _("建议的结果：adopted 采纳，partly 部分采纳，noted 留作参考"), _answer("verdict")),
    Field("supports", "integer", _("多少人同问")),
    Field("comments", "integer", _("显示的评论数")),
    Field("merged_into", "integer", _("合并到本期第几号"), _number("merged_into")),
    Field("url", "string", _("网页地址")),
)  # fmt: skip
PROMISES: tuple[Field, ...] = (
    Field("id", "integer", _("本系统内的编号，永久不变")),
    Field("question", "integer", _("写在哪个问题的答复里（编号）")),
    Field("hour", "string", _("哪一期（网址里的名字）")),
    Field("number", "integer", _("本期第几号")),
    Field("text", "string", _("答复里的原话；屏蔽或只答复本人的为空")),
    Field("unit", "string", _("承办单位")),
    Field("unit_id", "integer", _("承办单位的编号")),
    Field("due", "date", _("承诺期限")),
    Field("state", "string", _("办理状态的代码")),
    Field("late", "boolean", _("已过期限")),
    Field("url", "string", _("网页地址")),
)


def promises_of(question: Row) -> list[Row]:
    """A question's promises as rows of their own file."""
    shared = {name: question[name] for name in ("hour", "number", "url")}
    return [{**shared, **one} for one in question["commitments"]]


FILES: dict[str, tuple[Field, ...]] = {"questions": QUESTIONS, "promises": PROMISES}
