"""Rules said to the database itself, in each database's own words: operations for migrations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.migrations.operations.base import Operation

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.backends.base.schema import BaseDatabaseSchemaEditor


class Statements(Operation):
    """SQL that differs by database, reversible.

    Not ``RunPython``: that has Django build every model of the project once more, for each migration that uses it,
    which was half of the time of a first start.
    """

    reduces_to_sql = True
    reversible = True

    def __init__(
        self,
        sqlite: Sequence[str],
        postgres: Sequence[str],
        sqlite_back: Sequence[str],
        postgres_back: Sequence[str],
    ) -> None:
        """Keep what is said forwards and backwards.

        :param sqlite: statements in order, for SQLite
        :param postgres: the same meaning for PostgreSQL
        :param sqlite_back: what takes ``sqlite`` back
        :param postgres_back: what takes ``postgres`` back
        """
        self.sqlite = sqlite
        self.postgres = postgres
        self.sqlite_back = sqlite_back
        self.postgres_back = postgres_back

    def state_forwards(self, app_label: str, state: Any) -> None:
        """Change no model."""

    def database_forwards(
        self,
        app_label: str,  # noqa: ARG002 - Django's signature
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: Any,  # noqa: ARG002 - Django's signature
        to_state: Any,  # noqa: ARG002 - Django's signature
    ) -> None:
        """Say it."""
        for statement in self.sqlite if schema_editor.connection.vendor == "sqlite" else self.postgres:
            schema_editor.execute(statement)

    def database_backwards(
        self,
        app_label: str,  # noqa: ARG002 - Django's signature
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: Any,  # noqa: ARG002 - Django's signature
        to_state: Any,  # noqa: ARG002 - Django's signature
    ) -> None:
        """Take it back."""
        for statement in (
            self.sqlite_back if schema_editor.connection.vendor == "sqlite" else self.postgres_back
        ):
            schema_editor.execute(statement)


class FixedRows(Statements):
    """A trigger that refuses updates of rows for which a condition holds.

    On SQLite Django remakes a table to alter it, which drops its triggers: a later migration that alters the table
    takes the trigger down first and repeats it afterwards.
    """

    def __init__(self, table: str, condition: str, message: str) -> None:
        """Name the rows.

        :param table: the table's name
        :param condition: SQL over ``OLD``, the same on both databases, such as ``OLD.signed_at IS NOT NULL``
        :param message: what the database says when it refuses
        """
        trigger = f"{table}_fixed"
        on_sqlite = (
            f"CREATE TRIGGER {trigger} BEFORE UPDATE ON {table} WHEN {condition} "
            f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
        )
        refusal = (
            f"CREATE FUNCTION {trigger}() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
        )
        on_postgres = (
            f"CREATE TRIGGER {trigger} BEFORE UPDATE ON {table} FOR EACH ROW WHEN ({condition}) "
            f"EXECUTE FUNCTION {trigger}()"
        )
        super().__init__(
            sqlite=(on_sqlite,),
            postgres=(refusal, on_postgres),
            sqlite_back=(f"DROP TRIGGER {trigger}",),
            postgres_back=(f"DROP TRIGGER {trigger} ON {table}", f"DROP FUNCTION {trigger}()"),
        )
