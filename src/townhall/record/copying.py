"""The record's files on the other machines: made from what one of them drew and decided, byte for byte the same.

Leaves, their order and each root that was signed stand in the database; a signature under the same root with the same
key is the same signature. So whichever machine is asked shows one record, and can go on with it when the first is gone.
"""

from __future__ import annotations

from townhall.record import notes, tiles
from townhall.record.actions import BATCH, folder, ready_signers, take_up
from townhall.record.growing import Tree
from townhall.record.models import Leaf, Sealed
from townhall.record.tiles import CHECKPOINT, RecordBroken


class Copyist:
    """Keeps this machine's files in step with what was decided; draws no leaf and decides nothing."""

    def __init__(self) -> None:
        self._tree: Tree | None = None
        self._marks: list[str] = []

    def turn(self) -> int:
        """Bring the files up to the newest root that was decided; returns how many leaves came in.

        :raises KeyMissing: when this machine has no key of the record
        :raises RecordBroken: when its files contradict what was decided
        """
        decided = Sealed.objects.order_by("-size").first()
        if decided is None:
            return 0
        if self._tree is None:
            self._tree = take_up(tiles.Files(folder()))
        tree, signers = self._tree, ready_signers()
        marks = [one.line for one in signers]
        before = tree.size
        if decided.size == before and marks == self._marks:
            return 0
        try:
            rows = Leaf.objects.filter(index__gte=before, index__lt=decided.size).order_by("index")
            for _written in tree.append(
                row.encode() for row in rows.values_list("data", flat=True).iterator(BATCH)
            ):
                pass
            for _written in tree.flush():
                pass
            if (tree.size, tree.root.hex()) != (decided.size, decided.root):
                message = f"the leaves do not lead to the root that was signed for {decided.size} of them"
                raise RecordBroken(message)
            checkpoint = notes.Checkpoint(signers[0].name, tree.size, tree.root)
            tree.files.replace(CHECKPOINT, bytes(checkpoint.signed(signers)))
            tree.tidy()
        except BaseException:
            self._tree = None  # half a step taken: begin again from what is on the disk
            raise
        self._marks = marks
        return tree.size - before
