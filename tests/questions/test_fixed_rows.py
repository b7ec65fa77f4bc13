"""What was signed or journalled stays as it was, whoever asks the database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import IntegrityError, connection, transaction

from townhall.journal.models import Entry
from townhall.questions.models import Version

if TYPE_CHECKING:
    from tests.fixtures import District


def test_a_signed_version_cannot_be_rewritten(live: District) -> None:
    question = live.walk("published")
    with pytest.raises(IntegrityError), transaction.atomic():
        Version.objects.filter(question=question).update(text="别的话")
    assert "别的话" not in Version.objects.get(question=question).text


def test_a_draft_can(live: District) -> None:
    question = live.walk("submitted")
    assert Version.objects.filter(question=question).update(note="看过") == 1


def test_the_journal_cannot_be_rewritten(live: District) -> None:
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE journal_entry SET kind = 'hour.cancelled'")
    assert not Entry.objects.filter(kind="hour.cancelled").exists()
