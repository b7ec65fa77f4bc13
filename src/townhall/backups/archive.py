"""What is inside an encrypted file: a tar whose last member says what the others must be, sealed by the installation.

Whoever has the private key can open it without this product: ``age -d -i KEY FILE | tar x``.
"""

from __future__ import annotations

import hashlib
import hmac
import io
import json
import os
import re
import tarfile
from typing import IO, TYPE_CHECKING, Any

from townhall.backups import keys
from townhall.backups.errors import DamagedError
from townhall.backups.vault import BLOCK

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MANIFEST, DATABASE, PAGES, SEAL = "manifest.json", "database", "pages", "seal.json"
UPLOAD = re.compile(r"uploads/([0-9a-f]{2})/(\1[0-9a-f]{62})")


class _Summed:
    """A source of bytes that is summed while it is read."""

    def __init__(self, source: IO[bytes]) -> None:
        self._source = source
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._source.read(size)
        self.digest.update(data)
        return data


class Writer:
    """Puts members into an archive, remembers their sums, and seals them at the end."""

    def __init__(self, sink: IO[bytes]) -> None:
        self._tar = tarfile.open(fileobj=sink, mode="w|", format=tarfile.PAX_FORMAT)  # noqa: SIM115 - finish() ends it
        self._sums: dict[str, str] = {}

    def add(self, name: str, content: bytes) -> None:
        """One member from memory."""
        self._add(name, io.BytesIO(content), len(content))

    def add_file(self, name: str, path: Path) -> None:
        """One member from a file.

        :raises FileNotFoundError: when it has gone meanwhile; nothing was added then
        """
        with path.open("rb") as file:
            self._add(name, file, path.stat().st_size)

    def _add(self, name: str, source: IO[bytes], size: int) -> None:
        member = tarfile.TarInfo(name)
        member.size, member.mode = size, 0o600
        summed = _Summed(source)
        self._tar.addfile(member, summed)
        self._sums[name] = summed.digest.hexdigest()

    def finish(self) -> None:
        """Write the seal; the archive is complete."""
        told = _canonical(self._sums)
        seal = {"members": self._sums, "hmac": keys.seal_of(told)}
        self.add(SEAL, _canonical(seal))
        self._tar.close()


def _canonical(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()


class Reader:
    """Takes members out one after the other, and says at the end whether they are what was sealed."""

    def __init__(self, source: IO[bytes], name: str) -> None:
        self._source, self._name = source, name
        self._sums: dict[str, str] = {}
        self._seal: dict[str, Any] | None = None

    def members(self) -> Iterator[tuple[str, IO[bytes]]]:
        """Each member's name and content, to be read before the next.

        :raises DamagedError: when something is in it that nobody puts there
        """
        try:
            with tarfile.open(fileobj=self._source, mode="r|") as tar:
                for member in tar:
                    content = tar.extractfile(member)
                    if content is None or member.name in self._sums:
                        raise self._damaged(f"{member.name!r} does not belong there")
                    summed = _Summed(content)
                    if member.name == SEAL:
                        self._seal = json.loads(summed.read())
                    else:
                        yield member.name, summed  # type: ignore[misc]  # only read() is asked of it
                        while summed.read(BLOCK):
                            pass
                        self._sums[member.name] = summed.digest.hexdigest()
            while self._source.read(BLOCK):  # to the very end: only there is the last block proven
                pass
        except (tarfile.TarError, ValueError) as error:
            raise self._damaged(str(error)) from error

    def check(self, *, ours: bool) -> None:
        """Compare with the seal.

        :param ours: the keys are those of the installation that made it, so that its seal can be checked too
        :raises DamagedError: naming what differs
        """
        if self._seal is None:
            raise self._damaged("it has no seal")
        told = self._seal.get("members")
        if told != self._sums:
            raise self._damaged("its members are not those that were sealed")
        if ours and not hmac.compare_digest(keys.seal_of(_canonical(told)), str(self._seal.get("hmac"))):
            raise self._damaged("this installation did not seal it")

    def _damaged(self, why: str) -> DamagedError:
        return DamagedError(f"{self._name} is not a whole backup: {why}; use another one")


def copy(source: IO[bytes], path: Path) -> str:
    """Write a member's content to a new file for its owner only; returns its SHA-256."""
    digest = hashlib.sha256()
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as out:
        while block := source.read(BLOCK):
            digest.update(block)
            out.write(block)
    return digest.hexdigest()
