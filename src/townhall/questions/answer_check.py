"""The answer check (答复自查): what is held back before submit and sign, and what is only pointed out.

Held back is an answer in which, once courtesy and empty talk are taken away, no fact, measure or date is left, and
a bare brush-off ("not our business, ask elsewhere"). A person may change the text or override with a reason. All
else is advice. There is no score: length is never a merit, and 收悉, 感谢 or 高度重视 are never a reason in
themselves, they simply do not count as content.

How it decides (``substance_of``): signatures, greetings, thanks and echoes of the question go first; then the clauses
that pass the matter on to somebody else; then the words of empty talk. If two characters of meaning remain, the
answer says something. A named unit that has taken the matter over ("已转市公安局办理") is a measure; "已转有关部门"
names nobody and is none.

Measure it: ``python -m townhall.questions.answer_check REPLIES.jsonl.gz LABELS.csv``.
"""

from __future__ import annotations

import csv
import gzip
import json
import re
import sys
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from townhall.kernel import masks
from townhall.questions import answer_check_words as words

if TYPE_CHECKING:
    from django_stubs_ext import StrPromise

Level = Literal["held", "advice"]
Substance = Literal["some", "empty", "brushoff"]

MESSAGES: dict[str, StrPromise] = {
    "no_substance": _("除客套话外，没有事实、措施或者日期。请写明查到了什么、怎么办、何时办。"),
    "brush_off": _("只说不归本单位或者请找别处。请先由我们转送，写明由谁办理、联系方式和日期。"),
    "vague_time": _("“{words}”没有日期。请写明期限，或者说明何时能定。"),
    "no_unit": _("没有写明由哪个单位负责。"),
    "no_question_fact": _("没有提到提问中的地点、数字或者事项，看起来答非所问。"),
    "personal_data": _("含有个人信息，公开前请核对。"),
}


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark on an answer.

    ``held`` keeps the answer back until it is changed or overridden with a reason; ``advice`` only points.
    ``start`` and ``end`` are places in the answer as written.
    """

    code: str
    level: Level
    message: StrPromise | str
    start: int
    end: int


def check(
    answer: str,
    question_text: str,
    title: str = "",
    units: Sequence[str] = (),
    *,
    refused_template: bool = False,
) -> list[Finding]:
    """What is to be said about an answer before it is submitted or signed, in order of place, held first.

    Args:
        answer: the text as drafted.
        question_text: what was asked; with ``title`` it tells whether the answer speaks of the same thing.
        title: of the question.
        units: names of units the district knows, besides those that are recognised as such.
        refused_template: the text is one of our own decline texts: only what would hold it back is reported.
    """
    held = _held(answer)
    if refused_template:
        return held
    advice = [
        *islice(_vague(answer), _MOST_REMARKS),
        *_without_unit(answer, units),
        *_beside_the_point(answer, f"{title}\n{question_text}"),
        *_personal(answer),
    ]
    return held + sorted(advice, key=lambda finding: (finding.start, finding.end))


def is_held(findings: Sequence[Finding]) -> bool:
    """Whether any finding keeps the answer back."""
    return any(finding.level == "held" for finding in findings)


def _finding(code: str, level: Level, start: int, end: int, **fields: str) -> Finding:
    message = MESSAGES[code]
    return Finding(code, level, format_lazy(message, **fields) if fields else message, start, end)


# --- what holds back ---

_BLANK = re.compile(r"[^\S\n]+")
_HAN = "\u3005-\u3007\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U000323af"
_AROUND_HAN = re.compile(rf"[^\S\n]+(?=[{_HAN}。,!?;:\"'《》()])|(?<=[{_HAN}。,!?;:\"'《》()])[^\S\n]+")
_INVISIBLE = re.compile(r"\[[\u4e00-\u9fff]{1,4}\]|[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
# Half-width forms of Chinese punctuation that compatibility normalisation leaves alone; and the traditional
# characters of the words of courtesy, so that an answer is judged alike in both scripts.
_SAME = str.maketrans(
    "“”‘’「」『』﹁﹂｡、；～·"
    "轉關於謝實調處辦單門複覆與對這請們題應見議給進將時間後會說經國區縣長務電話聯繫詢業範圍職責屬歸該樣閱監導強極積認訴幫謹為現較並從過還網協發來問盡諮顧參貴護決視儘邊級權濟億萬達訊錄號",
    '""\'\'""""""。,;~.'
    "转关于谢实调处办单门复复与对这请们题应见议给进将时间后会说经国区县长务电话联系询业范围职责属归该样阅监导强极积认诉帮谨为现较并从过还网协发来问尽咨顾参贵护决视尽边级权济亿万达讯录号",
)
_SENTENCE_OF_PREPARED = re.compile(
    r"(?:\"[^\"\n]{0,90}\"|《[^》\n]{0,90}》|[^。!?;\n\"]|\"(?![^\"\n]{0,90}\"))+[。!?;]*"
)
_TAIL, _LONGEST_SENTENCE = 80, 400
_CLAUSE_END = re.compile(r"[,。!?;:\n()\[\]【】]|\.(?!\d)")
_MEANING = re.compile(rf"[{_HAN}0-9]|[^\W\d_]")
_LATIN_WORD = re.compile(r"[A-Za-z]+(?:'[a-z]+)?")
# Letters of other scripts: the check cannot read them and therefore does not judge them.
_OTHER_SCRIPT = re.compile(
    r"[\u0400-\u05ff\u0600-\u06ff\u0f00-\u0fff\u1800-\u18af\u3040-\u30ff\uac00-\ud7a3]"
)
_ENGLISH_WORD = re.compile(rf"(?<![{_HAN}0-9A-Za-z])[A-Za-z]+(?:'[a-z]+)?(?![{_HAN}0-9])")
_NO = re.compile("[不没无未否]")  # "no" is an answer in one character
_ENOUGH, _ENOUGH_ENGLISH = 2, 2


def _held(answer: str) -> list[Finding]:
    substance = substance_of(answer)
    if substance == "some":
        return []
    return [_finding("brush_off" if substance == "brushoff" else "no_substance", "held", 0, len(answer))]


def substance_of(answer: str) -> Substance:
    """Whether an answer says anything: ``some`` fact, measure or date, only ``empty`` talk, or a ``brushoff``."""
    text = prepare(answer)
    if len(_OTHER_SCRIPT.findall(text)) > len(text) / 4:
        return "some"
    if not re.search(rf"[{_HAN}]|[A-Za-z]{{2}}", text):
        return "empty"  # digits and signs alone answer nothing
    passed_on = False
    reasons: list[str] = []
    for sentence in sentences(text):
        refers, rest, because = without_referrals(without_courtesy(sentence))
        if _says_something(rest):
            return "some"
        passed_on = passed_on or refers
        reasons += because
    if not passed_on and _says_something("\n".join(reasons)):
        return "some"
    return "brushoff" if passed_on else "empty"


def prepare(answer: str) -> str:
    """The text in one form: half-width signs, no invisible characters, no blanks between Han characters."""
    text = _INVISIBLE.sub("", unicodedata.normalize("NFKC", answer)).translate(_SAME).strip()
    text = words.SIGNATURE_LINE.sub("", text)
    text, end = text[:-_TAIL], text[-_TAIL:]
    end = words.CLOSING_DATE.sub("", words.SIGNATURE.sub("", words.CLOSING_DATE.sub("", end)))
    return _BLANK.sub(" ", _AROUND_HAN.sub("", text + end)).strip()


def sentences(prepared: str) -> Iterator[str]:
    """The sentences of a prepared text; quoted titles stay whole, endless ones are cut."""
    for match in _SENTENCE_OF_PREPARED.finditer(prepared):
        for start in range(0, len(match.group()), _LONGEST_SENTENCE):
            yield match.group()[start : start + _LONGEST_SENTENCE]


def without_courtesy(text: str) -> str:
    """Without greetings, thanks, wishes, lone dates, and the question echoed ("您反映的……问题收悉")."""
    text = words.GREETING.sub("", words.LONE_DATE.sub("", words.GREETING.sub("", text)))
    for pattern in words.COURTESY:
        text = pattern.sub(" ", text)
    return words.SIGNATURE.sub("", words.LONE_DATE.sub("", text).strip(" 。.!?;,\n"))


def without_referrals(text: str) -> tuple[bool, str, list[str]]:
    """Take out the clauses that send the asker elsewhere and tell nothing else.

    Returns:
        whether there were any, the rest, and the clauses that only give a reason ("as this concerns …"), which
        say something unless somebody else is to be asked because of them.
    """
    text, english = words.ENGLISH_BRUSH_OFF.subn("", text)
    rest: list[str] = []
    reasons: list[str] = []
    passed_on = english > 0
    for clause in _CLAUSE_END.split(text):
        leftover = _without_referral(clause)
        if leftover is not None:
            passed_on = True
            rest.append(leftover)
        elif words.REASON_CLAUSE.search(clause.strip()):
            reasons.append(clause)
        else:
            rest.append(clause)
    if passed_on:
        rest = [words.ELSEWHERE.sub("", clause) for clause in rest]
    return passed_on, "\n".join(rest), reasons


def _without_referral(clause: str) -> str | None:
    """What is left of a clause that sends the asker elsewhere; ``None`` when it does not."""
    if words.NOT_OURS.search(clause):
        return ""
    if words.REFERRAL.search(clause) is None or words.CONTACT.search(clause):
        return None
    return words.REFERRAL.sub(" ", clause)


def _says_something(text: str) -> bool:
    latin = [word for word in _LATIN_WORD.findall(text) if len(word) > 1]
    if len([word for word in latin if word.lower() not in words.ENGLISH_EMPTY]) >= _ENOUGH_ENGLISH:
        return True
    if words.TIME_LIMIT.search(text) or words.RESULT.search(text):
        return True
    # English words were judged; letters beside Han characters or digits are names ("A3区") and stay.
    han = words.EMPTY_TALK.sub(" ", _ENGLISH_WORD.sub(" ", text).replace("12345", " "))
    return any(len(_MEANING.findall(part)) + len(_NO.findall(part)) >= _ENOUGH for part in han.split("\n"))


# --- what is pointed out ---

_SENTENCE = re.compile(r"[^。！？!?；;\n]+")
_GOVERNMENT_MAIL = re.compile(r"\.gov(?:\.cn)?$", re.IGNORECASE)
_NUMBER = re.compile(r"\d{2,}")
_HAN_RUN = re.compile(rf"[{_HAN}]{{2,}}")
_MIN_HAN, _SHARED_PAIRS, _MOST_REMARKS = 6, 2, 20


def _vague(answer: str) -> Iterator[Finding]:
    for sentence in _SENTENCE.finditer(answer):
        if words.TIME_LIMIT.search(unicodedata.normalize("NFKC", sentence.group())):
            continue
        for match in words.VAGUE_TIME.finditer(sentence.group()):
            start = sentence.start() + match.start()
            yield _finding("vague_time", "advice", start, start + len(match.group()), words=match.group())


def _without_unit(answer: str, units: Sequence[str]) -> Iterator[Finding]:
    if not any(unit and unit in answer for unit in units) and words.UNIT.search(answer) is None:
        yield _finding("no_unit", "advice", 0, len(answer))


def _beside_the_point(answer: str, question: str) -> Iterator[Finding]:
    asked, said = _content(question), _content(answer)
    if not asked.pairs or not said.pairs or asked.is_han != said.is_han:
        return  # nothing to compare, or two languages
    shared = asked.pairs & said.pairs
    if len(shared) < _SHARED_PAIRS and not asked.names & said.names:
        yield _finding("no_question_fact", "advice", 0, len(answer))


def _personal(answer: str) -> Iterator[Finding]:
    for found in masks.find(answer):
        if found.kind != "email" or not _GOVERNMENT_MAIL.search(found.text):
            yield _finding("personal_data", "advice", found.start, found.end)


@dataclass(frozen=True, slots=True)
class _Content:
    is_han: bool
    pairs: frozenset[str]
    names: frozenset[str]


def _content(text: str) -> _Content:
    """What a text is about: pairs of Han characters outside empty talk or English words, and its numbers."""
    plain = words.EMPTY_PHRASES.sub(" ", without_greeting(unicodedata.normalize("NFKC", text)))
    pairs_of_han = (
        run[index : index + 2] for run in _HAN_RUN.findall(plain) for index in range(len(run) - 1)
    )
    han = {pair for pair in pairs_of_han if not words.JOINTS.intersection(pair)}
    latin = {word.lower() for word in _LATIN_WORD.findall(plain) if len(word) > 2}  # noqa: PLR2004
    english = latin - words.ENGLISH_EMPTY
    is_han = len(han) >= _MIN_HAN or not english
    pairs = han if is_han else english
    return _Content(is_han, frozenset(pairs), frozenset(_NUMBER.findall(plain)) | frozenset(english))


def without_greeting(text: str) -> str:
    """Without dates that only sign or head a text: they are not shared facts."""
    return words.CLOSING_DATE.sub("", words.GREETING.sub("", text))


# --- the measurement ---


def measure(replies: Path, labels: Path, show: Callable[[str], object]) -> tuple[int, int, int, int]:
    """Print how labelled replies are judged.

    Args:
        replies: JSON lines, gzip, with ``id`` and ``reply``.
        labels: CSV with ``id`` and ``label`` (empty, brushoff, good).
        show: takes each line of the table.

    Returns:
        held and all of the empty ones, held and all of the good ones.
    """
    with labels.open(encoding="utf-8", newline="") as lines:
        label_of = {row["id"]: row["label"] for row in csv.DictReader(lines)}
    table: Counter[tuple[str, str]] = Counter()
    with gzip.open(replies, "rt", encoding="utf-8") as stream:
        for row in map(json.loads, stream):
            label = label_of.get(str(row["id"]))
            if label is not None:
                table[label, substance_of(row["reply"])] += 1
    judged: tuple[Substance, ...] = ("empty", "brushoff", "some")
    show(f"{'label':<10}{'held: empty':>14}{'held: brushoff':>16}{'not held':>10}")
    for label in ("empty", "brushoff", "good"):
        counts = [table[label, substance] for substance in judged]
        show(f"{label:<10}{counts[0]:>14}{counts[1]:>16}{counts[2]:>10}")
    empty_held = table["empty", "empty"] + table["empty", "brushoff"]
    good_held = table["good", "empty"] + table["good", "brushoff"]
    return empty_held, empty_held + table["empty", "some"], good_held, good_held + table["good", "some"]


def main(arguments: Sequence[str]) -> int:
    """The command of the measurement."""
    if len(arguments) != 2:  # noqa: PLR2004
        sys.stderr.write("usage: python -m townhall.questions.answer_check REPLIES.jsonl.gz LABELS.csv\n")
        return 2
    empty_held, empty, good_held, good = measure(Path(arguments[0]), Path(arguments[1]), _print_line)
    _print_line(f"empty held: {empty_held}/{empty}; good held: {good_held}/{good}")
    return 0


def _print_line(line: str) -> None:
    sys.stdout.write(line + "\n")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
