"""How fast one address may do a thing: a bucket of turns that come back with time, in this process's memory.

Each process counts for itself, so an installation with N processes allows at most N times as much. That is
enough against floods and guessing, and costs no shared store; asking at the edge is counted once for all
processes (:mod:`townhall.kernel.shared_pace`).
"""

from __future__ import annotations

import math
import threading
import time
from typing import TYPE_CHECKING

from django.conf import settings

from townhall.kernel import addresses
from townhall.kernel.secrets import keyed_hash, receipt_digits

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest

MOST_ADDRESSES = 50_000


class Pace:
    """Turns that come back with time; safe to use from several threads.

    :param per_minute: how many come back in a minute
    :param burst: how many may be used at once
    :param most: how many addresses are remembered; past that those with all their turns back are forgotten
    """

    def __init__(
        self,
        per_minute: float,
        burst: float,
        *,
        most: int = MOST_ADDRESSES,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._rate = per_minute / 60
        self._burst = float(burst)
        self._most = most
        self._now = now
        self._buckets: dict[str, tuple[float, float]] = {}
        self._lock = threading.Lock()

    def take(self, address: str) -> int | None:
        """Use up one turn: ``None`` when there was one, else the seconds until the next."""
        with self._lock:
            now = self._now()
            turns = self._turns(address, now)
            if turns < 1:
                return self._wait(turns)
            if len(self._buckets) >= self._most and address not in self._buckets:
                self._forget(now)
            self._buckets[address] = (turns - 1, now)
            return None

    def is_spent(self, address: str) -> int | None:
        """The seconds until the next turn when none is left; uses none up."""
        with self._lock:
            turns = self._turns(address, self._now())
            return None if turns >= 1 else self._wait(turns)

    def forget_all(self) -> None:
        """Give everybody all turns back."""
        with self._lock:
            self._buckets.clear()

    def _turns(self, address: str, now: float) -> float:
        turns, at = self._buckets.get(address, (self._burst, now))
        return min(self._burst, turns + (now - at) * self._rate)

    def _wait(self, turns: float) -> int:
        return max(1, math.ceil((1 - turns) / self._rate))

    def _forget(self, now: float) -> None:
        """Drop every bucket that has filled up again, or else the older half."""
        full = self._burst / self._rate
        self._buckets = {who: kept for who, kept in self._buckets.items() if now - kept[1] < full}
        if len(self._buckets) >= self._most:
            newest = sorted(self._buckets.items(), key=lambda item: item[1][1])[self._most // 2 :]
            self._buckets = dict(newest)


def usual_turns() -> tuple[float, float]:
    """The pace of asking (``ASK_LIMIT``) as turns a minute and turns at once: half of it and two thirds."""
    return settings.ASK_LIMIT / 2, max(1, settings.ASK_LIMIT * 2 // 3)


def usual() -> Pace:
    """The pace of asking, counted in this process."""
    return Pace(*usual_turns())


def client_of(request: HttpRequest) -> str:
    """The address a request comes from, believing our own proxies only."""
    forwarded = request.headers.get("X-Forwarded-For", "")
    peer = str(request.META.get("REMOTE_ADDR") or "")
    return addresses.client_address(peer, [forwarded], tuple(settings.TRUSTED_PROXIES))


def counted(request: HttpRequest) -> str | None:
    """What a limit counts of a request; ``None`` for a trusted network."""
    where = client_of(request)
    return None if addresses.is_within(where, tuple(settings.TRUSTED_NETWORKS)) else addresses.counted(where)


# Somebody who changes a rating or tries a withdrawal needs a few; who holds a receipt and a program gets no more.
RECEIPT_ACTS = Pace(6, 12)


def wait_for_receipt(receipt: str) -> int | None:
    """Seconds to wait before something more is done with this receipt, wherever it comes from."""
    return RECEIPT_ACTS.take(keyed_hash("receipt", receipt_digits(receipt)))


# Each code is a message that is paid for and that a stranger may get. A household or an office behind one address
# needs a few; venues are trusted networks.
CODES = Pace(6, 12)
# Twelve digits are 40 bits; ten guesses a minute and address leave no hope. Every face counts on this one.
RECEIPT_GUESSES = Pace(10, 20)
