"""The database behind ``TOWNHALL_DATABASE_URL``, as Django wants it described."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlparse

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


def describe(url: str, folder: Path) -> dict[str, Any]:
    """Django's description of the database behind ``url``; SQLite durable and in WAL mode by default."""
    parsed = urlparse(url)
    if parsed.scheme in {"postgres", "postgresql"}:
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parsed.path.lstrip("/")),
            "USER": unquote(parsed.username or ""),
            "PASSWORD": unquote(parsed.password or ""),
            "HOST": unquote(parsed.hostname or ""),
            "PORT": str(parsed.port or ""),
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
            # A machine that is gone answers nothing at all: without this each request waits two minutes for it.
            "OPTIONS": {"connect_timeout": 5, **line_options(url)},
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
