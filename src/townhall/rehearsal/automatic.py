"""Citizens of a rehearsal that the coordinator started: the server asks generated questions, no real ones."""

from __future__ import annotations

import logging
import random
from typing import TYPE_CHECKING

from townhall.hours.models import OfficeHour
from townhall.kernel.errors import InvalidFields, Refused
from townhall.questions import asking, citizen_actions
from townhall.questions.citizen_actions import Asked
from townhall.readiness import actions, queries
from townhall.rehearsal import corpus

if TYPE_CHECKING:
    from townhall.questions.asking import Asking

log = logging.getLogger(__name__)

# One unhurried batch a second at most: real people practise beside it.
MOST_AT_ONCE = 20
_FAMILY = "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨"


def ask_due() -> int:
    """Ask what every running rehearsal wants by now; returns how many were asked."""
    total = 0
    for practice, due in queries.hungry():
        number = min(due, MOST_AT_ONCE)
        total += _ask(practice.rehearsal, practice.asked, number)
        actions.count_asked(
            practice.id, number
        )  # also those refused: a closed door is not knocked at for ever
    return total


def _ask(hour: OfficeHour, first: int, number: int) -> int:
    found = []
    for place in range(first, first + number):
        try:
            found.append(_made(hour, place))
        except InvalidFields as invalid:
            log.warning("a generated question was not valid: %s", invalid)
    results = citizen_actions.ask_batch(found) if found else []
    for result in results:
        if isinstance(result, Refused | InvalidFields):
            log.info("a generated question was refused: %s", result)
    return sum(isinstance(result, Asked) for result in results)


def _made(hour: OfficeHour, place: int) -> Asking:
    """The question at this place: always the same one for the same rehearsal."""
    source = random.Random(f"practice/{hour.id}/{place}")
    made = corpus.make(source)
    name = source.choice(_FAMILY) + source.choice(("先生", "女士", "同学", "师傅"))
    return asking.parse(
        hour,
        {
            "display_name": name, "title": made.title, "text": made.text, "kind": made.kind,
            "subject": made.subject, "area": made.area, "idempotency_key": f"practice-{hour.id}-{place}",
        },
    )  # fmt: skip
