"""Papers as .docx from templates an office can edit, and as PDF in the layout of GB/T 9704-2012."""

from __future__ import annotations

import io
import json
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Any

import segno
import typst
from django.utils.translation import gettext as _
from docx.shared import Mm
from docxtpl import DocxTemplate, InlineImage

from townhall.documents import converting, fonts, templates
from townhall.documents.papers import cleaned
from townhall.kernel import clock
from townhall.kernel.errors import BUSY, Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

PDF_TYPE = "application/pdf"
DOCX_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
# The layouts in `data/`, each one function of the same data.
LAYOUTS = ("notice", "telegram", "announcement", "plan", "minutes", "digest", "roster", "slip")


def docx(template_name: str, context: Mapping[str, Any]) -> bytes:
    """A paper as .docx, from the office's own template where there is one, else from the shipped one.

    :param template_name: a key of ``templates.TEMPLATES``
    :param context: see :meth:`papers.Paper.context`, with what the template allows besides
    :raises KeyError: for an unknown template
    """
    filled = templates.empty(template_name) | cleaned(dict(context))
    document = DocxTemplate(io.BytesIO(templates.source(template_name)))
    if filled.get("qr"):
        picture = io.BytesIO()
        segno.make(str(filled["qr"]), error="m").save(picture, kind="png", scale=8, border=2)
        filled["qr_picture"] = InlineImage(document, picture, width=Mm(38))
    document.render(filled, jinja_env=templates.environment(template_name), autoescape=True)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def pdf(layout: str, context: Mapping[str, Any]) -> bytes:
    """A paper as PDF: as the office's own template has it where there is one, else in the fixed layout.

    :param layout: one of :data:`LAYOUTS`
    :raises KeyError: for an unknown layout
    :raises Refused: 503 when this machine cannot make it, with the remedy
    """
    if layout in templates.TEMPLATES and templates.own(layout) is not None:
        return converting.pdf(docx(layout, context))
    return laid_out(layout, context)


def laid_out(layout: str, context: Mapping[str, Any]) -> bytes:
    """A paper as PDF in the fixed layout, whatever template the office has.

    Nothing in ``context`` is ever read as markup: it reaches the layout as data.

    :param layout: one of :data:`LAYOUTS`
    :raises KeyError: for an unknown layout
    :raises Refused: 503 when the machine has no Chinese font, with the remedy
    """
    if layout not in LAYOUTS:
        raise KeyError(layout)
    chosen = fonts.chosen()
    if not chosen:
        words = _(
            "服务器上没有中文字体，不能生成 PDF。请管理员执行 apt-get install fonts-noto-cjk；"
            ".docx 可以照常下载。"
        )
        raise Refused(BUSY, "no_fonts", words)
    data = cleaned(dict(context)) | {"layout": layout, "fonts": chosen.as_data()}
    if data.get("qr"):
        data["qr_svg"] = _qr(str(data["qr"]))
    made: bytes = typst.compile(  # type: ignore[misc]  # its stub cannot say bytes
        _source(layout),
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        timestamp=int(clock.now().timestamp()),
        font_paths=chosen.folders,
        ignore_system_fonts=True,
    )
    return made


@lru_cache(maxsize=len(LAYOUTS))
def _source(layout: str) -> bytes:
    """One layout after what all of them share."""
    folder = resources.files("townhall.documents") / "data"
    parts = [(folder / name).read_bytes() for name in ("common.typ", f"{layout}.typ")]
    return b"\n".join(parts)


def _qr(address: str) -> str:
    """A QR code as SVG, error correction M: it survives newsprint."""
    out = io.BytesIO()
    segno.make(address, error="m").save(out, kind="svg", border=2, xmldecl=False, svgns=True)
    return out.getvalue().decode()
