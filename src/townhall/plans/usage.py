"""On which groups a question hangs: those a later plan may not take apart."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import Q

from townhall.hours.models import Group
from townhall.questions.models import Question

if TYPE_CHECKING:
    from collections.abc import Iterable


def groups_in_use(group_ids: Iterable[int]) -> set[int]:
    """Those of these groups that lead or assist with a question, or did."""
    ids = list(group_ids)
    hangs = Question.objects.filter(Q(lead__in=ids) | Q(assisting__in=ids)).exists()
    if not hangs:
        return set()
    return set(
        Group.objects.filter(Q(led__isnull=False) | Q(assisted__isnull=False), id__in=ids)
        .distinct()
        .values_list("id", flat=True)
    )
