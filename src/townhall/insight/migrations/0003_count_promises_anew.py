"""Tallies are derived from the journal; those kept before tell of promises as they were counted then."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import migrations

if TYPE_CHECKING:
    from django.apps.registry import Apps
    from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def drop_kept(apps: Apps, _editor: BaseDatabaseSchemaEditor) -> None:
    """Drop what was kept: the keeper counts every hour anew."""
    apps.get_model("insight", "PastTally").objects.all().delete()
    apps.get_model("insight", "HourTally").objects.all().delete()


class Migration(migrations.Migration):
    """Drop the kept tallies."""

    dependencies = [("insight", "0002_full_text")]

    operations = [migrations.RunPython(drop_kept, migrations.RunPython.noop)]
