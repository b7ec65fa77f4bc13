"""Personal data in a text: found to be pointed out to its writer, masked before anybody else reads it.

Found are mobiles, 18-digit identity numbers (with a right checksum; with a wrong one too where the text says what it
is or its birthday is of the last century), bank cards (Luhn), number plates and e-mail addresses, also written with
separators, seen or not, or in full-width characters. Office land-lines (021-…, eight
digits, 400, 800, 12345) are public and spared. A mask is as long as what it covers, so positions stay true.

Every question passes through ``find``; one expression decides in microseconds that most texts hold nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Literal, NamedTuple

Kind = Literal["mobile", "id_number", "bank_card", "plate", "email", "child_name", "school", "class"]


class Found(NamedTuple):
    """One piece of personal data and where it stands."""

    kind: Kind
    start: int
    end: int
    text: str


class _Group(NamedTuple):
    """Digits written together, in plain form, and their place."""

    digits: str
    start: int
    end: int


_DIGIT = "[0-9０-９]"
_SEPARATOR = "[ \u00a0\u200b-\u200d\u2060\u3000\ufeff\t\\-‐‑–—－−_.．·•]"
_PROVINCE = "京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼"

# A run is digits with at most three separators between them: at least the eleven of a mobile.
_RUN = re.compile(f"{_DIGIT}(?:{_SEPARATOR}{{0,3}}{_DIGIT}){{10,}}(?:{_SEPARATOR}{{0,3}}[XxＸｘ×])?")
_PLATE_SIGN = "[A-HJ-NP-Za-hj-np-z0-9０-９Ａ-Ｚａ-ｚ]"
_PLATE = re.compile(
    f"[{_PROVINCE}]\\s?[A-HJ-NP-Za-hj-np-zＡ-Ｚａ-ｚ][ ·•.．\\-－]?"
    f"(?:{_PLATE_SIGN}{{4,5}}[挂学警港澳领]|{_PLATE_SIGN}{{5,6}})(?![A-Za-z0-9０-９])"
)
_EMAIL = re.compile(
    r"[A-Za-z0-9][A-Za-z0-9._%+\-]{0,63}\s?[@＠]\s?[A-Za-z0-9][A-Za-z0-9\-]*(?:[.．][A-Za-z0-9\-]+)+"
)
_ANYTHING = re.compile(
    f"{_DIGIT}(?:{_SEPARATOR}{{0,3}}{_DIGIT}){{10}}|[@＠]|[{_PROVINCE}]\\s?[A-Za-zＡ-Ｚａ-ｚ].{{0,2}}{_PLATE_SIGN}{{4}}"
)
_TOKEN = re.compile(f"{_DIGIT}+[XxＸｘ×]?|[XxＸｘ×]")
_TO_PLAIN = str.maketrans("０１２３４５６７８９xＸｘ×", "0123456789XXXX")

_MOBILE = re.compile(r"1[3-9]\d{9}")
_MOBILE_PREFIX = re.compile(r"(?:(?:00)?86|0)(?=1[3-9]\d*)")
# How people group the eleven digits. Any other grouping counts too, short of what is plainly something else:
# a land-line of eight digits, an area code, a date.
_MOBILE_GROUPS = frozenset({(3, 4, 4), (3, 3, 5), (3, 8), (7, 4)})
_LONGEST_LOOSE_GROUP = 7
_AREA_CODE = re.compile(r"0\d{2,3}")
_DATE = re.compile(r"(?<!\d)20[0-3]\d\D{1,3}\d{1,2}\D{1,3}\d{1,2}(?!\d)")
_MOBILE_LENGTH, _ID_LENGTH, _CARD_LENGTHS = 11, 18, range(16, 20)
_ID = re.compile(r"[1-9]\d{5}(?:18|19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])\d{3}[\dX]")
_LAST_CENTURY, _REGION_DIGITS = "19", 6
_SAID_TO_BE_ID, _SAID_WITHIN = re.compile(r"身份证|身份號|身份号|证件号|\bID\b|identity", re.IGNORECASE), 16
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ID_CHECKS = "10X98765432"
# Order numbers often begin with a date; one in ten of them would pass the Luhn check by chance.
_BEGINS_WITH_DATE = re.compile(r"20[0-3]\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_LONGEST_CARD_GROUP = 6


def find(text: str) -> list[Found]:
    """Personal data in a text, in order, never overlapping."""
    if _ANYTHING.search(text) is None:
        return []
    found = list(_numbers(text))
    for kind, pattern, accept in _PATTERNS:
        for match in pattern.finditer(text):
            if accept(match.group()) and not any(_overlaps(match, other) for other in found):
                found.append(Found(kind, match.start(), match.end(), match.group()))
    return sorted(found, key=lambda one: one.start)


def mask(text: str) -> str:
    """The text with personal data covered by asterisks, as long as before.

    A mobile keeps its first three and last four digits (138****8000), an identity number six and four, a card
    its last four, a plate province and letter, an e-mail address its first character and its domain.
    """
    found = find(text)
    if not found:
        return text
    parts: list[str] = []
    end = 0
    for one in found:
        parts += (text[end : one.start], cover(one))
        end = one.end
    return "".join([*parts, text[end:]])


def cover(found: Found) -> str:
    """The masked form of one found piece; separators stay."""
    if found.kind == "email":
        local = re.split("[@＠]", found.text)[0].rstrip()
        kept = 1 if len(local) > 1 else 0
        return found.text[:kept] + "*" * (len(local) - kept) + found.text[len(local) :]
    kept_first, kept_last = _KEPT.get(found.kind, (1, 0))
    places = [index for index, char in enumerate(found.text) if char.isalnum() or char == "×"]
    hidden = set(places[kept_first : len(places) - kept_last])
    return "".join("*" if index in hidden else char for index, char in enumerate(found.text))


_KEPT: dict[Kind, tuple[int, int]] = {
    "mobile": (3, 4),
    "id_number": (6, 4),
    "bank_card": (0, 4),
    "plate": (2, 0),
}


def _overlaps(match: re.Match[str], other: Found) -> bool:
    return match.start() < other.end and other.start < match.end()


def _numbers(text: str) -> Iterator[Found]:
    for run in _RUN.finditer(text):
        groups = [
            _Group(token.group().translate(_TO_PLAIN), run.start() + token.start(), run.start() + token.end())
            for token in _TOKEN.finditer(run.group())
        ]
        first = 0
        while first < len(groups):
            taken = _number_at(text, groups, first)
            if taken is None:
                first += 1
                continue
            found, first = taken
            yield found


def _number_at(text: str, groups: list[_Group], first: int) -> tuple[Found, int] | None:
    """The number that begins with this group, the longest kind first, and the group after it."""
    digits = ""
    candidates: list[tuple[Found, int]] = []
    for last in range(first, len(groups)):
        digits += groups[last].digits
        if len(digits) < _MOBILE_LENGTH:
            continue
        if len(digits) > max(_CARD_LENGTHS):
            break
        members = groups[first : last + 1]
        hit = _classify(digits, members, text)
        if hit is not None:
            kind, skipped = hit
            start, end = members[0].start + skipped, members[-1].end
            candidates.append((Found(kind, start, end, text[start:end]), last + 1))
    return max(candidates, key=lambda candidate: candidate[0].end, default=None)


def _classify(digits: str, groups: list[_Group], text: str) -> tuple[Kind, int] | None:
    """What the groups together are, and how many leading digits (a dialling prefix) do not belong to it."""
    if len(digits) == _ID_LENGTH and _is_id_number(digits, text[: groups[0].start]):
        return "id_number", 0
    if len(digits) in _CARD_LENGTHS and _is_card(digits) and _is_regular(groups, text):
        return "bank_card", 0
    prefix = _MOBILE_PREFIX.match(digits)
    skipped = prefix.end() if prefix else 0
    if len(digits) - skipped != _MOBILE_LENGTH or not _MOBILE.fullmatch(digits, skipped):
        return None
    return ("mobile", skipped) if _is_grouped_as_mobile(groups, text, skipped) else None


def _is_grouped_as_mobile(groups: list[_Group], text: str, skipped: int) -> bool:
    lengths = [len(group.digits) for group in groups]
    while skipped:
        cut = min(skipped, lengths[0])
        lengths[0] -= cut
        skipped -= cut
        if not lengths[0]:
            lengths.pop(0)
    if len(lengths) == 1 or tuple(lengths) in _MOBILE_GROUPS:
        return True
    if max(lengths) > _LONGEST_LOOSE_GROUP or any(_AREA_CODE.fullmatch(group.digits) for group in groups[1:]):
        return False
    return _DATE.search(text, groups[0].start, groups[-1].end) is None


def _is_regular(groups: list[_Group], text: str) -> bool:
    """One kind of separator throughout and short groups: one number, not several in a row."""
    if len(groups) == 1:
        return True
    # Cards are written in fours, or 6 + 13; a first group of six may be followed by all the rest.
    between = {text[one.end : other.start] for one, other in pairwise(groups)}
    return len(between) == 1 and all(len(group.digits) <= _LONGEST_CARD_GROUP for group in groups)


def _is_id_number(digits: str, before: str) -> bool:
    if not _ID.fullmatch(digits):
        return False
    # A digit mistyped is a person all the same. Numbers of files begin with a place and a day too, but a recent one.
    if digits.startswith(_LAST_CENTURY, _REGION_DIGITS) or _SAID_TO_BE_ID.search(before[-_SAID_WITHIN:]):
        return True
    total = sum(int(digit) * weight for digit, weight in zip(digits, _ID_WEIGHTS, strict=False))
    return _ID_CHECKS[total % 11] == digits[-1]


def _is_card(digits: str) -> bool:
    if "X" in digits or digits[0] == "0" or _BEGINS_WITH_DATE.match(digits) or len(set(digits)) == 1:
        return False
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (1 + place % 2)
        total += value - 9 if value > 9 else value  # noqa: PLR2004
    return total % 10 == 0


def _is_plate(text: str) -> bool:
    # Plates carry at least two digits; "京ABCDE" is a word, not a plate.
    return sum(char.isdigit() for char in text) >= 2  # noqa: PLR2004


_PATTERNS: tuple[tuple[Kind, re.Pattern[str], Callable[[str], bool]], ...] = (
    ("email", _EMAIL, lambda _text: True),
    ("plate", _PLATE, _is_plate),
)


# --- a child's name, school and class: pointed out to the writer, never masked unasked ---

_SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹彭曾肖萧田董袁潘于蒋蔡余杜"
    "叶程苏魏吕丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付傅方白邹孟熊秦邱江尹薛闫阎段雷侯龙史陶"
    "黎贺顾毛郝龚邵万钱严覃武戴莫孔向汤温康施文牛樊葛邢安齐易乔伍庞颜倪庄聂章鲁岳翟殷詹申欧"
    "耿关兰焦俞左柳甘祝包宁尚符舒阮柯纪梅童凌毕单季裴霍涂成苗谷盛曲翁冉骆蓝路游辛靳管柴蒙鲍华喻祁"
)
_HAN = "[\u4e00-\u9fff]"
_CHILD_WORD = (
    "(?:儿子|女儿|孩子|小孩|小朋友|外孙女?|孙子|孙女|犬子|小女|我儿|娃|宝宝|侄子|侄女|外甥女?|双胞胎|学生)"
)
_NAME_ENDS = r"(?=[，,。；;、！!？?（()）\s\d]|在|今年|现年?|就读|是|读|上[小初高]|于|因|被|$)"
_NAMED = re.compile(
    rf"{_CHILD_WORD}{_HAN}{{0,4}}?(?:名叫|叫做|叫|姓名是|名字[是叫])\s*[：:]?\s*({_HAN}{{2,4}}?){_NAME_ENDS}"
    rf"|{_CHILD_WORD}(?:姓名)?\s*[：:（(]?\s*("
    rf"(?:欧阳|上官|司马|诸葛|夏侯|皇甫|尉迟|公孙|慕容|司徒|令狐|端木|东方|[{_SURNAMES}]){_HAN}{{1,2}}?){_NAME_ENDS}"
    r"|\b[Mm]y (?:\w+ )?(?:son|daughter|child|kid|boy|girl),? ([A-Z][a-z]+(?: [A-Z][a-z]+)?)"
)
# Words that begin like a surname and follow "child" every day.
_NOT_NAMES = frozenset(
    (  # noqa: SIM905 - a list of quoted pairs would hide the words
        "高考 高中 高一 高二 高三 高兴 高烧 安全 安排 安静 安心 安置 安危 方面 方便 方向 "
        "方才 成绩 成长 成才 成人 成为 成年 成家 成天 成日 应该 应当 万一 万分 何时 何处 何去 "
        "何必 何况 常年 时候 时间 于是 于今 平时 曾经 毕业 毕竟 包括 包车 文化 文具 文凭 "
        "温饱 温暖 任何 任意 任教 关系 关于 关心 关爱 向往 向我 向家 路上 路口 路过 游泳 "
        "游玩 游戏 武术 管理 管教 连续 经常 经过 金额 金钱 白天 马上 全部 明年 单独 单亲 "
        "单位 左右 左手 左眼 左脚 左腿 陆续 尚未 尚小 尚在 康复 申请 申诉 申报 季节 石头 "
        "许多 谢谢 余下 付出 付费 付钱 付款 顾虑 严重 严格 牛奶 莫名 祝贺 舒服 童年 童真 "
        "曲折 辛苦 辛勤 夏天 江边 龙凤 黄疸 孙子 孙女 耿耿 王等"
    ).split()
)
_GRADE = "(?:[一二三四五六七八九初高小中大]|[1-9]|初[一二三]|高[一二三]|小[一二三四五六]|学前)"
_NUMERAL = "[一二三四五六七八九十]"
_CLASS = re.compile(
    rf"(?:{_GRADE}年级|初[一二三]|高[一二三]|小[一二三四五六])\s*"
    rf"[（(]?\s*(?:[0-9０-９]{{1,4}}|{_NUMERAL}{{1,2}})\s*[）)]?\s*班"
    rf"|{_GRADE}\s*[（(]\s*(?:[0-9０-９]{{1,2}}|{_NUMERAL}{{1,2}})\s*[）)]\s*班|[小中大][一二三四五六1-9]班"
    r"|(?:[Gg]rade|[Yy]ear) \d{1,2}(?:,? [Cc]lass \w{1,3})?|[Cc]lass \d{1,2}\w?"
)
_CLASS_SAID = re.compile("班|年级|[Gg]rade|[Yy]ear|[Cc]lass")
# A child said to be at a school, and its year there, without the number of the class.
_CHILD_AT_SCHOOL = re.compile(
    rf"{_CHILD_WORD}[^。！？!?\n]{{0,20}}?(?<![上读从在的和校到就至及个，,])"
    rf"(?:小学|中学|完小|附小)({_GRADE}年级)(?!招|新生|报名|入学|的?学生)"
    rf"|{_CHILD_WORD}[^。！？!?\n]{{0,20}}?幼儿园([小中大]班)"
)
_SCHOOL = re.compile(
    rf"{_HAN}{{2,14}}?(?:小学|中学|幼儿园|幼稚园|附小|附中|实验学校|外国语学校|中心学校|完小|{_NUMERAL}{{1,2}}中)"
    r"(?:部|分校|校区|分园)?"
    r"|(?:[A-Z][\w']+ ){1,4}(?:(?:Primary|Middle|High|Elementary|Secondary) School|Kindergarten)"
)
_BEFORE_SCHOOL = re.compile(r".*(?:就读于?|就学于|[在到读于去从](?!海|饶|杭|虞))")
_ABOUT_A_CHILD = re.compile(_CHILD_WORD + r"|[Mm]y (?:\w+ )?(?:son|daughter|child|kid|boy|girl)")
_BARE_NAME, _NEAR, _SHORTEST_SCHOOL = 2, 40, 4


def child_hints(text: str) -> list[Found]:
    """A child's name and class, and the school beside them: together they lead strangers to the child.

    A school alone is a place like any other, and so is a class nobody's child is said to be in. These are
    hints for the writer, drawn from word patterns; nothing is masked because of them.
    """
    if _ABOUT_A_CHILD.search(text) is None:
        return []
    names = [hit for match in _NAMED.finditer(text) if (hit := _child_name(match)) is not None]
    near = [*names, *_classes(text)]
    schools = [_school(match) for match in _SCHOOL.finditer(text)] if near else []
    beside = [school for school in schools if _is_near(school, near)]
    return sorted([*near, *beside], key=lambda one: (one.start, one.end))


def _child_name(match: re.Match[str]) -> Found | None:
    group = match.lastindex or 1
    name = match.group(group)
    if group == _BARE_NAME and name[:2] in _NOT_NAMES:
        return None
    return Found("child_name", match.start(group), match.end(group), name)


def _classes(text: str) -> Iterator[Found]:
    if _CLASS_SAID.search(text) is None:  # the patterns below cost a storm a tenth of its time
        return
    taken = [Found("class", match.start(), match.end(), match.group()) for match in _CLASS.finditer(text)]
    yield from taken
    for match in _CHILD_AT_SCHOOL.finditer(text):
        start, end = match.span(match.lastindex or 1)
        if all(end <= one.start or one.end <= start for one in taken):
            yield Found("class", start, end, text[start:end])


def _school(match: re.Match[str]) -> Found:
    """The school without the words before its name ("我女儿在…"), as far as they can be told."""
    lead = _BEFORE_SCHOOL.match(match.group(), 0, len(match.group()) - _SHORTEST_SCHOOL)
    start = match.start() + (lead.end() if lead else 0)
    return Found("school", start, match.end(), match.group()[start - match.start() :])


def _is_near(school: Found, others: list[Found]) -> bool:
    return any(school.start - _NEAR < other.end and other.start < school.end + _NEAR for other in others)
