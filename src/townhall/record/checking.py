"""Looking whether the record is what it should be: nothing waits, and database, tiles and signatures agree."""

from __future__ import annotations

import json
import random
from datetime import datetime
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING

from django.db.models import Count, Min, Q

from townhall.hours.models import OfficeHour
from townhall.journal.models import Entry, Line
from townhall.kernel import clock
from townhall.record import altered, leaves, merkle, tiles
from townhall.record.actions import folder, last_checkpoint, leaf_count, take_up
from townhall.record.models import Leaf, Place
from townhall.record.tiles import RecordBroken

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import timedelta

# Leaves looked at when there is no time for all of them.
SAMPLE = 500
# Beyond this many a whole look takes longer than a second or two.
WHOLE = 100_000


def waiting() -> tuple[int, timedelta | None]:
    """How many publications are not yet under a signature, and how long the oldest has waited."""
    places = dict(Place.objects.values_list("line", "seq"))
    rehearsals = set(OfficeHour.objects.filter(rehearsal=True).values_list("id", flat=True))
    behind = [
        Q(line=line, seq__gt=places.get(line, 0))
        for line, last in Line.objects.values_list("id", "last_seq")
        if line not in rehearsals and last > places.get(line, 0)
    ]
    late = Entry.objects.filter(leaves.wanted(), reduce(or_, behind)) if behind else Entry.objects.none()
    number, oldest = late.aggregate(number=Count("id"), oldest=Min("at")).values()
    published = last_checkpoint(tiles.Files(folder()))
    unsigned = leaf_count() - (published.size if published else 0)
    if unsigned > 0 and oldest is None:
        data = Leaf.objects.values_list("data", flat=True).get(index=leaf_count() - unsigned)
        oldest = datetime.fromisoformat(json.loads(data)["at"])
    return number + max(unsigned, 0), clock.now() - oldest if oldest else None


def altered_words(*, thorough: bool) -> list[Leaf]:
    """Leaves whose words stand on pages otherwise than they were published; of some of them when there is no time.

    :param thorough: as :func:`agree`
    """
    size = leaf_count()
    if thorough and size <= WHOLE:
        return list(altered.among())
    return list(altered.among(random.sample(range(size), min(size, SAMPLE))))


def agree(*, thorough: bool) -> int:
    """Compare the database's leaves with the tiles, and the tiles with what was signed.

    :param thorough: every leaf, as long as there are not more than :data:`WHOLE`; otherwise some of them
    :returns: how many leaves were compared
    :raises RecordBroken: naming what contradicts what
    """
    files = tiles.Files(folder())
    size = take_up(files).size
    node = files.node(size)
    if thorough and size <= WHOLE:
        wanted: Iterable[int] | None = None
        rows = Leaf.objects.filter(index__lt=size)
    else:
        wanted = random.sample(range(size), min(size, SAMPLE))
        rows = Leaf.objects.filter(index__in=wanted)
    compared = 0
    for index, data in rows.values_list("index", "data").iterator(1000):
        if merkle.leaf_hash(data.encode()) != node(0, index):
            message = f"leaf {index} in the database is not the one that was signed"
            raise RecordBroken(message)
        compared += 1
    if compared != (size if wanted is None else len(list(wanted))):
        message = "leaves are missing in the database"
        raise RecordBroken(message)
    return compared
