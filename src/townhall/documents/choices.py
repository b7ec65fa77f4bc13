"""Kinds of files, and what an upload may be for: which kinds, how large."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

MEGABYTE = 1024 * 1024
MOST_BYTES = 20 * MEGABYTE


class Format(models.TextChoices):
    """What a file is by its content, whatever it is called."""

    PDF = "pdf", "PDF"
    PNG = "png", "PNG"
    JPEG = "jpeg", "JPEG"
    WEBP = "webp", "WebP"
    DOCX = "docx", _("Word 文档（.docx）")
    XLSX = "xlsx", _("Excel 工作簿（.xlsx）")
    TEXT = "text", _("纯文本（.txt）")
    CSV = "csv", _("CSV 表格（.csv）")


# What a file of this kind may be called, the usual ending first, and how it is served.
ENDINGS: dict[str, tuple[str, ...]] = {
    Format.PDF: (".pdf",),
    Format.PNG: (".png",),
    Format.JPEG: (".jpg", ".jpeg"),
    Format.WEBP: (".webp",),
    Format.DOCX: (".docx",),
    Format.XLSX: (".xlsx",),
    Format.TEXT: (".txt",),
    Format.CSV: (".csv",),
}
CONTENT_TYPES: dict[str, str] = {
    Format.PDF: "application/pdf",
    Format.PNG: "image/png",
    Format.JPEG: "image/jpeg",
    Format.WEBP: "image/webp",
    Format.DOCX: "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.TEXT: "text/plain; charset=utf-8",
    Format.CSV: "text/csv; charset=utf-8",
}

_PICTURES = (Format.PNG, Format.JPEG, Format.WEBP)
_TABLES = (Format.XLSX, Format.CSV)


@dataclass(frozen=True, slots=True)
class Purpose:
    """What an upload is for.

    :param code: the word that is stored
    :param label: what people call it
    :param formats: the kinds of files it may be
    :param most_bytes: the largest one
    """

    code: str
    label: Any
    formats: tuple[str, ...]
    most_bytes: int = MOST_BYTES


PURPOSES: dict[str, Purpose] = {
    purpose.code: purpose
    for purpose in (
        Purpose("template", _("文档模板"), (Format.DOCX,), 5 * MEGABYTE),
        Purpose("scan", _("扫描件"), (Format.PDF, *_PICTURES)),
        Purpose("material", _("背景材料"), (Format.PDF, *_PICTURES, Format.DOCX, Format.XLSX)),
        Purpose("attachment", _("附件"), tuple(Format)),
        Purpose("evidence", _("证明材料"), tuple(Format)),
        Purpose("photo", _("照片"), _PICTURES, 5 * MEGABYTE),
        Purpose("table", _("表格"), _TABLES, 10 * MEGABYTE),
    )
}
