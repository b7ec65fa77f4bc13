"""Keys and what is made with them: keyed hashes, receipts, encryption at rest. Knows no model."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
import secrets
import tempfile
import unicodedata
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

RECEIPT_DIGITS = 12
# What people, phones and programs put between or behind the digits: dashes, spaces, line ends, marks that show nothing.
_BETWEEN_DIGITS = frozenset({"Pd", "Zs", "Zl", "Zp", "Cc", "Cf"})
_MINUS = "\u2212"
# Longer than any spelling of twelve digits, and short enough for a page to show again.
_MOST_TYPED, _MOST_SHOWN = 200, 40


@lru_cache(maxsize=32)
def _derived(purpose: str) -> bytes:
    return hmac.new(settings.DATA_KEY.encode(), purpose.encode(), hashlib.sha256).digest()


def keyed_hash(purpose: str, value: str) -> str:
    """A hash that only this installation can compute (HMAC-SHA256, RFC 2104), as 64 hex digits.

    :param purpose: separates uses, so that equal values in two columns do not show as equal
    """
    return hmac.new(_derived(purpose), value.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()


def make_receipt(nonce: str) -> str:
    """The twelve digits that stand for ``nonce``: derived, so that they need not be stored."""
    digest = hmac.new(_derived("receipt"), nonce.encode(), hashlib.sha256).digest()
    return str(int.from_bytes(digest[:16], "big") % 10**RECEIPT_DIGITS).zfill(RECEIPT_DIGITS)


def receipt_digits(typed: str) -> str:
    """What somebody typed or pasted as a receipt, with nothing between its digits; full width counts as plain (NFKC).

    Every place that takes a receipt reads it so: what is looked up, and what limits count by.
    """
    plain = unicodedata.normalize("NFKC", typed[:_MOST_TYPED])
    kept = (one for one in plain if one != _MINUS and unicodedata.category(one) not in _BETWEEN_DIGITS)
    return "".join(kept)[:_MOST_SHOWN]


def is_receipt(digits: str) -> bool:
    """Whether this can be a receipt: twelve plain digits, as :func:`receipt_digits` leaves them."""
    return len(digits) == RECEIPT_DIGITS and digits.isascii() and digits.isdigit()


def make_nonce() -> str:
    """128 random bits as text (a receipt's seed, a secret link)."""
    return secrets.token_urlsafe(16)


# -- encryption at rest ---------------------------------------------------------------------------------
#
# What is sealed is under the newest key of the ring; every key of it opens. The ring is a file of its own beside the
# data: a key in each line, the newest first. DATA_KEY stands for the key that follows from it, the only one at first.
# Receipts and keyed hashes never change with the ring: they are printed on slips and are what people are found by.

RING = "sealing.keys"
FROM_DATA_KEY = "DATA_KEY"


def ring_path() -> Path:
    """Where the ring is kept once there is more than the key that follows from DATA_KEY."""
    return Path(settings.DATA_DIR) / RING


def ring() -> tuple[str, ...]:
    """The keys that open what is sealed, the newest first."""
    path = ring_path()
    try:
        told = path.stat()
    except FileNotFoundError:
        return (FROM_DATA_KEY,)
    # Other processes notice a new key at their next use of one.
    return _read_ring(path, told.st_ino, told.st_mtime_ns)


@lru_cache(maxsize=4)
def _read_ring(path: Path, _inode: int, _changed: int) -> tuple[str, ...]:
    return tuple(line.strip() for line in path.read_text(encoding="ascii").splitlines() if line.strip())


def keep_ring(keys: Sequence[str]) -> None:
    """Write the ring anew, for its owner only, in one step."""
    path = ring_path()
    descriptor, rough = tempfile.mkstemp(dir=path.parent, prefix=f".{RING}-")  # for its owner only
    with os.fdopen(descriptor, "w", encoding="ascii") as handle:
        handle.write("".join(f"{key}\n" for key in keys))
        handle.flush()
        os.fsync(handle.fileno())
    Path(rough).replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def make_sealing_key() -> str:
    """A new key for the ring (256 random bits)."""
    return Fernet.generate_key().decode()


@lru_cache(maxsize=16)
def _one(key: str, _data_key: str) -> Fernet:
    return Fernet(base64.urlsafe_b64encode(_derived("contact")) if key == FROM_DATA_KEY else key.encode())


def _cipher() -> MultiFernet:
    return _all(ring(), settings.DATA_KEY)


@lru_cache(maxsize=4)
def _all(keys: tuple[str, ...], data_key: str) -> MultiFernet:
    return MultiFernet([_one(key, data_key) for key in keys])


def encrypt(text: str) -> str:
    """Encrypt contact data for storage (Fernet: AES-128-CBC with HMAC-SHA256)."""
    return encrypt_all([text])[0]


def encrypt_all(texts: Iterable[str]) -> list[str]:
    """The same for many at once: the ring of keys is looked at once."""
    cipher = _cipher()
    return [cipher.encrypt(text.encode()).decode() for text in texts]


def decrypt(text: str) -> str:
    """Read what :func:`encrypt` wrote.

    :raises cryptography.fernet.InvalidToken: when no key of the ring is the one
    """
    return _cipher().decrypt(text.encode()).decode()


def is_current(sealed: str) -> bool:
    """Whether something is sealed under the newest key."""
    try:
        _one(ring()[0], settings.DATA_KEY).decrypt(sealed.encode())
    except InvalidToken:
        return False
    return True


def reseal(sealed: str) -> str:
    """The same under the newest key.

    :raises cryptography.fernet.InvalidToken: when no key of the ring is the one
    """
    return _cipher().rotate(sealed.encode()).decode()
