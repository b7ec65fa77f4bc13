"""A database that was restored from an older backup: what the record's files know, and it does not, is taken back.

The record never grows shorter. Leaves come back as they were signed; their texts went with the database, and what was
taken down since then is taken down again, as far as the record holds it. What the database knows and the files hold too
is written once more, with words that open it: the salt of the first time is lost.
"""

from __future__ import annotations

import json
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from townhall.hours.models import OfficeHour
from townhall.journal import write
from townhall.journal.models import DISTRICT_LINE, Entry
from townhall.kernel.unit_of_work import one_at_a_time, unit_of_work
from townhall.record import actions, keys, leaves, merkle, notes, tiles
from townhall.record.models import Key, Leaf, Place
from townhall.record.tiles import CHECKPOINT, RecordBroken

if TYPE_CHECKING:
    from collections.abc import Sequence

_ROWS_AT_ONCE = 2_000


@dataclass(slots=True)
class Recovered:
    """What was taken back.

    :param first: the first leaf
    :param last: not with, the last of them
    :param taken_down: ids of questions that were taken down or changed after the backup: their words stand in the
        database again, and somebody has to take them down again
    :param things: the same of what is no question: ``("clarification", id)``, ``("comment", id)``, ``("closing", id)``
    """

    first: int
    last: int
    taken_down: set[int] = field(default_factory=set)
    things: set[tuple[str, int]] = field(default_factory=set)


def recover() -> Recovered:
    """Take leaves that the database has lost back from the record's files.

    :raises RecordBroken: when the files are not a record that goes on from the database's, signed with its key
    """
    files = tiles.Files(actions.folder())
    published = _published(files)
    first, last = actions.leaf_count(), published.size if published else 0
    if published is None or first >= last:
        return Recovered(first, first)
    node = files.node(last)
    if merkle.root(node, last) != published.root:
        message = "the files do not lead to the published root"
        raise RecordBroken(message)
    if first and merkle.root(node, first) != _root_of_rows():
        message = (
            f"the files and the database part within their first {first} entries: this is another record"
        )
        raise RecordBroken(message)
    done = Recovered(first, last)
    for start, entries in tiles.bundles(files.read, last, first):
        found = [
            (index, entry)
            for index, entry in enumerate(entries, start)
            if index >= first and merkle.leaf_hash(entry) == node(0, index)
        ]
        _take_back(found, done)
    if actions.leaf_count() != last:
        message = "the files do not hold every entry"
        raise RecordBroken(message)
    actions.seal(published)
    with unit_of_work():
        write.record(
            DISTRICT_LINE, "record.recovered", subject="leaf", public=True, first=first, last=last - 1
        )
    return done


def _published(files: tiles.Files) -> notes.Checkpoint | None:
    """The published checkpoint, under a key that the database knows, or the kept one that it has not heard of yet."""
    try:
        data = files.read(CHECKPOINT)
    except FileNotFoundError:
        return None
    known = actions.known_keys()
    with suppress(keys.KeyMissing):
        known += [one.verifier for one in keys.signers() if one.name in {old.name for old in known}]
    try:
        return notes.open_checkpoint(data, known)[0]
    except notes.NoteBroken as broken:
        message = f"the published checkpoint is not ours: {broken}"
        raise RecordBroken(message) from None


def _root_of_rows() -> bytes:
    edge = merkle.Edge()
    for data in Leaf.objects.order_by("index").values_list("data", flat=True).iterator(_ROWS_AT_ONCE):
        edge.push(merkle.leaf_hash(data.encode()))
    return edge.root


def _take_back(found: Sequence[tuple[int, bytes]], done: Recovered) -> None:
    told = [json.loads(entry) for _index, entry in found]
    twins = _entries_of(told)
    rows = [
        Leaf(
            index=index, kind=one["kind"], subject=one["subject"], subject_id=one["id"],
            question=one.get("question"), data=entry.decode(),
            # What has no words needs nothing but its place. What has some is drawn again: its salt is lost.
            **({} if one["texts"] or twin is None else {"line": twin.line, "seq": twin.seq}),
        )
        for (index, entry), one, twin in zip(found, told, twins, strict=True)
    ]  # fmt: skip
    with unit_of_work():
        one_at_a_time("record")
        Leaf.objects.bulk_create(rows)
        for row, one, twin in zip(rows, told, twins, strict=True):
            if row.question is not None and actions.takes_words(row.kind) and twin is None:
                done.taken_down.add(row.question)
            if row.subject_id is not None and actions.takes_thing(row.kind) and twin is None:
                done.things.add((row.subject, row.subject_id))
            actions.erase(row)
            _hear_of_key(one)


def _entries_of(told: Sequence[dict[str, Any]]) -> list[Entry | None]:
    """The journal's entry that each leaf was drawn from, where the database still has it and it waits to be drawn."""
    hours = dict(OfficeHour.objects.values_list("slug", "id"))
    places = dict(Place.objects.values_list("line", "seq"))
    lines = [DISTRICT_LINE if one["hour"] is None else hours.get(one["hour"]) for one in told]
    wanted: defaultdict[int, set[int]] = defaultdict(set)
    for line, one in zip(lines, told, strict=True):
        if line is not None and one["seq"] > places.get(line, 0):
            wanted[line].add(one["seq"])
    entries = {
        (line, entry.seq): entry
        for line, numbers in wanted.items()
        for entry in Entry.objects.filter(leaves.wanted(), line=line, seq__in=numbers)
    }
    return [
        entry if (entry := entries.get((line or DISTRICT_LINE, one["seq"]))) and _is_of(one, entry) else None
        for line, one in zip(lines, told, strict=True)
    ]


def _is_of(told: dict[str, Any], entry: Entry) -> bool:
    """Numbers are given again after a restore: the same entry is the same in everything it tells."""
    return leaves.heading(entry) == {
        name: told[name] for name in ("kind", "at", "seq", "subject", "id", "facts")
    }


def _hear_of_key(told: dict[str, Any]) -> None:
    """A key that was made or retired after the backup: its public half stands beside the private one."""
    if told["kind"] not in {"record.key_made", "record.key_retired"}:
        return
    print_, at = told["facts"]["fingerprint"], datetime.fromisoformat(told["at"])
    known = {one.fingerprint.replace(" ", ""): one.vkey for one in actions.known_keys()}
    if told["kind"] == "record.key_retired":
        Key.objects.filter(vkey=known.get(print_, "")).update(retired_at=at)
        return
    kept: list[notes.Signer] = []
    with suppress(keys.KeyMissing):
        kept = keys.signers()
    for one in kept:
        if one.verifier.fingerprint.replace(" ", "") == print_ and print_ not in known:
            Key.objects.create(vkey=one.verifier.vkey, made_at=at)
