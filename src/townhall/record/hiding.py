"""How a leaf commits to a text without holding it: the text can go, the leaf stays true."""

from __future__ import annotations

import hashlib


def commitment_to(text: str, salt: bytes) -> str:
    """The salted hash that stands in a leaf for a text, in hex digits."""
    return hashlib.sha256(salt + text.encode("utf-8", "surrogatepass")).hexdigest()
