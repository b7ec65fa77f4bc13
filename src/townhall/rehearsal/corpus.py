"""Believable messages by the thousand, for when no real ones are at hand: one seed, always the same ones."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from townhall.rehearsal import cast

# As real ones are: in 100 a text is missing 15 times, a time 69 times; one in a thousand is far too long.
NO_TEXT, NO_TIME, TOO_LONG = 0.15, 0.69, 0.001
LONGEST_ASKED = 3000
_SLOT = re.compile(r"\{(\w+)\}")
_NEWEST = datetime(2026, 6, 30, 20, 0)  # noqa: DTZ001 - recorded messages carry wall-clock times


@dataclass(frozen=True, slots=True)
class Made:
    """One made message and the answer a group would give. Days in the answer are not filled in yet."""

    title: str
    text: str
    category: str
    kind: str
    subject: str
    area: str
    group: str
    unit: str
    answer: str
    promise: str
    due: int
    verdict: str

    @property
    def outcome(self) -> str:
        """``promised`` when the answer promises something."""
        return "promised" if self.promise else "answered"

    def commitments(self, today: date, unit_id: int) -> list[dict[str, Any]]:
        """The answer's promise as the action takes it."""
        if not self.promise:
            return []
        text = cast.written(self.promise, today)
        return [{"text": text, "unit": unit_id, "due": cast.due(today, self.due).isoformat()}]


def make(source: random.Random) -> Made:
    """One message from a random pattern with random places and numbers."""
    data = cast.corpus_patterns()
    pattern: dict[str, Any] = source.choice(data["pattern"])
    values = _values(source, data["slots"])

    def filled(text: str) -> str:
        return _SLOT.sub(lambda found: values.get(found.group(1), found.group(0)), text)

    frames = data["frames"]
    title, text = source.choice(pattern["asks"])
    body = [source.choice(frames["openings"]), text]
    body += source.sample(frames["fillers"], source.choice((0, 0, 1, 1, 2, 3)))
    return Made(
        title=filled(title),
        text=filled("".join([*body, source.choice(frames["closings"])])),
        category=pattern["category"],
        kind=pattern["kind"],
        subject=pattern["subject"],
        area=values["town"],
        group=pattern["group"],
        unit=_town(values["town"]) if pattern["unit"] == "town" else pattern["unit"],
        answer=filled(pattern["answer"]),
        promise=filled(pattern.get("promise", "")),
        due=pattern.get("due", 0),
        verdict=pattern.get("verdict", ""),
    )


def _town(name: str) -> str:
    """The key of the town, sub-district or zone of that name."""
    return next(key for key, card in cast.units().items() if card.short == name)


def _values(source: random.Random, slots: dict[str, list[str]]) -> dict[str, str]:
    values = {name: source.choice(words) for name, words in slots.items()}
    numbers = {
        "n": source.randint(3, 9),
        "m": source.randint(12, 48),
        "count": source.randint(6, 48) * 10,
        "fee": source.randint(1, 6) * 10,
    }
    return values | {name: str(number) for name, number in numbers.items()}


def messages(count: int, seed: int = 1) -> Iterator[dict[str, Any]]:
    """``count`` messages with the fields of ``messages.jsonl.gz``: id, title, text, category, created_at.

    :param seed: the same seed gives the same messages
    """
    source = random.Random(seed)
    for number in range(1, count + 1):
        made = make(source)
        text = "" if source.random() < NO_TEXT else made.text
        if source.random() < TOO_LONG or number == count // 2:
            text = made.text * (LONGEST_ASKED // len(made.text) + 2)
        created = None
        if source.random() >= NO_TIME:
            created = str(_NEWEST - timedelta(seconds=source.randrange(24_000_000)))
        row = {"id": number, "title": made.title, "text": text, "category": made.category}
        yield row | {"created_at": created}
