"""Files on the disk: received in pieces, checked, kept under the name of their contents, never served by it."""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import secrets
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils.translation import gettext as _

from townhall.documents import secrecy
from townhall.documents.choices import CONTENT_TYPES, ENDINGS, MEGABYTE, PURPOSES, Format, Purpose
from townhall.documents.models import Upload
from townhall.documents.recognising import recognise
from townhall.kernel import text as texts
from townhall.kernel.errors import InvalidFields, missing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from django.core.files.uploadedfile import UploadedFile

    from townhall.people.models import Account

LONGEST_NAME = 120
_UNSAFE = re.compile(r"[\x00-\x1f\x7f/\\:*?\"<>|]+")
_LONGEST_STEM = 100

# Rooms above say who of the staff may read what belongs to them; `config` fills the slot.
READERS: list[Callable[[Account, Upload], bool]] = []


@dataclass(frozen=True, slots=True)
class Arrived:
    """A file that passed every check and waits on the disk for its place."""

    path: Path
    digest: str
    name: str
    format: str
    size: int


def folder() -> Path:
    """Where uploads lie, for the owner of the process only."""
    path = Path(settings.DATA_DIR) / "uploads"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return path


def path_of(digest: str) -> Path:
    """Where the contents with this digest lie."""
    return folder() / digest[:2] / digest


def is_intact(digest: str) -> bool:
    """Whether the contents lie on the disk as they were handed in; they are read piece by piece."""
    try:
        with path_of(digest).open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() == digest
    except FileNotFoundError:
        return False


@contextmanager
def arriving(file: UploadedFile[Any] | None, purpose: str, field: str = "file") -> Iterator[Arrived]:
    """Take in a file: stream it to the disk, measure and check it; what is not settled in the block is dropped.

    :param purpose: a code of :data:`PURPOSES`: which kinds, how large
    :param field: the form's field, for the errors
    :raises InvalidFields: naming the field and the remedy
    """
    wanted = PURPOSES[purpose]
    if file is None:
        raise InvalidFields({field: _("请选择文件。")})
    _small_enough(file.size or 0, wanted, field)
    name = safe_name(file.name or "")
    if mark := secrecy.mark_in_name(name):
        raise InvalidFields({field: _refuses_mark(mark)})
    path = folder() / f"arriving-{secrets.token_hex(8)}"
    try:
        digest, size = _receive(file.chunks(), path, wanted, field)
        kind = _kind(path, name, wanted, field)
        if mark := secrecy.mark_in_file(path, kind):
            raise InvalidFields({field: _refuses_mark(mark)})
        yield Arrived(path, digest, name, kind, size)
    finally:
        with suppress(FileNotFoundError):
            path.unlink()


@contextmanager
def alone() -> Iterator[None]:
    """Keep and discard one after the other, so that nobody throws away what somebody just handed in again."""
    handle = os.open(folder() / "lock", os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _refuses_mark(mark: str) -> str:
    words = _("文件带有“%(mark)s”标志。涉密文件不得在本系统上传、处理，请按保密规定另行办理。")
    return words % {"mark": mark}


def _small_enough(size: int, wanted: Purpose, field: str) -> None:
    if size > wanted.most_bytes:
        words = _("文件太大，最大 %(most)s MB。请压缩或拆分后重新上传。")
        raise InvalidFields({field: words % {"most": wanted.most_bytes // MEGABYTE}})


def _receive(chunks: Iterable[bytes], path: Path, wanted: Purpose, field: str) -> tuple[str, int]:
    """Write piece by piece; what grows too large is not read to its end."""
    digest, size = hashlib.sha256(), 0
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(handle, "wb") as out:
        for chunk in chunks:
            size += len(chunk)
            _small_enough(size, wanted, field)
            digest.update(chunk)
            out.write(chunk)
        out.flush()
        os.fsync(out.fileno())
    if not size:
        raise InvalidFields({field: _("文件是空的，请重新选择。")})
    return digest.hexdigest(), size


def _kind(path: Path, name: str, wanted: Purpose, field: str) -> str:
    kind = recognise(path, name)
    if kind is None:
        words = _("文件内容无法识别、已损坏或带有宏。请上传：%(formats)s。")
        raise InvalidFields({field: words % {"formats": formats_of(wanted)}})
    if not name.lower().endswith(ENDINGS[kind]):
        words = _("文件名与内容不符：内容是%(kind)s。请改用正确的扩展名，或选择正确的文件。")
        raise InvalidFields({field: words % {"kind": Format(kind).label}})
    if kind not in wanted.formats:
        words = _("这里不能上传%(kind)s。请上传：%(formats)s。")
        raise InvalidFields({field: words % {"kind": Format(kind).label, "formats": formats_of(wanted)}})
    return kind


def formats_of(wanted: Purpose) -> str:
    """The kinds of files that fit a purpose, as a list for people."""
    return "、".join(str(Format(kind).label) for kind in wanted.formats)


def accepts(purpose: str) -> str:
    """The ``accept`` attribute of a file field for this purpose."""
    return ",".join(ending for kind in PURPOSES[purpose].formats for ending in ENDINGS[kind])


def safe_name(name: str) -> str:
    """A file's name without folders, control characters and excess length; its ending stays."""
    try:
        cleaned = texts.clean(name)
    except ValueError:
        cleaned = ""
    base = _UNSAFE.sub("_", cleaned.replace("\\", "/").rpartition("/")[2]).strip(" .") or "file"
    stem, dot, ending = base.rpartition(".")
    return f"{stem[:_LONGEST_STEM]}{dot}{ending[:10]}" if dot else base[:_LONGEST_STEM]


def settle(arrived: Arrived) -> None:
    """Move a checked file to its place; equal contents that are already there are the same."""
    path = path_of(arrived.digest)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    arrived.path.replace(path)
    handle = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def content_type(upload: Upload) -> str:
    """How a file is served."""
    return CONTENT_TYPES[upload.format]


def for_staff(account: Account, upload_id: int) -> Upload:
    """An upload this person may read: public, their own, or by the word of the room it belongs to.

    :raises Refused: 404 when there is none, or none for them
    """
    upload = Upload.objects.filter(id=upload_id).first()
    if upload is not None:
        own = upload.public or upload.kept_by_id == account.id
        if own or any(may_read(account, upload) for may_read in READERS):
            return upload
    raise missing(_("没有这个文件，或您不能查看。"))
