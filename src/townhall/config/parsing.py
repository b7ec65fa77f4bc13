"""What a person may write as a setting: text to value, refused with the remedy.

Each takes the text and raises ``ValueError`` with what to write instead.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from datetime import time
from pathlib import Path
from typing import Any
from urllib.parse import urlparse

from townhall.config import databases
from townhall.kernel import clock


def path(text: str) -> Path:
    """A file or folder, made absolute."""
    return Path(text).expanduser().resolve()


def kept_file(text: str) -> Path | None:
    """A file that is there and can be read, or none."""
    if not text:
        return None
    found = path(text)
    try:
        found.open("rb").close()
    except OSError as error:
        message = f"{error.strerror}: {found}"
        raise ValueError(message) from error
    return found


def words(text: str) -> list[str]:
    """Words between commas."""
    return [word.strip() for word in text.split(",") if word.strip()]


def networks(text: str) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    """Networks in CIDR notation between commas."""
    try:
        return [ipaddress.ip_network(word, strict=False) for word in words(text)]
    except ValueError as error:
        message = f"{error}; write networks such as 10.0.0.0/8, separated by commas"
        raise ValueError(message) from error


def url(text: str) -> str:
    """An http or https address, without a slash at its end."""
    parsed = urlparse(text)
    if parsed.scheme not in {"http", "https"} or not parsed.hostname or not has_port(text):
        message = "write it as https://host or http://host:8000"
        raise ValueError(message)
    return text.rstrip("/")


def fronts(text: str) -> list[str]:
    """Several addresses; those with ``|`` between them are doors to one and the same."""
    return ["|".join(url(door.strip()) for door in word.split("|")) for word in words(text)]


def has_port(text: str) -> bool:
    """Whether an address names no port, or one that there can be."""
    try:
        return urlparse(text).port != 0
    except ValueError:
        return False


def port(text: str) -> int:
    """A TCP port."""
    if not text.isascii() or not text.isdigit() or not 0 < int(text) <= HIGHEST_PORT:
        message = f"write a port, 1 to {HIGHEST_PORT}"
        raise ValueError(message)
    return int(text)


# So many characters carry at least 128 bits however they were made.
LEAST_KEY = 32
HIGHEST_PORT = 65535
# A clock that is further off (a century, in seconds) is a typing mistake, and the last years do not convert.
MOST_SHIFT = 100 * 366 * 24 * 3600


def key(text: str) -> str:
    """A secret long enough to be one, or nothing."""
    if text and len(text) < LEAST_KEY:
        message = f"at least {LEAST_KEY} characters, or leave it out to have one made"
        raise ValueError(message)
    return text


def database_url(text: str) -> str:
    """The address of a database, or nothing."""
    if text and not _is_database(text):
        message = "write it as sqlite:///path or postgres://user:password@host/name; several machines as host1,host2"
        raise ValueError(message)
    if text.startswith("postgres"):
        databases.line_options(text)
    return text


def direct_url(text: str) -> str:
    """The address of PostgreSQL itself, or nothing."""
    if text and (urlparse(text).scheme not in databases.POSTGRES or not _is_database(text)):
        message = (
            "write it as postgres://user:password@host/name, the same database without a pooler before it"
        )
        raise ValueError(message)
    if text:
        databases.line_options(text)
    return text


def _is_database(text: str) -> bool:
    scheme = urlparse(text).scheme
    try:
        return scheme == "sqlite" or (scheme in databases.POSTGRES and bool(databases.hosts(text)))
    except ValueError:
        return False


def recipients(text: str) -> list[str]:
    """Public keys of age."""
    if wrong := [word for word in words(text) if not word.startswith("age1")]:
        message = f"{wrong[0]!r} is no age public key (age1...); `townhall backup --new-key FILE` makes one"
        raise ValueError(message)
    return words(text)


def clock_source(text: str) -> str:
    """What steers the clock: a file or a shift in seconds."""
    if not text:
        return text
    try:
        if text[0] in "+-":
            known = text[1:].replace(".", "", 1).isdigit() and abs(float(text)) <= MOST_SHIFT
        else:
            known = bool(clock.read_file(Path(text)))
    except (OSError, ValueError):
        known = False
    if not known:
        message = "write +SECONDS or the name of a file that holds a time such as 2026-11-30T19:00:00+08:00"
        raise ValueError(message)
    return text


def calendar(text: str) -> str:
    """The name of a calendar of working days."""
    from townhall.kernel import workdays

    workdays.base(text)
    return text


def switch(text: str) -> bool:
    """Yes or no."""
    if text.lower() in {"1", "yes", "on", "true"}:
        return True
    if text.lower() in {"", "0", "no", "off", "false"}:
        return False
    message = "write yes or no"
    raise ValueError(message)


def one_of(*words: str) -> Callable[[str], str]:
    """A parser for one of these words."""

    def parse(text: str) -> str:
        if text not in words:
            raise ValueError("write one of: " + ", ".join(words))
        return text

    return parse


def several_of(*known: str) -> Callable[[str], list[str]]:
    """A parser for one or several of these words, between commas, in the order they are written."""

    def parse(text: str) -> list[str]:
        found = list(dict.fromkeys(words(text)))
        if not found or not set(found) <= set(known):
            raise ValueError("write one or several of: " + ", ".join(known))
        return found

    return parse


def secure_urls(text: str) -> list[str]:
    """Https addresses between commas; http to this machine only."""
    for word in words(text):
        parsed = urlparse(word)
        if (
            not parsed.hostname
            or not has_port(word)
            or (parsed.scheme != "https" and parsed.hostname not in {"127.0.0.1", "localhost"})
        ):
            message = "write addresses as https://host/path, separated by commas"
            raise ValueError(message)
    return words(text)


def pairs(text: str) -> dict[str, str]:
    """Pairs name=value between commas."""
    pairs = [word.partition("=") for word in words(text)]
    if any(not name or not equals for name, equals, _value in pairs):
        message = "write name=value pairs, separated by commas"
        raise ValueError(message)
    return {name.strip(): value.strip() for name, _equals, value in pairs}


def hours(text: str) -> tuple[time, time]:
    """From and to, such as 08:00-21:00."""
    first, _dash, last = text.partition("-")
    try:
        start, end = time.fromisoformat(first.strip()), time.fromisoformat(last.strip())
    except ValueError as error:
        message = "write it as 08:00-21:00"
        raise ValueError(message) from error
    if start >= end:
        message = "the first time comes before the second"
        raise ValueError(message)
    return start, end


def contact(text: str) -> str:
    """A mailto: or https: address, or nothing."""
    parsed = urlparse(text)
    if text and not (
        (parsed.scheme == "https" and parsed.hostname) or (parsed.scheme == "mailto" and "@" in parsed.path)
    ):
        message = "write it as mailto:security@wsbg.example.gov or https://host/page"
        raise ValueError(message)
    return text


def sign_on_file(text: str) -> list[dict[str, Any]]:
    """The identity providers that a file describes."""
    from townhall.people.providers import described

    return described.read(path(text)) if text else []


def whole(text: str) -> int:
    """A whole number above 0."""
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        message = "write a whole number above 0"
        raise ValueError(message)
    return int(text)


def witnesses(text: str) -> list[tuple[str, str]]:
    """Witnesses of the record with their keys, separated by blanks."""
    from townhall.record import notes

    found = []
    for word in text.split():
        address, equals, vkey = word.partition("=")
        if not equals:
            message = "write each as https://host/prefix=NAME+ID+KEY"
            raise ValueError(message)
        notes.verifier(vkey)
        found.append((url(address), vkey))
    return found


def stamps(text: str) -> list[tuple[str, Path]]:
    """The authority that stamps the record, with the file of its root certificates."""
    if not text:
        return []
    from cryptography.x509 import load_pem_x509_certificates

    address, equals, name = text.partition("=")
    file = path(name)
    if not equals or not file.is_file() or not load_pem_x509_certificates(file.read_bytes()):
        message = "write it as https://authority/address=FILE, with its root certificates in the PEM file"
        raise ValueError(message)
    return [(url(address), file)]
