"""Where the record's private key lives: in a file or a setting of its own, never in the database, never in a backup."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlparse

from django.conf import settings

from townhall.record import notes

if TYPE_CHECKING:
    from collections.abc import Sequence

FILE = "record.key"


class KeyMissing(Exception):  # noqa: N818 - reads as the sentence it prints
    """There is no private key, or not the one that was in use."""


def path() -> Path:
    """The key's file."""
    return Path(settings.RECORD_KEY_FILE or Path(settings.DATA_DIR) / FILE)


def is_in_environment() -> bool:
    """Whether the key comes from a setting, so that no command may write it."""
    return bool(settings.RECORD_KEY)


def origin() -> str:
    """The name that a new record has for ever: its address without the scheme."""
    parsed = urlparse(settings.BASE_URL)
    return f"{parsed.netloc}{parsed.path.rstrip('/')}/record"


def signers() -> list[notes.Signer]:
    """The keys that sign now, the newest first.

    :raises KeyMissing: when there is none that can be read
    """
    text = settings.RECORD_KEY
    if not text:
        try:
            text = path().read_text(encoding="utf-8")
        except OSError as error:
            message = f"{path()}: {error.strerror}"
            raise KeyMissing(message) from None
    try:
        found = [notes.signer(line) for line in text.replace(",", "\n").split("\n") if line.strip()]
    except notes.NoteBroken as broken:
        raise KeyMissing(str(broken)) from None
    if not found:
        message = f"{path()} is empty"
        raise KeyMissing(message)
    return found


def keep(found: Sequence[notes.Signer]) -> None:
    """Write the key file anew, for its owner only, in one step."""
    place = path()
    place.parent.mkdir(parents=True, exist_ok=True)
    descriptor, rough = tempfile.mkstemp(dir=place.parent, prefix=f".{place.name}-")  # for its owner only
    with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
        handle.write("".join(f"{one.line}\n" for one in found))
        handle.flush()
        os.fsync(handle.fileno())
    Path(rough).replace(place)
    folder = os.open(place.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
