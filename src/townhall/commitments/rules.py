"""The district's numbers for promises: when the system reminds, whom lateness is taken to, what limit is prescribed."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from townhall.commitments import inputs
from townhall.commitments.choices import MOST_WORKDAYS, Handling, Level
from townhall.commitments.models import Number

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_SCHEDULED = 60  # working days: what is late for longer than that is nothing a schedule can mend
LAST_OF_DAY = 24


class Rule(NamedTuple):
    """One number: what people call it, and what holds until somebody changes it."""

    label: Any
    shipped: int
    most: int


SCHEDULE: dict[str, Rule] = {
    "before": Rule(gettext_lazy("期限前几个工作日提醒承办单位"), 3, MOST_SCHEDULED),
    "unit": Rule(gettext_lazy("逾期几个工作日后催办承办单位"), 1, MOST_SCHEDULED),
    "unit_head": Rule(gettext_lazy("逾期几个工作日后提到单位负责人"), 3, MOST_SCHEDULED),
    "deputy": Rule(gettext_lazy("逾期几个工作日后提到副区长"), 7, MOST_SCHEDULED),
    "mayor": Rule(gettext_lazy("逾期几个工作日后提到区长"), 15, MOST_SCHEDULED),
    "silent": Rule(gettext_lazy("几天没有动静算久无进展"), 14, MOST_WORKDAYS),
    "first_hour": Rule(gettext_lazy("工作日几点起自动催办"), 9, LAST_OF_DAY),
    "last_hour": Rule(gettext_lazy("工作日几点后不再自动催办"), 17, LAST_OF_DAY),
}
# The prescribed limit (规定期限), in working days from the signature: the second clock beside the unit's own date.
# Explanations and visits as hotlines prescribe them (5 and 10), works and rules with room for tender and publicity.
PRESCRIBED: dict[str, Rule] = {
    "limit": Rule(gettext_lazy("没有写明办理方式的"), 60, MOST_WORKDAYS),
    **{
        f"limit_{handling.value}": Rule(handling.label, days, MOST_WORKDAYS)
        for handling, days in (
            (Handling.EXPLAIN, 5), (Handling.SITE_VISIT, 10), (Handling.HOME_VISIT, 10), (Handling.MEETING, 15),
            (Handling.ENFORCEMENT, 15), (Handling.PAYMENT, 20), (Handling.WORKS, 60), (Handling.RULE_CHANGE, 90),
        )
    },
}  # fmt: skip
RULES = SCHEDULE | PRESCRIBED
_RISING = ("unit", "unit_head", "deputy", "mayor")
_LEVELS = (Level.UNIT, Level.UNIT_HEAD, Level.DEPUTY, Level.MAYOR)


def numbers() -> dict[str, int]:
    """Every number as it holds now, by its name; one query."""
    kept = dict(Number.objects.values_list("name", "value"))
    return {name: kept.get(name, rule.shipped) for name, rule in RULES.items()}


def schedule(now: Mapping[str, int]) -> tuple[tuple[int, int], ...]:
    """So many working days before (negative) or after the due date, and the level that is reached then."""
    after = tuple((now[name], level.value) for name, level in zip(_RISING, _LEVELS, strict=True))
    return ((-now["before"], Level.UNIT.value), *after)


def prescribed_days(handling: str) -> int:
    """How many working days this way of handling has."""
    return numbers()[f"limit_{handling}" if handling else "limit"]


def clean(data: Mapping[str, Any], errors: inputs.Errors) -> dict[str, int]:
    """All numbers as typed; what is left out stays as it is.

    A schedule that would reach a higher level before a lower one, or that has no hour to work in, is an error.
    """
    found = numbers()
    for name, rule in RULES.items():
        if name not in data:
            continue
        number = inputs.whole(data[name])
        if number is None or number > rule.most:
            errors[name] = _("请填写 1 到 %(most)s 的整数。") % {"most": rule.most}
        else:
            found[name] = number
    for lower, higher in pairwise(_RISING):
        if found[lower] >= found[higher] and not errors.keys() & {lower, higher}:
            errors[higher] = _("须比上一级晚。")
    if found["first_hour"] >= found["last_hour"] and not errors.keys() & {"first_hour", "last_hour"}:
        errors["last_hour"] = _("须晚于开始的钟点。")
    return found
