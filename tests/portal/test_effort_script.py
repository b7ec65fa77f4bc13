"""The script of the page that waits: it solves the puzzle as the server checks it, and sends the form."""

from __future__ import annotations

import json
from base64 import b64decode
from hashlib import sha256
from pathlib import Path
from urllib.parse import parse_qs

from playwright.sync_api import Page, Route

from townhall.portal import hot

SCRIPT = Path(hot.__file__).parent / "static" / "portal" / "effort.js"
SITE, SALT, NUMBER = "http://localhost:9", "abc?expires=1&", 1234
PAGE = (
    '<!doctype html><meta charset="utf-8"><form method="post" action="/ask" data-effort data-most="2000" '
    f'data-salt="{SALT}" data-challenge="{sha256(f"{SALT}{NUMBER}".encode()).hexdigest()}" data-signature="s">'
    '<input type="hidden" name="step" value="text"><input type="hidden" name="altcha" value="">'
    '<p role="status" data-working="..."></p><button>send</button></form><script src="/effort.js"></script>'
)


def test_the_puzzle_is_solved_and_the_form_sent_by_itself(page: Page) -> None:
    sent: list[str] = []

    def answer(route: Route) -> None:
        if route.request.url.endswith(".js"):
            route.fulfill(path=SCRIPT, content_type="text/javascript")
        elif route.request.method == "POST":
            sent.append(route.request.post_data or "")
            route.fulfill(body="<h1>done</h1>", content_type="text/html")
        else:
            route.fulfill(body=PAGE, content_type="text/html")

    page.route("**/*", answer)
    page.goto(f"{SITE}/wait")
    page.wait_for_selector("h1", timeout=20_000)
    fields = parse_qs(sent[0])
    solution = json.loads(b64decode(fields["altcha"][0]))
    assert fields["step"] == ["text"] and solution["number"] == NUMBER
    assert set(solution) == {"algorithm", "challenge", "number", "salt", "signature"}
