"""A small effort before a question is taken in, asked for only under pressure: a puzzle solved, or a moment waited.

The puzzle is ALTCHA's, version 1: find the number whose SHA-256 together with a salt is the challenge. It is made and
checked here; no third party is asked. Who cannot run a script waits some seconds with a signed ticket instead. Each
solution and each ticket opens once, in all processes of an installation.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import json
import secrets
from datetime import datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from django.conf import settings

from townhall.kernel import clock
from townhall.kernel.secrets import keyed_hash
from townhall.kernel.shared_pace import SharedPace

if TYPE_CHECKING:
    from pathlib import Path

# On average half of it is tried: about a second in a browser, ten seconds on an old telephone.
MOST = 60_000
LIFE = timedelta(minutes=10)
WAIT = timedelta(seconds=15)
# The queue is nearly full: the next thing would be to turn everybody away.
PRESSED = 0.75
# So long it is asked for after the queue was last so full: a flood comes in waves.
KEPT_UP = timedelta(minutes=1)
LONGEST = 2000
# The operator's switch: `touch` it in the data folder, remove it again.
SWITCH = "effort"
_pressed: list[datetime] = []


def note(share: float) -> None:
    """Learn how full the intake's queue of this process is: 0 empty, 1 full."""
    if share >= PRESSED:
        _pressed[:] = [clock.now()]


def is_wanted() -> bool:
    """Whether a question must come with an effort just now."""
    if settings.ASK_EFFORT == "pressure" and _pressed and clock.now() - _pressed[0] < KEPT_UP:
        return True
    return (settings.DATA_DIR / SWITCH).exists()


def forget_pressure() -> None:
    """Begin as after a start."""
    _pressed.clear()


def remedy(address: str) -> dict[str, Any]:
    """What an asker may do: ``altcha`` to be solved, or ``wait_ticket`` to be sent after ``wait_seconds``.

    :param address: what limits count of the asker's address; the ticket is good for it alone
    """
    return {
        "altcha": challenge(),
        "wait_ticket": ticket(address),
        "wait_seconds": int(WAIT.total_seconds()),
    }


def challenge() -> dict[str, Any]:
    """A puzzle as ALTCHA's programs take it."""
    until = int((clock.now() + LIFE).timestamp())
    # The mark at its end keeps the salt's digits and the number's apart: nobody moves one into the other.
    salt = f"{secrets.token_hex(12)}?expires={until}&"
    made = sha256(f"{salt}{secrets.randbelow(MOST + 1)}".encode()).hexdigest()
    return {
        "algorithm": "SHA-256", "challenge": made, "maxnumber": MOST, "salt": salt,
        "signature": keyed_hash("altcha", made),
    }  # fmt: skip


def is_solved(payload: object) -> bool:
    """Whether this is the solution of one of our puzzles, in time and for the first time.

    :param payload: base64 of JSON with ``algorithm``, ``challenge``, ``number``, ``salt`` and ``signature``
    """
    found = _decoded(payload)
    made, salt, number = found.get("challenge"), found.get("salt"), found.get("number")
    if not isinstance(made, str) or not isinstance(salt, str) or type(number) is not int:
        return False
    if found.get("algorithm") != "SHA-256" or not 0 <= number <= MOST or not salt.endswith("&"):
        return False
    if not hmac.compare_digest(
        keyed_hash("altcha", made), str(found.get("signature")).encode().decode("latin-1")
    ):
        return False
    until = salt.partition("?expires=")[2].removesuffix("&")
    if not hmac.compare_digest(
        sha256(f"{salt}{number}".encode()).hexdigest(), made.encode().decode("latin-1")
    ):
        return False
    return until.isdigit() and clock.now().timestamp() < int(until) and _first_time(made)


def _decoded(payload: object) -> dict[str, Any]:
    if not isinstance(payload, str) or not 0 < len(payload) <= LONGEST or not payload.isascii():
        return {}
    try:
        found = json.loads(base64.b64decode(payload, validate=True))
    except (binascii.Error, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) and all(str(value).isascii() for value in found.values()) else {}


def ticket(address: str) -> str:
    """Good for one question from this address, once the wait is over."""
    ready = int((clock.now() + WAIT).timestamp())
    nonce = secrets.token_hex(8)
    return f"{nonce}.{ready}.{_mark(nonce, ready, address)}"


def seconds_left(held: object, address: str) -> int | None:
    """How long a ticket still has to wait; ``None`` for one that is not ours, not this address's or too old."""
    parts = held.split(".") if isinstance(held, str) and held.isascii() and len(held) <= LONGEST else []
    if len(parts) != 3 or not parts[1].isdigit() or len(parts[1]) > 12:  # noqa: PLR2004 - nonce, time, mark
        return None
    ready = int(parts[1])
    if not hmac.compare_digest(_mark(parts[0], ready, address), parts[2]):
        return None
    left = ready - clock.now().timestamp()
    return None if left < -LIFE.total_seconds() else max(0, int(left + 0.999))


def has_waited(held: object, address: str) -> bool:
    """Whether a ticket's time has come, for the first time."""
    return seconds_left(held, address) == 0 and _first_time(str(held))


def _mark(nonce: str, ready: int, address: str) -> str:
    return keyed_hash("effort-wait", f"{nonce}.{ready}.{address}")


def _first_time(what: str) -> bool:
    return _spent(settings.DATA_DIR / "efforts").take(what) is None


@lru_cache(maxsize=4)
def _spent(path: Path) -> SharedPace:
    """What was used already, in memory that all processes share; one turn that is not back before all have ended."""
    return SharedPace(path, per_minute=0.5 / (LIFE.total_seconds() / 60), burst=1)
