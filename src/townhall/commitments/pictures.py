"""Pictures drawn anew: whatever a camera wrote beside the picture (place, time, owner) stays behind."""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING, Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from townhall.kernel.errors import InvalidFields

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

FORMATS = ("JPEG", "PNG", "WEBP")
# Enough for a full screen; a camera's own size would make readers on a phone wait.
LONGEST_SIDE = 1600
QUALITY = 82
# A picture that unfolds to more is an attack on memory, not a photograph (the largest phone cameras have 200 MP
# sensors but hand out 12 to 50).
MOST_PIXELS = 60_000_000


def redrawn(file: UploadedFile[Any], field: str) -> SimpleUploadedFile:
    """The same picture as a plain JPEG: upright, no larger than a screen, nothing but pixels.

    :param field: the form's field, for the errors
    :raises InvalidFields: when it is no picture that can be read
    """
    file.seek(0)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(file, formats=FORMATS) as source:
                if source.width * source.height > MOST_PIXELS:
                    raise InvalidFields({field: _("照片太大，请缩小后重新上传。")})
                source.draft("RGB", (LONGEST_SIDE, LONGEST_SIDE))
                upright = ImageOps.exif_transpose(source)
                upright.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
                plain = _on_white(upright)
    except (
        OSError,
        ValueError,
        SyntaxError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
    ) as error:
        raise InvalidFields({field: _("这不是可以打开的照片，请上传 JPEG、PNG 或 WebP。")}) from error
    out = io.BytesIO()
    plain.save(out, "JPEG", quality=QUALITY, optimize=True)
    return SimpleUploadedFile("photo.jpg", out.getvalue(), content_type="image/jpeg")


def _on_white(picture: Image.Image) -> Image.Image:
    """The pixels alone, in a new picture: palettes, transparency and every tag are left."""
    plain = Image.new("RGB", picture.size, "white")
    if picture.mode in {"RGBA", "LA", "PA"} or "transparency" in picture.info:
        with_alpha = picture.convert("RGBA")
        plain.paste(with_alpha, mask=with_alpha.getchannel("A"))
    else:
        plain.paste(picture.convert("RGB"))
    return plain
