"""Nothing with public text outlives a minute in anybody's cache: every public address is walked."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import URLPattern

from townhall.api.openapi import api
from townhall.portal.urls import urlpatterns

if TYPE_CHECKING:
    from django.test import Client

    from tests.fixtures import District

pytestmark = pytest.mark.django_db

LONGEST = 60
EXAMPLES = {
    "slug": "2026-11", "question_id": "{question}", "number": "1", "provider": "none", "secret": "x", "token": "x",
    "verb": "ask", "kind": "pdf", "form": "csv", "name": "questions", "code": "housing", "year": "2026", "lang": "en",
    "look": "dark", "receipt": "123456789012", "address": "0/000", "target": "1", "unit_id": "{unit}",
}  # fmt: skip
# What may be kept longer, because no text of anybody stands in it.
WITHOUT_TEXT = {
    "/robots.txt": "says which addresses to leave alone",
    "/.well-known/security.txt": "says where weaknesses are reported",
    "/record/tile/0/000": "hashes, which never change; the texts stand elsewhere",
}


def age(cache_control: str) -> int:
    """How many seconds a cache may serve an answer without asking; heuristics may do so for long (RFC 9111, 4.2.2)."""
    if re.search(r"\bno-(store|cache)\b", cache_control):
        return 0
    found = re.search(r"s-maxage=(\d+)", cache_control) or re.search(r"max-age=(\d+)", cache_control)
    return int(found[1]) if found and "stale" not in cache_control else 10**9


def addresses(given: dict[str, str]) -> list[str]:
    """Each public address once, with something that is there wherever there can be."""
    found = []
    for pattern in urlpatterns:
        assert isinstance(pattern, URLPattern)
        route = str(pattern.pattern)
        found.append(
            "/" + re.sub(r"<(?:(\w+):)?(\w+)>", lambda part: example(part[1], part[2], given), route)
        )
    for path, ways in api.get_openapi_schema()["paths"].items():
        if "get" in ways and "/desk/" not in path:
            found.append(re.sub(r"{(\w+)}", lambda part: example("", part[1], given), path))
    return found


def example(kind: str, name: str, given: dict[str, str]) -> str:
    choices = {"followed": "unit", "file": "questions", "form": "csv", "paper": "pdf", "say": "rate", "act": "withdraw",
               "closing": "summary"}  # fmt: skip
    if kind in choices:
        return choices[kind]
    if name == "kind":
        return "pdf"
    if name.endswith("_id") and name not in EXAMPLES:
        return given["number"]
    return EXAMPLES.get(name, given["number"]).format(**given)


def test_no_public_answer_may_be_kept_longer_than_a_minute(live: District, client: Client) -> None:
    question = live.walk("published")
    given = {"question": str(question.id), "number": str(question.id), "unit": str(live.units[0].id)}
    answered, too_long = [], {}
    for path in addresses(given):
        response: Any = client.get(path)
        if response.status_code == 200:
            answered.append(path)
            if age(response.headers.get("Cache-Control", "")) > LONGEST and path not in WITHOUT_TEXT:
                too_long[path] = response.headers.get("Cache-Control")
    assert not too_long
    for path in ("/", "/hours/2026-11/", f"/questions/{question.id}/", "/feeds/hours/2026-11.atom", "/archive/",
                 "/api/v1/hours/2026-11", f"/api/v1/questions/{question.id}"):  # fmt: skip
        assert path in answered
    assert len(answered) > 50


def test_how_long_is_read_as_caches_read_it() -> None:
    assert age("public, max-age=1, must-revalidate") == 1
    assert age("no-cache") == age("private, no-store") == 0
    assert age("public, max-age=30, s-maxage=600") == 600
    assert age("") > LONGEST
    assert age("max-age=1, stale-while-revalidate=600") > LONGEST
