"""The commands around the public record: its key, a receipt verified, a restored database mended."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    Prepare = Callable[[], None]


def _verify(arguments: argparse.Namespace, prepare: Prepare) -> None:
    """A receipt or a record by its signature, a case file by this installation's seal."""
    from townhall.config import verify

    try:
        if arguments.target.startswith(("http://", "https://")):
            raise SystemExit(verify.of_url(arguments))
        if verify.is_receipt(Path(arguments.target)):
            raise SystemExit(verify.of_file(arguments, partial(_own_keys, prepare)))
        _verify_case(Path(arguments.target), prepare)
    except OSError as error:
        raise SystemExit(f"townhall: {error.filename}: {error.strerror}") from None
    except verify.CannotVerify as broken:
        raise SystemExit(f"townhall: {broken}") from None


def _own_keys(prepare: Prepare) -> list[Any]:
    prepare()
    from townhall.record import published

    return list(published.vkeys())


def _verify_case(path: Path, prepare: Prepare) -> None:
    prepare()
    from townhall.keeping import casefile

    try:
        with path.open("rb") as file:
            told = casefile.verify(file)
    except casefile.FileBroken as broken:
        raise SystemExit(f"townhall: {broken}") from None
    print(
        f"{told['title']}: {told['made_at']} {told['made_by']}, {len(told['files'])} files as they were made"
    )


def _record_key(arguments: argparse.Namespace, prepare: Prepare) -> None:
    """Make, rotate or show the key that signs the public record."""
    prepare()
    from townhall.record import actions, key_changes, keys

    try:
        if arguments.rotate:
            found = key_changes.rotate_key()
        elif arguments.retire:
            found = key_changes.retire_key()
        else:
            found = actions.make_key()
    except keys.KeyMissing as missing:
        raise SystemExit(f"townhall: {missing}") from None
    for one in found:
        print(f"fingerprint: {one.verifier.fingerprint}")
        print(f"public key:  {one.verifier.vkey}")
    if not keys.is_in_environment():
        print(f"private key: {keys.path()} (keep a copy on paper or in a safe, never in a backup)")


def _record_recover(_arguments: argparse.Namespace, prepare: Prepare) -> None:
    """After an older backup was restored: take the leaves since then back from the record's files."""
    prepare()
    from townhall.record import recovering, tiles

    try:
        done = recovering.recover()
    except tiles.RecordBroken as broken:
        raise SystemExit(f"townhall: {broken}") from None
    print(f"taken back: {done.last - done.first} entries" if done.last > done.first else "nothing is missing")
    down = [f"question {number}" for number in sorted(done.taken_down)]
    down += [f"{thing} {number}" for thing, number in sorted(done.things)]
    for named in down:
        print(f"TAKEN DOWN AFTER THE BACKUP, its words are back: {named}; take them down again at once")


def _add_record(commands: Any, prepare: Prepare) -> None:
    key = commands.add_parser("record-key", help="the key that signs the public record: make it, show it")
    which = key.add_mutually_exclusive_group()
    which.add_argument(
        "--rotate",
        action="store_true",
        help="take the next key into use, as two administrators decided; both sign until --retire",
    )
    which.add_argument(
        "--retire",
        action="store_true",
        help="let only the newest key sign from now on, as two administrators decided",
    )
    key.set_defaults(run=partial(_record_key, prepare=prepare))
    recover = commands.add_parser(
        "record-recover",
        help="after an older backup was restored: take back what the record's files still hold",
    )
    recover.set_defaults(run=partial(_record_recover, prepare=prepare))


def _add_verify(commands: Any, prepare: Prepare) -> None:
    verify = commands.add_parser(
        "verify", help="whether an answer, a receipt, the whole public record or a case file is genuine"
    )
    verify.add_argument(
        "target",
        metavar="URL|FILE",
        help="an answer's address, a site's /record/, a .tlog-proof, a case file",
    )
    verify.add_argument(
        "--key",
        action="append",
        default=[],
        metavar="VKEY",
        help="the record's public key, or a file that holds it",
    )
    verify.add_argument(
        "--since",
        type=Path,
        metavar="FILE",
        help="an older checkpoint that must be the beginning of the record",
    )
    verify.add_argument("--keep", type=Path, metavar="FILE", help="keep the present checkpoint for next time")
    verify.set_defaults(run=partial(_verify, prepare=prepare))


def _witness(arguments: argparse.Namespace) -> None:
    from townhall.config import witness

    raise SystemExit(witness.main(arguments))


def _add_witness(commands: Any, address: Callable[[str], tuple[str, int]]) -> None:
    witness = commands.add_parser(
        "witness", help="look at other people's records and sign that they only grow"
    )
    witness.add_argument(
        "--state", type=Path, required=True, metavar="FOLDER", help="what it has seen, and its key"
    )
    witness.add_argument("--name", required=True, help="its name, such as library.example/witness")
    witness.add_argument(
        "--log", action="append", required=True, metavar="VKEY", help="a record's public key"
    )
    witness.add_argument("--bind", type=address, default=("127.0.0.1", 8020), metavar="HOST:PORT")
    witness.set_defaults(run=_witness)


def add(commands: Any, prepare: Prepare, address: Callable[[str], tuple[str, int]]) -> None:
    """Add them to the program.

    :param prepare: sets Django up and migrates; only what needs an installation calls it
    :param address: reads HOST:PORT
    """
    _add_verify(commands, prepare)
    _add_record(commands, prepare)
    _add_witness(commands, address)
