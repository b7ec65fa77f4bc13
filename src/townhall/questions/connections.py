"""From where a question was asked, sealed with it for some days, should it turn out to be a threat.

It costs the asker's row one more column and no statement. After :data:`KEPT` nothing of it is left, unless a threat
was kept (:mod:`townhall.questions.threats`).
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

from townhall.kernel.secrets import decrypt, encrypt

if TYPE_CHECKING:
    from townhall.questions.asking import Asking
    from townhall.questions.models import Asker

# As long as nginx keeps addresses in its log: the database knows nothing for longer than that.
KEPT = timedelta(days=14)
LONGEST_AGENT = 200


def sealed(asking: Asking) -> str:
    """Address and program of an asking as they are stored; empty when a clerk typed it or nothing is known."""
    if not asking.address or asking.on_behalf:
        return ""
    return encrypt(json.dumps([asking.address, asking.agent[:LONGEST_AGENT]], ensure_ascii=False))


def opened(asker: Asker | None) -> dict[str, str]:
    """What is still known of where it was asked: ``address`` and ``agent``, empty when nothing is."""
    if asker is None or not asker.connection_sealed:
        return {"address": "", "agent": ""}
    address, agent = json.loads(decrypt(asker.connection_sealed))
    return {"address": address, "agent": agent}
