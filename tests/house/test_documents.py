"""An undocumented setting, verb, kind, command or address is a failing test."""

import re

import pytest

from tests.house.source import ROOT
from tools import generate_reference

DOCS = ROOT / "docs"
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)(?:#[^)]*)?\)")
# One page for each person who works with the product, and one for each decision that has a price.
HOW_TO = {"citizen", "moderator", "group", "mayor", "assistant", "coordinator", "clerk", "operator"}


@pytest.mark.parametrize("name", generate_reference.PAGES)
def test_reference_is_what_the_tables_say(name: str) -> None:
    source, write = generate_reference.PAGES[name]
    expected = generate_reference.MADE_BY.format(source=source) + write().rstrip() + "\n"
    file = generate_reference.REFERENCE / name
    assert file.exists(), f"run `make docs`: docs/reference/{name} is missing"
    assert file.read_text(encoding="utf-8") == expected, (
        f"run `make docs`: docs/reference/{name} is out of date"
    )


def test_there_is_a_page_for_every_role() -> None:
    assert {file.stem for file in (DOCS / "how-to").glob("*.md")} >= HOW_TO
    assert {file.stem for file in (DOCS / "how-to" / "zh").glob("*.md")} >= HOW_TO


def test_links_between_documents_lead_somewhere() -> None:
    pages = [*DOCS.rglob("*.md"), *ROOT.glob("*.md")]
    dead = [
        f"{page.relative_to(ROOT)}: {target}"
        for page in pages
        for target in LINK.findall(page.read_text(encoding="utf-8"))
        if not target.startswith(("http://", "https://", "mailto:", "/"))
        and not (page.parent / target).exists()
    ]
    assert not dead, "\n".join(dead)


def test_decisions_say_context_decision_and_price() -> None:
    for file in sorted((DOCS / "adr").glob("[0-9]*.md")):
        headings = re.findall(r"^## (.+)$", file.read_text(encoding="utf-8"), re.MULTILINE)
        assert {"Context", "Decision", "Price"} <= set(headings), file.name


def test_every_decision_has_its_number_and_stands_in_the_index() -> None:
    index = (DOCS / "index.md").read_text(encoding="utf-8")
    decisions = sorted((DOCS / "adr").glob("*.md"))
    numbers = [file.name[:4] for file in decisions]
    assert len(set(numbers)) == len(numbers), "a number is given once"
    for file in decisions:
        first = file.read_text(encoding="utf-8").splitlines()[0]
        assert first.startswith(f"# {file.name[:4]} "), (
            f"{file.name} begins with its number and what was decided"
        )
        assert f"[{file.name[:4]}](adr/{file.name})" in index, f"docs/index.md lists {file.name}"
