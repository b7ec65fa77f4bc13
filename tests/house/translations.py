"""Messages of the product: those in its source, and those in its catalogues.

The messages of the source are collected the way Django's `makemessages` does, with Babel in place of xgettext: the
check then needs no program outside the virtual environment.
"""

import io
from functools import cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

from tests.house.source import PACKAGE

KEYWORDS: dict[str, tuple[int | tuple[int, str], ...] | None] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "npgettext": ((1, "c"), 2, 3),
    "npgettext_lazy": ((1, "c"), 2, 3),
}
Key = tuple[str, str]  # context, message


@cache
def catalogues() -> dict[Path, Catalog]:
    """Every catalogue in the repository by its file."""
    found = {}
    for path in sorted(PACKAGE.glob("*/locale/*/LC_MESSAGES/*.po")):
        with path.open("rb") as handle:
            found[path] = read_po(handle, domain=path.stem)
    return found


@cache
def rooms_with_text() -> tuple[str, ...]:
    """The rooms that say something to people."""
    return tuple(
        sorted(folder.name for folder in PACKAGE.iterdir() if folder.is_dir() and messages(folder.name))
    )


@cache
def messages(room: str) -> dict[Key, str]:
    """Every message that a room's own source marks for translation, with the place where it stands."""
    found: dict[Key, str] = {}
    for file in sorted((PACKAGE / room).rglob("*")):
        if (
            file.suffix not in {".py", ".html", ".txt", ".svg"}
            or not file.is_file()
            or "migrations" in file.parts
        ):
            continue
        if file.suffix != ".py" and "templates" not in file.parts:
            continue
        text = file.read_text(encoding="utf-8")
        if file.suffix != ".py":
            text = templatize(text, origin=str(file))
        handle = io.BytesIO(text.encode())
        options = {"encoding": "utf-8"}
        for line, message, _comments, context in extract("python", handle, KEYWORDS, options=options):
            first = message[0] if isinstance(message, tuple) else message
            if first:
                found.setdefault((context or "", first), f"{file.relative_to(PACKAGE)}:{line}")
    return found


def translated(catalogue: Catalog) -> dict[Key, str]:
    """Messages of a catalogue that are there to be used, with their translation (plural forms joined)."""
    result = {}
    for message in catalogue:
        if message.id:
            first = message.id[0] if isinstance(message.id, list | tuple) else message.id
            string = message.string
            result[message.context or "", first] = (
                string if isinstance(string, str) else "\0".join(string or ())
            )
    return result
