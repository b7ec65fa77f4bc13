"""The lot (随机抽取): who is drawn follows from public numbers alone, so that anybody can run it again.

This file is the whole method, needs nothing but Python's standard library, and is what the public page offers
for download::

    python lot.py lot.json               checks everything a lot's file says
    python lot.py --entry SALT MOBILE    the hash that stands for you in the list

How nobody can steer it: the hash of a secret is published before anybody applies, together with the name of a
public value that becomes known only after applications have closed. The list is frozen at closing. Whoever
knows the secret does not know the value, and whoever hears the value can no longer change the list.
"""

from __future__ import annotations

import hashlib
import json
import re
import sys
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

FORMAT = "townhall-lot/1"
_DIGEST = re.compile(r"[0-9a-f]{64}\Z")


def digest(*words: str) -> str:
    """SHA-256 over the format's name and the words, each on a line of its own, as 64 hex digits."""
    return hashlib.sha256("\n".join((FORMAT, *words)).encode()).hexdigest()


def entry_of(salt: str, mobile: str) -> str:
    """The hash that stands for a person; without the salt nobody can guess whose it is."""
    return digest("entry", salt, mobile)


def commitment_of(secret: str) -> str:
    """What is published of the secret before anybody applies."""
    return digest("commitment", secret)


def list_digest_of(entries: Iterable[str]) -> str:
    """The hash of the whole list in its canonical order; any change of any entry changes it."""
    return digest("list", *sorted(entries))


def canonical(value: str) -> str:
    """The numbers of a public value, so that no comma and no leading zero can change the outcome.

    ``"03 08 16 + 12"`` is ``3-8-16-12``.
    """
    numbers = re.findall(r"[0-9]+", unicodedata.normalize("NFKC", value))
    return "-".join(number.lstrip("0") or "0" for number in numbers)


def seed_of(secret: str, list_digest: str, value: str) -> str:
    """The seed: made of the secret, the frozen list and the public value together."""
    return digest("seed", secret, list_digest, canonical(value))


def ranking(seed: str, entries: Iterable[str]) -> list[str]:
    """Everybody in the order of the lot: sorted by SHA-256 of seed and entry."""
    return sorted(entries, key=lambda entry: (digest("rank", seed, entry), entry))


def check(sheet: Mapping[str, Any]) -> list[str]:
    """What is wrong with a lot's file; nothing when everything follows from its public numbers."""
    if sheet.get("format") != FORMAT:
        return [f"格式不是 {FORMAT} / the format is not {FORMAT}"]
    wrong: list[str] = []
    entries = sheet.get("entries")
    if not isinstance(entries, list) or not all(
        isinstance(one, str) and _DIGEST.match(one) for one in entries
    ):
        return ["名单不是摘要的列表 / the entries are not a list of hashes"]
    if entries != sorted(set(entries)):
        wrong.append("名单没有按规定排列，或有重复 / the entries are not in canonical order, or repeat")
    if sheet.get("list_digest") != list_digest_of(entries):
        wrong.append("名单与公布的名单摘要不符 / the entries do not have the published list digest")
    if sheet.get("by_lot"):
        wrong += _check_draw(sheet, entries)
    return wrong


def _check_draw(sheet: Mapping[str, Any], entries: Sequence[str]) -> list[str]:
    """The same for the draw itself."""
    secret, value, seed = (str(sheet.get(name) or "") for name in ("secret", "value", "seed"))
    wrong: list[str] = []
    if commitment_of(secret) != sheet.get("commitment"):
        wrong.append(
            "密值与报名前公布的承诺不符 / the secret is not the one committed to before applications"
        )
    if seed != seed_of(secret, list_digest_of(entries), value):
        wrong.append(
            "种子不是由密值、名单和公开数值得出的 / the seed does not follow from secret, list and value"
        )
    if sheet.get("ranking") != ranking(seed, entries):
        wrong.append("次序与算法结果不符 / the ranking is not what the method gives")
    times = [str(sheet.get(name) or "") for name in ("opened_at", "closes_at", "source_at", "drawn_at")]
    if times != sorted(times):
        wrong.append("时间先后不对 / the times are out of order")
    return wrong


def main(words: Sequence[str]) -> int:
    """Check the file named on the command line, or make an entry; returns the exit status."""
    if words[:1] == ["--entry"] and len(words) == len(("--entry", "salt", "mobile")):
        sys.stdout.write(entry_of(words[1], words[2]) + "\n")
        return 0
    if len(words) != 1:
        sys.stderr.write("python lot.py lot.json | python lot.py --entry SALT MOBILE\n")
        return 2
    try:
        sheet = json.loads(Path(words[0]).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        sys.stderr.write(f"读不了 / cannot read {words[0]}: {error}\n")
        return 2
    wrong = check(sheet) if isinstance(sheet, dict) else ["不是对象 / not an object"]
    for line in wrong:
        sys.stdout.write(f"不对 / WRONG  {line}\n")
    if not wrong:
        total, seats = len(sheet["entries"]), sheet.get("quota")
        words_of = (
            "抽取 / drawn by lot" if sheet.get("by_lot") else "尚未抽取或无须抽取 / no draw, or not yet"
        )
        sys.stdout.write(f"无误 / all right: {total} 人报名 / entries, {seats} 席 / seats, {words_of}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
