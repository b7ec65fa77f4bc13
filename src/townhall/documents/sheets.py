"""Tables in and out: .xlsx written row by row, .xlsx and .csv read with a limit."""

from __future__ import annotations

import csv
import io
import re
from itertools import islice
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from openpyxl import Workbook, load_workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.styles import Alignment, Font
from openpyxl.utils import get_column_letter

from townhall.documents.choices import Format
from townhall.documents.recognising import encoding_of, recognise
from townhall.kernel.errors import InvalidFields

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

MOST_ROWS = 50_000
MOST_COLUMNS = 60
LONGEST_CELL = 32_000  # Excel's own limit is 32,767
LONGEST_TITLE = 31
_FORMULA = re.compile(r"^[=+\-@\t\r]")
_NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_NOT_IN_TITLES = re.compile(r"[\[\]:*?/\\]")
_WIDE, _NARROW = 48, 10


def harmless(value: Any) -> Any:
    """A cell's value that no program takes for a formula: text that begins like one gets an apostrophe."""
    if value is None or isinstance(value, int | float):
        return value
    text = _NOT_IN_XML.sub("", str(value))[:LONGEST_CELL]
    return f"'{text}" if _FORMULA.match(text) else text


def workbook(rows: Iterable[Sequence[Any]], headers: Sequence[str], title: str = "") -> bytes:
    """An .xlsx of one sheet: a bold, frozen first row, then ``rows`` one after the other.

    :param rows: any length; they are written as they come
    :param title: the sheet's name
    """
    book = Workbook(write_only=True)
    sheet = book.create_sheet(_NOT_IN_TITLES.sub(" ", title)[:LONGEST_TITLE] or "Sheet1")
    sheet.freeze_panes = "A2"
    for place, header in enumerate(headers, start=1):
        width = min(_WIDE, max(_NARROW, 2 * len(header) + 4))
        sheet.column_dimensions[get_column_letter(place)].width = width
    sheet.append([_head(sheet, header) for header in headers])
    for row in rows:
        sheet.append([harmless(value) for value in row])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _head(sheet: Any, words: str) -> Any:
    cell = WriteOnlyCell(sheet, harmless(words))
    cell.font = Font(bold=True)
    cell.alignment = Alignment(wrap_text=True, vertical="top")
    return cell


class _Line:
    """Where the csv module writes its one line, so that it can be passed on at once."""

    def __init__(self) -> None:
        self.text = ""

    def write(self, text: str) -> None:
        self.text = text


def csv_lines(rows: Iterable[Sequence[Any]], headers: Sequence[str]) -> Iterator[bytes]:
    """A table as CSV (RFC 4180, UTF-8 with a mark so that Excel and WPS read it), line by line, nothing a formula.

    :param rows: any length; each is passed on as it comes
    """
    line = _Line()
    writer = csv.writer(line)
    writer.writerow([harmless(header) for header in headers])
    yield b"\xef\xbb\xbf" + line.text.encode()
    for row in rows:
        writer.writerow([harmless(value) for value in row])
        yield line.text.encode()


def read_rows(path: Path, limit: int = MOST_ROWS, field: str = "file") -> list[tuple[int, list[str]]]:
    """The rows of an .xlsx (its first sheet) or .csv as text with the number each has in its file; no empty ones.

    :param path: a file of any name; its content says what it is (see ``uploads.path_of``)
    :raises InvalidFields: for another kind of file, or more than ``limit`` rows
    """
    kind = recognise(path, "table.csv")
    if kind not in {Format.XLSX, Format.CSV}:
        raise InvalidFields({field: _("请上传 .xlsx 或 .csv 表格。")})
    lines = _xlsx(path, field) if kind == Format.XLSX else _csv(path, field)
    rows = list(islice(((number, row) for number, row in enumerate(lines, 1) if any(row)), limit + 1))
    if len(rows) > limit:
        raise InvalidFields({field: _("表格超过 %(limit)s 行。请拆成几份分别上传。") % {"limit": limit}})
    return rows


def pasted_rows(words: str, field: str = "rows") -> list[tuple[int, list[str]]]:
    """The rows of a table that was pasted, parted by commas or, from a spreadsheet, by tabs; with their numbers.

    :raises InvalidFields: for a cell that is too long
    """
    head = words.partition("\n")[0]
    reader = csv.reader(io.StringIO(words, newline=""), delimiter="\t" if "\t" in head else ",")
    try:
        rows = [
            (number, [cell.strip() for cell in row[:MOST_COLUMNS]]) for number, row in enumerate(reader, 1)
        ]
    except csv.Error as error:  # a quotation mark that never ends
        raise InvalidFields({field: _("表格有一格太长，可能少了一个引号，请核对。")}) from error
    return [(number, row) for number, row in rows if any(row)]


def plain_csv(rows: Iterable[tuple[int, Sequence[str]]]) -> str:
    """Numbered rows as CSV text, each on the line of its number, so that they can be mended and sent again."""
    line = _Line()
    writer = csv.writer(line, lineterminator="\n")
    found: list[str] = []
    for number, row in rows:
        found += ["\n"] * (number - 1 - len(found))
        writer.writerow(row)
        found.append(line.text)
    return "".join(found)


def _csv(path: Path, field: str) -> Iterator[list[str]]:
    try:
        with path.open(encoding=encoding_of(path), newline="") as handle:
            for row in csv.reader(handle):
                # Python's own limit is one for the whole process, and others raise it.
                if max(map(len, row), default=0) > LONGEST_CELL:
                    raise csv.Error
                yield [cell.strip() for cell in row[:MOST_COLUMNS]]
    except csv.Error as error:  # a quotation mark that never ends takes the rest of the file for one cell
        words = _("表格有一格太长，可能少了一个引号。请在 WPS 或 Excel 中另存为 .xlsx 后重新上传。")
        raise InvalidFields({field: words}) from error


def _xlsx(path: Path, field: str) -> Iterator[list[str]]:
    try:
        with path.open("rb") as handle:  # a stored file has no ending, by which the library would judge it
            book = load_workbook(handle, read_only=True, data_only=True, keep_links=False)
            for row in book.worksheets[0].iter_rows(max_col=MOST_COLUMNS, values_only=True):
                yield _without_empty_end([_as_text(value) for value in row])
    except Exception as error:  # whatever a damaged workbook makes the library raise
        raise InvalidFields(
            {field: _("表格打不开。请在 WPS 或 Excel 中另存为 .xlsx 后重新上传。")}
        ) from error


def _without_empty_end(row: list[str]) -> list[str]:
    while row and not row[-1]:
        row.pop()
    return row


def _as_text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))  # a telephone number that Excel took for a quantity
    return str(value).strip()
