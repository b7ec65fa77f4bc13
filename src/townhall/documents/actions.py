"""Keeping, publishing and throwing away uploads; adopting the office's own templates."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any

from django.db.models import ProtectedError, Q
from django.utils.translation import gettext as _

from townhall.documents import templates, uploads
from townhall.documents.models import OwnTemplate, Upload
from townhall.journal.models import DISTRICT_LINE
from townhall.journal.write import record
from townhall.kernel import clock
from townhall.kernel.errors import FORBIDDEN, InvalidFields, Refused, missing
from townhall.kernel.unit_of_work import after_commit, unit_of_work
from townhall.people.models import Office

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

    from townhall.people.models import Account


def keep_upload(
    file: UploadedFile[Any] | None, purpose: str, actor_id: int | None, *, field: str = "file",
    line: int = DISTRICT_LINE, public: bool = False,
) -> Upload:  # fmt: skip
    """Check a file and keep it.

    Opens a unit of work of its own: call it before the action that refers to the upload.

    :param purpose: a code of ``documents.choices.PURPOSES``
    :param field: the form's field, for the errors
    :param line: the office hour's id, or 0
    :param public: whether anybody may have it
    :raises InvalidFields: naming the field and the remedy
    """
    with uploads.arriving(file, purpose, field) as found, uploads.alone(), unit_of_work():
        uploads.settle(found)
        upload = Upload.objects.create(
            digest=found.digest, name=found.name, format=found.format, size=found.size,
            purpose=purpose, line=line, public=public, kept_by_id=actor_id, kept_at=clock.now(),
        )  # fmt: skip
        record(
            line, "document.kept", actor=actor_id, subject="upload", subject_id=upload.id,
            purpose=purpose, format=found.format, size=found.size,
        )  # fmt: skip
    return upload


def publish_upload(upload: Upload, actor_id: int | None) -> None:
    """Let anybody have a file, in the unit of work that makes public what names it."""
    upload.public = True
    upload.save(update_fields=["public"])
    record(
        upload.line, "document.published", actor=actor_id, subject="upload", subject_id=upload.id, shown=True
    )


def discard_upload(upload: Upload, actor_id: int | None) -> None:
    """Throw a file away; its contents leave the disk with the last row that holds them."""
    with uploads.alone():
        with unit_of_work():
            digest, gone = upload.digest, upload.id
            upload.delete()
            record(DISTRICT_LINE, "document.discarded", actor=actor_id, subject="upload", subject_id=gone)
        if not Upload.objects.filter(digest=digest).exists():
            uploads.path_of(digest).unlink(missing_ok=True)


def forget_line(line: int) -> None:
    """A rehearsal is thrown away: its files go once that is done, except what another room still holds."""

    def forget() -> None:
        for upload in Upload.objects.filter(line=line):
            with suppress(ProtectedError):
                discard_upload(upload, None)

    after_commit(forget)


def may_change_templates(account: Account) -> bool:
    """Whether this person looks after the office's templates: a coordinator by office."""
    offices = Office.objects.filter(Q(until=None) | Q(until__gt=clock.now()), account=account)
    return offices.filter(role=Office.Role.COORDINATOR).exists()


def adopt_template(
    account: Account, name: str, file: UploadedFile[Any] | None, *, field: str = "file"
) -> OwnTemplate:
    """Take the office's own template into use, after looking at everything that stands in it.

    :raises Refused: 403 for others than a coordinator, 404 for no such template
    :raises InvalidFields: naming the placeholder or the part that may not stand there
    """
    _needs_coordinator(account, name)
    if file is None:
        raise InvalidFields({field: _("请选择文件。")})
    with uploads.arriving(file, "template", field) as found:
        templates.check(name, found.path.read_bytes(), field)
    file.seek(0)
    upload = keep_upload(file, "template", account.id, field=field)
    with unit_of_work():
        now = clock.now()
        OwnTemplate.objects.filter(name=name, retired_at=None).update(retired_at=now)
        row = OwnTemplate.objects.create(name=name, upload=upload, adopted_by=account, adopted_at=now)
        record(
            DISTRICT_LINE, "template.adopted", actor=account.id, subject="template", subject_id=row.id,
            template=name,
        )  # fmt: skip
    return row


def retire_template(account: Account, name: str) -> None:
    """Go back to the shipped template; the office's own is kept.

    :raises Refused: 403 for others than a coordinator, 404 when there is none
    """
    _needs_coordinator(account, name)
    with unit_of_work():
        row = templates.own(name)
        if row is None:
            raise missing(_("现在用的就是系统自带的模板。"))
        row.retired_at = clock.now()
        row.save(update_fields=["retired_at"])
        record(
            DISTRICT_LINE, "template.retired", actor=account.id, subject="template", subject_id=row.id,
            template=name,
        )  # fmt: skip


def _needs_coordinator(account: Account, name: str) -> None:
    if name not in templates.TEMPLATES:
        raise missing(_("没有这个模板。"))
    if not may_change_templates(account):
        raise Refused(FORBIDDEN, "office", _("文档模板由区府办维护。"))
