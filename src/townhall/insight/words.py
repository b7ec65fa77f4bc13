"""Chinese text into words, once, for everything that compares texts."""

from __future__ import annotations

import logging
import re
import unicodedata
from functools import lru_cache

import jieba

jieba.setLogLevel(logging.WARNING)
_WORD = re.compile(r"[\w㐀-鿿豈-﫿]{2,}")
# Words that nearly every message to a government has: they tell nothing apart.
STOP_WORDS = frozenset({
    "您好", "你好", "领导", "请问", "谢谢", "希望", "我们", "政府", "有关", "部门", "相关", "问题", "反映",
    "解决", "区长", "市长", "尊敬", "什么", "怎么", "可以", "这个", "因为", "所以", "但是", "没有", "不是",
    "现在", "一个", "就是", "还是", "还有", "为什么", "是否", "能否", "如何",
})  # fmt: skip


@lru_cache(maxsize=20_000)
def words_of(text: str) -> tuple[str, ...]:
    """The telling words of a text, lower case, in order."""
    words = (found.lower() for found in jieba.cut(text))
    return tuple(word for word in words if _WORD.fullmatch(word) and word not in STOP_WORDS)


# Longer runs without a break are no words (an address, a run of laughter); what is searched for is cut the same way.
LONGEST_WORD = 20
_LETTERS = str.maketrans("0123456789abcdef", "abcdefghijklmnop")
_ANY_WORD = re.compile(r"\w+")


def sought_words(text: str) -> list[str]:
    """The words under which a text is found, or which a search is for: long words also by the words inside them.

    Full-width letters are plain ones and capitals small ones, so that it does not matter how somebody types.
    """
    plain = unicodedata.normalize("NFKC", text).casefold()
    words = (word[:LONGEST_WORD] for word in jieba.cut_for_search(plain) if _ANY_WORD.fullmatch(word))
    return list(dict.fromkeys(words))


def spell(word: str) -> str:
    """A word in the letters a to p: neither SQLite's tokenizer nor PostgreSQL's parser can cut it otherwise."""
    return "w" + word.encode().hex().translate(_LETTERS)


def spell_mark(name: str, value: str) -> str:
    """A mark by which lists are narrowed, spelt likewise; no word is spelt like any mark."""
    return "x" + f"{name}:{value}".encode().hex().translate(_LETTERS)
