"""The office's papers: templates to take away, edit in WPS or Word and hand in again; files by their number."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from townhall.desks.access import signed_in, staff
from townhall.documents import actions, converting, fonts, serving, templates, uploads
from townhall.documents import render as papers
from townhall.documents.choices import MEGABYTE, PURPOSES
from townhall.documents.receiving import received
from townhall.kernel.errors import INVALID, InvalidFields, missing

if TYPE_CHECKING:
    from collections.abc import Mapping


def _known(name: str) -> templates.Template:
    if name not in templates.TEMPLATES:
        raise missing(_("没有这个模板。"))
    return templates.TEMPLATES[name]


@staff
@require_GET
def documents(request: HttpRequest) -> HttpResponse:
    """Every template with what may stand in it, and the fonts of the PDF files."""
    return _show(request)


def _show(request: HttpRequest, name: str = "", errors: Mapping[str, Any] | None = None) -> HttpResponse:
    own = templates.own_ones()
    chosen = fonts.chosen()
    context = {
        "rows": [
            {
                "template": one,
                "own": own.get(one.name),
                "placeholders": list(templates.names(one.placeholders)),
                "error": (errors or {}).get("file", "") if one.name == name else "",
            }
            for one in templates.TEMPLATES.values()
        ],
        "may": actions.may_change_templates(signed_in(request)),
        "fonts": chosen.names if chosen else [],
        "remedy": fonts.REMEDY,
        "converter": converting.program() is not None,
        "converter_remedy": converting.REMEDY,
        "most": PURPOSES["template"].most_bytes // MEGABYTE,
        "accepts": uploads.accepts("template"),
    }
    return render(request, "desks/documents/documents.html", context, status=INVALID if errors else 200)


@staff
@require_GET
def template(request: HttpRequest, name: str) -> HttpResponse:
    """The template in use; ``?which=shipped`` the one that came with the product."""
    known = _known(name)
    shipped = request.GET.get("which") == "shipped"
    data = templates.shipped(name) if shipped else templates.source(name)
    return serving.made(data, f"{known.label}{_('模板')}.docx", papers.DOCX_TYPE)


@staff
@require_GET
def preview(request: HttpRequest, name: str) -> HttpResponse:
    """The template in use, filled with its placeholders' own names."""
    known = _known(name)
    return serving.made(
        papers.docx(name, templates.sample(name)), f"{known.label}{_('样张')}.docx", papers.DOCX_TYPE
    )


@staff
@require_POST
def adopt(request: HttpRequest, name: str) -> HttpResponse:
    """Hand in the office's own template."""
    known = _known(name)
    try:
        actions.adopt_template(signed_in(request), name, received(request))
    except InvalidFields as error:
        return _show(request, name, error.errors)
    messages.success(request, _("“%(name)s”已换成本单位的模板。") % {"name": known.label})
    return redirect("desks:documents")


@staff
@require_POST
def retire(request: HttpRequest, name: str) -> HttpResponse:
    """Go back to the shipped template."""
    known = _known(name)
    actions.retire_template(signed_in(request), name)
    messages.success(request, _("“%(name)s”已恢复系统自带的模板。") % {"name": known.label})
    return redirect("desks:documents")


@staff
@require_GET
def file(request: HttpRequest, upload_id: int) -> HttpResponse:
    """A file that was handed in, for whoever may read it."""
    return serving.kept(uploads.for_staff(signed_in(request), upload_id))  # type: ignore[return-value]
