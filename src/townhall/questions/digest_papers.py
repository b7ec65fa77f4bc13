"""The digest on paper: one .docx to carry, one .xlsx to sort; whole, or what one unit answers. Always in Chinese."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import override

from townhall.documents import render, sheets
from townhall.documents.papers import Paper, day
from townhall.hours.models import OfficeHour
from townhall.kernel import clock
from townhall.questions import digest as digests

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from townhall.hours.seats import Actor
    from townhall.questions.digest import Digest, Row, Tally

_CHINESE = "zh-hans"


def docx(actor: Actor, unit: tuple[int, str] | None = None) -> bytes:
    """The digest as .docx, from the office's own template where it has one.

    :param unit: id and name, for that unit's own questions only
    :raises Refused: 403 for seats that may not read it
    """
    with override(_CHINESE):
        return render.docx("digest", _paper(actor, unit).context())


def xlsx(actor: Actor, unit: tuple[int, str] | None = None) -> bytes:
    """The same as a sheet with one question a row; no cell is ever taken for a formula.

    :raises Refused: 403 for seats that may not read it
    """
    with override(_CHINESE):
        found = digests.digest(actor, unit_id=unit[0] if unit else None)
        headers = [
            _("编号"), _("标题"), _("正文"), _("网名"), _("类型"), _("问题类别"), _("所在镇、街道、工业区"),
            _("提问人数"), _("主办小组"), _("答复单位"), _("状态"), _("预答稿期限"),
        ]  # fmt: skip
        return sheets.workbook(_cells(found.rows), headers, unit[1] if unit else _("预提问汇总"))


def _cells(rows: list[Row]) -> Iterator[list[str | int]]:
    for row in rows:
        yield [
            row.number, row.title, row.text, row.display_name, row.kind, row.subject, row.area, row.asked,
            row.group, row.unit, row.status_label, _day(row.due),
        ]  # fmt: skip


def _day(due: date | None) -> str:
    return due.isoformat() if due else ""


def _paper(actor: Actor, unit: tuple[int, str] | None) -> Paper:
    hour = OfficeHour.objects.get(id=actor.hour_id)
    found = digests.digest(actor, unit_id=unit[0] if unit else None)
    title = _("%(hour)s预提问汇总") % {"hour": hour.title}
    return Paper(
        title=f"{title}（{unit[1]}）" if unit else title,
        body="\n".join(
            [
                _("一、收到和分发情况"),
                _summary(found),
                *_counts(found, whole=unit is None),
                _("二、预提问清单"),
                *_list(found),
            ]
        ),
        on=day(clock.today()),
        facts=[(_("本期主题"), hour.topic), (_("开始时间"), f"{clock.local(hour.starts_at):%Y-%m-%d %H:%M}")],
    )


def _summary(found: Digest) -> str:
    message = _(
        "共收到预提问 %(total)s 个：合并 %(merged)s 个，不予受理 %(declined)s 个，"
        "撤回 %(withdrawn)s 个，列入办理 %(listed)s 个。"
    )
    words = message % {
        "total": found.total, "merged": found.merged, "declined": found.declined, "withdrawn": found.withdrawn,
        "listed": len(found.rows),
    }  # fmt: skip
    if not found.waiting:
        return words
    numbers = "、".join(str(row.number) for row in found.waiting)
    rest = _("尚未分发 %(count)s 个：第 %(numbers)s 号。") % {"count": len(found.waiting), "numbers": numbers}
    return f"{words}\n{rest}"


def _counts(found: Digest, *, whole: bool) -> list[str]:
    """A sentence for each way of counting; narrow tables would break the page."""
    lists = [(_("按问题类别"), found.by_subject), (_("按类型"), found.by_kind)]
    if whole:
        lists.insert(1, (_("按答复单位"), found.by_unit))
    return [f"{title}：{'，'.join(_count(one) for one in tallies)}。" for title, tallies in lists if tallies]


def _count(one: Tally) -> str:
    facts = {"label": one.label, "questions": one.questions, "asked": one.asked}
    return _("%(label)s %(questions)s 个（%(asked)s 人）") % facts


def _list(found: Digest) -> Iterator[str]:
    for row in found.rows:
        facts = [row.unit or row.group or _("尚未分发"), _("%(asked)s 人提问") % {"asked": row.asked}]
        if row.due:
            facts.append(_("预答稿期限 %(day)s") % {"day": _day(row.due)})
        yield f"{row.number}. {row.title}（{'，'.join(facts)}）"
        if row.text:
            yield row.text
