"""The command around the keys that contact data are sealed with."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable


def add(commands: Any, prepare: Callable[[], None]) -> None:
    """Enter the command."""
    seal = commands.add_parser(
        "seal-key", help="the keys that contact data are sealed with: show, rotate, retire"
    )
    which = seal.add_mutually_exclusive_group()
    which.add_argument(
        "--rotate",
        action="store_true",
        help="make a new key and seal everything with it; goes on after a break",
    )
    which.add_argument("--retire", action="store_true", help="forget the older keys, when nothing needs them")
    seal.set_defaults(run=partial(_seal_key, prepare=prepare))


def _seal_key(arguments: argparse.Namespace, prepare: Callable[[], None]) -> None:
    """Rotate or retire, then say how it stands."""
    prepare()
    from townhall.keeping import actions, resealing
    from townhall.kernel import secrets
    from townhall.kernel.errors import Refused

    lost = 0
    try:
        if arguments.rotate:
            renewed = actions.rotate_seals(lambda table, done: print(f"{table}: {done}", flush=True))
            lost = renewed.unreadable
            print(f"sealed anew: {renewed.rows}")
        elif arguments.retire:
            actions.retire_seals()
    except Refused as refused:
        raise SystemExit(f"townhall: {refused.message}") from None
    told = resealing.left()
    print(
        f"keys: {told['keys']}; sealed texts: {told['total']}, of them under an older key: {told['waiting']}"
    )
    if secrets.ring_path().exists():
        print(f"keep a copy of {secrets.ring_path()} in a safe, never in a backup")
    if lost:
        raise SystemExit(f"townhall: {lost} texts are opened by no key; put the key that sealed them back")
