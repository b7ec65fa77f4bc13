"""The words of answered questions, with each database's own full-text index over them."""

import django.db.models.deletion
from django.db import migrations, models

# An external-content table of FTS5: the words are kept once, in `insight_indexed`, and triggers keep the index.
SQLITE = (
    "CREATE VIRTUAL TABLE insight_found USING fts5(words, content='insight_indexed', content_rowid='question_id')",
    "CREATE TRIGGER insight_indexed_added AFTER INSERT ON insight_indexed BEGIN "
    "INSERT INTO insight_found(rowid, words) VALUES (new.question_id, new.words); END",
    "CREATE TRIGGER insight_indexed_gone AFTER DELETE ON insight_indexed BEGIN "
    "INSERT INTO insight_found(insight_found, rowid, words) VALUES ('delete', old.question_id, old.words); END",
    "CREATE TRIGGER insight_indexed_changed AFTER UPDATE ON insight_indexed BEGIN "
    "INSERT INTO insight_found(insight_found, rowid, words) VALUES ('delete', old.question_id, old.words); "
    "INSERT INTO insight_found(rowid, words) VALUES (new.question_id, new.words); END",
)
POSTGRES = (
    "CREATE INDEX insight_indexed_words ON insight_indexed USING gin (to_tsvector('simple', words))",
)


def add_index(_apps, editor):
    for statement in SQLITE if editor.connection.vendor == "sqlite" else POSTGRES:
        editor.execute(statement)


def drop_index(_apps, editor):
    if editor.connection.vendor == "sqlite":
        for name in ("added", "gone", "changed"):
            editor.execute(f"DROP TRIGGER insight_indexed_{name}")
        editor.execute("DROP TABLE insight_found")
    else:
        editor.execute("DROP INDEX insight_indexed_words")


class Migration(migrations.Migration):
    initial = True

    dependencies = [("questions", "0004_prepared_answers")]

    operations = [
        migrations.CreateModel(
            name="Indexed",
            fields=[
                (
                    "question",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="indexed",
                        serialize=False,
                        to="questions.question",
                    ),
                ),
                ("version", models.PositiveIntegerField()),
                ("words", models.TextField()),
            ],
        ),
        migrations.RunPython(add_index, drop_index),
    ]
