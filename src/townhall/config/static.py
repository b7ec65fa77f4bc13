"""Where static files come from: hashed names after ``collectstatic``, plain ones before it (tests)."""

from __future__ import annotations

from typing import Any

import brotli
from django.conf import settings
from whitenoise.compress import Compressor
from whitenoise.storage import CompressedManifestStaticFilesStorage

BROTLI_QUALITY = 7  # the library's own 11 makes every start two seconds longer, for a tenth of the bytes


class QuickCompressor(Compressor):
    """Brotli at a quality that does not hold up a start."""

    @staticmethod
    def compress_brotli(data: bytes) -> bytes:
        """The file packed."""
        packed: bytes = brotli.compress(data, quality=BROTLI_QUALITY)
        return packed


class Storage(CompressedManifestStaticFilesStorage):
    """Names with a content hash, so that caches keep them for ever; strict, so a missing file is seen."""

    def create_compressor(self, **options: Any) -> Compressor:
        """What packs the files."""
        return QuickCompressor(**options)

    def stored_name(self, name: str) -> str:
        """The hashed name, or the plain one as long as nothing has been collected."""
        if not (settings.STATIC_ROOT / self.manifest_name).exists():
            return name
        return str(super().stored_name(name))

    def url(self, name: str | None, force: bool = False) -> str:  # noqa: FBT001, FBT002 - Django's signature
        """The address of a static file, hashed once collected."""
        if not (settings.STATIC_ROOT / self.manifest_name).exists():
            return f"{settings.STATIC_URL}{name}"
        return str(super().url(name, force))
