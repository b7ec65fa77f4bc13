"""Rows that never change, said to the database itself: triggers for SQLite and PostgreSQL, for migrations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db import migrations

if TYPE_CHECKING:
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def fixed_rows(table: str, condition: str, message: str) -> migrations.RunPython:
    """A reversible migration operation that refuses updates of rows for which ``condition`` holds.

    On SQLite Django remakes a table to alter it, which drops its triggers: repeat this operation in a migration
    that alters the table.

    :param table: the table's name
    :param condition: SQL over ``OLD``, the same on both databases, such as ``OLD.signed_at IS NOT NULL``
    :param message: what the database says when it refuses
    """
    trigger = f"{table}_fixed"

    def add(_apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
        if editor.connection.vendor == "sqlite":
            editor.execute(
                f"CREATE TRIGGER {trigger} BEFORE UPDATE ON {table} WHEN {condition} "
                f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
            )
            return
        editor.execute(
            f"CREATE FUNCTION {trigger}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
        )
        editor.execute(
            f"CREATE TRIGGER {trigger} BEFORE UPDATE ON {table} FOR EACH ROW WHEN ({condition}) "
            f"EXECUTE FUNCTION {trigger}()"
        )

    def remove(_apps: Any, editor: BaseDatabaseSchemaEditor) -> None:
        on = "" if editor.connection.vendor == "sqlite" else f" ON {table}"
        editor.execute(f"DROP TRIGGER {trigger}{on}")
        if on:
            editor.execute(f"DROP FUNCTION {trigger}()")

    return migrations.RunPython(add, remove)
