"""The headers of every kind of answer: strict everywhere, framed only by portals that are named."""

from __future__ import annotations

import re
from typing import Any, get_args

import pytest

from townhall.kernel.http_headers import Kind, security_headers

PORTALS = ["https://www.example.gov", "https://m.example.gov"]


@pytest.mark.parametrize("kind", get_args(Kind))
def test_no_policy_allows_anything_unsafe_or_another_host(kind: Kind) -> None:
    policy = dict(security_headers(kind, PORTALS))["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'")
    assert "unsafe" not in policy
    sources, _semicolon, ancestors = policy.partition("frame-ancestors")
    assert not re.search(r"https?:|\*", sources)
    assert "*" not in ancestors


def test_a_page_is_framed_by_nobody_and_the_embedded_one_by_named_portals() -> None:
    page, embed = dict(security_headers("page", PORTALS)), dict(security_headers("embed", PORTALS))
    assert page["Content-Security-Policy"].endswith("frame-ancestors 'none'")
    assert page["X-Frame-Options"] == "DENY"
    assert embed["Content-Security-Policy"].endswith("frame-ancestors " + " ".join(PORTALS))
    assert "X-Frame-Options" not in embed
    alone = dict(security_headers("embed"))
    assert alone["Content-Security-Policy"].endswith("frame-ancestors 'self'")


@pytest.mark.parametrize("kind", get_args(Kind))
def test_every_answer_says_what_it_is_and_keeps_to_itself(kind: Kind) -> None:
    found = dict(security_headers(kind))
    assert found["X-Content-Type-Options"] == "nosniff"
    assert found["Referrer-Policy"] == "strict-origin-when-cross-origin"
    assert "camera=()" in found["Permissions-Policy"]
    if kind != "embed":
        assert found["Cross-Origin-Opener-Policy"] == "same-origin"
        assert found["Cross-Origin-Resource-Policy"] == "same-origin"


def test_browsers_that_came_once_by_tls_never_come_without(settings: Any) -> None:
    settings.BASE_URL = "http://127.0.0.1:8000"
    assert "Strict-Transport-Security" not in dict(security_headers("page"))
    settings.BASE_URL = "https://wsbg.example.gov"
    told = dict(security_headers("api"))["Strict-Transport-Security"]
    assert int(told.split(";")[0].removeprefix("max-age=")) >= 365 * 86400
