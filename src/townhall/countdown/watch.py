"""When it is worth looking at the countdowns again: something has happened, or a full hour has passed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from townhall.journal.models import Entry
from townhall.kernel import clock

# Questions and comments come by the thousand and move no step; a step's own entries have been looked at.
_SILENT = ("question.", "comment.", "countdown.")


@dataclass(slots=True)
class Watch:
    """Remembers up to where the journal and the clock have been looked at."""

    _newest: int = -1
    _hour: datetime | None = None

    def stirred(self) -> bool:
        """Whether anything since the last call may have changed a countdown; two small queries at most."""
        newest = Entry.objects.order_by("-id").values_list("id", flat=True).first() or 0
        hour = clock.local(clock.now()).replace(minute=0, second=0, microsecond=0)
        entries = Entry.objects.filter(id__gt=self._newest)
        for kind in _SILENT:
            entries = entries.exclude(kind__startswith=kind)
        stirred = hour != self._hour or (newest != self._newest and entries.exists())
        self._newest, self._hour = newest, hour
        return stirred
