"""How far a rehearsal is."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Self

from tqdm import tqdm

if TYPE_CHECKING:
    from townhall.rehearsal.ledger import Ledger

_PLAIN_SECONDS = 5


class Progress:
    """A bar on a terminal; elsewhere a plain line now and then."""

    def __init__(self, book: Ledger) -> None:
        self._book = book
        self._bar = tqdm(total=len(book.cases), unit=" asked", disable=not sys.stderr.isatty())
        self._plain = not sys.stderr.isatty()
        self._next_line = time.monotonic() + _PLAIN_SECONDS

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.show(last=True)
        self._bar.close()

    def show(self, *, last: bool = False) -> None:
        """Say how far it is."""
        done = self._book.done
        told = {name: done[name] for name in ("assigned", "submitted", "signed", "merged", "declined")}
        self._bar.n = done["asked"] + done["refused"]
        self._bar.set_postfix(told, refresh=True)
        if self._plain and (last or time.monotonic() >= self._next_line):
            words = "  ".join(f"{name} {count}" for name, count in told.items())
            print(f"asked {done['asked']}/{len(self._book.cases)}  {words}", file=sys.stderr, flush=True)
            self._next_line = time.monotonic() + _PLAIN_SECONDS
