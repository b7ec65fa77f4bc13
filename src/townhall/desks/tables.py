"""A table pasted or uploaded: previewed, taken in, and what was not taken in given back to be mended."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from townhall.documents import sheets
from townhall.documents.receiving import received
from townhall.kernel.errors import INVALID, InvalidFields

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from django.http import HttpRequest, HttpResponse

    from townhall.people.taking_in import Report

    Take = Callable[..., Report]


@sensitive_variables("report")
def page(request: HttpRequest, take: Take, columns: dict[str, Any], **more: Any) -> HttpResponse:
    """The page of an import: empty, with a preview, or with what was done.

    :param take: given the numbered rows, and ``keep``
    :param columns: the headings to write, by field
    :param more: title, address and example for the template
    """
    context: dict[str, Any] = dict(more)
    context |= {"heading": _lines([[*columns.values()]]), "example": _lines(more.get("rows", ()))}
    if request.method != "POST":
        return render(request, "desks/units/import.html", context)
    keep = request.POST.get("then") == "keep"
    try:
        typed = context["typed"] = request.POST.get("rows", "")
        table = _table(request, typed)
        context["typed"] = sheets.plain_csv(table)
        report = take(table, keep=keep)
    except InvalidFields as wrong:
        context["error"] = " ".join(str(words) for words in wrong.errors.values())
        return render(request, "desks/units/import.html", context, status=INVALID)
    if keep:  # what is left to do is what was not taken in
        left = [(1, report.headings), *((place, row.cells) for place, row in enumerate(report.wrong, 2))]
        context["typed"] = sheets.plain_csv(left) if report.wrong else ""
    return render(request, "desks/units/import.html", context | {"report": report})


def _table(request: HttpRequest, typed: str) -> list[tuple[int, list[str]]]:
    file = received(request)
    if file is None:
        rows = sheets.pasted_rows(typed.replace("\r\n", "\n").lstrip("\ufeff"))
    else:
        path = getattr(file, "temporary_file_path", None)
        if path is None:
            raise InvalidFields({"file": _("文件读不出来。请另存为 CSV，或把内容粘贴到下面。")})
        rows = sheets.read_rows(Path(path()))
    if not rows:
        raise InvalidFields({"rows": _("请选择文件，或把表格粘贴到下面。")})
    return rows


def _lines(rows: Iterable[Sequence[Any]]) -> str:
    return sheets.plain_csv((place, [str(cell) for cell in row]) for place, row in enumerate(rows, 1))
