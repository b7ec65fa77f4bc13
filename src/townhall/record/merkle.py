"""Merkle trees as in RFC 6962: hashes, proofs, and how they are checked (RFC 9162, section 2.1).

Nothing here knows where hashes are kept. A tree is given as a function ``node(height, place)`` that returns the hash
of the complete subtree over the leaves from ``place * 2**height`` on.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence

Node = Callable[[int, int], bytes]

HASH_BYTES = 32
EMPTY_ROOT = hashlib.sha256(b"").digest()


def leaf_hash(entry: bytes) -> bytes:
    """The hash of one entry."""
    return hashlib.sha256(b"\x00" + entry).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees side by side."""
    return hashlib.sha256(b"\x01" + left + right).digest()


def fold(hashes: Sequence[bytes]) -> bytes:
    """The root over hashes whose number is a power of two."""
    level = list(hashes)
    while len(level) > 1:
        level = [node_hash(level[i], level[i + 1]) for i in range(0, len(level), 2)]
    return level[0]


def _split(width: int) -> int:
    """The largest power of two below ``width``."""
    return 1 << (width - 1).bit_length() - 1


def subtree(node: Node, low: int, high: int) -> bytes:
    """The hash over the leaves from ``low`` up to, not with, ``high``, as it stands in a tree from 0 on."""
    width = high - low
    if width & (width - 1) == 0:
        return node(width.bit_length() - 1, low // width)
    middle = low + _split(width)
    return node_hash(subtree(node, low, middle), subtree(node, middle, high))


def root(node: Node, size: int) -> bytes:
    """The root of the tree over the first ``size`` leaves."""
    return subtree(node, 0, size) if size else EMPTY_ROOT


class Edge:
    """The root over any number of leaves that come one after the other; keeps one hash for each level."""

    def __init__(self) -> None:
        self._peaks: list[tuple[int, bytes]] = []

    def push(self, one: bytes) -> None:
        """Take in the next leaf's hash."""
        height = 0
        while self._peaks and self._peaks[-1][0] == height:
            one = node_hash(self._peaks.pop()[1], one)
            height += 1
        self._peaks.append((height, one))

    @property
    def root(self) -> bytes:
        """Over all that was taken in."""
        found = b""
        for _height, one in reversed(self._peaks):
            found = node_hash(one, found) if found else one
        return found or EMPTY_ROOT


def inclusion_proof(node: Node, index: int, size: int) -> list[bytes]:
    """What proves that the leaf ``index`` stands in the tree of ``size`` leaves, from the leaf upwards.

    :raises ValueError: when there is no such leaf
    """
    if not 0 <= index < size:
        message = f"no leaf {index} in a tree of {size}"
        raise ValueError(message)
    low, high = 0, size
    proof: list[bytes] = []
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            proof.append(subtree(node, middle, high))
            high = middle
        else:
            proof.append(subtree(node, low, middle))
            low = middle
    return proof[::-1]


def consistency_proof(node: Node, old: int, new: int) -> list[bytes]:
    """What proves that the tree of ``old`` leaves is the beginning of that of ``new`` leaves.

    :raises ValueError: when the old tree is not the smaller one
    """
    if not 0 <= old <= new:
        message = f"a tree of {old} is no beginning of one of {new}"
        raise ValueError(message)
    if old in {0, new}:
        return []
    low, high = 0, new
    proof: list[bytes] = []
    while old != high:
        middle = low + _split(high - low)
        if old <= middle:
            proof.append(subtree(node, middle, high))
            high = middle
        else:
            proof.append(subtree(node, low, middle))
            low = middle
    if low:  # otherwise whoever checks knows this subtree: it is the old tree itself
        proof.append(subtree(node, low, high))
    return proof[::-1]


def included(leaf: bytes, index: int, size: int, proof: Sequence[bytes], tree_root: bytes) -> bool:
    """Whether the proof leads from the leaf's hash to the root (RFC 9162, 2.1.3.2)."""
    if not 0 <= index < size:
        return False
    place, last, found = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if place & 1 or place == last:
            found = node_hash(sibling, found)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            found = node_hash(found, sibling)
        place, last = place >> 1, last >> 1
    return last == 0 and found == tree_root


def consistent(old: int, old_root: bytes, new: int, new_root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether the proof shows the old tree as the beginning of the new one (RFC 9162, 2.1.4.2)."""
    if not 0 <= old <= new:
        return False
    if old == new:
        return not proof and old_root == new_root
    if old == 0:
        return not proof and old_root == EMPTY_ROOT
    hashes = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    return bool(hashes) and _climbs(hashes, old - 1, new - 1) == (old_root, new_root)


def _climbs(hashes: Sequence[bytes], place: int, last: int) -> tuple[bytes, bytes] | None:
    """The roots of the old and of the new tree that the hashes lead to."""
    while place & 1:
        place, last = place >> 1, last >> 1
    first = second = hashes[0]
    for one in hashes[1:]:
        if last == 0:
            return None
        if place & 1 or place == last:
            first, second = node_hash(one, first), node_hash(one, second)
            while not place & 1 and place:
                place, last = place >> 1, last >> 1
        else:
            second = node_hash(second, one)
        place, last = place >> 1, last >> 1
    return (first, second) if last == 0 else None
