"""Personal data and land-lines as people write them, and how many of them the masks find and spare."""

from __future__ import annotations

import random
import string
from collections.abc import Callable, Sequence
from typing import NamedTuple

from townhall.kernel.masks import find, mask

FULL_WIDTH = str.maketrans("0123456789X", "０１２３４５６７８９Ｘ")
SEPARATORS = ["", " ", "-", ".", "－", "\u3000", " - "]
SEED, MOST = 20261122, 6000
LEAST_FOUND, MOST_HARMED = 0.99, 0.01


def mobile(chance: random.Random) -> str:
    return f"1{chance.randint(3, 9)}{chance.randint(0, 10**9 - 1):09d}"


def identity(chance: random.Random) -> str:
    digits = f"{chance.choice(['110105', '310112', '430102', '650104'])}{chance.randint(1930, 2020)}"
    digits += f"{chance.randint(1, 12):02d}{chance.randint(1, 28):02d}{chance.randint(0, 999):03d}"
    weights = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
    total = sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True))
    return digits + "10X98765432"[total % 11]


def card(chance: random.Random) -> str:
    body = f"62{chance.randint(0, 10**14 - 1):014d}"[: chance.choice([15, 16])]
    doubled = [int(digit) * (2 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(body))]
    return body + str(-sum(value - 9 if value > 9 else value for value in doubled) % 10)


def plate(chance: random.Random) -> str:
    serial = "".join(chance.choices(string.digits, k=4)) + chance.choice("ABCDEFGHJK0123456789")
    return chance.choice("沪苏浙京粤湘") + chance.choice("ABCDEFGHJK") + chance.choice(["", "D"]) + serial


def email(chance: random.Random) -> str:
    return (
        "".join(chance.choices(string.ascii_lowercase + string.digits, k=8))
        + "@"
        + chance.choice(["qq.com", "163.com"])
    )


def land_line(chance: random.Random) -> str:
    number = f"{chance.randint(2, 8)}{chance.randint(0, 10**7 - 1):07d}"
    return chance.choice(
        [
            number,
            f"021-{number}",
            f"(021){number}",
            f"0731 {number}",
            f"021-{number[:4]} {number[4:]}",
            f"+86-10-{number}",
            f"400-{number[:3]}-{number[3:7]}",
            f"800{number[:7]}",
            "12345",
            f"{number}转{number[:4]}",
            f"0512-{number[:7]}",
        ]
    )


def written(chance: random.Random, digits: str) -> str:
    """As people write it: grouped with a separator, or in full width, or plain."""
    manner = chance.randrange(4)
    if manner == 0:
        return digits
    if manner == 1:
        return digits.translate(FULL_WIDTH)
    separator = chance.choice(SEPARATORS)
    cuts = {11: (3, 7), 18: (6, 14)}.get(len(digits), (4, 8, 12, 16))
    groups = [
        digits[start:end]
        for start, end in zip((0, *cuts), (*cuts, len(digits)), strict=True)
        if digits[start:end]
    ]
    return (separator if manner == 2 else chance.choice(SEPARATORS)).join(groups)


PLANTS: dict[str, Callable[[random.Random], str]] = {
    "mobile": lambda chance: written(chance, mobile(chance)),
    "id_number": lambda chance: written(chance, identity(chance)),
    "bank_card": lambda chance: written(chance, card(chance)),
    "plate": plate,
    "email": email,
}


class Rates(NamedTuple):
    """What became of the planted pieces, by kind, and of the land-lines."""

    planted: dict[str, int]
    found: dict[str, int]
    lines: int
    harmed: int

    @property
    def is_met(self) -> bool:
        """At least 99 % of every kind found, at most 1 % of the land-lines harmed."""
        enough = all(self.found[kind] >= LEAST_FOUND * self.planted[kind] for kind in self.planted)
        return enough and self.harmed <= MOST_HARMED * self.lines


def rates(texts: Sequence[str]) -> Rates:
    """Plant one piece and one land-line in each text, by turns of every kind, and count."""
    chance = random.Random(SEED)
    planted, found, harmed = dict.fromkeys(PLANTS, 0), dict.fromkeys(PLANTS, 0), 0
    for turn, text in enumerate(texts):
        kind, place = sorted(PLANTS)[turn % len(PLANTS)], _place(chance, text)
        piece, before, after = PLANTS[kind](chance), text[:place], text[place:]
        planted[kind] += 1
        found[kind] += any(
            one.kind == kind and piece in one.text for one in find(f"{before}，{piece}，{after}")
        )
        line = land_line(chance)
        harmed += line not in mask(f"{before}，电话{line}，{after}")
    return Rates(planted, found, len(texts), harmed)


def _place(chance: random.Random, text: str) -> int:
    """Somewhere in the text, but never inside a number or a word of Latin letters: nobody writes so."""
    place = chance.randint(0, len(text))
    while 0 < place < len(text) and text[place - 1 : place + 1].isascii():
        place = chance.randint(0, len(text))
    return place
