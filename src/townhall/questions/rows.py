"""Many new rows of one table at once, for the one place where a storm is written.

Django makes an object of every row and asks every field of it how its value is stored; of a question at 19:00 that
was half of the whole cost. Here only what differs from row to row is looked at, and SQLite reads one prepared
statement.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import connection, models

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# What these hold is stored as it is; every other kind of field is asked for each value.
_AS_IT_IS = (models.CharField, models.TextField, models.BooleanField)


def insert(model: type[models.Model], rows: Sequence[Mapping[str, Any]]) -> list[int]:
    """Write new rows and return the ids they were given, in order; must run inside a unit of work.

    :param rows: the columns that have no default, by the names of Django's attributes (``hour_id``), the same in each
        row and of their field's Python type: as in ``bulk_create`` nothing is validated, and here nothing is converted
        either. No signal is sent.
    """
    if not rows:
        return []
    if connection.vendor != "sqlite":
        made = [model(**row) for row in rows]
        return [one.pk for one in model.objects.bulk_create(made)]  # type: ignore[attr-defined]
    about = model._meta  # noqa: SLF001 - Django's documented way to a model's fields
    fields = [field for field in about.concrete_fields if not field.primary_key]
    names = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
    table = connection.ops.quote_name(about.db_table)
    marks = ", ".join(["%s"] * len(fields))
    usual = model(**rows[0])
    columns = [_column(field, usual, rows) for field in fields]
    # The names are the model's own; every value is a parameter.
    statement = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608
    with connection.cursor() as cursor:
        cursor.executemany(statement, list(zip(*columns, strict=True)))
        cursor.execute("SELECT last_insert_rowid()")
        (last,) = cursor.fetchone()
    # One writer at a time and ids that only grow (AUTOINCREMENT): the batch has the last ones, in its order.
    return list(range(last - len(rows) + 1, last + 1))


def _column(
    field: models.Field[Any, Any], usual: models.Model, rows: Sequence[Mapping[str, Any]]
) -> list[Any]:
    """The stored values of one field: told for each row, or its default."""
    name = field.attname
    if name not in rows[0]:
        return [field.get_db_prep_save(getattr(usual, name), connection)] * len(rows)
    values = [row[name] for row in rows]
    if isinstance(field, models.IntegerField | models.ForeignKey) or type(field) in _AS_IT_IS:
        return values
    stored = {value: field.get_db_prep_save(value, connection) for value in set(values)}
    return [stored[value] for value in values]
