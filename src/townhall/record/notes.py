"""Signed notes, keys and checkpoints (https://c2sp.org/signed-note, tlog-checkpoint, tlog-cosignature)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import struct
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from townhall.record.merkle import HASH_BYTES

ED25519, COSIGNATURE = 0x01, 0x04
KEY_BYTES, ID_BYTES, SIGNATURE_BYTES, TIME_BYTES = 32, 4, 64, 8
MOST_SIGNATURES = 100
MOST_DIGITS = 15  # more than a browser counts exactly is refused by all

_NAME = re.compile(r"[^\s+]+\Z")
_NUMBER = re.compile(rf"(0|[1-9][0-9]{{0,{MOST_DIGITS - 1}}})\Z")
_SECRET = "PRIVATE+KEY+"  # noqa: S105 - how such a line begins, not a secret


class NoteBroken(ValueError):  # noqa: N818 - reads as the sentence it prints
    """Something that is no note, no key or no checkpoint; its text says what is wrong."""


class SignatureWrong(NoteBroken):
    """A signature that claims to be of a known key and is not."""


class NobodyKnown(NoteBroken):
    """No signature of a known key."""


def unbase64(text: str) -> bytes:
    """The bytes of canonical base64.

    :raises NoteBroken: for anything else
    """
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        data = b""
    if not data or base64.b64encode(data).decode() != text:
        message = f"{text[:60]!r} is no base64"
        raise NoteBroken(message)
    return data


def number(text: str) -> int:
    """A whole number without leading zeroes.

    :raises NoteBroken: for anything else
    """
    if not _NUMBER.match(text):
        message = f"{text[:60]!r} is no number"
        raise NoteBroken(message)
    return int(text)


def hash_of(text: str) -> bytes:
    """One hash in base64.

    :raises NoteBroken: for anything else
    """
    data = unbase64(text)
    if len(data) != HASH_BYTES:
        message = f"{text[:60]!r} is no hash"
        raise NoteBroken(message)
    return data


def key_id(name: str, kind: int, public: bytes) -> bytes:
    """The four bytes by which a signature names its key."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([kind]) + public).digest()[:ID_BYTES]


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key with its name.

    :param kind: :data:`ED25519` for a log, :data:`COSIGNATURE` for a witness
    """

    name: str
    public: bytes
    kind: int = ED25519

    @property
    def id(self) -> bytes:
        """How a signature names it."""
        return key_id(self.name, self.kind, self.public)

    @property
    def vkey(self) -> str:
        """As it is handed on."""
        key = base64.b64encode(bytes([self.kind]) + self.public).decode()
        return f"{self.name}+{self.id.hex()}+{key}"

    @property
    def fingerprint(self) -> str:
        """Twenty digits for the eye, in groups: enough that nobody finds another key with the same ones."""
        digits = hashlib.sha256(self.public).hexdigest()[:20]
        return " ".join(digits[start : start + 4] for start in range(0, 20, 4))

    def verifies(self, text: bytes, signature: bytes) -> bool:
        """Whether the signature over the note's text is this key's."""
        if self.kind == COSIGNATURE:
            if len(signature) != TIME_BYTES + SIGNATURE_BYTES:
                return False
            text = cosigned(text, struct.unpack(">Q", signature[:TIME_BYTES])[0])
            signature = signature[TIME_BYTES:]
        if len(signature) != SIGNATURE_BYTES:
            return False
        try:
            Ed25519PublicKey.from_public_bytes(self.public).verify(signature, text)
        except InvalidSignature:
            return False
        return True


def verifier(vkey: str) -> Verifier:
    """Read a public key as it is handed on.

    :raises NoteBroken: when it is none, or its id is not its own
    """
    parts = vkey.split("+", 2)
    if len(parts) != 3 or not _NAME.match(parts[0]):  # noqa: PLR2004 - name, id, key
        message = f"{vkey[:80]!r} is no vkey (name+id+key)"
        raise NoteBroken(message)
    data = unbase64(parts[2])
    found = Verifier(parts[0], data[1:], data[0])
    if len(found.public) != KEY_BYTES or found.kind not in {ED25519, COSIGNATURE}:
        message = f"{parts[0]}: no Ed25519 key"
        raise NoteBroken(message)
    if found.id.hex() != parts[1]:
        message = f"{parts[0]}: its id should be {found.id.hex()}"
        raise NoteBroken(message)
    return found


def cosigned(text: bytes, seconds: int) -> bytes:
    """What a witness signs."""
    return f"cosignature/v1\ntime {seconds}\n".encode() + text


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key with its name. Its text must not leave the machine."""

    name: str
    secret: bytes
    kind: int = ED25519

    @property
    def verifier(self) -> Verifier:
        """What everybody may know of it."""
        public = Ed25519PrivateKey.from_private_bytes(self.secret).public_key()
        return Verifier(self.name, public.public_bytes(Encoding.Raw, PublicFormat.Raw), self.kind)

    @property
    def line(self) -> str:
        """As it is kept in a file."""
        key = base64.b64encode(bytes([self.kind]) + self.secret).decode()
        return f"{_SECRET}{self.name}+{self.verifier.id.hex()}+{key}"

    def sign(self, text: bytes, seconds: int = 0) -> str:
        """The signature line under a note, with its line end.

        :param seconds: the time a witness states, since 1970
        """
        key = Ed25519PrivateKey.from_private_bytes(self.secret)
        if self.kind == COSIGNATURE:
            signature = struct.pack(">Q", seconds) + key.sign(cosigned(text, seconds))
        else:
            signature = key.sign(text)
        return f"— {self.name} {base64.b64encode(self.verifier.id + signature).decode()}\n"


def signer(line: str) -> Signer:
    """Read a private key as it is kept.

    :raises NoteBroken: when it is none; the text never holds it
    """
    parts = line.removeprefix(_SECRET).split("+", 2)
    if not line.startswith(_SECRET) or len(parts) != 3 or not _NAME.match(parts[0]):  # noqa: PLR2004 - three parts
        message = "this is no private key of a record"
        raise NoteBroken(message)
    try:
        data = unbase64(parts[2])
    except NoteBroken:
        data = b""
    if len(data) != 1 + KEY_BYTES or data[0] not in {ED25519, COSIGNATURE}:
        message = f"the private key of {parts[0]} is broken"
        raise NoteBroken(message)
    found = Signer(parts[0], data[1:], data[0])
    if found.verifier.id.hex() != parts[1]:
        message = f"the private key of {parts[0]} has another id"
        raise NoteBroken(message)
    return found


def make_signer(name: str, kind: int = ED25519) -> Signer:
    """A new key.

    :raises NoteBroken: when the name cannot stand in a note
    """
    if not _NAME.match(name):
        message = f"{name!r}: a key's name has no blanks and no +"
        raise NoteBroken(message)
    return Signer(name, Ed25519PrivateKey.generate().private_bytes_raw(), kind)


@dataclass(frozen=True, slots=True)
class Note:
    """A text with signatures.

    :param text: what is signed, with its last line end
    :param signatures: name, key id, signature
    :param lines: the signatures as they stand
    """

    text: bytes
    signatures: tuple[tuple[str, bytes, bytes], ...] = ()
    lines: tuple[str, ...] = field(default=(), compare=False)

    def __bytes__(self) -> bytes:
        return self.text + b"\n" + "".join(self.lines).encode()

    def signed_by(self, known: Iterable[Verifier]) -> list[Verifier]:
        """Which of the known keys have signed; strangers are passed over.

        :raises SignatureWrong: when one claims to be a known key's and is not
        """
        found = []
        for one in known:
            for name, identity, signature in self.signatures:
                if (name, identity) != (one.name, one.id):
                    continue
                if not one.verifies(self.text, signature):
                    message = f"the signature of {name} is wrong"
                    raise SignatureWrong(message)
                found.append(one)
        return found


def parse_note(data: bytes) -> Note:
    """Take a note apart; nothing is verified.

    :raises NoteBroken: when it is none
    """
    try:
        whole = data.decode("utf-8")
    except UnicodeDecodeError:
        message = "the note is no UTF-8"
        raise NoteBroken(message) from None
    if any(letter < " " and letter != "\n" for letter in whole):
        message = "control characters in the note"
        raise NoteBroken(message)
    text, blank, below = whole.rpartition("\n\n")
    if not text or not blank or not below.endswith("\n"):
        message = "a note is a text, a blank line and signatures"
        raise NoteBroken(message)
    lines = below[:-1].split("\n")
    if len(lines) > MOST_SIGNATURES:
        message = f"more than {MOST_SIGNATURES} signatures"
        raise NoteBroken(message)
    found = tuple(_signature(line) for line in lines)
    return Note((text + "\n").encode(), found, tuple(f"{line}\n" for line in lines))


def _signature(line: str) -> tuple[str, bytes, bytes]:
    parts = line.split(" ")
    if len(parts) != 3 or parts[0] != "—" or not _NAME.match(parts[1]):  # noqa: PLR2004 - dash, name, signature
        message = f"{line[:60]!r} is no signature"
        raise NoteBroken(message)
    data = unbase64(parts[2])
    if len(data) <= ID_BYTES:
        message = f"{line[:60]!r} is too short for a signature"
        raise NoteBroken(message)
    return parts[1], data[:ID_BYTES], data[ID_BYTES:]


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far a log has come: so many leaves, with this root."""

    origin: str
    size: int
    root: bytes

    def text(self) -> bytes:
        """What is signed."""
        return f"{self.origin}\n{self.size}\n{base64.b64encode(self.root).decode()}\n".encode()

    def signed(self, signers: Sequence[Signer]) -> Note:
        """The note, signed by every key in turn."""
        return parse_note(self.text() + b"\n" + "".join(one.sign(self.text()) for one in signers).encode())


def parse_checkpoint(note: Note) -> Checkpoint:
    """What a note says as a checkpoint; lines after the third are let stand.

    :raises NoteBroken: when it is none
    """
    lines = note.text.decode().split("\n")[:-1]
    if len(lines) < 3 or not all(lines):  # noqa: PLR2004 - origin, size, root
        message = "a checkpoint has three lines: origin, size, root"
        raise NoteBroken(message)
    return Checkpoint(lines[0], number(lines[1]), hash_of(lines[2]))


def open_checkpoint(data: bytes, known: Sequence[Verifier]) -> tuple[Checkpoint, Note]:
    """A checkpoint that one of the known keys of its origin has signed.

    :raises NoteBroken: when it is none, in one of its kinds
    """
    note = parse_note(data)
    checkpoint = parse_checkpoint(note)
    own = [one for one in known if one.name == checkpoint.origin and one.kind == ED25519]
    if not note.signed_by(own):
        message = f"no known key has signed for {checkpoint.origin}"
        raise NobodyKnown(message)
    return checkpoint, note
