"""Each database's own full-text index over the words of answered questions."""

from django.db import migrations

from townhall.kernel.database_rules import Statements


class Migration(migrations.Migration):
    dependencies = [("insight", "0001_initial")]

    operations = [
        # External content: the words are kept once, and triggers keep the index. Only which documents have a word is
        # asked, so neither places nor lengths are kept.
        Statements(
            sqlite=(
                "CREATE VIRTUAL TABLE insight_found USING fts5("
                "words, content='insight_document', content_rowid='id', detail=none, columnsize=0)",
                "CREATE TRIGGER insight_document_added AFTER INSERT ON insight_document BEGIN "
                "INSERT INTO insight_found(rowid, words) VALUES (new.id, new.words); END",
                "CREATE TRIGGER insight_document_gone AFTER DELETE ON insight_document BEGIN "
                "INSERT INTO insight_found(insight_found, rowid, words) VALUES ('delete', old.id, old.words); END",
            ),
            postgres=(
                "ALTER TABLE insight_document ADD COLUMN found tsvector "
                "GENERATED ALWAYS AS (to_tsvector('simple', words)) STORED",
                "CREATE INDEX insight_document_found ON insight_document USING gin (found)",
            ),
            sqlite_back=(
                "DROP TRIGGER insight_document_added",
                "DROP TRIGGER insight_document_gone",
                "DROP TABLE insight_found",
            ),
            postgres_back=(
                "DROP INDEX insight_document_found",
                "ALTER TABLE insight_document DROP COLUMN found",
            ),
        ),
    ]
