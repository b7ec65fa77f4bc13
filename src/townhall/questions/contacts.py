"""Whom an answer concerns and how they may be reached: sealed contacts only, for rooms that have something to tell."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import Q

from townhall.questions.models import Asker, Question

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail box whose owner agreed to be told of one question there.

    :param stop: the address that ends it with one tap
    """

    address_sealed: str
    stop: str


# By the id of the question that a receipt opens: the mail box its asker agreed to. `config` fills the slot.
MAIL: list[Callable[[int], Mail | None]] = []


def askers_of(question_ids: Iterable[int]) -> dict[int, list[Asker]]:
    """Who asked each of these questions or one merged into it; a part's asker is the whole's. Rehearsals have nobody.

    Three queries, however many questions.
    """
    ids = list(question_ids)
    rows = Question.objects.filter(Q(id__in=ids) | Q(merged_into__in=ids), hour__rehearsal=False)
    concerned = [
        (merged if merged in set(ids) else own, part or own)
        for own, merged, part in rows.values_list("id", "merged_into_id", "part_of_id")
    ]
    people = Asker.objects.select_related("contact", "question").in_bulk(
        [holder for _target, holder in concerned], field_name="question_id"
    )
    found: dict[int, list[Asker]] = {one: [] for one in ids}
    for target, holder in sorted(set(concerned)):
        if holder in people and people[holder] not in found[target]:
            found[target].append(people[holder])
    return found


def mail_of(asker: Asker) -> Mail | None:
    """The mail box in which this asker would rather be told, instead of by SMS."""
    if asker.erasure_asked_at is not None:
        return None
    return next((found for find in MAIL if (found := find(asker.question_id)) is not None), None)


def mobile_of(asker: Asker) -> str:
    """The sealed mobile at which this asker may be told something; empty without one.

    Whose contact only a legal hold keeps has asked to be left alone.
    """
    if asker.contact is None or asker.erasure_asked_at is not None:
        return ""
    return asker.contact.mobile_sealed


def is_reachable(asker: Asker) -> bool:
    """Whether a message can reach this asker."""
    return bool(mobile_of(asker)) or mail_of(asker) is not None
