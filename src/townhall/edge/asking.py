"""One batch of questions through the same checks and the same action as every other way of asking."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from django.db import close_old_connections
from django.utils import translation
from django.utils.translation import gettext as _

from townhall.edge.intake import failed
from townhall.edge.wiring import Answer, Question
from townhall.hours import published
from townhall.kernel.errors import InvalidFields, Refused, missing
from townhall.kernel.problems import as_problem
from townhall.questions import asking, citizen_actions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from townhall.hours.models import OfficeHour
    from townhall.questions.asking import Asking

logger = logging.getLogger("townhall.edge")
CREATED = 201


def ask(questions: Sequence[Question]) -> list[Answer]:
    """Check and store a batch; each question gets its own answer, in order and in its asker's language.

    Languages are stored one after the other, because the action words its refusals in the active one.
    """
    close_old_connections()
    answers: dict[int, Answer] = {}
    hours: dict[tuple[str, str], OfficeHour | None] = {}
    for place in {(question.slug, question.key) for question in questions}:
        hours[place] = published.find(*place)
    for lang in sorted({question.lang for question in questions}):
        with translation.override("en" if lang == "en" else "zh-hans"):
            checked: list[tuple[int, Asking]] = []
            for index, question in enumerate(questions):
                if question.lang != lang:
                    continue
                parsed = _check(hours[question.slug, question.key], question)
                if isinstance(parsed, Answer):
                    answers[index] = parsed
                else:
                    checked.append((index, parsed))
            answers |= _store(checked)
    return [answers[index] for index in range(len(questions))]


def _check(hour: OfficeHour | None, question: Question) -> Asking | Answer:
    if hour is None:
        return _refused(missing(_("没有这一期网上办公。")))
    try:
        parsed = asking.parse(hour, question.payload)
    except InvalidFields as error:
        return _refused(error)
    except Exception as error:
        # One question that breaks a check must not take those along that arrived with it.
        logger.exception("a question could not be checked")
        return failed(error)
    parsed.address, parsed.agent = question.address, question.agent
    return parsed


def _store(checked: list[tuple[int, Asking]]) -> dict[int, Answer]:
    try:
        results = citizen_actions.ask_batch([one for _index, one in checked]) if checked else []
    except Exception as error:
        # Whether the disk has them is not known: each asker is told to try again, and its key finds it.
        logger.exception("a batch of %d questions could not be stored", len(checked))
        return {index: failed(error) for index, _asking in checked}
    return {index: _answer(result) for (index, _asking), result in zip(checked, results, strict=True)}


def _answer(result: citizen_actions.Result) -> Answer:
    if isinstance(result, citizen_actions.Asked):
        return Answer(CREATED, {name: getattr(result, name) for name in citizen_actions.Asked.__slots__})
    return _refused(result)


def _refused(error: Refused | InvalidFields) -> Answer:
    document = as_problem(error)
    return Answer(document["status"], document, getattr(error, "retry_after", None))
