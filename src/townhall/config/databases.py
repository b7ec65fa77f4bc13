"""The database behind ``TOWNHALL_DATABASE_URL``, as Django wants it described."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlparse

POSTGRES = frozenset({"postgres", "postgresql"})
# A machine that is gone answers nothing at all: without this each request waits two minutes for it. With several to
# try, the one that is gone comes first as often as not.
CONNECT_SECONDS, CONNECT_SECONDS_EACH = 5, 2
# A cable that is cut says nothing either. Whoever waits for an answer hears within so long that none will come: a probe
# after five quiet seconds, three of them, two seconds apart; and what was sent is acknowledged within ten seconds.
WATCHFUL = {
    "keepalives_idle": 5,
    "keepalives_interval": 2,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,  # milliseconds
}
HIGHEST_PORT = 65535
# What an address may say of the line to the server, as libpq calls it; another word would be dropped in silence.
LINE_OPTIONS = frozenset({"sslmode", "sslrootcert", "sslcert", "sslkey", "sslcrl"})
SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")


def line_options(url: str) -> dict[str, str]:
    """How the line to PostgreSQL is protected, from behind the question mark of its address.

    :raises ValueError: for anything else that stands there
    """
    told = dict(parse_qsl(urlparse(url).query, keep_blank_values=True))
    if told.keys() - LINE_OPTIONS or told.get("sslmode", SSL_MODES[0]) not in SSL_MODES:
        message = "behind the question mark: sslmode=" + "|".join(SSL_MODES[3:]) + "&sslrootcert=/path"
        raise ValueError(message)
    return told


def hosts(url: str) -> list[tuple[str, str]]:
    """The machines a PostgreSQL address names, each with its port, or without where it says none.

    :param url: with one ``host:port``, or several between commas, as libpq writes them
    :raises ValueError: for a port that cannot be
    """
    found = []
    for word in urlparse(url).netloc.rpartition("@")[2].split(","):
        host, colon, port = word.rpartition(":")
        if not colon or "]" in port:  # the colons of an IPv6 address stand in brackets
            host, port = word, ""
        if port and not (port.isascii() and port.isdigit() and 0 < int(port) <= HIGHEST_PORT):
            message = f"{port!r} is no port"
            raise ValueError(message)
        found.append((unquote(host.strip("[]")), port))
    return found


def describe(url: str, folder: Path, *, pooled: bool = False, wants: str = "read-write") -> dict[str, Any]:
    """Django's description of the database behind ``url``; SQLite durable and in WAL mode by default.

    :param url: as in ``TOWNHALL_DATABASE_URL``; see :func:`line_options` for what stands behind its ``?``
    :param folder: where SQLite's file lies unless ``url`` says otherwise
    :param pooled: whether a pooler stands between, which gives each transaction another session
    :param wants: which of several machines is meant, in libpq's words
    """
    parsed = urlparse(url)
    if parsed.scheme in POSTGRES:
        named = hosts(url)
        several = len(named) > 1
        options: dict[str, Any] = WATCHFUL | {
            "connect_timeout": CONNECT_SECONDS_EACH if several else CONNECT_SECONDS
        }
        if several:  # whichever of them is what is wanted now
            options["target_session_attrs"] = wants
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parsed.path.lstrip("/")),
            "USER": unquote(parsed.username or ""),
            "PASSWORD": unquote(parsed.password or ""),
            "HOST": ",".join(host for host, _port in named),
            "PORT": ",".join(port for _host, port in named) if any(port for _host, port in named) else "",
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
            "DISABLE_SERVER_SIDE_CURSORS": pooled,
            "OPTIONS": options | line_options(url),
        }
    name = unquote(parsed.path[1:]) if parsed.scheme == "sqlite" and len(parsed.path) > 1 else ""
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": name or str(folder / "townhall.sqlite3"),
        "CONN_MAX_AGE": None,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            # secure_delete: what a citizen withdraws is overwritten. Debian's SQLite does it unasked, others do not.
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
            "PRAGMA secure_delete=ON;",
        },
    }
