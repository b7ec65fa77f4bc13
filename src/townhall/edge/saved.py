"""The hours' pages once more as files, for a web server to read while no process of ours answers.

What stands here is what the edge serves, byte for byte, and it is written again whenever that changes; so a covered
text leaves the files when it leaves the page. Nothing else may stand here: each writer first clears away what is not
its own.
"""

from __future__ import annotations

import os
import re
import shutil
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from townhall.edge.ready import Ready

FOR_ANYBODY, FOLDER_FOR_ANYBODY = 0o644, 0o755
HOME = "home"  # the newest hour's page once more, for whoever asks for "/"
_PATH = re.compile(r"/hours/([A-Za-z0-9_-]{1,64})/\Z")


class SavedPages:
    """The folder; used from one thread.

    :param folder: made when missing; ``hours/SLUG/page.LANG.html`` and the same with ``.gz`` and ``.br``
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, path: str, lang: str, ready: Ready, *, at_home: bool = False) -> None:
        """Write one page; whoever reads meanwhile sees the old one or the new one.

        :param at_home: whether it also answers for ``/``
        :raises OSError: when it cannot be written; the old one is gone then, for it may show what was covered since
        """
        match = _PATH.match(path)
        if match is None:
            return
        slug = match.group(1)
        shapes = {"": ready.plain, ".gz": ready.packed, ".br": ready.dense}
        try:
            for place in (self.folder / "hours" / slug, *([self.folder / HOME] if at_home else [])):
                for ending, shape in shapes.items():
                    _put(place / f"page.{lang}.html{ending}", shape.whole.body)
        except OSError:
            self.drop(slug)
            raise

    def drop(self, slug: str) -> None:
        """Take an hour's pages away; also what stands for ``/``, which may be one of them."""
        for place in (self.folder / "hours" / slug, self.folder / HOME):
            shutil.rmtree(place, ignore_errors=True)

    def only(self, slugs: Iterable[str]) -> None:
        """Take away the pages of every other hour."""
        kept = set(slugs)
        with suppress(FileNotFoundError):
            for place in (self.folder / "hours").iterdir():
                if place.name not in kept:
                    shutil.rmtree(place, ignore_errors=True)
        if not kept:
            shutil.rmtree(self.folder / HOME, ignore_errors=True)


def _put(path: Path, data: bytes) -> None:
    _open_way(path.parent)
    rough = path.with_name(f".{path.name}.new")
    with rough.open("wb") as handle:
        handle.write(data)
        os.fchmod(handle.fileno(), FOR_ANYBODY)
    rough.replace(path)


def _open_way(folder: Path) -> None:
    if not folder.is_dir():
        _open_way(folder.parent)
        folder.mkdir(exist_ok=True)
        folder.chmod(FOLDER_FOR_ANYBODY)


def copy_files(source: Path, target: Path) -> None:
    """Have the files that pages load (styles, scripts) stand beside the pages.

    Their names carry a hash of their contents, so what is there is right; what is no longer in ``source`` goes.

    :param source: the folder with all static files, private
    :param target: becomes the same, for anybody
    """
    wanted = {path.relative_to(source) for path in source.rglob("*") if path.is_file()}
    for name in wanted:
        path = target / name
        if not path.exists() or path.stat().st_size != (source / name).stat().st_size:
            _put(path, (source / name).read_bytes())
    for path in target.rglob("*"):
        if path.is_file() and path.relative_to(target) not in wanted:
            path.unlink()
