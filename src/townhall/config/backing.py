"""``townhall backup`` and ``townhall restore``: what they take and what they say."""

from __future__ import annotations

import argparse
import signal
import threading
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from townhall.kernel import clock

if TYPE_CHECKING:
    from collections.abc import Callable

PROVEN, DISPROVEN = 0, 1


def add(commands: Any, prepare: Callable[..., None]) -> None:
    """Add both commands to the program's parser.

    :param prepare: sets Django up; ``migrate=False`` leaves the database alone
    """
    backup = commands.add_parser("backup", help="back up to a second place, encrypted; prove; copy on")
    backup.add_argument("file", nargs="?", type=Path, metavar="FILE", help="one file instead of a folder")
    backup.add_argument(
        "--to", type=Path, metavar="DIR", help="the second place; default: TOWNHALL_BACKUP_TO"
    )
    what = backup.add_mutually_exclusive_group()
    what.add_argument(
        "--follow", action="store_true", help="back up, then copy on whatever is committed, until Ctrl-C"
    )
    what.add_argument(
        "--prove",
        action="store_true",
        help="restore the newest beside the data and compare; exit 1 if it fails",
    )
    what.add_argument(
        "--new-key", type=Path, metavar="FILE", help="make a key pair for backups; print the public half"
    )
    _add_identity(backup)
    backup.set_defaults(run=lambda arguments: _backup(arguments, prepare))

    restore = commands.add_parser("restore", help="bring a backup back into an empty installation")
    restore.add_argument(
        "source", type=Path, metavar="FILE|DIR", help="a backup, or the place with the newest"
    )
    restore.add_argument("--until", type=_moment, metavar="TIME", help="go no further than this (RFC 3339)")
    restore.add_argument(
        "--other-keys",
        action="store_true",
        help="although DATA_KEY is another: contact data and receipts are lost",
    )
    _add_identity(restore)
    restore.set_defaults(run=lambda arguments: _restore(arguments, prepare))


def _add_identity(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--identity",
        type=Path,
        metavar="FILE",
        help="the private key; default: TOWNHALL_BACKUP_IDENTITY, else DATA_KEY's",
    )


def _moment(text: str) -> datetime:
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        found = None
    if found is None or found.tzinfo is None:
        message = f"{text!r}: write a time with an offset, such as 2026-11-30T19:40:00+08:00"
        raise argparse.ArgumentTypeError(message)
    return found


def _shown(moment: datetime) -> str:
    return f"{clock.local(moment):%Y-%m-%d %H:%M:%S %z}"


def _backup(arguments: argparse.Namespace, prepare: Callable[..., None]) -> None:
    from townhall.backups.errors import BackupError

    try:
        if arguments.new_key:
            _make_key(arguments.new_key)
            return
        prepare(migrate=not arguments.prove)
        _back_up(arguments)
    except BackupError as error:
        raise SystemExit(f"townhall backup: {error}") from None


def _make_key(path: Path) -> None:
    from townhall.backups import keys

    public = keys.make(path)
    print(f"TOWNHALL_BACKUP_RECIPIENTS={public}")
    print(
        f"The private key is in {path}: keep two copies of it away from this machine. Without it no backup opens."
    )


def _back_up(arguments: argparse.Namespace) -> None:
    from django.conf import settings

    place: Path | None = arguments.file or arguments.to or settings.BACKUP_TO
    if place is None:
        raise SystemExit("townhall backup: say where: --to DIR, FILE or TOWNHALL_BACKUP_TO")
    if arguments.prove:
        _prove(place, arguments.identity or settings.BACKUP_IDENTITY)
    elif arguments.follow:
        _follow(place)
    else:
        _once(place, into_folder=arguments.file is None)


def _once(target: Path, *, into_folder: bool) -> None:
    from django.conf import settings

    from townhall.backups import keys, location, making

    made = making.make(target, into_folder=into_folder)
    told = made.manifest["facts"]
    print(
        f"{made.backup.path}: {made.backup.path.stat().st_size >> 10} KB, state of {_shown(made.backup.made_at)}"
    )
    print(
        f"{sum(told['rows'].values())} rows, {told['signed'][0]} signed answers, {len(made.uploads)} uploads"
    )
    print(f"Not in it, keep them apart: {keys.shown(made.manifest['fingerprints'].items())}")
    if into_folder and (gone := location.prune(target, settings.BACKUP_DAYS)):
        print(f"Older than {settings.BACKUP_DAYS} days and deleted: {', '.join(gone)}")


def _follow(place: Path) -> None:
    from townhall.backups import follow

    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    print(f"Copying on to {place}. Ctrl-C ends it.", flush=True)
    follow.run(place, stop)


def _prove(source: Path, identity: Path | None) -> None:
    from townhall.backups import proving

    outcome = proving.prove(source, identity)
    print(f"{outcome.backup.path.name}: restored beside the data in {outcome.told['seconds']} s")
    if outcome.complaints:
        for complaint in outcome.complaints:
            print(f"NOT PROVEN: {complaint}")
        raise SystemExit(DISPROVEN)
    compared = (
        "with the data of now" if outcome.told["ours"] else "with what it says of itself (no data of it here)"
    )
    print(
        f"proven: state of {_shown(datetime.fromisoformat(outcome.told['state_at']))}, {outcome.told['pieces']} pieces "
        f"copied on, {outcome.told['facts']['signed'][0]} signed answers; compared {compared}"
    )


def _restore(arguments: argparse.Namespace, prepare: Callable[..., None]) -> None:
    from townhall.backups.errors import BackupError

    _need_keys(other_keys=arguments.other_keys)
    prepare(migrate=False)
    from django.conf import settings

    from townhall.backups import keys, restoring

    try:
        done = restoring.restore(
            arguments.source,
            arguments.identity or settings.BACKUP_IDENTITY,
            other_keys=arguments.other_keys,
            until=arguments.until,
        )
    except OSError as error:
        from townhall.backups.errors import in_words

        raise SystemExit(f"townhall restore: {in_words(error)}") from None
    except BackupError as error:
        raise SystemExit(f"townhall restore: {error}") from None
    told = done.manifest
    if done.words:
        print(done.words)
    print(
        f"{done.backup.path.name}: restored the state of {_shown(done.state_at)}, {done.pieces} pieces copied on"
    )
    here = keys.fingerprints()
    others = [name for name, digits in told["fingerprints"].items() if here.get(name) != digits]
    print(
        f"Keys: {keys.shown(here.items())}"
        + (f"; NOT those of the backup: {', '.join(others)}" if others else "")
    )
    print(
        "Next: `townhall doctor`, then start the server. What was withdrawn since then is back: see the runbook."
    )


def _need_keys(*, other_keys: bool) -> None:
    """Refuse before a new DATA_KEY is made where the kept one belongs."""
    from townhall.config import environment

    try:
        values = environment.read()
    except environment.BadSetting as error:
        raise SystemExit(f"townhall: {error}") from None
    kept = values["DATA_DIR"] / "DATA_KEY"
    if not (values["DATA_KEY"] or kept.exists() or other_keys):
        raise SystemExit(
            f"townhall restore: first put the DATA_KEY kept with the installation into {kept} (chmod 600); "
            "if it is lost, say --other-keys: contact data and receipts are lost with it"
        )
