"""Imported questions beside the own ones, marks for narrowing lists, synonyms; the index fills itself again."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

OLD_SQLITE = (
    "CREATE VIRTUAL TABLE insight_found USING fts5(words, content='insight_indexed', content_rowid='question_id')",
    "CREATE TRIGGER insight_indexed_added AFTER INSERT ON insight_indexed BEGIN "
    "INSERT INTO insight_found(rowid, words) VALUES (new.question_id, new.words); END",
    "CREATE TRIGGER insight_indexed_gone AFTER DELETE ON insight_indexed BEGIN "
    "INSERT INTO insight_found(insight_found, rowid, words) VALUES ('delete', old.question_id, old.words); END",
    "CREATE TRIGGER insight_indexed_changed AFTER UPDATE ON insight_indexed BEGIN "
    "INSERT INTO insight_found(insight_found, rowid, words) VALUES ('delete', old.question_id, old.words); "
    "INSERT INTO insight_found(rowid, words) VALUES (new.question_id, new.words); END",
)
OLD_POSTGRES = (
    "CREATE INDEX insight_indexed_words ON insight_indexed USING gin (to_tsvector('simple', words))",
)
# External content: the words are kept once, and triggers keep the index. Only which documents have a word is asked,
# so neither places nor lengths are kept.
NEW_SQLITE = (
    "CREATE VIRTUAL TABLE insight_found USING fts5("
    "words, content='insight_document', content_rowid='id', detail=none, columnsize=0)",
    "CREATE TRIGGER insight_document_added AFTER INSERT ON insight_document BEGIN "
    "INSERT INTO insight_found(rowid, words) VALUES (new.id, new.words); END",
    "CREATE TRIGGER insight_document_gone AFTER DELETE ON insight_document BEGIN "
    "INSERT INTO insight_found(insight_found, rowid, words) VALUES ('delete', old.id, old.words); END",
)
NEW_POSTGRES = (
    "ALTER TABLE insight_document ADD COLUMN found tsvector "
    "GENERATED ALWAYS AS (to_tsvector('simple', words)) STORED",
    "CREATE INDEX insight_document_found ON insight_document USING gin (found)",
)


def _is_sqlite(editor):
    return editor.connection.vendor == "sqlite"


def add_old(_apps, editor):
    for statement in OLD_SQLITE if _is_sqlite(editor) else OLD_POSTGRES:
        editor.execute(statement)


def drop_old(_apps, editor):
    if _is_sqlite(editor):
        for name in ("added", "gone", "changed"):
            editor.execute(f"DROP TRIGGER insight_indexed_{name}")
        editor.execute("DROP TABLE insight_found")
    else:
        editor.execute("DROP INDEX insight_indexed_words")


def add_new(_apps, editor):
    for statement in NEW_SQLITE if _is_sqlite(editor) else NEW_POSTGRES:
        editor.execute(statement)


def drop_new(_apps, editor):
    if _is_sqlite(editor):
        for name in ("added", "gone"):
            editor.execute(f"DROP TRIGGER insight_document_{name}")
        editor.execute("DROP TABLE insight_found")
    else:
        editor.execute("DROP INDEX insight_document_found")
        editor.execute("ALTER TABLE insight_document DROP COLUMN found")


class Migration(migrations.Migration):
    dependencies = [
        ("insight", "0001_initial"),
        ("history", "0001_initial"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunPython(drop_old, add_old),
        migrations.DeleteModel("Indexed"),
        migrations.CreateModel(
            name="Document",
            fields=[
                ("id", models.BigIntegerField(primary_key=True, serialize=False)),
                (
                    "question",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="indexed",
                        to="questions.question",
                    ),
                ),
                (
                    "past",
                    models.OneToOneField(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="indexed",
                        to="history.pastquestion",
                    ),
                ),
                ("version", models.PositiveIntegerField(default=0)),
                ("unit", models.CharField(blank=True, db_index=True, max_length=120)),
                ("area", models.CharField(blank=True, db_index=True, max_length=320)),
                ("words", models.TextField()),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("past__isnull", True), ("question__isnull", False)),
                            models.Q(("past__isnull", False), ("question__isnull", True)),
                            _connector="OR",
                        ),
                        name="insight_document_of_one",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Synonyms",
            fields=[
                (
                    "id",
                    models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID"),
                ),
                ("words", models.JSONField(default=list)),
                ("changed_at", models.DateTimeField()),
                (
                    "changed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={"ordering": ["id"]},
        ),
        migrations.RunPython(add_new, drop_new),
    ]
