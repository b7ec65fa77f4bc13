"""Files in the age format, written and read as a stream: encrypted, complete or not there at all."""

from __future__ import annotations

import os
import threading
from contextlib import contextmanager, suppress
from functools import partial as partial_of
from typing import IO, TYPE_CHECKING, Any

import pyrage

from townhall.backups.errors import DamagedError, WrongKeyError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

PARTIAL = ".partial"
BLOCK = 1 << 20


class _Worker(threading.Thread):
    """Runs one half of a pipe and keeps what went wrong."""

    def __init__(self, work: Callable[[], None]) -> None:
        super().__init__(daemon=True)
        self._work = work
        self.failure: BaseException | None = None

    def run(self) -> None:
        try:
            self._work()
        except BaseException as error:  # noqa: BLE001 - told to whoever waits at the other end
            self.failure = error

    def result(self) -> BaseException | None:
        """Wait for the end; what went wrong, or nothing."""
        self.join()
        return self.failure


class _Watched:
    """A file whose own refusal (no room left) is remembered: the library in between forgets which it was."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.refusal: OSError | None = None

    def write(self, data: bytes) -> int:
        try:
            return self._file.write(data)
        except OSError as error:
            self.refusal = error
            raise

    def flush(self) -> None:
        self._file.flush()


def sync_folder(folder: Path) -> None:
    """Make names that were given in a folder last."""
    handle = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def sealing(path: Path, recipients: Sequence[Any]) -> Iterator[IO[bytes]]:
    """Take bytes for a new encrypted file; it has its name only when it is whole and on the disk.

    :raises OSError: when there is no room, or the name is taken
    """
    partial = path.with_name(f".{path.name}{PARTIAL}")
    handle = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            out = _Watched(file)
            read, write = os.pipe()
            sink = os.fdopen(write, "wb")
            worker = _Worker(partial_of(_encrypt, os.fdopen(read, "rb"), out, recipients))
            worker.start()
            try:
                with suppress(BrokenPipeError):  # the other end has stopped, and knows why
                    yield sink
                    sink.close()
            finally:
                with suppress(BrokenPipeError):
                    sink.close()
                worker.join()
            if worker.failure:
                raise out.refusal or worker.failure
            file.flush()
            os.fsync(file.fileno())
        os.link(partial, path)  # refuses a name that is taken
        sync_folder(path.parent)
    finally:
        partial.unlink(missing_ok=True)


def _encrypt(source: IO[bytes], out: _Watched, recipients: Sequence[Any]) -> None:
    with source:
        pyrage.encrypt_io(source, out, recipients)
        out.flush()


@contextmanager
def opening(path: Path, identities: Sequence[Any]) -> Iterator[IO[bytes]]:
    """Read an encrypted file as a stream. Only what is read to its end was surely written so.

    :raises WrongKeyError: when none of the keys opens it
    :raises DamagedError: when it was cut short or changed, at the latest at the end
    """
    read, write = os.pipe()
    with path.open("rb") as file, os.fdopen(read, "rb") as source:
        sink = os.fdopen(write, "wb")

        def work() -> None:
            with sink:
                pyrage.decrypt_io(file, sink, identities)

        worker = _Worker(work)
        worker.start()
        try:
            yield source
        except Exception as error:
            source.close()
            _judge(path, worker.result(), error)
            raise
        if source.read(1):
            source.close()  # whoever read wanted only the beginning
            worker.join()
        else:
            _judge(path, worker.result(), None)


def _judge(path: Path, failure: BaseException | None, seen: Exception | None) -> None:
    """Say why the decryption ended."""
    if failure is None or isinstance(failure, BrokenPipeError):
        return
    if isinstance(failure, pyrage.DecryptError):
        message = (
            f"{path.name}: none of the keys at hand opens it or it was changed; name another with --identity"
        )
        raise WrongKeyError(message) from seen
    message = f"{path.name} is cut short or was changed since it was written; use another backup"
    raise DamagedError(message) from seen
