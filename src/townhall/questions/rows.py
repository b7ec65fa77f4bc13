"""Many new rows of one table at once, for the one place where a storm is written.

Django's ``bulk_create`` asks every field of every row how its value is stored; of a question at 19:00 that was
a third of the whole cost. Here each field is asked once for a batch, and SQLite reads one prepared statement.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, TypeVar

from django.db import connection, models

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

Row = TypeVar("Row", bound=models.Model)
# What these hold is stored as it is; every other kind of field is asked for each value.
_AS_IT_IS = (models.CharField, models.TextField, models.BooleanField)


def insert(rows: Sequence[Row]) -> list[Row]:
    """Write new rows of one model, with the id each was given; must run inside a unit of work.

    Values must have their field's Python type already: as in ``bulk_create`` nothing is validated, and here
    nothing is converted either. No signal is sent.
    """
    if connection.vendor != "sqlite" or not rows:
        return type(rows[0]).objects.bulk_create(rows) if rows else []  # type: ignore[attr-defined]
    about = rows[0]._meta  # noqa: SLF001 - Django's documented way to a model's fields
    fields = [field for field in about.concrete_fields if not field.primary_key]
    names = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    table = connection.ops.quote_name(about.db_table)
    marks = ", ".join(["%s"] * len(fields))
    columns = [[prepare(row) for row in rows] for prepare in map(_prepared, fields)]
    # The names are the model's own; every value is a parameter.
    statement = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.executemany(statement, list(zip(*columns, strict=True)))
        cursor.execute("SELECT last_insert_rowid()")
        (last,) = cursor.fetchone()
    # One writer at a time and ids that only grow (AUTOINCREMENT): the batch has the last ones, in its order.
    for row, number in zip(rows, range(last - len(rows) + 1, last + 1), strict=True):
        row.pk = number
        row._state.adding = False  # noqa: SLF001 - as Django's own insert leaves a row
    return list(rows)


def _prepared(field: models.Field[Any, Any]) -> Callable[[models.Model], Any]:
    read = attrgetter(field.attname)
    if isinstance(field, models.IntegerField | models.ForeignKey) or type(field) in _AS_IT_IS:
        return read
    return lambda row: None if (value := read(row)) is None else field.get_db_prep_save(value, connection)
