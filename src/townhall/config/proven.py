"""What must be found again in a restored backup: rows, the journal's chain, signed answers, uploads, the record's root.

A room adds its own by another line in :data:`FACTS`.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from django.db import connections

from townhall.backups.facts import Fact, Place

if TYPE_CHECKING:
    from collections.abc import Iterable

CHUNK = 2000


def _chain(rows: Iterable[tuple[Any, ...]]) -> tuple[int, str]:
    """How many rows, and the SHA-256 over all of them in their order."""
    digest, count = hashlib.sha256(), 0
    for row in rows:
        digest.update(json.dumps(row, sort_keys=True, ensure_ascii=False, default=str).encode() + b"\n")
        count += 1
    return count, digest.hexdigest()


def rows(place: Place) -> dict[str, int]:
    """How many rows each table holds."""
    connection = connections[place.using]
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            name = connection.ops.quote_name(table)
            cursor.execute(f"SELECT COUNT(*) FROM {name}")  # noqa: S608 - a name that the database told us
            found[table] = int(cursor.fetchone()[0])
    return found


def journal(place: Place) -> dict[str, list[Any]]:
    """Each line's last number and the sum over its entries."""
    from townhall.journal.models import Line

    lines = Line.objects.using(place.using).order_by("id").values_list("id", "last_seq")
    return {str(line): [last, _entries(place, line, last)[1]] for line, last in lines}


def _entries(place: Place, line: int, last: int) -> tuple[int, str]:
    from townhall.journal.models import Entry

    found = Entry.objects.using(place.using).filter(line=line, seq__lte=last).order_by("seq")
    fields = ("seq", "at", "kind", "actor", "subject", "subject_id", "public", "facts")
    return _chain(found.values_list(*fields).iterator(chunk_size=CHUNK))


def journal_goes_on(told: dict[str, list[Any]], place: Place) -> str:
    """An entry is never changed: what a line held then, it holds now. Lines of rehearsals may have gone."""
    from townhall.journal.models import Line

    heads = dict(Line.objects.using(place.using).values_list("id", "last_seq"))
    for line, (last, digest) in told.items():
        if int(line) not in heads:
            continue
        if heads[int(line)] < last:
            return f"line {line} ends at {heads[int(line)]}, it went to {last} already"
        if _entries(place, int(line), last)[1] != digest:
            return f"line {line}, entries 1 to {last}: not what they were"
    return ""


def signed(place: Place) -> list[Any]:
    """How many signed answers, and the sum over their words and signatures."""
    from townhall.questions.models import Version

    found = Version.objects.using(place.using).filter(signed_at__isnull=False).order_by("id")
    fields = (
        "id",
        "question_id",
        "number",
        "text",
        "outcome",
        "commitments",
        "signed_by",
        "signed_as",
        "signed_at",
    )
    return list(_chain(found.values_list(*fields).iterator(chunk_size=CHUNK)))


def uploads(place: Place) -> list[str]:
    """Digests of uploads whose contents are missing."""
    from townhall.documents.models import Upload

    digests = Upload.objects.using(place.using).values_list("digest", flat=True).distinct()
    return sorted(digest for digest in digests if not (place.uploads / digest[:2] / digest).is_file())


def record(place: Place) -> list[Any]:
    """The size that the public record was last signed for, and the root that its leaves lead to."""
    from townhall.record.models import Sealed

    last = Sealed.objects.using(place.using).order_by("-size").first()
    return [last.size, _record_root(place, last.size)] if last else [0, ""]


def _record_root(place: Place, size: int) -> str:
    from townhall.record import merkle
    from townhall.record.models import Leaf

    rows = Leaf.objects.using(place.using).filter(index__lt=size).order_by("index")
    edge, count = merkle.Edge(), 0
    for row in rows.values_list("data", flat=True).iterator(chunk_size=CHUNK):
        edge.push(merkle.leaf_hash(row.encode()))
        count += 1
    return edge.root.hex() if count == size else f"{count} leaves of {size}"


def log(place: Place) -> list[Any]:
    """How far the record's own files go, and to which root."""
    from townhall.record import copies

    found = copies.of_folder(place.log)
    return [found.size, found.root.hex()] if found else [0, ""]


def log_goes_on(told: list[Any], place: Place) -> str:
    """The record's files only grow: what they told then is the beginning of what they tell now."""
    from townhall.record import copies

    size, root = told
    found = copies.root_in(place.log, size) if size else root
    return (
        "" if found == root else f"for {size} entries the files lead to {found or 'nothing'}, not to {root}"
    )


def record_key() -> str:
    """The key that signs the record now; nothing while there is none."""
    from townhall.record import keys

    try:
        return keys.signers()[0].line
    except keys.KeyMissing:
        return ""


def sealing_keys() -> str:
    """The ring that contact data are sealed with, once there is more than what follows from DATA_KEY."""
    from townhall.kernel import secrets

    return "\n".join(secrets.ring()) if secrets.ring_path().exists() else ""


def record_goes_on(told: list[Any], place: Place) -> str:
    """What was signed over so many leaves is signed over them for ever."""
    from townhall.record.models import Sealed

    size, root = told
    signed = Sealed.objects.using(place.using).filter(size=size).values_list("root", flat=True).first()
    return "" if not size or signed == root else f"for {size} leaves {signed} is signed, not {root}"


FACTS = (
    Fact("rows", rows),
    Fact("journal", journal, journal_goes_on),
    Fact("signed", signed),
    Fact("uploads", uploads),
    Fact("record", record, record_goes_on),
    Fact("log", log, log_goes_on),
)
