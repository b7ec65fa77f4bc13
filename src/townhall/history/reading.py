"""Reading a file of past questions row by row: CSV, JSONL or XLSX, in whatever encoding it came."""

from __future__ import annotations

import codecs
import csv
import gzip
import hashlib
import io
import json
from collections.abc import Generator, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, cast

from django.utils.translation import gettext as _
from openpyxl import load_workbook

from townhall.documents.choices import Format
from townhall.documents.recognising import recognise

if TYPE_CHECKING:
    from collections.abc import Sequence

_BLOCK = 1 << 16
# A cell past this is a quotation mark that never ends: it would take the rest of the file into memory.
_LARGEST_CELL = 4 * 1024 * 1024
_MOST_COLUMNS = 200
_MOST_SHOWN = 1000  # letters of a broken line: enough to find it again
# "sheet" is a workbook by its name only.
_TEXTS = {
    ".csv": "csv",
    ".tsv": "csv",
    ".txt": "csv",
    ".jsonl": "jsonl",
    ".ndjson": "jsonl",
    ".xlsx": "sheet",
}
_GZIP, _ZIP, _PDF, _OLE = b"\x1f\x8b", b"PK\x03\x04", b"%PDF-", b"\xd0\xcf\x11\xe0"
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# In UTF-16 of Chinese with Western punctuation at least so many of the first bytes are zero; in text none is.
_ZEROS = 0.02


class FileError(ValueError):
    """A file that cannot be read; its text says why and what to do."""


class Broken(list[str]):
    """A line that is no row: what stands there, so that it comes back with its reason."""

    def __init__(self, line: str, why: str) -> None:
        super().__init__([line.strip()[:_MOST_SHOWN]])
        self.why = why


@dataclass(frozen=True, slots=True)
class Table:
    """What a file turned out to be.

    :param kind: ``csv``, ``jsonl`` or ``xlsx``
    :param encoding: of text; empty for a workbook
    :param digest: SHA-256 of the file
    """

    path: Path
    kind: str
    encoding: str
    packed: bool
    digest: str
    headings: Sequence[str]

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Every row that is not empty, with its number in the file (the heading is row 1 where there is one).

        :raises FileError: when the file ends badly
        """
        lines = _LINES[self.kind](self)
        if self.kind != "jsonl":
            next(lines, None)
        for number, cells in lines:
            if any(cells):
                yield number, cells


def look_at(path: Path) -> Table:
    """Find out what a file is.

    :raises FileError: for a directory, an empty file, another kind of file, a wrong ending, an unknown encoding
    """
    if path.is_dir():
        raise FileError(_("%(path)s 是目录，请指定一个文件。") % {"path": path})
    try:
        with path.open("rb") as handle:
            head = handle.read(8)
    except OSError as error:
        raise FileError(_("%(path)s 打不开：%(why)s。") % {"path": path, "why": error.strerror}) from error
    if not head:
        raise FileError(_("%(path)s 是空文件。") % {"path": path})
    packed = head.startswith(_GZIP)
    kind = _kind(path, head, packed=packed)
    digest, encoding = _measured(path, packed=packed, binary=kind == "xlsx")
    table = Table(path, kind, encoding, packed, digest, ())
    headings = _headings(table)
    if not any(headings):
        raise FileError(_("%(path)s 里没有表头，也没有内容。") % {"path": path})
    return Table(path, kind, encoding, packed, digest, headings)


def _kind(path: Path, head: bytes, *, packed: bool) -> str:
    name = path.name.lower()
    ending = Path(name.removesuffix(".gz") if packed else name).suffix
    if head.startswith(_ZIP):
        real = "xlsx" if recognise(path, name) == Format.XLSX else ""
    elif head.startswith((_PDF, _OLE)):
        real = ""
    else:
        real = _TEXTS.get(ending, "text")
    if not real:
        raise FileError(_("%(name)s 不是能导入的文件。请另存为 .xlsx、CSV 或 JSONL。") % {"name": path.name})
    if real == "text":
        words = _("%(name)s：只能导入 .csv、.jsonl、.xlsx 文件（也可以是 .gz）。")
        raise FileError(words % {"name": path.name})
    if (real == "xlsx") != (ending == ".xlsx"):
        words = _("%(name)s 的扩展名和内容不符，内容是%(real)s。请改正扩展名后再导入。")
        raise FileError(
            words % {"name": path.name, "real": _("Excel 表格") if real == "xlsx" else _("一份文本")}
        )
    return real


def _open(path: Path, *, packed: bool) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(path, "rb")) if packed else path.open("rb")


def _measured(path: Path, *, packed: bool, binary: bool) -> tuple[str, str]:
    """SHA-256 of the file as it lies there, and the encoding of its text."""
    with path.open("rb") as handle:
        digest = hashlib.file_digest(handle, "sha256").hexdigest()
    if binary:
        return digest, ""
    try:
        with _open(path, packed=packed) as handle:
            head = handle.read(_BLOCK)
        return digest, _encoding(path, head, packed=packed)
    except (OSError, EOFError) as error:
        raise FileError(_("%(name)s 已损坏，解不开。") % {"name": path.name}) from error


def _encoding(path: Path, head: bytes, *, packed: bool) -> str:
    for bom, encoding in _BOMS:
        if head.startswith(bom):
            _decode(path, encoding, packed=packed)
            return encoding
    if head.count(0) > _ZEROS * len(head):
        encoding = "utf-16-le" if head[1::2].count(0) >= head[::2].count(0) else "utf-16-be"
        _decode(path, encoding, packed=packed)
        return encoding
    for encoding in ("utf-8", "gb18030"):
        try:
            _decode(path, encoding, packed=packed)
        except FileError:
            if encoding == "gb18030":
                raise
        else:
            return encoding
    return ""


def _decode(path: Path, encoding: str, *, packed: bool) -> None:
    """Read the whole file once in this encoding.

    :raises FileError: where it is something else
    """
    decoder = codecs.getincrementaldecoder(encoding)()
    place = 0
    try:
        with _open(path, packed=packed) as handle:
            while block := handle.read(_BLOCK):
                if "\x00" in decoder.decode(block):
                    raise FileError(_("%(name)s 不是文本文件。") % {"name": path.name})
                place += len(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        words = _("%(name)s 的编码认不出来（约第 %(place)s 字节处），请另存为 UTF-8 或 GB18030。")
        raise FileError(words % {"name": path.name, "place": place + error.start}) from error


def _headings(table: Table) -> list[str]:
    lines = _LINES[table.kind](table)
    if table.kind == "jsonl":
        return list(_keys(table))
    with closing(lines):
        first = next(lines, (1, []))[1]
    if len(first) > _MOST_COLUMNS:
        raise FileError(_("表头有 %(n)s 列，太多了，可能分隔符不对。") % {"n": len(first)})
    return first


# -- lines of each kind ---------------------------------------------------------------------------------------


def _text(table: Table) -> io.TextIOWrapper:
    return io.TextIOWrapper(_open(table.path, packed=table.packed), encoding=table.encoding, newline="")


def _csv(table: Table) -> Generator[tuple[int, list[str]]]:
    csv.field_size_limit(_LARGEST_CELL)
    with _text(table) as handle:
        separator = _separator(handle.readline(_BLOCK))
        handle.seek(0)
        reader = csv.reader(handle, delimiter=separator)
        number = 0
        try:
            for cells in reader:
                number += 1
                yield number, [cell.strip() for cell in cells]
        except csv.Error as error:
            words = _("第 %(n)s 行后面有一格超过 %(most)s MB，可能少了一个引号。")
            raise FileError(words % {"n": number, "most": _LARGEST_CELL >> 20}) from error


def _separator(first: str) -> str:
    return max(",\t;", key=lambda mark: (first.count(mark), mark == ","))


def _objects(table: Table) -> Generator[tuple[int, dict[str, Any] | Broken]]:
    with _text(table) as handle:
        for number, line in enumerate(handle, start=1):
            if not line.strip():
                continue
            try:
                found = json.loads(line)
            except (ValueError, RecursionError):
                found = Broken(line, _("不是 JSON。每行应是一个对象。"))
            if not isinstance(found, dict | Broken):
                found = Broken(line, _("不是 JSON 对象。"))
            yield number, found


def _keys(table: Table) -> list[str]:
    """The names of all objects, in the order in which they first come: what only later ones have is read as well."""
    names: dict[str, None] = {}
    broken = None
    with closing(_objects(table)) as lines:
        for number, found in lines:
            if isinstance(found, Broken):
                broken = broken or (number, found.why)
                continue
            names.update(dict.fromkeys(map(str, found)))
            if len(names) > _MOST_COLUMNS:
                raise FileError(
                    _("到第 %(n)s 行已有 %(most)s 种以上的字段名，太多了。")
                    % {"n": number, "most": _MOST_COLUMNS}
                )
    if broken and not names:
        raise FileError(_("第 %(n)s 行%(why)s") % {"n": broken[0], "why": broken[1]})
    return list(names)


def _jsonl(table: Table) -> Generator[tuple[int, list[str]]]:
    for number, found in _objects(table):
        yield (
            number,
            found if isinstance(found, Broken) else [_words(found.get(key)) for key in table.headings],
        )


def _xlsx(table: Table) -> Generator[tuple[int, list[str]]]:
    try:
        with table.path.open("rb") as handle:
            book = load_workbook(handle, read_only=True, data_only=True, keep_links=False)
            for number, row in enumerate(book.worksheets[0].iter_rows(values_only=True), start=1):
                cells = [_words(value) for value in row[:_MOST_COLUMNS]]
                while len(cells) > len(table.headings) and not cells[-1]:
                    cells.pop()
                yield number, cells
    except FileError:
        raise
    except Exception as error:  # whatever a damaged workbook makes the library raise
        raise FileError(_("表格打不开，请在 WPS 或 Excel 中另存为 .xlsx。")) from error


def _words(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.date().isoformat()
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value).strip()


_LINES = {"csv": _csv, "jsonl": _jsonl, "xlsx": _xlsx}
