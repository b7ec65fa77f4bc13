"""Whom a backup is sealed for, and the fingerprints by which keys are known without being shown.

A backup is encrypted in the age format (https://age-encryption.org/v1) to public keys, whose private half need not be
on the machine. Where none are set, it is a key that follows from DATA_KEY: whoever kept that can restore. Keys
themselves are never part of a backup.
"""

from __future__ import annotations

import hashlib
import hmac
import os
from typing import TYPE_CHECKING, Any

import pyrage
from django.conf import settings
from pyrage import x25519

from townhall.backups.errors import BackupError, WrongKeyError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

FINGERPRINT_DIGITS = 16
# Keys beside DATA_KEY and SECRET_KEY, by name; `config` adds those of rooms that have one of their own.
KEYS: list[tuple[str, Callable[[], str]]] = []


def fingerprint(key: str) -> str:
    """Sixteen hex digits that stand for a key and tell nothing of it (HMAC-SHA256)."""
    digest = hmac.new(key.encode(), b"townhall fingerprint of a key", hashlib.sha256).hexdigest()
    return digest[:FINGERPRINT_DIGITS]


def fingerprints() -> dict[str, str]:
    """Those of this installation's keys, as far as there are any."""
    known = [("DATA_KEY", settings.DATA_KEY), ("SECRET_KEY", settings.SECRET_KEY)]
    known += [(name, read()) for name, read in KEYS]
    return {name: fingerprint(key) for name, key in known if key}


def seal_of(told: bytes) -> str:
    """What only this installation can have written under these bytes (HMAC-SHA256 under a key from DATA_KEY)."""
    derived = hmac.new(settings.DATA_KEY.encode(), b"backup", hashlib.sha256).digest()
    return hmac.new(derived, told, hashlib.sha256).hexdigest()


def recipients() -> list[Any]:
    """Whom backups are made for: the settings' public keys, else the public half of the key file, else DATA_KEY.

    :raises BackupError: when one is no age key
    """
    named: list[str] = settings.BACKUP_RECIPIENTS
    if not named:
        return [identities(settings.BACKUP_IDENTITY)[0].to_public()]
    try:
        return [x25519.Recipient.from_str(one) for one in named]
    except pyrage.RecipientError as error:
        message = f"TOWNHALL_BACKUP_RECIPIENTS: {error}; write age public keys (age1...)"
        raise BackupError(message) from None


def identities(path: Path | None) -> list[Any]:
    """The private keys in a file as `age-keygen` and `townhall backup --new-key` write it, then that of DATA_KEY.

    :raises WrongKeyError: when a file is named and there is none to be read
    """
    own = x25519.Identity.from_str(_own_identity())
    if path is None:
        return [own]
    try:
        lines = [line.strip() for line in path.read_text(encoding="ascii").splitlines()]
        found = [x25519.Identity.from_str(line) for line in lines if line and not line.startswith("#")]
    except OSError as error:
        message = f"the private key cannot be read: {path}: {error.strerror}"
        raise WrongKeyError(message) from None
    except (UnicodeDecodeError, pyrage.IdentityError):
        found = []
    if not found:
        message = f"{path} holds no age private key (a line AGE-SECRET-KEY-1...)"
        raise WrongKeyError(message)
    return [*found, own]


def _own_identity() -> str:
    """The age private key that follows from DATA_KEY (HMAC-SHA256; any 32 bytes are an X25519 key)."""
    secret = hmac.new(settings.DATA_KEY.encode(), b"age identity for backups", hashlib.sha256).digest()
    return _bech32("age-secret-key-", secret).upper()


_LETTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATOR = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)


def _bech32(prefix: str, data: bytes) -> str:
    """Bytes as age writes its keys (BIP 173)."""
    number = int.from_bytes(data, "big") << (-len(data) * 8 % 5)
    count = (len(data) * 8 + 4) // 5
    values = [number >> 5 * (count - 1 - place) & 31 for place in range(count)]
    spread = [ord(letter) >> 5 for letter in prefix] + [0] + [ord(letter) & 31 for letter in prefix]
    checked = _polymod([*spread, *values, 0, 0, 0, 0, 0, 0]) ^ 1
    values += [checked >> 5 * (5 - place) & 31 for place in range(6)]
    return f"{prefix}1{''.join(_LETTERS[value] for value in values)}"


def _polymod(values: list[int]) -> int:
    check = 1
    for value in values:
        top, check = check >> 25, (check & 0x1FFFFFF) << 5 ^ value
        for place, word in enumerate(_GENERATOR):
            check ^= word if top >> place & 1 else 0
    return check


def make(path: Path) -> str:
    """Make a key pair: the private half into a new file for its owner only; returns the public half.

    :raises BackupError: when the file is there already
    """
    identity = x25519.Identity.generate()
    public = str(identity.to_public())
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        message = f"{path} is there already; a key is never overwritten"
        raise BackupError(message) from None
    with os.fdopen(handle, "w", encoding="ascii") as out:
        out.write(f"# public key: {public}\n{identity}\n")
        out.flush()
        os.fsync(out.fileno())
    return public


def shown(fingerprints_of: Iterable[tuple[str, str]]) -> str:
    """Fingerprints as one reads them aloud: in fours."""
    return ", ".join(
        f"{name} {'-'.join(digits[at : at + 4] for at in range(0, len(digits), 4))}"
        for name, digits in fingerprints_of
    )
