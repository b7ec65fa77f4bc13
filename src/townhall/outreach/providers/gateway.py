"""Any gateway that takes a JSON object over HTTP; what it calls things stands in the settings."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.conf import settings

from townhall.outreach.providers.aliyun import local_time
from townhall.outreach.providers.base import Answer, Item, Letter, NoAnswer, Receipt, answered, call

if TYPE_CHECKING:
    from collections.abc import Sequence

_ARRIVED = frozenset({"DELIVRD", "DELIVERED", "SUCCESS", "OK", "0", "true", "True"})
# Taken and not final yet, by SMPP's own words and the usual others.
_ON_ITS_WAY = frozenset({"ENROUTE", "ACCEPTD", "SCHEDULED", "SENDING", "PENDING"})


def inside(found: Any, path: str) -> Any:
    """What stands at ``data.task.id``; ``None`` when it does not."""
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found


class Gateway:
    """Most districts send through an aggregator with an interface of this kind."""

    name = "http"

    @property
    def most(self) -> int:
        """How many numbers the gateway takes in one call."""
        return int(settings.GATEWAY_MOST)

    @property
    def most_personal(self) -> int:
        """Each text of its own is a call of its own."""
        return 1

    def _headers(self) -> dict[str, str]:
        return {"authorization": f"Bearer {settings.GATEWAY_TOKEN}"} if settings.GATEWAY_TOKEN else {}

    def send(self, letter: Letter, items: Sequence[Item]) -> Answer:
        """Hand one batch over; the whole batch is taken or refused."""
        own = {
            "numbers": ",".join(item.number for item in items),
            "text": items[0].text,
            "id": letter.key,
            "signature": letter.signature,
        }
        names = settings.GATEWAY_FIELDS
        body = {names[name]: value for name, value in own.items() if name in names}
        body |= {name: value for name, value in names.items() if name not in own}
        said = answered(call("POST", settings.GATEWAY_URL, json=body, headers=self._headers()))
        how = settings.GATEWAY_ANSWER
        places = range(len(items))
        code = str(inside(said, how["field"]))
        if code == how["good"]:
            return Answer(taken=dict.fromkeys(places, str(inside(said, how["id"]) or letter.key)))
        return Answer(refused=dict.fromkeys(places, code[:80]))

    def read_receipts(self, body: bytes) -> list[Receipt]:
        """An array of ``{"number", "id", "status", "at"}``, or one such object.

        :raises ValueError: when it is something else
        """
        found = json.loads(body)
        rows = found if isinstance(found, list) else [found]
        if not all(isinstance(one, dict) and one.get("status") not in {None, ""} for one in rows):
            raise ValueError("receipts are objects with a status")
        return [
            Receipt(
                number=str(one.get("number", "")),
                provider_id=str(one.get("id", "")),
                delivered=None if str(one["status"]) in _ON_ITS_WAY else str(one["status"]) in _ARRIVED,
                code=str(one["status"]),
                at=local_time(str(one.get("at", ""))),
                key=str(one.get("key", "")),
            )
            for one in rows
        ]

    def receipt_answer(self) -> dict[str, Any]:
        """A plain yes."""
        return {"code": 0}

    def pull(self, key: str, number: str, day: str) -> list[Receipt]:
        """Ask the gateway for receipts, where it can be asked."""
        if not settings.GATEWAY_RECEIPTS:
            raise NoAnswer("no address for receipts")
        wanted = {"id": key, "number": number, "day": day}
        response = call("GET", settings.GATEWAY_RECEIPTS, params=wanted, headers=self._headers())
        if not response.is_success:
            raise NoAnswer(f"HTTP {response.status_code}")
        return self.read_receipts(response.content)
