"""``townhall import-history``: look at a file, say what is in it, take it in, give back what was refused."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from tqdm import tqdm

from townhall.history import columns, importing, reading

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

    from townhall.history.importing import Plan, Report

BAD_INPUT = 2
SHOWN = 60


def main(arguments: argparse.Namespace) -> int:
    """Import a file; the exit status is 2 when nothing could be imported and nothing was stored."""
    try:
        plan = importing.plan(arguments.file, told=arguments.map, source=arguments.source)
        _describe(plan)
        refused = _place_for(arguments)
        with tqdm(desc=_("检查"), disable=None) as bar:
            checked = importing.check(plan, bar.update)
        if arguments.preview:
            _preview(plan, checked)
            return 0
        with tqdm(desc=_("导入"), total=checked.rows, disable=None) as bar:
            done = importing.run(plan, refused, bar.update)
    except (reading.FileError, columns.ColumnsError) as error:
        print(f"townhall: {error}", file=sys.stderr)
        return BAD_INPUT
    _conclude(done, refused)
    return 0


def _place_for(arguments: argparse.Namespace) -> Path:
    """Where refused rows go.

    :raises FileError: where nothing can be written
    """
    given: Path = arguments.rejects or arguments.file.with_name(f"{arguments.file.name}.rejects.csv")
    if (
        given.is_dir()
        or not os.access(given.parent, os.W_OK)
        or (given.exists() and not os.access(given, os.W_OK))
    ):
        raise reading.FileError(_("%(path)s 不能写入。请用 --rejects 另外指定一个文件。") % {"path": given})
    return given


def _describe(plan: Plan) -> None:
    table = plan.table
    print(_("文件 %(name)s：%(kind)s %(encoding)s") % {
        "name": table.path.name, "kind": table.kind, "encoding": table.encoding,
    })  # fmt: skip
    print(_("来源：%(source)s（读者会看到）") % {"source": plan.source})
    for name, column in columns.COLUMNS.items():
        if name in plan.places:
            print(f"  {name:<13} {column.label} ← {table.headings[plan.places[name]]}")
    unused = [heading for place, heading in enumerate(table.headings) if place not in plan.places.values()]
    if unused:
        print(_("  不导入的列：%(columns)s") % {"columns": "、".join(unused)})


def _preview(plan: Plan, checked: Report) -> None:
    for found in importing.samples(plan):
        if isinstance(found, tuple):
            print(_("第 %(n)s 行不能导入：%(why)s") % {"n": found[0], "why": found[2]})
        else:
            print(f"{found.row:>6}  {found.answered_on}  {found.title[:SHOWN]}")
            print(f"        {found.answer[:SHOWN]!s}")
    words = _("共 %(rows)s 行，可以导入 %(good)s 行，不能导入 %(bad)s 行。这是预览，什么也没有导入。")
    print(words % {"rows": checked.rows, "good": checked.rows - checked.refused, "bad": checked.refused})
    _reasons(checked)


def _conclude(done: Report, refused: Path) -> None:
    words = _(
        "读了 %(rows)s 行：导入 %(n)s 行（%(batches)s 批），以前已导入 %(known)s 行，未导入 %(bad)s 行。"
    )
    print(words % {"rows": done.rows, "n": done.imported, "batches": done.batches, "known": done.known,
                   "bad": done.refused})  # fmt: skip
    _reasons(done)
    if done.refused:
        print(_("未导入的行和原因在 %(path)s") % {"path": refused})


def _reasons(report: Report) -> None:
    for reason, number in report.reasons.most_common(importing.SAMPLES):
        print(f"  {number:>6} × {reason}")
