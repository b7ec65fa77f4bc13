"""Deleting what is personal; the case itself, its number and its end stay."""

from __future__ import annotations

from typing import TYPE_CHECKING

from townhall.kernel import clock

if TYPE_CHECKING:
    from townhall.redress.models import Case


def erase(case: Case) -> None:
    """Empty everything that leads to a person; the caller saves."""
    case.words_sealed = case.name_sealed = case.contact_sealed = ""
    case.erased_at = clock.now()
