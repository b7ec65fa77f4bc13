"""Connections to PostgreSQL that are one session from beginning to end, beside Django's.

LISTEN and advisory locks belong to a session. Django's connections are put away between requests, and behind a pooler
every transaction may be another session; so these go past both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import connections

if TYPE_CHECKING:
    import psycopg

# The server is as watchful as we are: whoever vanishes with a cable holds nothing for longer than some ten seconds.
_SERVER_SIDE = " ".join(
    f"-c {name}={value}"
    for name, value in {
        "tcp_keepalives_idle": 5,
        "tcp_keepalives_interval": 2,
        "tcp_keepalives_count": 3,
        "tcp_user_timeout": 10_000,
    }.items()
)


def is_wanted() -> bool:
    """Whether this installation's processes may be on several machines: whether its database is PostgreSQL."""
    return connections["default"].vendor == "postgresql"


def open_session(purpose: str) -> psycopg.Connection[Any]:
    """A session of its own, each statement on its own; to be closed by who asked for it.

    :param purpose: shown in ``pg_stat_activity``
    :raises psycopg.OperationalError: when no machine that takes writes answers
    """
    import psycopg

    told: dict[str, Any] = settings.DIRECT_DATABASE or connections["default"].settings_dict
    named = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    # libpq takes its defaults for what is not said, not for what is said to be empty.
    where = {word: told[name] for word, name in named.items() if told[name]}
    return psycopg.connect(
        **where,
        **(told["OPTIONS"] | {"options": _SERVER_SIDE, "application_name": f"townhall {purpose}"}),
        autocommit=True,
    )
