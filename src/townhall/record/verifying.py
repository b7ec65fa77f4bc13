"""What becomes of a receipt or of a whole log when it is verified; needs no database and no installation.

The page and the script that citizens keep say the same words about the same files: ``tests/record/vectors``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from townhall.record import merkle, notes, proofs, tiles
from townhall.record.hiding import commitment_to

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from townhall.record.notes import Checkpoint, Verifier
    from townhall.record.proofs import Receipt

VERIFIED, REMOVED = "verified", "removed"
MALFORMED, UNKNOWN_KEY, BAD_SIGNATURE = "malformed", "unknown-key", "bad-signature"
NOT_INCLUDED, ALTERED, FORKED = "not-included", "altered", "forked"
GOOD = frozenset({VERIFIED, REMOVED})


@dataclass(frozen=True, slots=True)
class Finding:
    """What a receipt turned out to be.

    :param code: one of the words above
    :param detail: what exactly, for a person who looks closer
    :param texts: the texts that were verified, by name
    :param removed: names of texts that the leaf commits to and the receipt does not show
    """

    code: str
    detail: str = ""
    receipt: Receipt | None = None
    texts: tuple[tuple[str, str], ...] = ()
    removed: tuple[str, ...] = ()


def verify_receipt(data: bytes, known: Sequence[Verifier]) -> Finding:
    """Signature, place in the tree, and every text against its hash, in this order; the first failure counts."""
    try:
        receipt = proofs.parse(data)
    except proofs.ReceiptBroken as broken:
        return Finding(MALFORMED, str(broken))
    own = [one for one in known if one.name == receipt.checkpoint.origin and one.kind == notes.ED25519]
    try:
        signers = receipt.note.signed_by(own)
    except notes.SignatureWrong as wrong:
        return Finding(BAD_SIGNATURE, str(wrong), receipt)
    if not signers:
        return Finding(UNKNOWN_KEY, f"no known key has signed for {receipt.checkpoint.origin}", receipt)
    if not proofs.includes(receipt):
        return Finding(NOT_INCLUDED, f"leaf {receipt.index} does not lead to the signed root", receipt)
    return _texts(receipt)


def _texts(receipt: Receipt) -> Finding:
    promised: dict[str, object] = receipt.told["texts"]
    for name, (salt, text) in receipt.openings.items():
        if name not in promised or promised[name] != commitment_to(text, salt):
            return Finding(ALTERED, f"{name} is not the text that was published", receipt)
    removed = tuple(sorted(set(promised) - set(receipt.openings)))
    texts = tuple((name, text) for name, (_salt, text) in sorted(receipt.openings.items()))
    return Finding(REMOVED if removed else VERIFIED, ", ".join(removed), receipt, texts, removed)


def verify_checkpoint(
    fetch: tiles.Fetch, known: Sequence[Verifier], since: bytes | None = None
) -> tuple[Checkpoint, Finding]:
    """A log's present checkpoint, and whether an older one that somebody kept is its beginning.

    :param fetch: gives the bytes at an address below the log's prefix
    :param since: the older checkpoint
    :raises notes.NoteBroken: when one of the two is none, or is not signed by a known key
    """
    now, _note = notes.open_checkpoint(fetch(tiles.CHECKPOINT), known)
    if since is None:
        return now, Finding(VERIFIED)
    old, _note = notes.open_checkpoint(since, known)
    return now, compare(fetch, old, now)


def compare(fetch: tiles.Fetch, old: Checkpoint, new: Checkpoint) -> Finding:
    """Whether the old tree is the beginning of the new one."""
    if old.origin != new.origin:
        return Finding(FORKED, f"{old.origin} and {new.origin} are two records")
    if old.size > new.size:
        return Finding(FORKED, f"the record had {old.size} leaves and has {new.size} now")
    if old.size == new.size:
        same = old.root == new.root
    else:
        proof = merkle.consistency_proof(tiles.nodes(fetch, new.size), old.size, new.size)
        same = merkle.consistent(old.size, old.root, new.size, new.root, proof)
    if same:
        return Finding(VERIFIED, f"{old.size} of {new.size}")
    return Finding(FORKED, f"what stands among the first {old.size} leaves is not what stood there before")


def verify_whole(
    fetch: tiles.Fetch, now: Checkpoint, each: Callable[[int], None] = lambda _done: None
) -> Finding:
    """Every entry of a log against its tiles, and the tiles against the root.

    :param each: called now and then with the number of entries seen
    """
    node = tiles.nodes(fetch, now.size)
    try:
        for first, entries in tiles.bundles(fetch, now.size):
            for index, entry in enumerate(entries, first):
                if merkle.leaf_hash(entry) != node(0, index):
                    return Finding(ALTERED, f"entry {index} is not the one that was hashed")
            each(first + len(entries))
        if merkle.root(_climbing(fetch, now.size), now.size) != now.root:
            return Finding(FORKED, "the tiles do not lead to the signed root")
    except tiles.RecordBroken as broken:
        return Finding(MALFORMED, str(broken))
    return Finding(VERIFIED, f"{now.size}")


def _climbing(fetch: tiles.Fetch, size: int) -> merkle.Node:
    """The tree made from the lowest tiles alone, so that the upper ones need not be believed."""
    node = tiles.nodes(fetch, size)
    kept: dict[tuple[int, int], bytes] = {}

    def climb(height: int, place: int) -> bytes:
        if height < 8:  # noqa: PLR2004 - within a tile of the lowest level
            return node(height, place)
        if (height, place) not in kept:
            kept[height, place] = merkle.node_hash(
                climb(height - 1, place * 2), climb(height - 1, place * 2 + 1)
            )
        return kept[height, place]

    return climb
