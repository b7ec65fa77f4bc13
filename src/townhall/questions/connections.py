"""From where a question was asked, sealed with it for some days, should it turn out to be a threat.

It costs the asker's row one more column and no statement. After :data:`KEPT` nothing of it is left, unless a threat
was kept (:mod:`townhall.questions.threats`).
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

from townhall.kernel.secrets import decrypt, encrypt_all

if TYPE_CHECKING:
    from collections.abc import Iterable

    from townhall.questions.asking import Asking
    from townhall.questions.models import Asker

# As long as nginx keeps addresses in its log: the database knows nothing for longer than that.
KEPT = timedelta(days=14)
LONGEST_AGENT = 200


def sealed(askings: Iterable[Asking]) -> list[str]:
    """Address and program of each asking as stored; empty when a clerk typed it or nothing is known."""
    told = [
        json.dumps([asking.address, asking.agent[:LONGEST_AGENT]], ensure_ascii=False)
        if asking.address and not asking.on_behalf
        else ""
        for asking in askings
    ]
    tokens = iter(encrypt_all(one for one in told if one))
    return [next(tokens) if one else "" for one in told]


def opened(asker: Asker | None) -> dict[str, str]:
    """What is still known of where it was asked: ``address`` and ``agent``, empty when nothing is."""
    if asker is None or not asker.connection_sealed:
        return {"address": "", "agent": ""}
    address, agent = json.loads(decrypt(asker.connection_sealed))
    return {"address": address, "agent": agent}
