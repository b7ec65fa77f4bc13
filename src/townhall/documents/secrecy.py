"""Files that carry a secrecy mark do not belong on this machine: neither their names nor their first lines may.

A mark is the word where a mark stands (GB/T 9704-2012, 7.2.2): with its star, in brackets, after 密级, or alone on a
line. The same word inside a sentence (商业秘密, 不得泄露国家秘密) is ordinary language.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from itertools import islice
from typing import IO, TYPE_CHECKING

from lxml import etree

from townhall.documents.choices import Format
from townhall.documents.recognising import encoding_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_WORD = r"(绝\s*密|机\s*密|秘\s*密)"
_MARK = re.compile(
    rf"{_WORD}\s*[★☆✩✭*＊]"  # 机密★1年
    rf"|[\[【〔（(《]\s*{_WORD}\s*[\]】〕）)》]"
    rf"|(?:密\s*级|保密等级)\s*[:：]?\s*{_WORD}"
    rf"|^\s*{_WORD}\s*(?:级|文件|件)?\s*(?:\d+\s*年|长期)?\s*$",
    re.MULTILINE,
)
# In a name the word itself is enough, except where it is what the file is about.
_IN_NAME = re.compile(r"绝密|机密|(?<!商业)(?<!国家)(?<!保守)(?<!个人)(?<!工作)秘密")
_MOST_LINES = 20_000
# More pages than anybody reads before an hour; a mark stands on the first one, or on the first of an annex.
_PDF_SECONDS, _MOST_PDF_PAGES = 10, 500
_LONGEST_LINE = 2_000


def mark_in_name(name: str) -> str | None:
    """The mark that a file's name carries, or ``None``."""
    found = _IN_NAME.search(name)
    return found.group() if found else None


def mark_in_text(lines: Iterable[str]) -> str | None:
    """The first mark in these lines, or ``None``."""
    for line in islice(lines, _MOST_LINES):
        if found := _MARK.search(line[:_LONGEST_LINE]):
            return re.sub(r"\s", "", next(group for group in found.groups() if group))
    return None


def mark_in_file(path: Path, kind: str) -> str | None:
    """The first mark in what can be read of the file, or ``None``; pictures cannot be read."""
    if kind in {Format.TEXT, Format.CSV}:
        with path.open(encoding=encoding_of(path), errors="replace") as handle:
            cells = (cell for line in handle for cell in ([line] if kind == Format.TEXT else line.split(",")))
            return mark_in_text(cells)
    if kind in {Format.DOCX, Format.XLSX}:
        return mark_in_text(_office_lines(path))
    if kind == Format.PDF:
        return mark_in_text(_pdf_lines(path))
    return None


def _office_lines(path: Path) -> Iterator[str]:
    """Paragraphs and cells of every part of an office file, headers and footers too."""
    with zipfile.ZipFile(path) as packed:
        for part in packed.infolist():
            if part.filename.endswith(".xml") and part.filename.startswith(("word/", "xl/", "docProps/")):
                with packed.open(part) as handle:
                    yield from _xml_lines(handle)


_HOLDS_A_LINE = frozenset({"p", "si", "is", "c", "title", "subject", "keywords", "category", "description"})
_HOLDS_WORDS = _HOLDS_A_LINE | {"t"}
_BLOCK = 1 << 16


class _Lines:
    """Gathers the lines of a part as it is parsed; no tree is built, whatever its size."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._words: list[str] = []
        self._inside = False

    def start(self, tag: str, _attributes: object) -> None:
        """An element begins."""
        self._inside = tag.rpartition("}")[2] in _HOLDS_WORDS

    def data(self, words: str) -> None:
        """Words, in pieces."""
        if self._inside:
            self._words.append(words)

    def end(self, tag: str) -> None:
        """An element ends, and with some of them a line."""
        self._inside = False
        if self._words and tag.rpartition("}")[2] in _HOLDS_A_LINE:
            self.lines.append("".join(self._words))
            self._words.clear()

    def close(self) -> None:
        """The part ends."""

    def take(self) -> list[str]:
        """The lines since this was last asked."""
        found, self.lines = self.lines, []
        return found


def _xml_lines(handle: IO[bytes]) -> Iterator[str]:
    target = _Lines()
    parser = etree.XMLParser(target=target, resolve_entities=False, no_network=True, recover=True)
    try:
        while block := handle.read(_BLOCK):
            parser.feed(block)
            yield from target.take()
        parser.close()
    except etree.XMLSyntaxError:
        return
    yield from target.take()


def reads_pdf() -> bool:
    """Whether the text of PDF files can be looked at on this machine (poppler-utils)."""
    return shutil.which("pdftotext") is not None


def _pdf_lines(path: Path) -> Iterator[str]:
    program = shutil.which("pdftotext")
    if program is None:
        return
    command = [program, "-q", "-l", str(_MOST_PDF_PAGES), "-enc", "UTF-8", str(path), "-"]
    try:
        said = subprocess.run(command, capture_output=True, timeout=_PDF_SECONDS, check=False)  # noqa: S603
    except (subprocess.TimeoutExpired, OSError):
        return
    yield from said.stdout.decode("utf-8", "replace").splitlines()
