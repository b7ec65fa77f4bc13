"""One page in every shape it is asked for: plain, gzip and Brotli, whole and "not modified", made once."""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass

import brotli

from townhall.edge.replies import Reply, lines
from townhall.kernel.http_headers import Kind, security_headers

CACHE_CONTROL = "public, max-age=1, must-revalidate"
PACK_FROM = 512  # bytes; smaller bodies do not become smaller
GZIP_LEVEL = 6
# `python -m bench packing`: 126 KB of an hour's page pack in 3 ms at 6, in 80 ms at 10 and in 156 ms at 11, which saves
# a tenth of the bytes more; a signature waits for it.
BROTLI_QUALITY = 6

# RFC 9110, 12.5.3: a coding is named and not given the weight 0; one that is not named is not wanted.
_WANTED = {
    coding: re.compile(rb"\b" + coding + rb"\b(?!\s*;\s*q=0(?:\.0*)?(?:\s*,|\s*$))", re.IGNORECASE)
    for coding in (b"br", b"gzip")
}


@dataclass(frozen=True, slots=True)
class Shape:
    """One coding of a page: the answer, the answer to whoever has it already, and the tag that tells which."""

    whole: Reply
    unchanged: Reply
    tag: bytes


@dataclass(frozen=True, slots=True)
class Ready:
    """A page in every shape."""

    plain: Shape
    packed: Shape
    dense: Shape

    def for_asker(self, accepts: bytes) -> Shape:
        """The smallest shape that an Accept-Encoding header allows."""
        if accepts:
            if _WANTED[b"br"].search(accepts):
                return self.dense
            if _WANTED[b"gzip"].search(accepts):
                return self.packed
        return self.plain


def prepare(body: bytes, path: str, lang: str, embed_origins: Sequence[str] = ()) -> Ready:
    """Make every shape of a page.

    :param body: the page, plain
    :param path: where it stands; pages below ``/embed/`` may be framed
    :param lang: ``zh`` or ``en``
    """
    digest = hashlib.blake2s(body, digest_size=12).hexdigest()
    kind: Kind = "embed" if path.startswith("/embed/") else "page"
    common = [
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Language", "en" if lang == "en" else "zh-CN"),
        ("Cache-Control", CACHE_CONTROL),
        ("Vary", "Accept-Encoding, Cookie"),
        *security_headers(kind, embed_origins),
    ]

    def shape(coding: str, data: bytes) -> Shape:
        tag = f'"{digest}-{coding}"' if coding else f'"{digest}"'
        encoding = [("Content-Encoding", coding)] if coding else []
        return Shape(
            Reply(200, lines([*common, *encoding, ("ETag", tag)]), data),
            Reply(304, lines([*common, ("ETag", tag)])),
            tag.encode(),
        )

    plain = shape("", body)
    if len(body) < PACK_FROM:
        return Ready(plain, plain, plain)
    return Ready(
        plain,
        shape("gzip", gzip.compress(body, GZIP_LEVEL, mtime=0)),
        shape("br", brotli.compress(body, mode=brotli.MODE_TEXT, quality=BROTLI_QUALITY)),
    )
