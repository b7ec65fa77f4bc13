"""What every test of the domain stands on, walked once in a process and laid again row by row for each later test.

A district costs a tenth of a second of real actions, and four thousand tests want the same one. The first is made
by the real workflow; what that wrote is kept, and the next test gets the same rows and the same objects.
"""

from __future__ import annotations

import pickle
from typing import TYPE_CHECKING, Any, TypeVar

from django.db import connection, transaction

if TYPE_CHECKING:
    from collections.abc import Callable

Rows = dict[str, tuple[list[str], set[tuple[Any, ...]]]]
Thing = TypeVar("Thing")

_kept: dict[str, tuple[Rows, bytes]] = {}


def _rows() -> Rows:
    """Every row of every table: column names, values."""
    found: Rows = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            found[table] = ([column[0] for column in cursor.description], set(cursor.fetchall()))
    return found


def _lay(rows: Rows) -> None:
    # Who refers to whom is looked at when all of it is there.
    with transaction.atomic(), connection.cursor() as cursor:
        for table, (columns, values) in rows.items():
            names = ", ".join(connection.ops.quote_name(name) for name in columns)
            marks = ", ".join(["%s"] * len(columns))
            cursor.executemany(
                f"INSERT INTO {connection.ops.quote_name(table)} ({names}) VALUES ({marks})",
                sorted(values, key=repr),
            )


def stand_on(name: str, make: Callable[[], Thing]) -> Thing:
    """What ``make`` returns and writes into an installation with nothing in it; made once in a process, then laid.

    Raises
    ------
    AssertionError
        If ``make`` changes a row it did not write: that could not be laid again.
    """
    if name in _kept:
        rows, thing = _kept[name]
        _lay(rows)
        laid: Thing = pickle.loads(thing)
        return laid
    before = _rows()
    made = make()
    after = _rows()
    assert all(before[table][1] <= after[table][1] for table in before), "a row that was there has changed"
    new = {table: (columns, values - before[table][1]) for table, (columns, values) in after.items()}
    _kept[name] = ({table: rows for table, rows in new.items() if rows[1]}, pickle.dumps(made))
    return made
