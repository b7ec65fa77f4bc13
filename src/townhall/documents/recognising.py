"""What a file is by its content: a name proves nothing."""

from __future__ import annotations

import codecs
import lzma
import struct
import zipfile
import zlib
from typing import TYPE_CHECKING

from townhall.documents.choices import ENDINGS, MEGABYTE, Format

if TYPE_CHECKING:
    from pathlib import Path

_HEAD_BYTES = 4096
_TAIL_BYTES = 4096
_BLOCK = 1 << 16
# What is packed into an office file may not burst the machine that opens it.
_MOST_UNPACKED = 200 * MEGABYTE
_MOST_XML = 100 * MEGABYTE  # every word of it is looked at
_MOST_PARTS = 5_000
_MOST_TYPES_BYTES = MEGABYTE
_MAIN_PARTS = {
    Format.DOCX: b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml",
    Format.XLSX: b"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml",
}
_DAMAGED = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, struct.error, EOFError)
_ACTIVE = (b"macroEnabled", b"vbaProject", b"activeX")
_NEVER_TYPED = frozenset(range(32)) - {9, 10, 12, 13} | {127}


def recognise(path: Path, name: str) -> str | None:
    """The file's kind, or ``None`` when it is none of ours, damaged, or carries macros.

    :param name: what it is called; tells text from a table, which look alike
    """
    with path.open("rb") as handle:
        head = handle.read(_HEAD_BYTES)
        handle.seek(max(0, path.stat().st_size - _TAIL_BYTES))
        tail = handle.read()
    if head.startswith(b"%PDF-"):
        return Format.PDF if b"%%EOF" in tail else None
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return Format.PNG if head[12:16] == b"IHDR" and b"IEND" in tail else None
    if head.startswith(b"\xff\xd8\xff"):
        return Format.JPEG if b"\xff\xd9" in tail else None
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        whole = int.from_bytes(head[4:8], "little") + 8 <= path.stat().st_size
        return Format.WEBP if whole else None
    if head.startswith(b"PK\x03\x04"):
        return _office(path)
    return _text(path, name)


def _office(path: Path) -> str | None:
    """A Word or Excel file without macros that unpacks to a sensible size."""
    try:
        with zipfile.ZipFile(path) as packed:
            parts = packed.infolist()
            if len(parts) > _MOST_PARTS or sum(part.file_size for part in parts) > _MOST_UNPACKED:
                return None
            if sum(part.file_size for part in parts if part.filename.endswith(".xml")) > _MOST_XML:
                return None
            if any(word in part.filename.encode() for part in parts for word in _ACTIVE):
                return None
            with packed.open("[Content_Types].xml") as handle:
                types = handle.read(_MOST_TYPES_BYTES)
            if packed.testzip() is not None:  # damaged, encrypted or packed in a way nobody here can read
                return None
    except (*_DAMAGED, KeyError, OSError, RuntimeError, ValueError):
        return None
    if any(word in types for word in _ACTIVE):
        return None
    return next((kind for kind, main in _MAIN_PARTS.items() if main in types), None)


def _text(path: Path, name: str) -> str | None:
    """Text without control characters, in UTF-8 or GB 18030; a table only by its name."""
    if not any(_decodes(path, encoding) for encoding in ("utf-8-sig", "gb18030")):
        return None
    return Format.CSV if name.lower().endswith(ENDINGS[Format.CSV]) else Format.TEXT


def _decodes(path: Path, encoding: str) -> bool:
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        with path.open("rb") as handle:
            while block := handle.read(_BLOCK):
                if _NEVER_TYPED & set(block):
                    return False
                decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def encoding_of(path: Path) -> str:
    """``utf-8-sig`` or ``gb18030``, for a file that :func:`recognise` called text or a table."""
    return "utf-8-sig" if _decodes(path, "utf-8-sig") else "gb18030"
