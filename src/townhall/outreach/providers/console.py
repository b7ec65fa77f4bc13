"""The default: the operator's console, and in a demo its page; nothing leaves the house."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

from townhall.outreach.providers.base import Answer, Item, Letter, NoAnswer, Receipt
from townhall.people.identity import mask_mobile

if TYPE_CHECKING:
    from collections.abc import Sequence

logger = logging.getLogger("townhall.outreach")


class Console:
    """Says what it would have sent, the number only masked."""

    name = "console"
    most = 500
    most_personal = 500

    def send(self, letter: Letter, items: Sequence[Item]) -> Answer:
        """Print the first of the batch and how many there are."""
        first = items[0]
        logger.info("SMS to %s and %d more: %s", mask_mobile(first.number), len(items) - 1, first.text)
        return Answer(taken=dict.fromkeys(range(len(items)), f"console-{letter.key}"))

    def read_receipts(self, _body: bytes) -> list[Receipt]:
        """Nobody sends receipts to a console.

        :raises ValueError: always
        """
        raise ValueError("the console sends no receipts")

    def receipt_answer(self) -> dict[str, Any]:
        """Nothing to say."""
        return {}

    def pull(self, _key: str, _number: str, _day: str) -> list[Receipt]:
        """Nothing to ask.

        :raises NoAnswer: always
        """
        raise NoAnswer("the console sends no receipts")
