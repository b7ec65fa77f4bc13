"""A file on its way in: straight to the disk, and no further than the largest that anything here takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import SkipFile, TemporaryFileUploadHandler
from django.utils.translation import gettext as _

from townhall.documents.choices import MEGABYTE, MOST_BYTES
from townhall.kernel.errors import InvalidFields

if TYPE_CHECKING:
    from django.http import HttpRequest

_TOO_LARGE = "townhall.too_large"


class Measured(TemporaryFileUploadHandler):
    """Django's handler onto the disk, which lets go of a file that grows too large and remembers its field."""

    def new_file(self, *args: object, **kwargs: object) -> None:
        """Start to count."""
        super().new_file(*args, **kwargs)  # type: ignore[arg-type]
        self._so_far = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        """Keep one piece; past the limit the rest is read over."""
        self._so_far += len(raw_data)
        if self._so_far > MOST_BYTES:
            if self.request is not None:
                self.request.META.setdefault(_TOO_LARGE, []).append(self.field_name)
            self.file.close()
            raise SkipFile
        return super().receive_data_chunk(raw_data, start)


def received(request: HttpRequest, field: str = "file") -> UploadedFile[Any] | None:
    """The file of this field, or ``None`` when none was chosen.

    :raises InvalidFields: when it was too large to be taken in
    """
    found = request.FILES.get(field)
    if field in request.META.get(_TOO_LARGE, ()):
        words = _("文件太大，最大 %(most)s MB。请压缩或拆分后重新上传。")
        raise InvalidFields({field: words % {"most": MOST_BYTES // MEGABYTE}})
    return found if isinstance(found, UploadedFile) else None
