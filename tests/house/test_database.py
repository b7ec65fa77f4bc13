"""The tables are what the models say."""

from django.apps import apps
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.questioner import NonInteractiveMigrationQuestioner
from django.db.migrations.state import ProjectState
from django.utils import translation


def test_no_migration_is_missing() -> None:
    """What `makemigrations --check` asks, without a database to ask it of."""
    loader = MigrationLoader(None)
    questioner = NonInteractiveMigrationQuestioner(specified_apps=set(), dry_run=True)
    with translation.override(None):  # labels count as they stand in the source
        models = ProjectState.from_apps(apps)
        changes = MigrationAutodetector(loader.project_state(), models, questioner).changes(
            graph=loader.graph
        )
    assert not changes, f"run `townhall manage makemigrations`: {sorted(changes)}"


def test_migrations_do_not_disagree() -> None:
    assert not MigrationLoader(None).detect_conflicts()


def test_every_migration_can_be_taken_back() -> None:
    stuck = [
        f"{label}.{migration.name}: {operation.describe()}"
        for (label, _), migration in MigrationLoader(None).disk_migrations.items()
        for operation in migration.operations
        if not operation.reversible
    ]
    assert not stuck
