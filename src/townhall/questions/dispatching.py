"""Several questions sent at once: each by the ordinary ``assign`` with its guards, and a report of what stayed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from townhall.kernel.errors import InvalidFields, Refused
from townhall.questions import actions

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from townhall.hours.seats import Actor

# An evening's pre-questions fit; more ticks than that are a mistake or an attack.
MOST_AT_ONCE = 500


@dataclass(frozen=True, slots=True)
class Stayed:
    """A question that did not go, and why."""

    id: int
    number: int
    reason: str


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a bulk dispatch.

    :param sent: the numbers of those that went
    """

    sent: list[int] = field(default_factory=list)
    stayed: list[Stayed] = field(default_factory=list)


def dispatch(actor: Actor, questions: Sequence[tuple[int, int]], data: Mapping[str, Any]) -> Report:
    """Send several questions to one group and unit with one due date; one that is refused holds up no other.

    :param questions: id and number of each
    :param data: the fields of ``assign``: ``lead``, ``unit``, ``assisting``, ``due``, ``note``
    :raises InvalidFields: nothing is chosen, or every single one fails for the same fields
    """
    if not questions:
        raise InvalidFields({"questions": _("请先勾选要分发的提问。")})
    if len(questions) > MOST_AT_ONCE:
        raise InvalidFields({"questions": _("一次最多分发 %(most)s 个提问。") % {"most": MOST_AT_ONCE}})
    report = Report()
    wrong: list[InvalidFields] = []
    for question_id, number in questions:
        try:
            actions.perform(actor, "assign", question_id, data)
        except Refused as refused:
            report.stayed.append(Stayed(question_id, number, str(refused.message)))
        except InvalidFields as invalid:
            wrong.append(invalid)
            words = " ".join(str(message) for message in invalid.errors.values())
            report.stayed.append(Stayed(question_id, number, words))
        else:
            report.sent.append(number)
    if len(wrong) == len(questions) and all(one.errors == wrong[0].errors for one in wrong):
        raise wrong[0]
    return report
