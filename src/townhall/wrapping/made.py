"""What a finished paper is."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Made:
    """A finished paper, to be handed over."""

    content: bytes
    content_type: str
    name: str
