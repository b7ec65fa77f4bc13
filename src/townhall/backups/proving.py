"""Proving a backup: restored beside the data, it must be what was backed up and agree with the data of now."""

from __future__ import annotations

import platform
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from townhall.backups import facts, keys, location, logs, places, postgres, restoring
from townhall.backups.errors import BackupError, in_words
from townhall.kernel import clock

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it.

    :param complaints: what is wrong, each in a few words; none: it is proven
    """

    backup: location.Backup
    told: dict[str, Any]
    complaints: list[str]


def prove(source: Path, identity: Path | None) -> Outcome:
    """Restore the newest state beside the data, compare it, and write down beside the backup what was found.

    With this installation's DATA_KEY its seal is checked too, and what never changes is compared with the data as they
    are now; on a machine that only keeps backups, with what the backup says of itself.

    :raises BackupError: when there is nothing to prove, or no key
    """
    backup = location.find(source)
    identities = keys.identities(identity)
    started = time.monotonic()
    told: dict[str, Any] = {"at": clock.now().isoformat(), "by": platform.node()}
    with places.lease("proof"):
        try:
            complaints = _examine(backup, identities, told)
        except OSError as error:
            complaints = [in_words(error)]
        except BackupError as error:
            complaints = [str(error)]
        told |= {
            "well": not complaints,
            "complaints": complaints,
            "seconds": round(time.monotonic() - started, 1),
        }
        location.write_aside(backup.beside(location.PROOF), told)
    return Outcome(backup, told, complaints)


def _examine(backup: location.Backup, identities: list[Any], told: dict[str, Any]) -> list[str]:
    """Every complaint; what was looked at goes into ``told``."""
    with places.scratch() as folder:
        manifest = restoring.peek(backup, identities)
        restoring.refuse_unfit(manifest, other_keys=True)
        found = restoring.unpack(backup, identities, folder)
        ours = restoring.is_ours(manifest)
        told |= {
            "state_at": found.state_at.isoformat(),
            "pieces": found.pieces,
            "ours": ours and places.has_data(),
        }
        with _standing(found) as alias:
            complaints = restoring.differences(found, alias)
            here = facts.tell(facts.Place(alias, found.uploads, found.log))
            told["facts"] = here
        if ours and places.has_data():
            complaints += [
                f"the data of now: {one}"
                for one in facts.contradictions(here, facts.Place("default", places.uploads(), _log_here()))
            ]
        return complaints


def _log_here() -> Path:
    kept = logs.log()
    return kept.folder() if kept else places.uploads()


@contextmanager
def _standing(found: restoring.Unpacked) -> Iterator[str]:
    """The restored database, for a while, under an alias of Django's."""
    if places.database_file():
        with places.beside(str(found.database)) as alias:
            yield alias
        return
    with postgres.scratch() as name:
        postgres.load(found.database, name)
        with places.beside(name) as alias:
            yield alias
