"""Chinese is the language of the source; English is complete."""

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest
from babel.messages.catalog import Message
from babel.messages.pofile import read_po
from django.apps import apps as django_apps
from django.conf import settings

from tests.house.source import PACKAGE
from tests.house.translations import catalogues, messages, rooms_with_text, translated

HAN = re.compile(r"[\u3400-\u9fff]")
HOLE = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")
# A language is named in itself, and some words are left as they are: in English text they are names.
CHINESE_IN_ENGLISH = {"中文"}


def forms(message: Message) -> Iterable[str]:
    """A translation, or its plural forms."""
    string = message.string
    return string or [""] if isinstance(string, list | tuple) else [string or ""]


@pytest.mark.parametrize("room", rooms_with_text())
def test_english_has_exactly_the_messages_of_the_source(room: str) -> None:
    path = PACKAGE / room / "locale" / "en" / "LC_MESSAGES" / "django.po"
    assert path in catalogues(), f"{room} speaks, but has no English catalogue"
    source, english = messages(room), translated(catalogues()[path])
    missing = [f"{where} {key[1]!r}" for key, where in source.items() if key not in english]
    stale = [key[1] for key in english if key not in source]
    assert not missing, "Not in the catalogue:\n" + "\n".join(missing)
    assert not stale, "No longer in the source:\n" + "\n".join(stale)


def test_every_room_that_speaks_is_heard() -> None:
    apps = {Path(config.path).name for config in django_apps.get_app_configs()}
    named = {Path(path).parent.name for path in settings.LOCALE_PATHS}
    assert set(rooms_with_text()) <= apps | named, "neither an installed app nor in LOCALE_PATHS"


@pytest.mark.parametrize("path", catalogues(), ids=lambda path: path.relative_to(PACKAGE).parts[0])
def test_a_catalogue_says_each_thing_once(path: Path) -> None:
    with path.open("rb") as file:
        read_po(file, abort_invalid=True)
    said = re.findall(
        r'^(?:msgctxt (".*")\n)?msgid ((?:".*"\n)+)', path.read_text(encoding="utf-8"), re.MULTILINE
    )
    twice = [one for one, times in Counter(said).items() if times > 1]
    assert not twice, f"more than once in {path}"


def test_english_is_complete_and_certain() -> None:
    gaps = [
        f"{path.relative_to(PACKAGE)} {message.id!r}{' (fuzzy)' if message.fuzzy else ''}"
        for path, catalogue in catalogues().items()
        for message in catalogue
        if message.id and (message.fuzzy or not all(forms(message)))
    ]
    assert not gaps, "Without a translation:\n" + "\n".join(gaps)


def test_english_contains_no_chinese() -> None:
    found = [
        f"{path.relative_to(PACKAGE)} {string!r}"
        for path, catalogue in catalogues().items()
        for string in translated(catalogue).values()
        if HAN.search(re.sub("|".join(CHINESE_IN_ENGLISH), "", string))
    ]
    assert not found, "\n".join(found)


def test_the_source_speaks_chinese() -> None:
    found = [
        f"{where} {text!r}"
        for room in rooms_with_text()
        for (_context, text), where in messages(room).items()
        if not HAN.search(text) and re.search(r"[a-z]{3}", HOLE.sub("", text))
    ]
    assert not found, "Source strings are Chinese:\n" + "\n".join(found)


def test_holes_in_sentences_survive_translation() -> None:
    torn = [
        f"{path.relative_to(PACKAGE)} {key[1]!r} -> {string!r}"
        for path, catalogue in catalogues().items()
        for key, string in translated(catalogue).items()
        for form in string.split("\0")
        if set(HOLE.findall(form)) - set(HOLE.findall(key[1]))
    ]
    assert not torn, "\n".join(torn)
