"""Time stamps by somebody else's clock: an RFC 3161 authority signs when a checkpoint was there (RFC 3161, 5816).

The record's times are the district's own. A stamp says, by a clock that is not the district's, that a checkpoint and
with it everything before it existed by then. It is kept beside the very bytes it is about, so that anybody can check
both with ``openssl ts -verify`` and the authority's certificate. An authority that does not answer holds up nothing.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import httpx
from cryptography import x509

from townhall.kernel import clock, outbound
from townhall.record import notes, tiles
from townhall.record.actions import folder

if TYPE_CHECKING:
    from pathlib import Path

STATE, FOLDER = "stamps.json", "stamps"
# An authority is paid or rationed by the stamp: of an evening there is one while it lasts and one soon after.
EVERY = timedelta(hours=1)
SECONDS = 10.0
QUERY, REPLY = "application/timestamp-query", "application/timestamp-reply"


@dataclass(frozen=True, slots=True)
class Authority:
    """Who stamps.

    :param roots: the certificates that its own must lead to
    """

    url: str
    roots: tuple[x509.Certificate, ...]


class NotStamped(Exception):  # noqa: N818 - reads as the sentence it prints
    """The authority cannot be reached, refuses, or answers with what is no stamp of it; the text says which."""


def roots(path: Path) -> tuple[x509.Certificate, ...]:
    """The certificates of a PEM file.

    :raises ValueError: when there is none in it
    """
    return tuple(x509.load_pem_x509_certificates(path.read_bytes()))


def stamp(authority: Authority) -> bool:
    """Have the newest checkpoint stamped, when the record has grown and the last stamp is an hour old.

    :return: whether there was something to do
    :raises NotStamped: with the reason, which is also kept for the doctor
    """
    files, state, now = tiles.Files(folder()), told(), clock.now()
    try:
        data = files.read(tiles.CHECKPOINT)
    except FileNotFoundError:
        return False
    size = notes.parse_checkpoint(notes.parse_note(data)).size
    last = datetime.fromisoformat(state["at"]) if state["at"] else None
    if (folder() / FOLDER / f"{size}.tsr").exists() or (last is not None and last <= now < last + EVERY):
        return False
    try:
        token, stamped_at = _ask(authority, data)
    except NotStamped as trouble:
        files.replace(STATE, json.dumps(state | {"trouble": str(trouble)}).encode())
        raise
    files.write(f"{FOLDER}/{size}", data)
    files.write(f"{FOLDER}/{size}.tsr", token)
    done = {"size": size, "at": now.isoformat(), "stamped_at": stamped_at.isoformat(), "trouble": ""}
    files.replace(STATE, json.dumps(done).encode())
    return True


def told() -> dict[str, Any]:
    """The newest stamp: of how many entries, when it was asked for, which time it says; and what went wrong since."""
    nothing = {"size": 0, "at": "", "stamped_at": "", "trouble": ""}
    try:
        found: dict[str, Any] = json.loads(tiles.Files(folder()).read(STATE))
    except FileNotFoundError:
        return nothing
    return nothing | found


def sizes() -> list[int]:
    """Of how many entries there are stamps, the newest first."""
    place = folder() / FOLDER
    found = (one.name.removesuffix(".tsr") for one in place.glob("*.tsr")) if place.is_dir() else ()
    return sorted((int(name) for name in found if name.isdigit()), reverse=True)


def _ask(authority: Authority, data: bytes) -> tuple[bytes, datetime]:
    """The authority's reply about these bytes, verified, and the time it says."""
    # Loaded here: without an authority nobody needs it.
    import rfc3161_client

    wanted = rfc3161_client.TimestampRequestBuilder(
        data=data, hash_algorithm=rfc3161_client.HashAlgorithm.SHA256
    ).build()
    try:
        with outbound.client(SECONDS) as client:
            answer = client.post(authority.url, content=wanted.as_bytes(), headers={"Content-Type": QUERY})
        answer.raise_for_status()
        reply = rfc3161_client.decode_timestamp_response(answer.content)
        builder = rfc3161_client.VerifierBuilder.from_request(wanted)
        for root in authority.roots:
            builder = builder.add_root_certificate(root)
        builder.build().verify(reply, hashlib.sha256(data).digest())
        return reply.as_bytes(), reply.tst_info.gen_time
    except (httpx.HTTPError, ValueError, rfc3161_client.VerificationError) as trouble:
        raise NotStamped(str(trouble) or type(trouble).__name__) from trouble
