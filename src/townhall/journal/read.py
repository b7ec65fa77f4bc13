"""Reading the journal in order."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from townhall.journal.models import Entry, Line

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator
    from datetime import datetime


class Told(NamedTuple):
    """One entry, as readers that count need it."""

    at: datetime
    kind: str
    subject_id: int | None
    facts: dict[str, Any]


def head(line: int) -> int:
    """The number of the line's newest committed entry; 0 before the first."""
    return Line.objects.filter(id=line).values_list("last_seq", flat=True).first() or 0


def after(line: int, seq: int, *, public_only: bool = False, limit: int = 1000) -> list[Entry]:
    """Entries of ``line`` with a number above ``seq``, oldest first, at most ``limit``."""
    entries = Entry.objects.filter(line=line, seq__gt=seq).order_by("seq")
    if public_only:
        entries = entries.filter(public=True)
    return list(entries[:limit])


def about(subject: str, subject_id: int) -> list[Entry]:
    """The whole history of one thing, oldest first."""
    return list(Entry.objects.filter(subject=subject, subject_id=subject_id).order_by("id"))


def facts_of(lines: Collection[int], kinds: Collection[str]) -> Iterator[tuple[int, Told]]:
    """What some lines tell of these kinds, each line from its beginning, without making models of it; one query."""
    rows = Entry.objects.filter(line__in=lines, kind__in=kinds).order_by("line", "seq")
    for line, *told in rows.values_list("line", "at", "kind", "subject_id", "facts").iterator(2000):
        yield line, Told(*told)


def heads(lines: Collection[int]) -> dict[int, int]:
    """The numbers of several lines' newest entries; lines without any are missing."""
    return dict(Line.objects.filter(id__in=lines).values_list("id", "last_seq"))


def of_kinds(kinds: Iterable[str], subject: str, subject_ids: Iterable[int]) -> list[Entry]:
    """What of some kinds happened to several things of one sort, oldest first."""
    entries = Entry.objects.filter(kind__in=kinds, subject=subject, subject_id__in=subject_ids)
    return list(entries.order_by("id"))


def page(before: int | None, kind: str, actor: int | None, most: int) -> list[Entry]:
    """Entries of all lines, the newest first, for somebody who looks them over.

    :param before: only those with a smaller id
    :param kind: how the kind begins; empty for all
    """
    entries = Entry.objects.filter(kind__startswith=kind).order_by("-id")
    if before is not None:
        entries = entries.filter(id__lt=before)
    if actor is not None:
        entries = entries.filter(actor=actor)
    return list(entries[:most])


def newest(database: str | None = None) -> int:
    """The id of the newest entry of any line; 0 in an empty journal.

    :param database: as which of Django's databases has it; by default the one that is read from here
    """
    return Entry.objects.using(database).order_by("-id").values_list("id", flat=True).first() or 0


def subjects(subject: str, after_id: int, up_to_id: int) -> set[int]:
    """Which things of a kind the entries between two ids (the first not, the second too) are about."""
    entries = Entry.objects.filter(
        id__gt=after_id, id__lte=up_to_id, subject=subject, subject_id__isnull=False
    )
    ids = entries.values_list("subject_id", flat=True).distinct()
    return {one for one in ids if one is not None}
