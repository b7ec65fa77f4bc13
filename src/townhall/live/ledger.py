"""The public moderation ledger: what was not shown, counted by coded reason, without a word of it."""

from __future__ import annotations

from typing import Any

from django.db.models import Count

from townhall.questions.choices import Status
from townhall.questions.models import Decline
from townhall.questions.phrases import DECLINE_REASONS


def declined_by_reason(hour_id: int) -> list[dict[str, Any]]:
    """How many questions of the hour stand declined, by reason, the most frequent first."""
    standing = Decline.objects.filter(
        question__hour_id=hour_id, question__status=Status.DECLINED, reopened_at__isnull=True
    )
    rows = standing.values("code").annotate(count=Count("question", distinct=True)).order_by("-count", "code")
    return [
        {"code": row["code"], "words": str(DECLINE_REASONS[row["code"]].label), "count": row["count"]}
        for row in rows
    ]
