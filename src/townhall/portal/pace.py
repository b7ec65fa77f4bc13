"""How fast one address may hand in forms here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from townhall.kernel.pace import RECEIPT_GUESSES as GUESSES
from townhall.kernel.pace import Pace, counted, usual, wait_for_receipt

if TYPE_CHECKING:
    from django.http import HttpRequest

__all__ = ["FORMS", "GUESSES", "Pace", "address_of", "wait_for_form", "wait_for_receipt"]

FORMS = usual()
address_of = counted


def wait_for_form(request: HttpRequest) -> int | None:
    """Seconds to wait before this address may hand in another form."""
    address = address_of(request)
    return None if address is None else FORMS.take(address)
