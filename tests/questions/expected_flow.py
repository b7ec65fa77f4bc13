"""Who may do what to a question and when, as the contract words it: written by hand, never read from the product.

Seats: ``member1`` sits in the lead group, ``member2`` in the assisting one, ``member3`` in neither.
"""

from __future__ import annotations

from dataclasses import dataclass

STATUSES = ("received", "accepted", "assigned", "submitted", "published", "declined", "merged", "withdrawn")
STAGES = ("planned", "announced", "preparing", "live", "wrapping", "archived", "cancelled")
SEATS = (
    "moderator", "lead1", "member1", "lead2", "member2", "lead3", "member3", "mayor", "deputy", "authorised",
    "assistant", "coordinator", "inspector", "clerk", "editor", "technician", "logistics",
)  # fmt: skip
# After archiving seats are gone; who holds an office, or belongs to a unit of the hour, still acts.
STANDING = (
    "mayor",
    "deputy",
    "coordinator",
    "inspector",
    "lead1",
    "member1",
    "lead2",
    "member2",
    "lead3",
    "member3",
)

_WORDS = {
    "anybody": SEATS,
    "lead group": ("lead1", "member1"),
    "assisting group": ("lead2", "member2"),
    "signers": ("mayor", "deputy"),
    "open": ("received", "accepted", "assigned", "submitted"),
    "unpublished": ("received", "accepted", "assigned", "submitted", "declined", "merged", "withdrawn"),
    "public": ("accepted", "assigned", "submitted", "published", "merged"),
    "every": STATUSES,
    "work": ("announced", "preparing", "live", "wrapping"),
    "before": ("announced", "preparing"),
    "evening": ("live", "wrapping"),
    "any": STAGES,
}


@dataclass(frozen=True)
class Line:
    """One line of the table; a verb may have several."""

    verb: str
    seats: frozenset[str]
    statuses: frozenset[str]
    target: str
    stages: frozenset[str]


# verb | who | from | to | stages. "Until archived" (reopen, uphold) is told of hours that still run.
TABLE = """
accept           | moderator                       | received                       | accepted  | work
decline          | moderator                       | received, accepted             | declined  | work
confirm_decline  | coordinator                     | declined                       |           | work
reopen           | moderator, coordinator          | declined, merged               | accepted  | work
uphold           | moderator, coordinator          | declined                       |           | work
edit             | moderator                       | unpublished                    |           | work
split            | moderator                       | received, accepted             | accepted  | work
merge            | moderator                       | received, accepted             | merged    | work
assign           | moderator                       | received, accepted, assigned   | assigned  | work
return           | lead group                      | assigned                       | accepted  | work
designate        | coordinator, mayor              | accepted, assigned             | assigned  | work
contribute       | assisting group                 | assigned                       |           | work
draft            | lead group, assistant           | assigned, submitted            | assigned  | work
submit           | lead group, assistant           | assigned                       | submitted | work
send_back        | signers                         | submitted                      | assigned  | work
change           | signers                         | submitted                      |           | work
review           | signers                         | submitted                      |           | before
sign             | signers                         | submitted                      | published | evening
sign             | signers                         | published                      |           | evening, archived
sign             | authorised                      | submitted                      | published | wrapping
sign             | authorised                      | published                      |           | wrapping
enter_paper      | coordinator, clerk              | submitted                      |           | evening
confirm_paper    | coordinator, moderator          | submitted                      | published | evening
correct          | lead group                      | published                      |           | evening, archived
withhold         | moderator, coordinator, signers | public                         |           | any
confirm_withhold | moderator, coordinator, signers | public                         |           | any
restore          | moderator, coordinator          | public                         |           | any
urgent           | anybody                         | open                           |           | any
release          | moderator, coordinator          | open                           |           | any
convene          | mayor, coordinator              | assigned, submitted            |           | work
close_convening  | mayor, coordinator, assistant   | assigned, submitted, published |           | work
take             | signers                         | accepted, assigned, submitted  |           | work
flag             | moderator, coordinator          | open                           |           | work
note             | anybody                         | every                          |           | any
"""  # fmt: skip


def _read() -> list[Line]:
    def words(cell: str) -> frozenset[str]:
        found: set[str] = set()
        for word in (one.strip() for one in cell.split(",")):
            found |= set(_WORDS.get(word, (word,))) if word else set()
        return frozenset(found)

    lines = []
    for row in TABLE.strip().splitlines():
        verb, seats, statuses, target, stages = (cell.strip() for cell in row.split("|"))
        lines.append(Line(verb, words(seats), words(statuses), target, words(stages)))
    return lines


LINES = _read()
VERBS = tuple(dict.fromkeys(line.verb for line in LINES))
# The mayor and the deputies cover after archiving, the coordinator's office confirms.
_NOT_BY_OFFICE = {("confirm_withhold", "mayor"), ("confirm_withhold", "deputy")}


def expected(verb: str, seat: str, status: str, stage: str) -> int:
    """What the contract answers: 404 (nobody there), 403 (not this seat's), 409 (not now) or 200."""
    if stage == "archived" and seat not in STANDING:
        return 404
    lines = [line for line in LINES if line.verb == verb and seat in line.seats]
    if not lines or (stage == "archived" and (verb, seat) in _NOT_BY_OFFICE):
        return 403
    return 200 if any(status in line.statuses and stage in line.stages for line in lines) else 409


def target_of(verb: str, status: str) -> str:
    """The status that an allowed move leads to; its own when it stays."""
    return next(line.target or status for line in LINES if line.verb == verb and status in line.statuses)
