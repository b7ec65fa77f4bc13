"""Findings as they are kept with a draft and as they are read: each in the reader's language, not the drafter's."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

from townhall.commitments.inputs import stands_in
from townhall.kernel import clock, workdays
from townhall.questions import answer_check

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from django_stubs_ext import StrPromise

ON_PROMISES: dict[str, StrPromise] = {
    "due_not_working_day": _("承诺日期 %(due)s 不是工作日，请核对。"),
    "due_in_unknown_year": _("%(due)s 所在年份的放假安排尚未公布，请届时核对。"),
    "due_passed": _("承诺日期 %(due)s 已经过去，请改为能办到的日期。"),
    "commitment_not_in_answer": _("承诺事项应当是答复中的原话。"),
}


def on_promises(items: Iterable[Mapping[str, Any]], answer: str) -> list[dict[str, Any]]:
    """Advice on promises: a day nobody works, a day nobody knows yet, words that are not the answer's."""
    found = []
    for item in items:
        works = workdays.is_workday(date.fromisoformat(item["due"]))
        if works is False:
            found.append(_advice("due_not_working_day", item))
        elif works is None:
            found.append(_advice("due_in_unknown_year", item))
        if date.fromisoformat(item["due"]) < clock.today():
            found.append(_advice("due_passed", item))
        if not stands_in(item["text"], answer):
            found.append(_advice("commitment_not_in_answer", item))
    return found


def _advice(code: str, item: Mapping[str, Any]) -> dict[str, Any]:
    finding = {"code": code, "level": "advice", "due": item["due"]}
    return {**finding, "message": _message(finding, "")}


def _message(finding: Mapping[str, Any], answer: str) -> str:
    code = finding["code"]
    if code in ON_PROMISES:
        return str(ON_PROMISES[code]) % {"due": finding.get("due", "")}
    if code in answer_check.MESSAGES:
        words = answer[finding.get("start", 0) : finding.get("end", 0)]
        return str(answer_check.MESSAGES[code]).replace("{words}", words)
    return str(finding.get("message", ""))


def reworded(kept: Iterable[Mapping[str, Any]], answer: str) -> list[dict[str, Any]]:
    """What was found when the draft was saved, told in the language of who reads it now.

    :param answer: the draft, for the words that a finding quotes
    """
    return [{**finding, "message": _message(finding, answer)} for finding in kept]
