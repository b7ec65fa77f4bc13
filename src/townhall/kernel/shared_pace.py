"""How fast one address may ask, counted once for all processes of an installation: a table in shared memory.

The table is a file that every process maps. It holds no address: a slot is found by a keyed hash, whose key is made
with the file. Two processes that touch one slot at the same instant may lose a turn's count; nothing else can go
wrong, so nobody waits for a lock.
"""

from __future__ import annotations

import fcntl
import math
import mmap
import os
import struct
import time
from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SLOTS = 1 << 16
WAYS = 8  # slots an address may be in; past that the one unused for longest is given away
_SLOT = struct.Struct("<Qdd")  # the address's hash, its turns, and when they were counted
_KEY_BYTES = 32
_SIZE = _KEY_BYTES + SLOTS * _SLOT.size


class SharedPace:
    """Turns that come back with time, like :class:`townhall.kernel.pace.Pace`, for several processes.

    :param path: the file; made when missing
    :param per_minute: how many turns come back in a minute
    :param burst: how many may be used at once
    :param now: a clock that all processes share; the default starts anew with the machine, and so do the turns
    """

    def __init__(
        self, path: Path, per_minute: float, burst: float, *, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate = per_minute / 60
        self._burst = float(burst)
        self._now = now
        self._table = _opened(path)
        self._key = self._table[:_KEY_BYTES]

    def take(self, address: str) -> int | None:
        """Use up one turn: ``None`` when there was one, else the seconds until the next."""
        now = self._now()
        tag = int.from_bytes(blake2b(address.encode(), digest_size=8, key=self._key).digest(), "little") or 1
        offset, turns, at = self._slot(tag, now)
        # A time to come is another boot's: the machine's clock has started anew since.
        turns = min(self._burst, turns + max(0.0, now - at) * self._rate) if at <= now else self._burst
        if turns < 1:
            return max(1, math.ceil((1 - turns) / self._rate))
        _SLOT.pack_into(self._table, offset, tag, turns - 1, now)
        return None

    def _slot(self, tag: int, now: float) -> tuple[int, float, float]:
        """Where an address is counted, with its turns and their time; all turns when it is new."""
        first = tag % (SLOTS // WAYS) * WAYS
        oldest, oldest_at = 0, math.inf
        for way in range(WAYS):
            offset = _KEY_BYTES + (first + way) * _SLOT.size
            found, turns, at = _SLOT.unpack_from(self._table, offset)
            if found == tag:
                return offset, turns, at
            if at < oldest_at:
                oldest, oldest_at = offset, at
        return oldest, self._burst, now


def _opened(path: Path) -> mmap.mmap:
    """Map the file, making it with a fresh key when it is missing or of another shape."""
    handle = os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        if os.fstat(handle).st_size != _SIZE:
            os.ftruncate(handle, 0)
            os.pwrite(handle, os.urandom(_KEY_BYTES), 0)
            os.ftruncate(handle, _SIZE)
        table = mmap.mmap(handle, _SIZE)
        fcntl.flock(handle, fcntl.LOCK_UN)  # the mapping keeps the file open, and the lock with it
        return table
    finally:
        os.close(handle)
