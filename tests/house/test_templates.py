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


# Keys that somebody typed, in an object that inherits: `__proto__` would change all others (ASVS 5.0, 15.3.6). So what
# is filled by a name from elsewhere is made without a prototype; these two are filled by names that stand in the script.
FILLED_BY_LITERALS = {("passkey.js", "response"), ("live.js", "d")}
FILLED = re.compile(r"\b(\w+)\[(?![\"'0-9])[^\]=]+\]\s*=(?!=)")
MERGED = re.compile(
    r"__proto__|\.prototype\s*(?:\[|\.\w+\s*=(?!=))|\bfor\s*\([^)]*\bin\b|\beval\(|new Function"
)


def filled_with_a_prototype(script: str) -> list[str]:
    """Objects that are filled by names from elsewhere and inherit from something."""
    names = {match.group(1) for match in FILLED.finditer(script)}
    bare = {
        name
        for name in names
        if re.search(rf"\b{name}\s*=\s*(?:Object\.create\(null\)|new (?:Map|Uint8Array)|\[)", script)
    }
    return sorted(names - bare)


def test_no_script_fills_an_object_by_names_that_were_typed() -> None:
    scripts = [file for file in PACKAGE.glob("*/static/**/*.js") if "vendor" not in file.parts]
    assert len(scripts) > 4
    for file in scripts:
        text = file.read_text(encoding="utf-8")
        found = {(file.name, name) for name in filled_with_a_prototype(text)}
        assert found <= FILLED_BY_LITERALS, found - FILLED_BY_LITERALS
        assert not MERGED.search(text), file.name


@pytest.mark.parametrize("line", ["var a = {}; a[name] = 1;", "const a = {}; a[one.dataset.name] = x;"])
def test_the_check_sees_an_object_that_is_filled(line: str) -> None:
    assert filled_with_a_prototype(line) == ["a"]
    assert filled_with_a_prototype(line.replace("{}", "Object.create(null)")) == []
    assert MERGED.search("for (const name in typed) {")
