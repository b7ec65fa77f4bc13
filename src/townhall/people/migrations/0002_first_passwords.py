"""When somebody else last set a password; for accounts of before, the days that a first one lasts begin now."""

from __future__ import annotations

from typing import Any

from django.db import migrations, models

from townhall.kernel import clock


def begin_now(apps: Any, schema_editor: Any) -> None:
    """Shut nobody out by the new version itself."""
    accounts = apps.get_model("people", "Account").objects.using(schema_editor.connection.alias)
    accounts.update(password_given_at=clock.now())


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial")]

    operations = [
        migrations.AddField(
            "account",
            "password_given_at",
            models.DateTimeField(
                null=True,
                help_text="when somebody else last set the password; it is a first one until its owner changes it",
            ),
        ),
        migrations.RunPython(begin_now, migrations.RunPython.noop),
    ]
