"""The only pen."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from django.db import connection

from townhall.journal import bell
from townhall.journal.kinds import KINDS
from townhall.journal.models import Entry, Line
from townhall.kernel import clock
from townhall.kernel.unit_of_work import after_commit

if TYPE_CHECKING:
    from collections.abc import Sequence

Fact = str | int | bool | None
# A fact is an id, a number, a date or a word of a list: nothing a person could have typed freely.
_ENUMERATED = re.compile(r"[A-Za-z0-9_.:+\-]{0,64}\Z")


_SUBJECT = re.compile(r"[a-z_]{0,24}\Z")


def _is_enumerated(value: object) -> bool:
    if isinstance(value, str):
        return bool(_ENUMERATED.match(value))
    if isinstance(value, list | tuple):
        return all(isinstance(one, int) for one in value)
    return value is None or isinstance(value, int)


def _check(kind: str, subject: str, facts: dict[str, Fact | Sequence[int]]) -> None:
    if not _SUBJECT.match(subject):
        message = f"{kind}: the subject is one word of the code"
        raise ValueError(message)
    declared = KINDS[kind].facts
    if unknown := set(facts) - set(declared):
        message = f"{kind}: undeclared facts {sorted(unknown)}"
        raise ValueError(message)
    for name, value in facts.items():
        if not _is_enumerated(value):
            message = f"{kind}: {name} is free text, which has no place in the journal"
            raise ValueError(message)


def _next_seq(line: int) -> int:
    """Take the next number of the line; the row stays locked until commit, so order is commit order."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO journal_line (id, last_seq) VALUES (%s, 1) "
            "ON CONFLICT (id) DO UPDATE SET last_seq = journal_line.last_seq + 1 RETURNING last_seq",
            [line],
        )
        return int(cursor.fetchone()[0])


def record(
    line: int,
    kind: str,
    *,
    actor: int | None = None,
    subject: str = "",
    subject_id: int | None = None,
    public: bool = False,
    **facts: Fact | Sequence[int],
) -> Entry:
    """Write one entry in the open unit of work.

    :param line: the office hour's id, or 0 for the district
    :param kind: a kind declared in :mod:`townhall.journal.kinds`
    :param actor: the account's id; ``None`` for a citizen or the system
    :param public: whether what anybody may see has changed
    :param facts: ids and enumerated words only
    :raises KeyError: for an undeclared kind
    :raises ValueError: for an undeclared fact or free text
    :raises RuntimeError: outside a unit of work
    """
    _check(kind, subject, dict(facts))
    after_commit(bell.ring)
    return Entry.objects.create(
        line=line,
        seq=_next_seq(line),
        at=clock.now(),
        kind=kind,
        actor=actor,
        subject=subject,
        subject_id=subject_id,
        public=public,
        facts=facts,
    )


def forget_line(line: int) -> None:
    """Delete a rehearsal's line whole; nothing else may ever be deleted."""
    Entry.objects.filter(line=line).delete()
    Line.objects.filter(id=line).delete()
