"""The command that follows the chain of the program's own log."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable


def add(commands: Any, prepare: Callable[[], None]) -> None:
    """Enter the command."""
    check = commands.add_parser(
        "log-check", help="whether the program's own log is as it was written; exit 1 if not"
    )
    check.add_argument("folder", nargs="?", type=Path, help="a copy of the logs; default: DATA_DIR/logs")
    check.set_defaults(run=partial(_check, prepare=prepare))


def told_since(oldest: datetime) -> list[str]:
    """The newest hashes that the journal was told after this moment."""
    from townhall.journal.models import Entry

    rows = Entry.objects.filter(kind="log.sealed", at__gte=oldest).order_by("id")
    return [str(facts["digest"]) for facts in rows.values_list("facts", flat=True)]


def _check(arguments: argparse.Namespace, prepare: Callable[[], None]) -> None:
    """Follow it from the oldest line to the newest, past every hash that the journal knows."""
    prepare()
    from django.conf import settings

    from townhall.config import chained_log

    folder = arguments.folder or Path(settings.DATA_DIR) / chained_log.FOLDER
    paths = chained_log.files(folder)
    if not paths:
        raise SystemExit(f"townhall: no log in {folder}: it was never kept there, or somebody took it away")
    # What the journal was told on the oldest day may name a line of the day before, which is gone.
    first = datetime.strptime(paths[0].name, "townhall-%Y-%m-%d.log").replace(tzinfo=UTC)
    told = told_since(first + timedelta(days=2))
    found = chained_log.check(folder, told)
    if found.broken:
        place = f"{found.broken.file}, line {found.broken.line}"
        raise SystemExit(f"townhall: the log is not as it was written: {place}: {found.broken.why}")
    print(
        f"{found.files} files, {found.lines} lines, each as it was written; {len(told)} known to the journal"
    )
    print(f"newest hash: {found.head or 'none yet'}")
