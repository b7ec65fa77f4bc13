"""What this browser has asked: ids in a signed cookie that no script can read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core import signing

from townhall.kernel.secrets import make_nonce
from townhall.people import identity
from townhall.portal import pages

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse

COOKIE = "mine"
# Tells the script that asking for one's own questions is worth a request; says nothing else.
FLAG = "asked"
BROWSER = "browser"
PERSON = "person"
_SALT = "townhall.mine"
KEPT_DAYS = 90
MOST_KEPT = 40
# A borrowed device must not speak for somebody for long.
PERSON_MINUTES = 30


def _read(request: HttpRequest) -> dict[str, list[int]]:
    try:
        value: Any = signing.loads(pages.kept_cookie(request, COOKIE), salt=_SALT, max_age=KEPT_DAYS * 86400)
    except signing.BadSignature:
        return {"q": [], "c": []}
    return {name: [int(one) for one in value.get(name, [])] for name in ("q", "c")}


def questions(request: HttpRequest) -> list[int]:
    """Ids of the questions asked from this browser, newest first."""
    return _read(request)["q"]


def comments(request: HttpRequest) -> list[int]:
    """Ids of the comments made from this browser, newest first."""
    return _read(request)["c"]


def remember(
    request: HttpRequest, response: HttpResponse, *, question: int | None = None, comment: int | None = None
) -> None:
    """Add one's own question or comment to the cookie."""
    kept = _read(request)
    for name, one in (("q", question), ("c", comment)):
        if one is not None:
            kept[name] = [one, *(other for other in kept[name] if other != one)][:MOST_KEPT]
    pages.set_cookie(response, COOKIE, signing.dumps(kept, salt=_SALT), days=KEPT_DAYS)
    if question is not None:
        pages.set_cookie(response, FLAG, "1", days=KEPT_DAYS, script=True)


def browser_key(request: HttpRequest) -> str:
    """The key by which this browser supports a question once; made when missing."""
    return pages.kept_cookie(request, BROWSER) or make_nonce()


def token(request: HttpRequest) -> str:
    """The verified person's token this browser holds for a short while."""
    return pages.kept_cookie(request, PERSON)


def proven(request: HttpRequest) -> str:
    """The token that a form brings from an identity provider this moment, as a code by SMS would be; or nothing."""
    brought = request.POST.get("token", "") if request.POST.get("step") == "proven" else ""
    return brought if identity.person_of(brought) is not None else ""


def keep_token(response: HttpResponse, value: str) -> None:
    """Hold a verified person's token for half an hour."""
    pages.set_cookie(response, PERSON, value, days=PERSON_MINUTES / 1440)
