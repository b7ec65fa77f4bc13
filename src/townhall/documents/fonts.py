"""The free fonts a PDF is set in: found on the machine, named in the PDF, none shipped."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import typst

# Substitutes for 仿宋_GB2312, 方正小标宋, 黑体, 楷体_GB2312, which are not free; the first one found is used.
_SONG = ("Noto Serif CJK SC", "Source Han Serif SC", "FandolSong", "Noto Serif SC")
WANTED: dict[str, tuple[str, ...]] = {
    "body": ("FandolFang R", "FandolFang", "Zhuque Fangsong (technical preview)", *_SONG),
    "title": _SONG,
    "heading": ("Noto Sans CJK SC", "Source Han Sans SC", "FandolHei", "Noto Sans SC", *_SONG),
    "kai": ("LXGW WenKai", "FandolKai", "LXGW WenKai GB", *_SONG),
}
REMEDY = "apt-get install fonts-noto-cjk"


@dataclass(frozen=True, slots=True)
class Chosen:
    """Which family sets which part, and where their files lie."""

    families: tuple[tuple[str, str], ...]
    folders: list[str]

    def as_data(self) -> dict[str, str]:
        """For the layouts."""
        return dict(self.families)

    @property
    def names(self) -> list[str]:
        """Each family once, in the order of use."""
        return list(dict.fromkeys(family for _part, family in self.families))


@lru_cache(maxsize=1)
def chosen() -> Chosen | None:
    """The fonts of this machine; ``None`` when it has no Chinese one. Looked up once."""
    by_family = {font.family: str(Path(font.path).parent) for font in typst.Fonts().fonts() if font.path}
    families = []
    for part, wanted in WANTED.items():
        family = next((name for name in wanted if name in by_family), None)
        if family is None:
            return None
        families.append((part, family))
    return Chosen(tuple(families), sorted({by_family[family] for _part, family in families}))
