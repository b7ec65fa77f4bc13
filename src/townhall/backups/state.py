"""How backups stand, for whoever asks whether all is ready: the last proven one, the copy that runs on, the keys."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings

from townhall.kernel import clock

# Two turns of the copy's own sign of life.
LIVELY = timedelta(seconds=10)
STATUS = "backup-follow.json"


@dataclass(frozen=True, slots=True)
class Proven:
    """A backup whose restoring was tried.

    :param state_at: the moment it leads back to
    :param at: when it was tried
    :param complaints: what was wrong; none: it is good
    """

    state_at: datetime
    at: datetime
    complaints: list[str]


def configured() -> Path | None:
    """The second place, when one is set."""
    place: Path | None = settings.BACKUP_TO
    return place


def proofs(folder: Path) -> list[Proven]:
    """What was tried, the newest trial first."""
    from townhall.backups import location

    found = [_proven(row) for row in location.all_in(folder)]
    return sorted((one for one in found if one), key=lambda one: one.at, reverse=True)


def _proven(row: Any) -> Proven | None:
    told = row.proof()
    try:
        at = datetime.fromisoformat(told["at"])
        state_at = datetime.fromisoformat(told.get("state_at") or row.made_at.isoformat())
        return Proven(state_at, at, [] if told["well"] else list(map(str, told["complaints"])))
    except (KeyError, TypeError, ValueError):
        return None


def foreign_keys(folder: Path) -> list[str]:
    """Names of keys that are not those under which the newest backup was made."""
    from townhall.backups import keys, location

    rows = location.all_in(folder)
    told = rows[0].known().get("fingerprints", {}) if rows else {}
    here = keys.fingerprints()
    return [name for name, digits in told.items() if here.get(name) != digits]


@dataclass(frozen=True, slots=True)
class Following:
    """The copy that runs on.

    :param lively: it gave a sign of life a moment ago
    """

    lively: bool
    trouble: str


def following() -> Following:
    """Whether it runs, and what hinders it."""
    try:
        told = json.loads((Path(settings.DATA_DIR) / STATUS).read_text(encoding="utf-8"))
        at = datetime.fromisoformat(told["at"])
    except (OSError, ValueError, KeyError, TypeError):
        return Following(lively=False, trouble="")
    return Following(lively=clock.now() - at <= LIVELY, trouble=str(told.get("trouble", "")))
