"""Asking the witnesses: each published checkpoint is shown to them, and what they sign is published with it.

A witness that does not answer holds up nothing; one that finds another past is an alarm.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import httpx

from townhall.kernel import outbound
from townhall.record import merkle, notes, tiles, witnessing
from townhall.record.actions import folder

if TYPE_CHECKING:
    from collections.abc import Sequence

logger = logging.getLogger("townhall.record")
COSIGNED, STATE = "cosigned", "witnesses.json"
SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Colleague:
    """A witness as the record knows it.

    :param url: its submission prefix
    """

    url: str
    key: notes.Verifier


class Alarm(Exception):  # noqa: N818 - reads as the sentence it prints
    """A witness has seen another past, or more of it, than the record has."""


def gather(colleagues: Sequence[Colleague]) -> bool:
    """Have the newest checkpoint cosigned, once; returns whether there was something to do."""
    files = tiles.Files(folder())
    try:
        data = files.read(tiles.CHECKPOINT)
    except FileNotFoundError:
        return False
    note = notes.parse_note(data)
    state = told()
    if not colleagues or all(
        state.get(one.url, {}).get("size") == notes.parse_checkpoint(note).size for one in colleagues
    ):
        return False
    lines = []
    for one in colleagues:
        said = state.get(one.url, {"size": 0, "trouble": "", "alarm": False})
        try:
            lines.append(cosignature(one, files, note))
            said = {"size": notes.parse_checkpoint(note).size, "trouble": "", "alarm": False}
        except (Alarm, httpx.HTTPError, notes.NoteBroken) as trouble:
            words = str(trouble) or type(trouble).__name__
            if words != said["trouble"]:
                logger.warning("%s: %s", one.url, words)
            said = {"size": said["size"], "trouble": words, "alarm": isinstance(trouble, Alarm)}
        state[one.url] = said
    files.replace(COSIGNED, data + "".join(lines).encode())
    files.replace(STATE, json.dumps(state).encode())
    return True


def told() -> dict[str, dict[str, Any]]:
    """What each witness last said: up to which size it agrees, and what is wrong."""
    try:
        found: dict[str, dict[str, Any]] = json.loads(tiles.Files(folder()).read(STATE))
    except FileNotFoundError:
        return {}
    return found


def cosignature(one: Colleague, files: tiles.Files, note: notes.Note) -> str:
    """A witness's signature line.

    :raises Alarm: when it has seen another past
    :raises httpx.HTTPError: when it cannot be reached or does not want to
    :raises NoteBroken: when what it answers is no signature of its own
    """
    new = notes.parse_checkpoint(note)
    old = int(told().get(one.url, {}).get("size", 0))
    answer = _post(one, files, note, min(old, new.size))
    if answer.status_code == witnessing.CONFLICT:
        old = notes.number(answer.text.strip())
        if old > new.size:
            message = f"it has seen {old} entries, the record has {new.size}: entries are gone"
            raise Alarm(message)
        answer = _post(one, files, note, old)
    if answer.status_code == witnessing.INCONSISTENT:
        message = f"the first {old} entries are not those it has seen: the record was rewritten"
        raise Alarm(message)
    answer.raise_for_status()
    if not notes.parse_note(bytes(note) + answer.content).signed_by([one.key]):
        message = "the witness answers with another key"
        raise notes.NobodyKnown(message)
    return "".join(f"{line}\n" for line in answer.text.split("\n") if line.startswith(f"— {one.key.name} "))


def _post(one: Colleague, files: tiles.Files, note: notes.Note, old: int) -> httpx.Response:
    size = notes.parse_checkpoint(note).size
    proof = merkle.consistency_proof(files.node(size), old, size)
    body = witnessing.ask(old, proof, bytes(note))
    with outbound.client(SECONDS) as client:
        return client.post(f"{one.url}/add-checkpoint", content=body)
