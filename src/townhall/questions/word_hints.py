"""Words that a moderator should not read past: a hint with its category, never a decision.

General lists of sensitive words flag nine real messages in ten. This one is short on purpose: it names a danger to
somebody, an insult, an advertisement, and nothing that a district's citizens write about every day. It neither blocks
nor sorts; `python -m bench masks` prints how many real messages it points at.
"""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

from django.utils.translation import gettext_lazy as _

Category = Literal["self_harm", "threat", "insult", "advert"]

LABELS = {
    "self_harm": _("可能有人想不开，请先看这一件"),
    "threat": _("可能是威胁"),
    "insult": _("可能有侮辱的话"),
    "advert": _("可能是广告"),
}


class Hint(NamedTuple):
    """One word and where it stands."""

    category: Category
    start: int
    end: int
    text: str


# In the order in which they matter. A phrase is a word as people write it, or a pattern where one word has many forms.
_PHRASES: tuple[tuple[Category, tuple[str, ...]], ...] = (
    (
        "self_harm",
        (
            "不想活", "活不下去", "活不下了", "想自杀", "要自杀", "去自杀", r"(?<!年)轻生", "寻短见", "跳楼自杀",
            "了结自己", "结束生命",
            "结束自己", "遗书", "喝农药", "割腕", "一死了之", "只有去死", "死给",
            "kill myself", "end my life", "suicide",
        ),
    ),
    (
        "threat",
        (
            "同归于尽", "杀了你", "杀你全家", "弄死你", r"砍死(?:你|他|她|全家)", "捅死", "炸了", "炸掉",
            "放火烧", "让你们陪葬", "血债血偿",
            "走着瞧", "要你的命", "报复社会", "kill you", "bomb the",
        ),
    ),
    (
        "insult",
        (
            "傻逼", "傻b", "煞笔", "操你", "草泥马", "他妈的", "去你妈", "王八蛋", "狗官", "狗东西",
            r"(?<!人)畜生(?![存产物（(])",
            "不要脸", "混蛋", "人渣", "脑残", "fuck", "asshole",
        ),
    ),
    (
        "advert",
        (
            r"加(?:我|我的)?(?:微信|薇信|vx|qq)", r"(?:微信|薇信|vx)[:：号]", "代开发票", "代办贷款",
            "无抵押贷款", "日赚", "刷单",
            "兼职招聘", "彩票计划", "棋牌", "包过证书", "低价出售", "扫码领", "点击链接领",
        ),
    ),
)  # fmt: skip
_ANY = re.compile(
    "|".join(f"(?P<{category}>{'|'.join(phrases)})" for category, phrases in _PHRASES), re.IGNORECASE
)
# Written of things and of noise, every day: not of people.
_HARMLESS = re.compile(r"(?:油锅|气球|轮胎|变压器|管子|水管)炸了|炸了锅")


def find(text: str) -> list[Hint]:
    """The words that a moderator should not read past, in order of their place."""
    spared = [match.span() for match in _HARMLESS.finditer(text)]
    return [
        Hint(match.lastgroup, match.start(), match.end(), match.group())  # type: ignore[arg-type] # a category
        for match in _ANY.finditer(text)
        if not any(start <= match.start() < end for start, end in spared)
    ]


def summary(text: str) -> list[dict[str, str]]:
    """For the desk: each category once, the gravest first, with the words that were found."""
    found: dict[str, dict[str, None]] = {category: {} for category, _phrases in _PHRASES}
    for hint in find(text):
        found[hint.category][hint.text] = None
    return [
        {"category": category, "label": str(LABELS[category]), "words": "、".join(words)}
        for category, words in found.items()
        if words
    ]
