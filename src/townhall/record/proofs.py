"""Receipts: one leaf, the texts that open it, its way to the root and the signed checkpoint, in one small file.

The file is a proof as in https://c2sp.org/tlog-proof; its extra line holds the leaf and the texts.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from townhall.record import merkle, notes
from townhall.record.canonical import canonical

if TYPE_CHECKING:
    from collections.abc import Sequence

HEAD = "c2sp.org/tlog-proof@v1"
LONGEST = 2_000_000
MOST_HASHES = 63
_SALT = re.compile(r"[0-9a-f]{64}\Z")


class ReceiptBroken(ValueError):  # noqa: N818 - reads as the sentence it prints
    """Something that is no receipt; its text says what is wrong."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """One receipt, taken apart; nothing of it is verified.

    :param leaf: the leaf's bytes
    :param openings: by name, salt and text, as the file claims
    :param note: the signed checkpoint
    """

    leaf: bytes
    openings: dict[str, tuple[bytes, str]]
    index: int
    proof: tuple[bytes, ...]
    note: notes.Note
    checkpoint: notes.Checkpoint
    told: dict[str, Any] = field(default_factory=dict)


def compose(
    leaf: bytes, openings: dict[str, dict[str, str]], index: int, proof: Sequence[bytes], checkpoint: bytes
) -> bytes:
    """Write a receipt.

    :param openings: by name, ``salt`` (hex) and ``text``
    :param checkpoint: the signed note as it was published
    """
    extra = base64.b64encode(canonical({"leaf": leaf.decode(), "texts": openings})).decode()
    lines = [HEAD, f"extra {extra}", f"index {index}", *(base64.b64encode(one).decode() for one in proof)]
    return ("\n".join(lines) + "\n\n").encode() + checkpoint


def parse(data: bytes) -> Receipt:
    """Take a receipt apart.

    :raises ReceiptBroken: when it is none
    """
    if len(data) > LONGEST:
        message = f"more than {LONGEST} bytes"
        raise ReceiptBroken(message)
    head, blank, below = data.partition(b"\n\n")
    try:
        lines = head.decode("ascii").split("\n")
        if not blank or len(lines) < 3 or lines[0] != HEAD:  # noqa: PLR2004 - head, extra, index
            message = f"the first line is not {HEAD}"
            raise ReceiptBroken(message)
        leaf, openings, told = _extra(lines[1])
        word, _space, digits = lines[2].partition(" ")
        if word != "index" or len(lines) - 3 > MOST_HASHES:
            message = "the index is missing"
            raise ReceiptBroken(message)
        proof = tuple(notes.hash_of(line) for line in lines[3:])
        note = notes.parse_note(below)
        return Receipt(leaf, openings, notes.number(digits), proof, note, notes.parse_checkpoint(note), told)
    except (notes.NoteBroken, UnicodeDecodeError) as broken:
        raise ReceiptBroken(str(broken)) from None


def _extra(line: str) -> tuple[bytes, dict[str, tuple[bytes, str]], dict[str, Any]]:
    word, _space, text = line.partition(" ")
    if word != "extra":
        message = "the leaf is missing (no extra line)"
        raise ReceiptBroken(message)
    try:
        extra = json.loads(notes.unbase64(text).decode("utf-8"), parse_constant=_refuse)
        leaf = extra["leaf"].encode("utf-8")
        told = json.loads(extra["leaf"], parse_constant=_refuse)
        openings = {name: _opening(one["salt"], one["text"]) for name, one in extra["texts"].items()}
        told["texts"].items()
    except (ValueError, TypeError, KeyError, AttributeError):
        message = "the leaf cannot be read"
        raise ReceiptBroken(message) from None
    return leaf, openings, told


def _refuse(word: str) -> None:
    raise ValueError(word)


def _opening(salt: str, text: str) -> tuple[bytes, str]:
    text.encode("utf-8")
    if not _SALT.match(salt):
        raise ValueError(salt)
    return bytes.fromhex(salt), text


def includes(receipt: Receipt) -> bool:
    """Whether the leaf stands where the receipt says, under the checkpoint's root."""
    found = merkle.leaf_hash(receipt.leaf)
    return merkle.included(
        found, receipt.index, receipt.checkpoint.size, receipt.proof, receipt.checkpoint.root
    )
