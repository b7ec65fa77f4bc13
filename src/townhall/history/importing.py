"""A whole file: first looked at from end to end, then taken in batch by batch; what is refused comes back."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from townhall.documents.sheets import harmless
from townhall.history import actions, columns, reading, rows
from townhall.history.models import Batch
from townhall.history.rows import RowError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from townhall.history.reading import Table
    from townhall.history.rows import Past

# When more than half of a file is refused, its columns are not what they are taken for.
MOST_REFUSED = 0.5
SAMPLES = 5
LONGEST_SOURCE = 120


@dataclass(frozen=True, slots=True)
class Plan:
    """A file and how it is to be read."""

    table: Table
    places: Mapping[str, int]
    source: str

    def read(self) -> Iterator[Past | tuple[int, list[str], RowError]]:
        """Every row: what it gives, or its number, its cells and why it gives nothing."""
        width = len(self.table.headings)
        for number, cells in self.table.rows():
            try:
                yield rows.read(number, cells, self.places, width, self.source)
            except RowError as bad:
                yield number, cells, bad


@dataclass(slots=True)
class Report:
    """What became of a file."""

    rows: int = 0
    imported: int = 0
    known: int = 0
    batches: int = 0
    refused: int = 0
    reasons: Counter[str] = field(default_factory=Counter)

    def refuse(self, bad: RowError) -> None:
        """Count one more that was refused."""
        self.refused += 1
        # Numbers in a reason differ from row to row: a thousand kinds are enough to name the commonest.
        if len(self.reasons) < 1000 or str(bad) in self.reasons:  # noqa: PLR2004
            self.reasons[str(bad)] += 1


def plan(path: Path, *, told: Iterable[str] = (), source: str = "") -> Plan:
    """Look at a file and settle what its columns are.

    :param told: ``column=heading`` each
    :param source: where it comes from, as readers will see it; when empty that under which the same file was taken
        in before, or else the file's name without its ending
    :raises reading.FileError: when it cannot be read, or was taken in before from another source
    :raises columns.ColumnsError: when its columns cannot be told
    """
    table = reading.look_at(path)
    given = " ".join(source.split())
    # A file is known by its contents: under another name it would all come in a second time.
    before = sorted(set(Batch.objects.filter(file_digest=table.digest).values_list("source", flat=True)))
    if given and before and given not in before:
        words = _("这个文件已经导入过，来源是“%(before)s”，没有再次导入。要补导未完成的行，请去掉 --source。")
        raise reading.FileError(words % {"before": "、".join(before)})
    named = given or next(iter(before), path.name.partition(".")[0])
    if len(named) > LONGEST_SOURCE:
        raise columns.ColumnsError(_("来源最多 %(most)s 个字。") % {"most": LONGEST_SOURCE})
    return Plan(table, columns.mapping(table.headings, told), named)


def check(one: Plan, progress: Callable[[int], object] = lambda _n: None) -> Report:
    """Read everything and store nothing.

    :param progress: called with how many rows were read since the last call
    :raises reading.FileError: when the file ends badly, is empty, or more than half of it is refused
    """
    report = Report()
    for found in one.read():
        report.rows += 1
        progress(1)
        if isinstance(found, tuple):
            report.refuse(found[2])
    if not report.rows:
        raise reading.FileError(_("除了表头没有内容。"))
    if report.refused > MOST_REFUSED * report.rows:
        words = _("%(rows)s 行中有 %(n)s 行不能导入，列可能认错了，什么也没有导入。最多的原因：%(why)s")
        why = "；".join(f"{reason}（{n}）" for reason, n in report.reasons.most_common(3))
        raise reading.FileError(words % {"rows": report.rows, "n": report.refused, "why": why})
    return report


def samples(one: Plan) -> list[Past | tuple[int, list[str], RowError]]:
    """The first rows as they would be taken in."""
    return list(islice(one.read(), SAMPLES))


def run(one: Plan, refused: Path, progress: Callable[[int], object] = lambda _n: None) -> Report:
    """Take the file in; what is refused is written to ``refused`` with its reasons.

    What was taken in before is known again, so that running twice changes nothing and a run that was broken off
    goes on where it stopped.
    """
    report = Report()
    back = _Refused(refused, one.table.headings)
    waiting: list[Past] = []
    cells_of: dict[int, list[str]] = {}

    def flush() -> None:
        batch, known, repeated = actions.take_in(one.table, one.source, waiting)
        report.known += known
        report.batches += batch is not None
        report.imported += batch.rows if batch else 0
        for number, bad in repeated:
            report.refuse(bad)
            back.write(number, cells_of[number], bad)
        waiting.clear()
        cells_of.clear()

    try:
        for number, cells in one.table.rows():
            report.rows += 1
            progress(1)
            try:
                waiting.append(rows.read(number, cells, one.places, len(one.table.headings), one.source))
                cells_of[number] = cells
            except RowError as bad:
                report.refuse(bad)
                back.write(number, cells, bad)
            if len(waiting) == actions.BATCH_ROWS:
                flush()
        if waiting:
            flush()
    finally:
        back.close()
    return report


class _Refused:
    """The file that goes back: the rows as they came, each with its number and the reason before it."""

    def __init__(self, path: Path, headings: Iterable[str]) -> None:
        self._path = path
        self._headings = list(headings)
        self._handle: Any = None
        self._writer: Any = None

    def write(self, number: int, cells: Iterable[str], bad: RowError) -> None:
        if self._writer is None:
            # With a byte-order mark: without one Excel takes Chinese for something else.
            self._handle = self._path.open("w", encoding="utf-8-sig", newline="")
            self._writer = csv.writer(self._handle)
            self._writer.writerow([_("行号"), _("未导入的原因"), *self._headings])
        self._writer.writerow([number, str(bad), *(harmless(cell) for cell in cells)])

    def close(self) -> None:
        if self._handle is not None:
            self._handle.close()
