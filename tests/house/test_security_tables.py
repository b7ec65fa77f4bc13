"""What docs/reference/asvs.md says is there: every requirement has its row, every test named there exists."""

import ast
import re
from collections.abc import Iterator
from functools import cache

import pytest

from tests.house.source import ROOT

TABLE = ROOT / "docs" / "reference" / "asvs.md"
STATES = {"met", "part", "open", "n/a"}
# How many requirements of levels 1 and 2 each section of ASVS 5.0 has; 2.3 with 2.3.5 of level 3. Within a section
# those of level 3 come last.
SECTIONS = {
    "1.1": 2, "1.2": 9, "1.3": 11, "1.4": 3, "1.5": 2, "2.1": 3, "2.2": 3, "2.3": 5, "2.4": 1, "3.2": 2, "3.3": 4,
    "3.4": 6, "3.5": 5, "3.7": 2, "4.1": 3, "4.2": 1, "4.3": 2, "4.4": 4, "5.1": 1, "5.2": 3, "5.3": 2, "5.4": 3,
    "6.1": 3, "6.2": 12, "6.3": 4, "6.4": 4, "6.5": 5, "6.6": 3, "6.8": 4, "7.1": 3, "7.2": 4, "7.3": 2, "7.4": 5,
    "7.5": 2, "7.6": 2, "8.1": 2, "8.2": 3, "8.3": 1, "8.4": 1, "9.1": 3, "9.2": 4, "10.1": 2, "10.2": 2, "10.3": 4,
    "10.4": 11, "10.5": 5, "10.6": 2, "10.7": 3, "11.1": 2, "11.2": 3, "11.3": 3, "11.4": 4, "11.5": 1, "11.6": 1,
    "12.1": 3, "12.2": 2, "12.3": 4, "13.1": 1, "13.2": 5, "13.3": 2, "13.4": 5, "14.1": 2, "14.2": 4, "14.3": 3,
    "15.1": 3, "15.2": 3, "15.3": 7, "16.1": 1, "16.2": 5, "16.3": 4, "16.4": 3, "16.5": 3, "17.1": 1, "17.2": 4,
    "17.3": 2,
}  # fmt: skip


def rows(*tables: str) -> list[list[str]]:
    """The cells of every row whose first one begins with a number."""
    text = TABLE.read_text(encoding="utf-8")
    ours, _heading, theirs = text.partition("# 等保三级")
    chosen = {"asvs": ours, "djbh": theirs}
    lines = "\n".join(chosen[name] for name in tables).splitlines()
    return [
        [cell.strip() for cell in line.strip("|").split("|")] for line in lines if re.match(r"\| \d", line)
    ]


def numbers(cell: str) -> Iterator[str]:
    """``4.4.1–4.4.4`` is four of them."""
    first, _dash, last = cell.partition("–")
    section, _dot, start = first.rpartition(".")
    for number in range(int(start), int((last or first).rpartition(".")[2]) + 1):
        yield f"{section}.{number}"


@cache
def defined_in(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    return frozenset(node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef))


# GB/T 22239-2019, 8.1.4: how many items each of its eleven parts has; a part without letters has one.
DENGBAO = {1: 4, 2: 7, 3: 4, 4: 6, 5: 1, 6: 1, 7: 2, 8: 2, 9: 3, 10: 2, 11: 2}


def items(cell: str) -> Iterator[str]:
    """``8.1.4.7 a–b`` is two of them."""
    part, _blank, letters = cell.partition(" ")
    first, _dash, last = letters.partition("–")
    for letter in range(ord(first or "a"), ord(last or first or "a") + 1):
        yield f"{part} {chr(letter)}"


def test_every_item_of_dengbao_has_its_row_once() -> None:
    wanted = [f"8.1.4.{part} {letter}" for part, most in DENGBAO.items() for letter in "abcdefg"[:most]]
    assert [item for row in rows("djbh") for item in items(row[0])] == wanted


def test_every_requirement_has_its_row_once() -> None:
    wanted = [f"{section}.{number}" for section, most in SECTIONS.items() for number in range(1, most + 1)]
    assert [number for row in rows("asvs") for number in numbers(row[0])] == wanted


@pytest.mark.parametrize("row", rows("asvs", "djbh"), ids=lambda row: row[0])
def test_a_row_names_its_state_and_what_shows_it(row: list[str]) -> None:
    _number, about, state, shown = row
    assert about
    assert state in STATES
    assert shown, "say what shows it, or why not"
    for path, name in re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", shown):
        assert (ROOT / path).is_file(), path
        assert not name or name in defined_in(path), f"{path} has no {name}"
    for path in re.findall(r"`((?:docs|deploy|src)/[\w./-]+|SECURITY\.md|requirements\.lock)`", shown):
        assert (ROOT / path).is_file(), path
