"""What people typed: cleaned without loss, counted as people count, and a title cut from it.

Cleaning is deliberately small. Only what cannot be meant is removed: control characters, and the
bidirectional controls with which a line can be made to read differently from what it says. Code points are
otherwise kept as they came (no normalisation), so Uyghur, Tibetan, Mongolian and rare Han characters come
back exactly as typed.
"""

from __future__ import annotations

import re
import unicodedata

# U+061C, U+200E/F, U+202A-E and U+2066-9 steer direction; the joiners U+200C/D are spelling and stay. U+FFFE and
# U+FFFF are no characters, and a feed with one of them is no XML.
_UNWANTED = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufffe\uffff]")
# What takes a place and shows nothing: fillers and the selectors of a variant. With spaces and format characters
# (zero-width ones among them) they leave an empty text, however many there are.
_BLANK = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
_BLANK_CATEGORIES = frozenset({"Cc", "Cf", "Zl", "Zp", "Zs"})
_LINE_END = re.compile("\r\n?")
_SURROGATE = re.compile("[\ud800-\udfff]")

# All but the blocks in which every code point is a character of its own (ASCII, punctuation, kana, Han):
# only these can belong to the character before them, and only they are looked at one by one.
_MAY_CONTINUE = re.compile(
    "(?<=\r)\n|[^\x00-\u02ff\u2010-\u2027\u2030-\u205e\u3000-\u3029\u3030-\u3098\u309b-\ua66e\uf900-\ufaff"
    "\uff01-\uff9d\U0001f1e6-\U0001f1ff\U00020000-\U000323af]"
)
_FLAGS = re.compile("[\U0001f1e6-\U0001f1ff]+")
_ZERO_WIDTH_JOINER = "\u200d"
_REGIONAL = ("\U0001f1e6", "\U0001f1ff")
_SKIN_TONES = ("\U0001f3fb", "\U0001f3ff")
_TAGS = ("\U000e0020", "\U000e007f")
_ATTACHED = frozenset({"Mn", "Me", "Mc"})
_SPACING_THAI_LAO_AM = frozenset("\u0e33\u0eb3")
# Marks (Mc) that the Unicode rules nevertheless count as characters of their own.
_OWN_MARKS = frozenset("\u102b\u102c\u1038\u1062\u1063\u1064\u1067\u1068\u1069\u106a\u106b\u106c\u106d\u1083")
_HALFWIDTH_VOICING = frozenset("\uff9e\uff9f")

_SENTENCE_END = re.compile(
    r"[。！？!?；;\n]+|…{2,}|(?<=\w)(?<!\bMr)(?<!\bMrs)(?<!\bMs)(?<!\bDr)(?<!\bNo)\.(?=\s|$)"
)
_HELLO = r"(?:[您你]们?好|大家好|[早中晚]上?好|[上中下]午好|hello|hi|dear\s+\w+(?:\s+\w+)?)"
_PERSON = (
    r"(?:(?:尊敬|敬爱|亲爱)的[^，,。！!？?：:\s]{0,16}|[^，,。！!？?：:\s]{0,6}"
    r"(?:领导|区长|市长|县长|镇长|厅长|书记|局长|处长|主任|主持人|同志)们?)"
)
# Whom it is addressed to and a good day; what follows it is the matter itself.
_GREETING = re.compile(
    rf"^(?:{_PERSON}\s*(?:{_HELLO}|好)?|{_HELLO})\s*(?:[，,、：:！!~～]\s*(?:{_HELLO}\s*)?)*"
    r"(?=[，,：:！!\s]|$|(?<=[，,：:！!]))[，,：:！!\s]*",
    re.IGNORECASE,
)
_ELLIPSIS = "…"
# One character that people see may be several code points: a Tibetan syllable, a family of emoji. Columns hold so many.
CODE_POINTS = 8
MOST_SOUGHT = 100
# What fits every database's largest whole number.
MOST_DIGITS = 18


def clean(text: str) -> str:
    """The text as it is stored: unwanted controls removed, line ends as line feeds, blank ends stripped.

    A text in which nothing can be seen is empty.

    Raises:
        ValueError: for lone surrogates, which no encoding can store.
    """
    if _SURROGATE.search(text):
        message = "the text contains half a character (a lone surrogate)"
        raise ValueError(message)
    cleaned = _LINE_END.sub("\n", _UNWANTED.sub("", text)).strip()
    return cleaned if any(_is_seen(char) for char in cleaned) else ""


def _is_seen(char: str) -> bool:
    return unicodedata.category(char) not in _BLANK_CATEGORIES and not _BLANK.match(char)


def printable(text: str) -> str:
    """One line for a log: what would begin another line, steer a terminal or turn its direction is written out."""
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode("ascii") for one in text)


def count_characters(text: str) -> int:
    """How many characters a person sees: letters with their marks, emoji sequences and flags count once.

    Extended grapheme clusters of Unicode, simplified to what the standard library knows.
    """
    joined = sum(_continues(text, special.start()) for special in _MAY_CONTINUE.finditer(text))
    # Two regional letters make a flag: counted by runs, since asking each letter for its place takes a run squared.
    return len(text) - joined - sum(len(run.group()) // 2 for run in _FLAGS.finditer(text))


def sought(words: str) -> str:
    """Words to search for, as far as any database takes them: no controls, no half characters, not endless."""
    return _UNWANTED.sub("", _SURROGATE.sub("", words))[:MOST_SOUGHT].strip()


def whole_number(typed: object) -> int | None:
    """A whole number of plain digits that a column can hold; ``None`` for anything else that was typed."""
    digits = str(typed).strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= MOST_DIGITS else None


def exceeds(text: str, most: int) -> bool:
    """Whether a text is longer than ``most`` characters as people count, or than a column for as many holds."""
    return len(text) > most and (len(text) > most * CODE_POINTS or count_characters(text) > most)


def first_sentence(text: str, limit: int = 80) -> str:
    """A title from the text: its first sentence without the greeting, at most ``limit`` characters.

    Args:
        text: cleaned text.
        limit: as people count; a longer sentence ends in an ellipsis, which counts.
    """
    fallback = ""
    start = 0
    while start < len(text):
        end_match = _SENTENCE_END.search(text, start)
        stop = end_match.start() if end_match else len(text)
        mark = end_match.group()[0] if end_match and end_match.group()[0] in "？?" else ""
        sentence = " ".join(text[start:stop].split())
        matter = _GREETING.sub("", sentence)
        if matter:
            return _shorten(matter + mark, limit)
        fallback = fallback or sentence
        start = end_match.end() if end_match else len(text)
    return _shorten(fallback, limit)


def _shorten(text: str, limit: int) -> str:
    if not exceeds(text, limit):
        return text
    seen = end = 0
    for index in range(min(len(text), limit * CODE_POINTS)):
        if not _continues(text, index):
            seen += 1
            end = index
            if seen == limit:
                break
    return (text[:end] or text[: limit * CODE_POINTS - 1]).rstrip() + _ELLIPSIS


def _continues(text: str, index: int) -> bool:
    """Whether the code point at ``index`` belongs to the character before it."""
    if index == 0:
        return False
    char, before = text[index], text[index - 1]
    if before in "\r\n" or char in "\r\n":
        return before == "\r" and char == "\n"
    if before < " ":
        return False
    if _is_attached(char):
        return True
    if before == _ZERO_WIDTH_JOINER:
        return _is_pictograph(char) and _joins_pictograph(text, index - 1)
    if _REGIONAL[0] <= char <= _REGIONAL[1]:
        return _regionals_before(text, index) % 2 == 1
    return _hangul_joins(before, char)


def _is_attached(char: str) -> bool:
    if char in "\u200c\u200d" or _SKIN_TONES[0] <= char <= _SKIN_TONES[1] or _TAGS[0] <= char <= _TAGS[1]:
        return True
    if char in _SPACING_THAI_LAO_AM or char in _HALFWIDTH_VOICING:
        return True
    return unicodedata.category(char) in _ATTACHED and char not in _OWN_MARKS


def _is_pictograph(char: str) -> bool:
    return (
        char in "\u00a9\u00ae\u203c\u2049"
        or "\u2122" <= char <= "\u3299"
        or "\U0001f000" <= char <= "\U0001faff"
    )


def _joins_pictograph(text: str, joiner: int) -> bool:
    index = joiner - 1
    while index > 0 and text[index] != _ZERO_WIDTH_JOINER and _is_attached(text[index]):
        index -= 1
    return index >= 0 and _is_pictograph(text[index])


def _regionals_before(text: str, index: int) -> int:
    start = index
    while start > 0 and _REGIONAL[0] <= text[start - 1] <= _REGIONAL[1]:
        start -= 1
    return index - start


def _hangul_joins(before: str, char: str) -> bool:
    """Hangul written in parts: leading consonant + vowel + final consonant."""
    if "\u1160" <= char <= "\u11a7":
        return "\u1100" <= before <= "\u11a7" or _is_open_syllable(before)
    if "\u11a8" <= char <= "\u11ff":
        return "\u1160" <= before <= "\u11ff" or "\uac00" <= before <= "\ud7a3"
    if "\u1100" <= char <= "\u115f" or "\uac00" <= char <= "\ud7a3":
        return "\u1100" <= before <= "\u115f"
    return False


def _is_open_syllable(char: str) -> bool:
    return "\uac00" <= char <= "\ud7a3" and (ord(char) - 0xAC00) % 28 == 0
