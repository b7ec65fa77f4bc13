"""A log that only grows and stands in files beside the database: what a backup asks of its room; `config` connects it.

Its head, a small file, says how far it goes and is written last. A backup takes the head first and the database after
it, so that the database it holds knows everything that the head counts on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

FOLDER = "record"


@dataclass(frozen=True, slots=True)
class Log:
    """What its room can do.

    :param head: the file of the head, inside the log's folder
    :param folder: where it stands here
    :param is_file: whether a name inside its folder is one of its files
    :param read_head: the newest head here, or nothing before the first
    :param files: every other file that a head counts on, by name, read here
    :param examine: what is wrong with the log in a folder beside a database under this alias, in a few words; files
        that a later head counts on are made from the database's rows first
    :param part: where the log in a folder and the one that stands here part, in a few words; nothing where one is the
        beginning of the other
    :param settle: put the log of a folder in its place here, unless what stands here goes further; says what is to be
        done then
    """

    head: str
    folder: Callable[[], Path]
    is_file: Callable[[str], bool]
    read_head: Callable[[], bytes | None]
    files: Callable[[bytes], Iterator[tuple[str, bytes]]]
    examine: Callable[[Path, str], str]
    part: Callable[[Path], str]
    settle: Callable[[Path], str]


LOGS: list[Log] = []


def log() -> Log | None:
    """The installation's log, where there is a room that keeps one."""
    return LOGS[0] if LOGS else None


def head() -> bytes | None:
    """Its newest head, to be asked for before the database is looked at."""
    kept = log()
    return kept.read_head() if kept else None


def head_member() -> str:
    """The head's name in an archive."""
    return f"{FOLDER}/{LOGS[0].head}"


def is_member(name: str) -> bool:
    """Whether a name in an archive is one of the log's files."""
    folder, _slash, rest = name.partition("/")
    return any(folder == FOLDER and (rest == kept.head or kept.is_file(rest)) for kept in LOGS)


def members(told: bytes) -> Iterator[tuple[str, bytes]]:
    """The files that a head counts on, the head last, as members of an archive."""
    for kept in LOGS:
        for name, content in kept.files(told):
            yield f"{FOLDER}/{name}", content
        yield head_member(), told
