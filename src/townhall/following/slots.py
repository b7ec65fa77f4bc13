"""What this room needs of the room that sends; `config` fills the slots."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from townhall.questions.models import Asker

# Queue a message: (channel, sealed address, template, parameters, key that never sends twice).
SEND: list[Callable[[str, str, str, Mapping[str, Any], str], None]] = []
# Delete this room's messages to an address: (channel, keyed hash of the address).
FORGET: list[Callable[[str, str], None]] = []
# Let nothing leave of what this room queued for an address: (channel, keyed hash of the address).
HUSH: list[Callable[[str, str], None]] = []
# Tell an asker: (who, template, parameters, key that never sends twice).
TELL: list[Callable[[Asker, str, Mapping[str, str], str], None]] = []
