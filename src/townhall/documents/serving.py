"""How files leave: always as a download, under the name they came with, as what their content is."""

from __future__ import annotations

from typing import IO, TYPE_CHECKING

from django.http import FileResponse, HttpResponse
from django.utils.http import content_disposition_header
from django.utils.translation import gettext as _

from townhall.documents import uploads
from townhall.kernel.errors import missing

if TYPE_CHECKING:
    from django.http.response import HttpResponseBase

    from townhall.documents.models import Upload

# A file is never a page of this site, whatever it contains.
_HEADERS = {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "default-src 'none'; sandbox"}


def kept(upload: Upload) -> HttpResponseBase:
    """A stored file as a download, streamed from the disk.

    :raises Refused: 404 when it is no longer on the disk
    """
    try:
        handle = uploads.path_of(upload.digest).open("rb")
    except FileNotFoundError as error:
        raise missing(_("没有这个文件，或您不能查看。")) from error
    return made_file(handle, upload.name, uploads.content_type(upload))


def made(data: bytes, name: str, content_type: str) -> HttpResponse:
    """A file that was just made, as a download."""
    disposition = str(content_disposition_header(as_attachment=True, filename=name))
    return HttpResponse(
        data, content_type=content_type, headers={"Content-Disposition": disposition, **_HEADERS}
    )


def made_file(file: IO[bytes], name: str, content_type: str) -> FileResponse:
    """A file that was just made and is too large for memory, as a download; closed once it is sent."""
    response = FileResponse(file, as_attachment=True, filename=name, content_type=content_type)
    for header, value in _HEADERS.items():
        response.headers[header] = value
    return response
