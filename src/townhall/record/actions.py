"""Writing the record: journal to leaves, leaves to tiles, tiles to a checkpoint, each durable before the next.

Killed between any two steps it goes on from there: leaves are rows with their place, tiles are made from the rows
alone, and the checkpoint is written last. What has once been signed is never signed differently.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import connection
from django.db.models import Max, Q

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
from townhall.wrapping import covering

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

BATCH = 1_000
# So many entries that tell the public nothing may stand behind a place before it is moved: a move costs a commit.
IDLE = 500
# With these the words of a question are no longer to be read, or not in the form they had.
ERASE_ALL = frozenset({"question.withhold_confirmed", "question.withdrawn", "question.declined"})
# The same for a thing of its own, whose leaves name it as their subject.
_ERASE_THING = frozenset(
    {"clarification.withhold_confirmed", "comment.removed", "closing.withhold_confirmed"}
)
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
        place = places.get(line, 0)
        # What was taken back from the files stands there already.
        there = Leaf.objects.filter(line=line, seq__gt=place).values("seq")
        waiting = Entry.objects.filter(leaves.wanted(), line=line, seq__gt=place, seq__lte=last)
        rows = list(waiting.exclude(seq__in=there).order_by("seq")[:BATCH])
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
        _insert(rows)
        Opening.objects.bulk_create(
            Opening(leaf=row, question=row.question, words=one.opening)
            for row, one in zip(rows, drawn, strict=True)
            if one.opening
        )
        _move({entry.line: entry.seq for entry in entries})
        for row in rows:
            erase(row)


def _insert(rows: Sequence[Leaf]) -> None:
    """What ``bulk_create`` does, a third of the way's cost less: a leaf has plain columns, which need no preparing."""
    meta = Leaf._meta  # noqa: SLF001 - Django's documented way to a model's columns
    fields = [field.attname for field in meta.concrete_fields]
    names = ", ".join(
        map(connection.ops.quote_name, fields)
    )  # no foreign key among them: the columns' own names
    table, places = connection.ops.quote_name(meta.db_table), ", ".join(["%s"] * len(fields))
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {table} ({names}) VALUES ({places})",  # noqa: S608 - names of our own columns
            [[getattr(row, name) for name in fields] for row in rows],
        )


def takes_words(kind: str) -> bool:
    """Whether with this kind of leaf words of a question are no longer to be read, or not in the form they had."""
    return kind in ERASE_ALL | _ERASE_WORDS


def takes_thing(kind: str) -> bool:
    """Whether with this kind of leaf its subject, a clarification, a comment or a closing paper, was taken down."""
    return kind in _ERASE_THING


def erase(row: Leaf) -> None:
    """Delete the texts and salts that may no longer be read since this leaf; the leaves stay."""
    if takes_thing(row.kind):
        thing = Opening.objects.filter(leaf__subject=row.subject, leaf__subject_id=row.subject_id)
        if thing.filter(leaf__index__lte=row.index).delete()[0]:
            leave_no_trace()
        return
    if row.question is None or not takes_words(row.kind):
        return
    if row.kind in ERASE_ALL:
        _erase_papers(row)
    older = Opening.objects.filter(question=row.question, leaf__index__lt=row.index)
    if row.kind in ERASE_ALL and older.exists():
        Opening.objects.filter(question=row.question, leaf__index__lte=row.index).delete()
        leave_no_trace()
    if row.kind in _ERASE_WORDS:
        for opening in older:
            words = {name: one for name, one in opening.words.items() if name not in _QUESTION_WORDS}
            if words != opening.words:
                Opening.objects.filter(leaf=opening.leaf_id).update(words=words)
                leave_no_trace()


def _erase_papers(row: Leaf) -> None:
    """A closing paper that tells of the question opens no more either: its words are one text under one salt."""
    papers = leaves.papers_of(row.question or 0)
    told = covering.lines_about(papers, Q(id=row.question)) if papers else {}
    thing = Opening.objects.filter(leaf__subject="closing", leaf__index__lte=row.index)
    if thing.filter(leaf__subject_id__in=[one for one, lines in told.items() if lines]).delete()[0]:
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


def _register(found: Sequence[notes.Signer]) -> list[notes.Signer]:
    if Key.objects.filter(vkey__in=[one.verifier.vkey for one in found]).count() != len(found):
        with unit_of_work():
            register(found)
    return list(found)


def register(found: Sequence[notes.Signer]) -> None:
    """Note which public keys sign from now on, and tell of those not known yet; inside a unit of work."""
    known = set(Key.objects.values_list("vkey", flat=True))
    for one in reversed(found):
        if one.verifier.vkey not in known:
            Key.objects.create(vkey=one.verifier.vkey, made_at=clock.now())
            tell("record.key_made", one.verifier)


def tell(kind: str, one: notes.Verifier) -> None:
    """Tell everybody what became of a key; inside a unit of work."""
    fingerprint = one.fingerprint.replace(" ", "")
    write.record(DISTRICT_LINE, kind, subject="key", public=True, fingerprint=fingerprint)
