"""Pages keep the strict content security policy and never call another host."""

import re

import pytest

from tests.house.source import PACKAGE, templates

FOREIGN_CALL = re.compile(r"(?:url\(\s*[\"']?|import\s+[\"']|fetch\([\"'])(?:https?:)?//[^\s\"')]+")
FORBIDDEN = {
    "an inline script": re.compile(
        r"<script(?![^>]*\bsrc=)(?![^>]*type=[\"']application/(?:ld\+)?json)", re.IGNORECASE
    ),
    "an inline style": re.compile(r"<style\b|<[^>{]*\sstyle\s*=", re.IGNORECASE),
    "an inline event handler": re.compile(r"<[a-z][^>]*\son[a-z]+\s*=\s*[\"']", re.IGNORECASE),
    "a script address": re.compile(r"javascript:", re.IGNORECASE),
    "a file of another host": re.compile(
        r"<(?:script|link|img|iframe|source|video|audio)\b[^>]*(?:src|href)=[\"'](?:https?:)?//", re.IGNORECASE
    ),
    "unescaped text": re.compile(r"\|\s*safe\b|{%\s*autoescape\s+off"),
    "a forbidden zoom": re.compile(r"user-scalable\s*=\s*no|maximum-scale", re.IGNORECASE),
}  # fmt: skip


@pytest.mark.parametrize("what", FORBIDDEN)
def test_no_template_contains(what: str) -> None:
    found = [
        f"{path}:{text[: match.start()].count(chr(10)) + 1} {match.group(0)[:80]}"
        for path, text in templates().items()
        if path.endswith((".html", ".svg"))
        for match in FORBIDDEN[what].finditer(text)
    ]
    assert not found, f"{what} in:\n" + "\n".join(found)


@pytest.mark.parametrize(
    ("what", "line"),
    [
        ("an inline script", "<script>x()</script>"),
        ("an inline style", '<p class="a" style="color: red">'),
        ("an inline event handler", '<a href="#" onclick="x()">'),
        ("a file of another host", '<script src="https://cdn.example/x.js">'),
        ("unescaped text", "{{ text|safe }}"),
    ],
)
def test_the_check_sees(what: str, line: str) -> None:
    assert FORBIDDEN[what].search(line)


def test_own_scripts_and_styles_call_no_other_host() -> None:
    found = [
        f"{file.relative_to(PACKAGE)} {match.group(0)}"
        for file in PACKAGE.glob("*/static/**/*")
        if file.suffix in {".css", ".js"} and "vendor" not in file.parts
        for match in FOREIGN_CALL.finditer(file.read_text(encoding="utf-8"))
    ]
    assert not found
