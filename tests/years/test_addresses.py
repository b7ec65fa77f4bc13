"""Every page that can be opened is compared over the years, or stands here with the reason why not."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver, resolve

from bench.decade import addresses

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

# Stands for whatever of the demo the addresses are made of; only their shape counts here.
THING: dict[str, Any] = {
    "live": "2026-11", "over": "2026-10", "next": "2026-12", "question": 1, "declined": 2, "unit": 3,
    "subject": "education", "area": "城关镇", "promise": 4, "picture": (4, 5), "clarification": 6, "past": 7,
    "past_hour": 8, "year": 2026, "notice": 9, "receipt": (10, "edu1"), "promising": "edu1", "handover": 11,
    "broadcast": 12, "asker": "123456789012", "voice": "13-0", "paper": 14, "account": 15, "feed": "secret",
}  # fmt: skip
FORM = "a form that asks for what is to be entered; it lists nothing"
ONE_FILE = "one file by its id, from the disk"
ONE_LINK = "the one thing that a signed link stands for"
EXCEPTIONS: dict[str, str] = {
    ".well-known/security.txt": "a setting and a day",
    "open/years/<year:year>/<file:name>.<form:form>": (
        "the hours of one year, one after the other and in pieces of 200 questions, as open/hours/ has each of them: "
        "longer with what is in the year, not with the years"
    ),
    "look.css": "a part of the style sheet",
    "look/<look:look>/": "sets a cookie and goes back",
    "language/<language:lang>/": "sets a cookie and goes back",
    "observe/<hour:slug>/lot.py": "a program that comes with the product",
    "record/townhall-verify.py": "a program that comes with the product",
    "record/verify.html": "a page that comes with the product",
    "files/<number:upload_id>": ONE_FILE,
    "desk/office/documents/files/<int:upload_id>": ONE_FILE,
    "desk/office/notices/<int:receipt_id>/files/<int:upload_id>": ONE_FILE,
    "desk/prepare/<slug:slug>/notices/<int:notice_id>/files/<int:upload_id>": ONE_FILE,
    "desk/prepare/<slug:slug>/broadcast/<int:broadcast_id>/wrong/<int:list_id>": "the wrong rows of one list",
    "record/stamps/": "names of files on the disk; there are none without an authority that stamps",
    "record/stamps/<number:size>": ONE_FILE,
    "record/stamps/<number:size>.tsr": ONE_FILE,
    "follow/confirm/<str:token>/": ONE_LINK,
    "unfollow/<str:token>/": ONE_LINK,
    "remind/<str:token>/": ONE_LINK,
    "stop/<str:token>/": ONE_LINK,
    "sign-on/<slug:provider>/back/": "takes a browser's own sign-on, of the last 15 minutes, and goes on",
    "sign-on/done/<number:sign_on>/": "a browser's own sign-on, of the last 15 minutes",
    "desk/sign-in/": FORM,
    "desk/second-step/": FORM,
    "desk/second-step/bind/": FORM,
    "desk/account/password/": FORM,
    "desk/administration/import/": FORM,
    "desk/office/units/import/": FORM,
}


def methods_of(view: Callable[..., Any]) -> set[str] | None:
    """What a view answers to, as its decorators or its class say; ``None`` when they say nothing."""
    found: set[str] | None = None
    if (kind := getattr(view, "view_class", None)) is not None:
        return {name.upper() for name in kind.http_method_names if hasattr(kind, name)}
    step: Any = view
    while step is not None:
        listed = inspect.getclosurevars(step).nonlocals.get("request_method_list")
        if listed is not None:
            found = set(listed) if found is None else found & set(listed)
        step = getattr(step, "__wrapped__", None)
    return found


def routes(patterns: list[URLPattern | URLResolver], before: str = "") -> Iterator[tuple[str, Any]]:
    """Every address there is with its view, as Django writes it."""
    for one in patterns:
        if isinstance(one, URLResolver):
            yield from routes(one.url_patterns, before + str(one.pattern))
        else:
            yield before + str(one.pattern), one.callback


def pages() -> set[str]:
    """The addresses of the portal and the desks that a browser can open."""
    found = set()
    for route, view in routes(get_resolver().url_patterns):
        module = inspect.unwrap(getattr(view, "view_class", view)).__module__
        if module.startswith(("townhall.portal", "townhall.desks")):
            answers = methods_of(view)
            if answers is None or "GET" in answers:
                found.add(route)
    return found


def listed() -> set[str]:
    every = [*addresses.public(THING), *addresses.files(THING), *addresses.desks(THING)]
    return {resolve(one.url.partition("?")[0]).route for one in every}


def test_every_page_is_compared_over_the_years_or_says_why_not() -> None:
    left_out = pages() - listed() - EXCEPTIONS.keys()
    assert not left_out, "add them to bench/decade/addresses.py:\n" + "\n".join(sorted(left_out))
    assert EXCEPTIONS.keys() <= pages(), "no such page any more"
    assert not EXCEPTIONS.keys() & listed(), "listed and left out at once"
    assert all(EXCEPTIONS.values())


def test_a_forgotten_page_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison itself: pages that answer to a form alone are none, a page that nobody listed is named."""
    found = pages()
    assert {"", "hours/<hour:slug>/", "desk/", "desk/office/promises/", "desk/sign-in/"} <= found
    assert not {"desk/questions/<int:question_id>/hold", "desk/office/archives/months"} & found
    kept = addresses.public
    monkeypatch.setattr(
        addresses, "public", lambda thing: [one for one in kept(thing) if one.url != "/units/"]
    )
    assert "units/" in pages() - listed()
