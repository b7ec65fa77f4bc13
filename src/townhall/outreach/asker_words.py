"""What askers are told, in both languages: one table from templates to words and to what a provider must file.

Whoever asked in English reads English, save where a provider sends by filed templates: it knows the Chinese text only.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from django.utils import translation
from django.utils.formats import date_format

from townhall.outreach.choices import Purpose

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class Words:
    """One message.

    :param purpose: under which its text is filed with a provider
    :param needed: the places that a filed text cannot do without
    """

    purpose: Purpose
    chinese: str
    english: str
    needed: frozenset[str]


def _words(purpose: Purpose, needed: str, chinese: str, english: str) -> Words:
    return Words(purpose, chinese, english, frozenset(needed.split()))


# What any of them may be filled with.
PLACES = frozenset({"issue", "number", "into", "due", "url"})
ALL: dict[str, Words] = {
    "backlog": _words(
        Purpose.BACKLOG, "number due",
        "您好！您在第 {issue} 期区长网上办公的第 {number} 号提问已转会后办理，{due}前答复，可凭查询码查看进展。",
        "Your question no. {number} of the mayor's office hour no. {issue} will be answered after the hour, by {due}. "
        "Your code shows where it is.",
    ),
    "extended": _words(
        Purpose.EXTENDED, "number due",
        "您好！您的第 {number} 号提问情况复杂，经区领导批准延期到 {due}前答复，理由在网页上公布。",
        "Your question no. {number} needs longer. A leader of the district approved an answer by {due}; the reason is "
        "public.",
    ),
    "late": _words(
        Purpose.LATE, "number due url",
        "您好！您的第 {number} 号提问过了规定期限（{due}）还没有答复，区府办和督查室都已知道。进展请凭查询码查看：{url}",
        "Your question no. {number} has no answer yet, though its limit ({due}) has passed. The coordinator's and the "
        "inspector's offices know. Your code shows where it is: {url}",
    ),
    "declined": _words(
        Purpose.DECLINED, "number url",
        "您好！您的第 {number} 号提问有了处理结果：未能受理。原因、办法和申请复核，请凭查询码查看：{url}",
        "Your question no. {number} could not be accepted. Your code shows why, what you can do, and how to ask for a "
        "second look: {url}",
    ),
    "merged": _words(
        Purpose.MERGED, "number into url",
        "您好！您的第 {number} 号提问与第 {into} 号说的是同一件事，已并入一起办理。进展和答复请凭查询码查看：{url}",
        "Your question no. {number} is about the same as no. {into} and goes on together with it. Your code shows where "
        "it is and the answer: {url}",
    ),
    "reopened": _words(
        Purpose.REOPENED, "number url",
        "您好！您的第 {number} 号提问已重新受理，接着办理。进展请凭查询码查看：{url}",
        "Your question no. {number} was taken up again. Your code shows where it is: {url}",
    ),
    "upheld": _words(
        Purpose.UPHELD, "number url",
        "您好！您申请复核的第 {number} 号提问，已由另一位同事再看一次，处理结果不变。详情请凭查询码查看：{url}",
        "You asked for a second look at question no. {number}. Somebody else has looked; the decision stands. Your code "
        "shows the details: {url}",
    ),
    "answered": _words(
        Purpose.ANSWERED, "url",
        "您好！您的第 {number} 号提问已答复，请看答复并评价：{url}",
        "Your question no. {number} has been answered. Please read the answer and say whether it helped: {url}",
    ),
    "promise_extended": _words(
        Purpose.PUT_OFF, "due url",
        "您好！您的第 {number} 号提问中承诺的事项，经区领导批准延期到 {due}，理由公开在 {url}",
        "What was promised to your question no. {number} is put off to {due}, as a leader of the district approved. The "
        "reason is public: {url}",
    ),
    "promise_late": _words(
        Purpose.OVERDUE, "due url",
        "您好！您的第 {number} 号提问中承诺的事项，过了期限（{due}）还没有报告办好，督查室会继续催办，进展公开在 {url}",
        "What was promised to your question no. {number} is not reported done, though its day ({due}) has passed. The "
        "inspector's office keeps pressing; progress is public: {url}",
    ),
    "promise_reworked": _words(
        Purpose.REWORKED, "url",
        "您好！您的第 {number} 号提问中承诺的事项，督查室核查后认为还没有办好，已退回重办，进展公开在 {url}",
        "What was promised to your question no. {number} was checked by the inspector's office, is not done yet, and was "
        "given back. Progress is public: {url}",
    ),
    "promise_reopened": _words(
        Purpose.RESUMED, "url",
        "您好！您的第 {number} 号提问中承诺的事项，办结后发现还没有办好，已重新办理，进展公开在 {url}",
        "What was promised to your question no. {number} turned out not to be done after it was closed, and is worked on "
        "again. Progress is public: {url}",
    ),
    "dispute_upheld": _words(
        Purpose.AGREED, "url",
        "您好！第 {number} 号提问中承诺的事项，提问人反映没有办好，督查室重新核查属实，已退回重办，进展公开在 {url}",
        "The inspector's office looked again at what was promised to question no. {number}, since its asker said that it "
        "is not done. That is so; it was given back. Progress is public: {url}",
    ),
    "dispute_closed": _words(
        Purpose.RECHECKED, "url",
        "您好！第 {number} 号提问中承诺的事项，提问人反映没有办好，督查室重新核查后认为已经办好。您看办得怎样，请评价：{url}",
        "The inspector's office looked again at what was promised to question no. {number}, since its asker said that it "
        "is not done, and found it done. What do you say? {url}",
    ),
    "promise_ended": _words(
        Purpose.ENDED, "url",
        "您好！您的第 {number} 号提问中承诺的事项，由区长签发终止办理，理由公开在 {url}",
        "What was promised to your question no. {number} was ended without fulfilment, signed by the mayor. The reason "
        "is public: {url}",
    ),
    "closed": _words(
        Purpose.CLOSED, "url",
        "您好！您的第 {number} 号提问中承诺的事项已办结，办得怎样请您评价：{url}",
        "What was promised to your question no. {number} is done. Please say how well: {url}",
    ),
}  # fmt: skip


_SUBJECT = {"zh": "您的第 {number} 号提问有新消息", "en": "News of your question no. {number}"}
_STOP = {"zh": "不想再用邮件收到，点这里：{stop}", "en": "To have no more such mails: {stop}"}


def letter(template: str, parameters: Mapping[str, str]) -> tuple[str, str]:
    """The same words as a mail: its subject and its body, with the link that stops such mails."""
    lang = parameters.get("lang", "zh")
    end = _STOP[lang].format(stop=parameters["stop"])
    return _SUBJECT[lang].format(number=parameters["number"]), f"{text(template, parameters)}\n\n-- \n{end}"


def filled(parameters: Mapping[str, str], lang: str) -> dict[str, str]:
    """What the places are filled with in a language: ``zh`` or ``en``; a day is kept as a date until then."""
    found = {place: value for place, value in parameters.items() if place in PLACES}
    if found.get("due"):
        day = date.fromisoformat(found["due"])
        with translation.override("en"):
            found["due"] = date_format(day, "j F") if lang == "en" else f"{day.month}月{day.day}日"
    return found


def text(template: str, parameters: Mapping[str, str]) -> str:
    """The words of a message, in the language in which its reader asked."""
    words, lang = ALL[template], parameters.get("lang", "zh")
    return (words.english if lang == "en" else words.chinese).format_map(filled(parameters, lang))
