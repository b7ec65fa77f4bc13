"""Handover list, summary and transcript on paper: .docx the office can edit, PDF to print."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import override

from townhall.documents import render
from townhall.documents.papers import Paper as Sheet
from townhall.documents.papers import Table, day
from townhall.hours.choices import Role
from townhall.kernel import clock
from townhall.wrapping import published
from townhall.wrapping.choices import PaperKind
from townhall.wrapping.made import Made
from townhall.wrapping.models import Paper

if TYPE_CHECKING:
    from townhall.hours.models import OfficeHour

# Papers are in Chinese whatever language the desk speaks.
_COVERED = "（依法撤下，文字不再公开）"
_CORRECTED = "（此后作过更正，见本期页面）"


def _made(kind: str, template: str, sheet: Sheet, name: str) -> Made:
    """:raises KeyError: for anything but ``docx`` and ``pdf``."""
    makers = {"docx": (render.docx, render.DOCX_TYPE), "pdf": (render.pdf, render.PDF_TYPE)}
    make, content_type = makers[kind]
    return Made(make(template, sheet.context()), content_type, f"{name}.{kind}")


def closing(paper: Paper, kind: str) -> Made:
    """A closing paper as it may be read now: what was covered since it was signed is a stub here too.

    :param kind: ``docx`` or ``pdf``
    """
    with override("zh-hans"):
        label = str(PaperKind(paper.kind).label)
        body = published.words(paper)
        for place, one in enumerate(published.transcript(paper), start=1):
            body += "\n" + "\n".join(_entry(place, one))
        signed = ""
        if paper.signed_by and paper.signed_at:
            signed = f"由{Role(paper.signed_as).label}{paper.signed_by.name}签发"
        sheet = Sheet(
            title=f"{paper.hour.title}{label}" + ("" if signed else "\n（草稿）"), body=body, signed=signed,
            on=day(clock.local(paper.signed_at).date()) if paper.signed_at else "",
        )  # fmt: skip
    return _made(kind, "minutes", sheet, f"{paper.hour.slug}-{paper.kind}")


def _entry(place: int, one: dict[str, Any]) -> list[str]:
    head = f"{place}．第{one['number']}号 {one['title']}"
    if one["withheld"]:
        return [head + _COVERED]
    answer = one["answer"] or {}
    signer = f"（{answer.get('unit', '')}拟稿，由{answer.get('signed_as_label', '')}{answer.get('signed_by', '')}签发）"
    note = _CORRECTED if one["corrected"] else ""
    return [head, f"问：{one['text']}", f"答：{one['answer_text']}{signer}{note}"]


def handover(found: dict[str, Any], hour: OfficeHour, kind: str) -> Made:
    """A handover list with room for the signature."""
    one = found["list"]
    rows = [
        [str(place), row["kind_label"], f"第{row['number']}号 {row['title']}", row["words"] or "待答复",
         row["unit"], day(row["due"])]
        for place, row in enumerate(found["rows"], start=1)
    ]  # fmt: skip
    handed = f"{one.handed_by.name}，{day(clock.local(one.handed_at))}" if one.handed_by else ""
    signed = f"{one.signed_by.name}，{day(clock.local(one.signed_at))}" if one.signed_by else ""
    sheet = Sheet(
        title=f"{hour.title}会后事项移交清单（第{one.number}份）",
        facts=[("移交", f"区府办 {handed}"), ("签收", f"督查室 {signed}")],
        tables=[Table(["序号", "类别", "提问", "承诺的原话", "单位", "期限"], rows, widths=(1, 2, 5, 6, 3, 3))],
    )  # fmt: skip
    return _made(kind, "digest", sheet, f"{hour.slug}-handover-{one.number}")
