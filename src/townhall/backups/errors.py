"""Why a backup was not made, not opened or not restored: each says what to do instead."""

from __future__ import annotations

import errno


class BackupError(Exception):
    """Something about a backup does not work; its text is a sentence with the remedy."""


class WrongKeyError(BackupError):
    """The backup was made for another key."""


class DamagedError(BackupError):
    """Not what was written: cut short, changed, or not from here."""


class NotEmptyError(BackupError):
    """Something stands where the restored data would go."""


class ForeignError(BackupError):
    """Made by an installation with other keys, or on another kind of database."""


class NewerError(BackupError):
    """Made by a newer program than this one."""


class OccupiedError(BackupError):
    """Another process is already doing it."""


def in_words(error: OSError) -> str:
    """What an operating system's refusal means for whoever backs up."""
    where = f" ({error.filename})" if error.filename else ""
    if error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}:
        return f"no room left{where}: free some space; nothing half-written stays"
    return f"{error.strerror or error}{where}"
