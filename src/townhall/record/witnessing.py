"""A witness (https://c2sp.org/tlog-witness): signs that a record has only grown since it last looked.

It is run by somebody else (a library, a university, the inspector's office), needs no database and believes nothing.
"""

from __future__ import annotations

import base64
import hashlib
import threading
from typing import TYPE_CHECKING, NamedTuple

from townhall.kernel import clock
from townhall.record import merkle, notes, tiles

if TYPE_CHECKING:
    from collections.abc import Sequence

OK, BAD, FORBIDDEN, UNKNOWN, CONFLICT, INCONSISTENT = 200, 400, 403, 404, 409, 422
LONGEST, MOST_HASHES = 64_000, 63
SIZE_TYPE = "text/x.tlog.size"


class Reply(NamedTuple):
    """What is answered."""

    status: int
    body: bytes = b""
    content_type: str = "text/plain; charset=utf-8"


class Witness:
    """One witness with its key and what it has last signed of each record."""

    def __init__(self, files: tiles.Files, signer: notes.Signer, logs: Sequence[notes.Verifier]) -> None:
        """Take up where it left off.

        :param files: where the newest checkpoint of each record is kept, durably
        :param signer: a key of the kind :data:`notes.COSIGNATURE`
        :param logs: the keys of the records it looks at
        """
        self._files, self._signer, self._logs = files, signer, logs
        self._one_at_a_time = threading.Lock()

    def latest(self, origin_hash: str) -> bytes | None:
        """The newest cosigned checkpoint of a record, by the SHA-256 of its origin in hex."""
        if not any(_hash(log.name) == origin_hash for log in self._logs):
            return None
        try:
            return self._files.read(f"{origin_hash}/checkpoint")
        except FileNotFoundError:
            return None

    def add_checkpoint(self, body: bytes) -> Reply:
        """Look at a new checkpoint with its proof; cosign it or say why not."""
        try:
            old, proof, data = _request(body)
            note = notes.parse_note(data)
            new = notes.parse_checkpoint(note)
        except (notes.NoteBroken, UnicodeDecodeError):
            return Reply(BAD)
        own = [log for log in self._logs if log.name == new.origin and log.kind == notes.ED25519]
        if not own:
            return Reply(UNKNOWN)
        try:
            if not note.signed_by(own):
                return Reply(FORBIDDEN)
        except notes.SignatureWrong:
            return Reply(FORBIDDEN)
        if old > new.size:
            return Reply(BAD)
        with self._one_at_a_time:
            return self._look(old, proof, note, new)

    def _look(self, old: int, proof: list[bytes], note: notes.Note, new: notes.Checkpoint) -> Reply:
        kept = self.latest(_hash(new.origin))
        known = notes.parse_checkpoint(notes.parse_note(kept)) if kept else None
        size, root = (known.size, known.root) if known else (0, merkle.EMPTY_ROOT)
        if old != size:
            return Reply(CONFLICT, f"{size}\n".encode(), SIZE_TYPE)
        if not merkle.consistent(size, root, new.size, new.root, proof):
            return Reply(INCONSISTENT)
        line = self._signer.sign(note.text, int(clock.now().timestamp()))
        self._files.replace(f"{_hash(new.origin)}/checkpoint", bytes(note) + line.encode())
        return Reply(OK, line.encode())


def _hash(origin: str) -> str:
    return hashlib.sha256(origin.encode()).hexdigest()


def _request(body: bytes) -> tuple[int, list[bytes], bytes]:
    """Old size, proof, checkpoint.

    :raises NoteBroken: when it is none of that
    """
    head, blank, data = body.partition(b"\n\n")
    lines = head.decode("ascii").split("\n")
    if not blank or len(body) > LONGEST or len(lines) > 1 + MOST_HASHES or not lines[0].startswith("old "):
        message = "no add-checkpoint request"
        raise notes.NoteBroken(message)
    return notes.number(lines[0][4:]), [notes.hash_of(line) for line in lines[1:]], data


def ask(old: int, proof: Sequence[bytes], checkpoint: bytes) -> bytes:
    """The request that a record sends to its witnesses."""
    lines = [f"old {old}", *(base64.b64encode(one).decode() for one in proof)]
    return ("\n".join(lines) + "\n\n").encode() + checkpoint
