"""A person's name as others may read it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from townhall.kernel import masks

if TYPE_CHECKING:
    from collections.abc import Iterable

_TWO_CHARACTERS = frozenset(
    "欧阳 上官 司马 诸葛 夏侯 皇甫 尉迟 公孙 慕容 司徒 令狐 端木 东方 独孤 南宫 轩辕".split()  # noqa: SIM905 - one thought
)
_MOST_STARS = 2


def mask_name(name: str) -> str:
    """``张三丰`` is ``张**``, ``欧阳娜`` is ``欧阳*``; how long a longer name is stays hidden."""
    kept = 2 if name[:2] in _TWO_CHARACTERS and len(name) > len("欧阳") else 1
    return name[:kept] + "*" * min(max(len(name) - kept, 1), _MOST_STARS)


def mask_text(text: str, names: Iterable[str]) -> str:
    """A text in which these people's names, and every number that leads to a person, are covered."""
    for name in sorted(set(names), key=len, reverse=True):
        if len(name) > 1:
            text = text.replace(name, mask_name(name))
    return masks.mask(text)
