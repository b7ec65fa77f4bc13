"""Files that anybody may have."""

from __future__ import annotations

from townhall.documents.models import Upload


def upload(upload_id: int) -> Upload | None:
    """A public file, or ``None``."""
    return Upload.objects.filter(id=upload_id, public=True).first()


def present(upload: Upload) -> dict[str, object]:
    """A file as pages and programs name it."""
    return {
        "id": upload.id,
        "name": upload.name,
        "format": upload.format,
        "size": upload.size,
        "url": f"/files/{upload.id}",
    }
