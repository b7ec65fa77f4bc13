"""What citizens keep to verify with: the page and the script, each one file that needs nothing else."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from html import escape
from pathlib import Path

from townhall.record import published

_HERE = Path(__file__).parent


@cache
def _page() -> str:
    return (_HERE / "data" / "verify.html").read_text(encoding="utf-8")


def verifier_page() -> bytes:
    """The page, with the record's keys in it."""
    keys = escape(" ".join(key.vkey for key in published.vkeys()), quote=True)
    return _page().replace('<meta name="vkeys" content="">', f'<meta name="vkeys" content="{keys}">').encode()


@cache
def page_policy() -> str:
    """The Content-Security-Policy under which exactly this page runs, and no other script."""
    script, style = (
        base64.b64encode(hashlib.sha256(found.encode()).digest()).decode()
        for tag in ("script", "style")
        for found in re.findall(f"<{tag}>(.*?)</{tag}>", _page(), re.DOTALL)
    )
    return (
        f"default-src 'none'; script-src 'sha256-{script}'; style-src 'sha256-{style}'; connect-src 'self'; "
        "form-action 'none'; base-uri 'none'; frame-ancestors 'none'"
    )


@cache
def script() -> bytes:
    """The Python script."""
    return (_HERE / "standalone.py").read_bytes()
