"""When it is worth looking at the countdowns again: something has happened, or a full hour has passed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from townhall.journal.models import Entry
from townhall.kernel import clock

# Comments and promises come by the thousand and move no step; a step's own entries have been looked at.
_SILENT = ("comment.", "commitment.", "countdown.")
# Questions come by the thousand too, and dispatching and answering them moves steps: looked at once a minute at most.
_MANY = "question."


@dataclass(slots=True)
class Watch:
    """Remembers up to where the journal and the clock have been looked at."""

    _newest: int = -1
    _hour: datetime | None = None
    _minute: datetime | None = None
    _asked: bool = False

    def stirred(self) -> bool:
        """Whether anything since the last call may have changed a countdown; two small queries at most."""
        newest = Entry.objects.order_by("-id").values_list("id", flat=True).first() or 0
        minute = clock.local(clock.now()).replace(second=0, microsecond=0)
        hour = minute.replace(minute=0)
        happened = False
        if newest != self._newest:
            entries = Entry.objects.filter(id__gt=self._newest)
            for kind in _SILENT:
                entries = entries.exclude(kind__startswith=kind)
            kinds = entries.values_list("kind", flat=True).distinct()
            many = [kind.startswith(_MANY) for kind in kinds]
            happened, self._asked = not all(many), self._asked or any(many)
        stirred = hour != self._hour or happened or (self._asked and minute != self._minute)
        self._newest, self._hour = newest, hour
        if stirred:
            self._minute, self._asked = minute, False
        return stirred
