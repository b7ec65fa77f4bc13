"""Writing the record: journal to leaves, leaves to tiles, tiles to a checkpoint, each durable before the next.

Killed between any two steps it goes on from there: leaves are rows with their place, tiles are made from the rows
alone, and the checkpoint is written last. What has once been signed is never signed differently.
"""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db.models import Max

from townhall.hours.models import OfficeHour
from townhall.journal import read, write
from townhall.journal.models import DISTRICT_LINE, Entry, Line
from townhall.kernel import clock
from townhall.kernel.unit_of_work import leave_no_trace, one_at_a_time, unit_of_work
from townhall.people.actions import installation_kind
from townhall.record import keys, leaves, merkle, notes, tiles
from townhall.record.growing import Tree
from townhall.record.models import Key, Leaf, Opening, Place, Sealed
from townhall.record.tiles import CHECKPOINT, RecordBroken

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

BATCH = 1_000
# So many entries that tell the public nothing may stand behind a place before it is moved: a move costs a commit.
IDLE = 500
# With these the words of a question are no longer to be read, or not in the form they had.
_ERASE_ALL = frozenset({"question.withhold_confirmed", "question.withdrawn", "question.declined"})
_ERASE_WORDS = frozenset({"question.edited"})
_QUESTION_WORDS = ("title", "text", "display_name")


def folder() -> Path:
    """Where the record's files stand, ready to be served."""
    return Path(settings.RECORD_DIR or Path(settings.DATA_DIR) / "record")


def leaf_count() -> int:
    """How many leaves there are."""
    last: int | None = Leaf.objects.aggregate(last=Max("index"))["last"]
    return 0 if last is None else last + 1


class Keeper:
    """Follows the journal and keeps the record; one at a time for an installation."""

    def __init__(self) -> None:
        self._seen = -1
        self._tree: Tree | None = None
        self._signed = -1
        self._marks: list[str] = []

    def turn(self) -> int:
        """Bring the record up to date; returns how many steps that took.

        :raises KeyMissing: when there is no key to sign with; leaves are kept all the same
        :raises RecordBroken: when files, database and what was signed contradict each other
        """
        return sum(1 for _step in self.steps())

    def steps(self) -> Iterator[str]:
        """The same step by step: each is done when its name is yielded."""
        if self._tree is None:
            self._tree, self._seen = take_up(tiles.Files(folder())), -1
            with suppress(keys.KeyMissing):  # leaves are drawn all the same
                ready_signers()
        newest = read.newest()
        if newest == self._seen:
            return
        yield from draw_leaves()
        yield from self._publish(self._tree)
        self._seen = newest

    def _publish(self, tree: Tree) -> Iterator[str]:
        count = leaf_count()
        signers = ready_signers()
        marks = [one.line for one in signers]
        if count == self._signed and marks == self._marks:
            return
        try:
            rows = Leaf.objects.filter(index__gte=tree.size, index__lt=count).order_by("index")
            yield from tree.append(
                row.encode() for row in rows.values_list("data", flat=True).iterator(BATCH)
            )
            yield from tree.flush()
            checkpoint = notes.Checkpoint(signers[0].name, tree.size, tree.root)
            seal(checkpoint)
            yield "sealed"
            tree.files.replace(CHECKPOINT, bytes(checkpoint.signed(signers)))
            yield "checkpoint"
            tree.tidy()
        except BaseException:
            self._tree = None  # half a step taken: begin again from what is on the disk
            raise
        self._signed, self._marks = count, marks


def draw_leaves() -> Iterator[str]:
    """Turn what is new in the journal into leaves, batch by batch."""
    while entries := _pending():
        drawn = leaves.draw(entries)
        _keep(drawn, entries)
        yield "leaves"


def _pending() -> list[Entry]:
    """The oldest entries that wait to be leaves, of all lines; the places of lines that hold none go forward."""
    places = dict(Place.objects.values_list("line", "seq"))
    rehearsals = set(OfficeHour.objects.filter(rehearsal=True).values_list("id", flat=True))
    found: list[Entry] = []
    idle: dict[int, int] = {}
    for line, last in Line.objects.values_list("id", "last_seq"):
        if line in rehearsals or last <= places.get(line, 0):
            continue
        waiting = Entry.objects.filter(leaves.wanted(), line=line, seq__gt=places.get(line, 0), seq__lte=last)
        rows = list(waiting.order_by("seq")[:BATCH])
        found += rows
        if not rows and last - places.get(line, 0) > IDLE:
            idle[line] = last
    if idle:
        with unit_of_work():
            _move(idle)
    return sorted(found, key=lambda entry: entry.id)[:BATCH]


def _move(places: dict[int, int]) -> None:
    rows = [Place(line=line, seq=seq) for line, seq in places.items()]
    Place.objects.bulk_create(rows, update_conflicts=True, unique_fields=["line"], update_fields=["seq"])


def _keep(drawn: Sequence[leaves.Drawn], entries: Sequence[Entry]) -> None:
    with unit_of_work():
        one_at_a_time("record")
        first = leaf_count()
        rows = [
            Leaf(
                index=first + place, line=one.entry.line, seq=one.entry.seq, kind=one.entry.kind,
                subject=one.entry.subject, subject_id=one.entry.subject_id, question=one.question,
                data=one.data.decode(),
            )
            for place, one in enumerate(drawn)
        ]  # fmt: skip
        Leaf.objects.bulk_create(rows)
        Opening.objects.bulk_create(
            Opening(leaf=row, question=row.question, words=one.opening)
            for row, one in zip(rows, drawn, strict=True)
            if one.opening
        )
        _move({entry.line: entry.seq for entry in entries})
        for row in rows:
            _erase(row)


def _erase(row: Leaf) -> None:
    """Delete the texts and salts that may no longer be read since this leaf; the leaves stay."""
    if row.question is None or row.kind not in _ERASE_ALL | _ERASE_WORDS:
        return
    older = Opening.objects.filter(question=row.question, leaf__index__lt=row.index)
    if row.kind in _ERASE_ALL and older.exists():
        Opening.objects.filter(question=row.question, leaf__index__lte=row.index).delete()
        leave_no_trace()
    if row.kind in _ERASE_WORDS:
        for opening in older:
            words = {name: one for name, one in opening.words.items() if name not in _QUESTION_WORDS}
            if words != opening.words:
                Opening.objects.filter(leaf=opening.leaf_id).update(words=words)
                leave_no_trace()


# -- what is signed ------------------------------------------------------------------------------------------


def take_up(files: tiles.Files) -> Tree:
    """The tree as it was last published, after a look whether database and files agree about it.

    :raises RecordBroken: when they do not
    """
    published = last_checkpoint(files)
    size = published.size if published else 0
    if (count := leaf_count()) < size:
        message = (
            f"the database knows {count} leaves, {size} were published: it is older than the record; "
            "run townhall record-recover"
        )
        raise RecordBroken(message)
    try:
        tree = Tree(files, size)
    except FileNotFoundError as error:
        message = f"{error.filename} is missing"
        raise RecordBroken(message) from None
    if published and tree.root != published.root:
        message = f"the tiles do not lead to the root that was signed for {size} leaves"
        raise RecordBroken(message)
    decided = Sealed.objects.filter(size__lte=size, size__gt=0).order_by("-size").first()
    if decided and merkle.root(files.node(size), decided.size).hex() != decided.root:
        message = f"the tiles lead to another root for {decided.size} leaves than was signed"
        raise RecordBroken(message)
    return tree


def last_checkpoint(files: tiles.Files) -> notes.Checkpoint | None:
    """What was last published, or nothing.

    :raises RecordBroken: when it is no checkpoint of this record
    """
    try:
        data = files.read(CHECKPOINT)
    except FileNotFoundError:
        return None
    try:
        return notes.open_checkpoint(data, known_keys())[0]
    except notes.NoteBroken as broken:
        message = f"the published checkpoint is not ours: {broken}"
        raise RecordBroken(message) from None


def seal(checkpoint: notes.Checkpoint) -> None:
    """Decide that this is the root for its size, before anything is signed.

    :raises RecordBroken: when another one was decided before
    """
    with unit_of_work():
        one_at_a_time("record")
        row, _made = Sealed.objects.get_or_create(
            size=checkpoint.size, defaults={"root": checkpoint.root.hex(), "at": clock.now()}
        )
    if row.root != checkpoint.root.hex():
        message = f"another root was signed for {checkpoint.size} leaves: this would be a fork"
        raise RecordBroken(message)


# -- keys ----------------------------------------------------------------------------------------------------


def known_keys() -> list[notes.Verifier]:
    """Every public key this record has ever had, the newest first."""
    return [notes.verifier(vkey) for vkey in Key.objects.values_list("vkey", flat=True)]


def ready_signers() -> list[notes.Signer]:
    """The keys to sign with, all of them known to the record.

    A record that never had a key gets the one it is given; on demo and test data one is made.

    :raises KeyMissing: when there is none, or only a stranger's
    """
    known = {one.vkey for one in known_keys()}
    if not known:
        if installation_kind() != "real":
            with suppress(keys.KeyMissing):
                return _register(keys.signers())
            return make_key()
        return _register(keys.signers())
    found = keys.signers()
    if strangers := [one.verifier.fingerprint for one in found if one.verifier.vkey not in known]:
        message = f"the key {strangers[0]} is not the record's; take the right one, or run townhall record-key --rotate"
        raise keys.KeyMissing(message)
    return found


def make_key() -> list[notes.Signer]:
    """Make the record's first key; the same one again when it is there already.

    :raises KeyMissing: when the record has had a key and it is gone
    """
    if Key.objects.exists():
        return ready_signers()
    with suppress(keys.KeyMissing):
        return _register(keys.signers())
    made = [notes.make_signer(keys.origin())]
    keys.keep(made)
    return _register(made)


def rotate_key() -> list[notes.Signer]:
    """Make a new key that signs beside the old ones, which stay until they are retired.

    :raises KeyMissing: when it comes from a setting, which a command cannot change
    """
    _demand_file()
    old: list[notes.Signer] = []
    with suppress(keys.KeyMissing):  # a lost key is replaced by a new one, in everybody's sight
        old = keys.signers()
    name = old[0].name if old else _name()
    found = [notes.make_signer(name), *old]
    keys.keep(found)
    return _register(found)


def _demand_file() -> None:
    if keys.is_in_environment():
        message = "the key comes from TOWNHALL_RECORD_KEY; change it there, the newest first"
        raise keys.KeyMissing(message)


def _name() -> str:
    known = known_keys()
    return known[0].name if known else keys.origin()


def retire_key() -> list[notes.Signer]:
    """Let only the newest key sign from now on; the others' signatures stay verifiable.

    :raises KeyMissing: when there is no other, or they come from a setting
    """
    _demand_file()
    found = keys.signers()
    if len(found) == 1:
        message = "only one key signs; make the next one first: townhall record-key --rotate"
        raise keys.KeyMissing(message)
    keys.keep(found[:1])
    with unit_of_work():
        for one in found[1:]:
            Key.objects.filter(vkey=one.verifier.vkey).update(retired_at=clock.now())
            _tell("record.key_retired", one)
    return found[:1]


def _register(found: Sequence[notes.Signer]) -> list[notes.Signer]:
    known = set(Key.objects.values_list("vkey", flat=True))
    fresh = [one for one in reversed(found) if one.verifier.vkey not in known]
    if fresh:
        with unit_of_work():
            for one in fresh:
                Key.objects.create(vkey=one.verifier.vkey, made_at=clock.now())
                _tell("record.key_made", one)
    return list(found)


def _tell(kind: str, one: notes.Signer) -> None:
    fingerprint = one.verifier.fingerprint.replace(" ", "")
    write.record(DISTRICT_LINE, kind, subject="key", public=True, fingerprint=fingerprint)


# -- a database that was restored from a backup --------------------------------------------------------------


def recover() -> tuple[int, int]:
    """Take leaves that the database has lost back from the record's files; their texts are lost.

    :returns: the first and, not with, the last of them
    :raises RecordBroken: when the files do not lead to the published root
    """
    files = tiles.Files(folder())
    published = last_checkpoint(files)
    first, last = leaf_count(), published.size if published else 0
    if first >= last:
        return first, first
    tree = Tree(files, last)
    if published is None or tree.root != published.root:
        message = "the files do not lead to the published root"
        raise RecordBroken(message)
    node = files.node(last)
    for start, entries in tiles.bundles(files.read, last, first):
        rows = [
            _found(index, entry)
            for index, entry in enumerate(entries, start)
            if index >= first and merkle.leaf_hash(entry) == node(0, index)
        ]
        with unit_of_work():
            Leaf.objects.bulk_create(rows)
    if leaf_count() != last:
        message = "the files do not hold every entry"
        raise RecordBroken(message)
    with unit_of_work():
        write.record(
            DISTRICT_LINE, "record.recovered", subject="leaf", public=True, first=first, last=last - 1
        )
    return first, last


def _found(index: int, entry: bytes) -> Leaf:
    told = json.loads(entry)
    return Leaf(
        index=index, kind=told["kind"], subject=told["subject"], subject_id=told["id"],
        question=told.get("question"), data=entry.decode(),
    )  # fmt: skip
