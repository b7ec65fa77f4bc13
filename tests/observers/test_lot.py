"""The lot: known answers, fairness, and no way to change anything after the fact."""

from __future__ import annotations

import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from townhall.observers import lot

SECRET = "ab" * 32
ENTRIES = sorted(lot.entry_of(f"{number:032x}", f"138{number:08}") for number in range(5))
digests = st.lists(
    st.text("0123456789abcdef", min_size=64, max_size=64), min_size=1, max_size=20, unique=True
)


def sheet(entries: list[str] | None = None, value: str = "03 08 16 + 12") -> dict[str, Any]:
    entries = sorted(entries or ENTRIES)
    digest = lot.list_digest_of(entries)
    seed = lot.seed_of(SECRET, digest, value)
    return {
        "format": lot.FORMAT, "quota": 2, "opened_at": "2026-11-20T09:00:00+08:00",
        "closes_at": "2026-11-25T17:00:00+08:00", "source_at": "2026-11-26T21:30:00+08:00",
        "drawn_at": "2026-11-27T09:00:00+08:00", "commitment": lot.commitment_of(SECRET), "entries": entries,
        "list_digest": digest, "by_lot": True, "secret": SECRET, "value": value, "seed": seed,
        "ranking": lot.ranking(seed, entries),
    }  # fmt: skip


def test_known_answers() -> None:
    """Computed by hand with sha256sum: printf 'townhall-lot/1\\nentry\\n%s\\n%s' SALT MOBILE | sha256sum."""
    assert lot.entry_of("00" * 16, "13800000000") == KNOWN["entry"]
    assert lot.commitment_of(SECRET) == KNOWN["commitment"]
    assert lot.list_digest_of(["b" * 64, "a" * 64]) == KNOWN["list"]
    assert lot.seed_of(SECRET, KNOWN["list"], "03 08 16 + 12") == KNOWN["seed"]
    assert lot.ranking(KNOWN["seed"], ["a" * 64, "b" * 64, "c" * 64, "d" * 64]) == [
        one * 64 for one in KNOWN["order"]
    ]


KNOWN = {
    "entry": "f553d545b721766d883d73eefeeece606d90884a20d56a3b3721226f83fb7c96",
    "commitment": "89504a6446a3926774c6d67bfdaae04cd030f981d7982db6441fd6c1b4a5e971",
    "list": "bcab8517daf7388ecd205e8eb9501550502c898e8826b668679e4e30810cc12a",
    "seed": "664b6448b5c4d38dd7cae1c9df3e7abb02193539380748e899502e55a83ae5ff",
    "order": "cbad",
}


@pytest.mark.parametrize(
    ("typed", "numbers"),
    [
        ("03 08 16 + 12", "3-8-16-12"), ("3,8,16，12", "3-8-16-12"), ("０３ 08 16 12", "3-8-16-12"),
        ("3,214.55", "3-214-55"), ("000", "0"), ("没有", ""), ("", ""),
    ],
)  # fmt: skip
def test_how_a_value_is_written_does_not_matter(typed: str, numbers: str) -> None:
    assert lot.canonical(typed) == numbers


def test_a_right_file_is_all_right() -> None:
    assert lot.check(sheet()) == []


@given(digests, st.data())
def test_any_change_of_any_entry_changes_the_list(entries: list[str], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(entries) - 1))
    at = data.draw(st.integers(0, 63))
    other = entries[place][:at] + ("0" if entries[place][at] != "0" else "1") + entries[place][at + 1 :]
    changed = [*entries[:place], other, *entries[place + 1 :]]
    assert lot.list_digest_of(changed) != lot.list_digest_of(entries)
    assert lot.list_digest_of(entries[1:]) != lot.list_digest_of(entries)
    assert lot.list_digest_of(reversed(entries)) == lot.list_digest_of(entries)


@given(digests)
def test_a_ranking_is_everybody_once_whatever_order_they_came_in(entries: list[str]) -> None:
    seed = lot.seed_of(SECRET, lot.list_digest_of(entries), "12")
    found = lot.ranking(seed, entries)
    assert sorted(found) == sorted(entries)
    assert lot.ranking(seed, list(reversed(entries))) == found


@pytest.mark.parametrize(
    "change",
    [
        {"secret": "cd" * 32}, {"value": "03 08 16 + 13"}, {"seed": "0" * 64}, {"ranking": ENTRIES[:4]},
        {"ranking": list(reversed(sheet()["ranking"]))}, {"entries": ENTRIES[:-1]}, {"entries": ENTRIES[::-1]},
        {"entries": [*ENTRIES[:-1], "f" * 64]}, {"entries": "no list"}, {"entries": [1, 2]}, {"list_digest": "0" * 64},
        {"commitment": "0" * 64}, {"format": "other"}, {"source_at": "2026-11-25T16:59:59+08:00"},
        {"drawn_at": "2026-11-26T21:29:59+08:00"}, {"secret": None}, {"value": None},
    ],
)  # fmt: skip
def test_whatever_is_changed_is_found(change: dict[str, Any]) -> None:
    assert lot.check(sheet() | change)


def test_everybody_has_the_same_chance_at_every_place() -> None:
    """Chi-squared over 4,000 draws of eight people: each person at each place, 49 degrees of freedom.

    The seeds are fixed, so the test is the same every time; 85.4 is passed by chance once in a thousand.
    """
    entries = [lot.entry_of(f"{number:032x}", f"139{number:08}") for number in range(8)]
    listed = lot.list_digest_of(entries)
    draws = 4000
    seen: Counter[tuple[str, int]] = Counter()
    for number in range(draws):
        order = lot.ranking(lot.seed_of(f"{number:064x}", listed, "1 2 3 4"), entries)
        seen.update((entry, place) for place, entry in enumerate(order))
    expected = draws / len(entries)
    chi = sum((seen[entry, place] - expected) ** 2 / expected for entry in entries for place in range(8))
    assert chi < 85.4


def test_every_order_of_four_is_as_likely() -> None:
    """The same over whole permutations: 24 of them, 23 degrees of freedom, 49.7 once in a thousand."""
    entries = [lot.entry_of(f"{number:032x}", f"137{number:08}") for number in range(4)]
    listed = lot.list_digest_of(entries)
    seen = Counter(
        tuple(lot.ranking(lot.seed_of(SECRET, listed, str(10_000 + number)), entries))
        for number in range(4800)
    )
    assert len(seen) == 24
    assert sum((count - 200) ** 2 / 200 for count in seen.values()) < 49.7


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-I", str(Path(lot.__file__)), *words], capture_output=True, text=True, check=False
    )


def test_the_file_alone_is_a_program(tmp_path: Path) -> None:
    """Isolated from the product: the file is copied away and run by itself."""
    script = tmp_path / "lot.py"
    script.write_text(Path(lot.__file__).read_text(encoding="utf-8"), encoding="utf-8")
    file = tmp_path / "lot.json"
    file.write_text(json.dumps(sheet()), encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-I", str(script), str(file)],
        capture_output=True,
        text=True,
        check=False,
        cwd=tmp_path,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "all right" in done.stdout
    file.write_text(json.dumps(sheet() | {"value": "1 2 3 4"}), encoding="utf-8")
    assert run(str(file)).returncode == 1
    assert "WRONG" in run(str(file)).stdout


@pytest.mark.parametrize("content", ["", "[]", "{", "\xff", '{"format": "townhall-lot/1"}'])
def test_nonsense_is_called_nonsense(tmp_path: Path, content: str) -> None:
    file = tmp_path / "lot.json"
    file.write_text(content, encoding="latin-1")
    done = run(str(file))
    assert done.returncode in {1, 2}
    assert "Traceback" not in done.stderr


def test_anybody_can_make_their_own_entry() -> None:
    assert run("--entry", "00" * 16, "13800000000").stdout.strip() == KNOWN["entry"]
    assert run().returncode == 2
