"""The things that can be followed, as anybody may know them now."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from townhall.commitments.choices import STANDING
from townhall.following.choices import Kind
from townhall.hours.published import worded
from townhall.insight import statistics
from townhall.kernel.text import whole_number
from townhall.people.models import Unit
from townhall.questions import promised
from townhall.questions.choices import Subject
from townhall.questions.models import Question

_SHORT = 60


@dataclass(frozen=True, slots=True)
class Thing:
    """A promise, unit or subject.

    :param name: what it is called on pages and in mails
    :param page: its path
    :param goes_on: whether there will be news of it
    """

    kind: str
    target: str
    name: str
    page: str
    goes_on: bool = True


def find(kind: str, target: str) -> Thing | None:
    """The thing, or ``None`` when it does not exist for the public, or its words are covered."""
    if kind == Kind.SUBJECT:
        if target not in Subject.values:
            return None
        page = f"/archive/?q=&subject={target}"
        return Thing(kind, target, str(Subject(target).label), page)
    number = whole_number(target)
    if number is None or str(number) != target:
        return None
    finders = {Kind.PROMISE.value: _promise, Kind.UNIT.value: _unit, Kind.QUESTION.value: _question}
    return finders[kind](number) if kind in finders else None


def _promise(number: int) -> Thing | None:
    found = promised.promise(number)
    if found is None or found["covered"]:
        return None
    words = str(found["text"])
    name = f"{words[:_SHORT]}…" if len(words) > _SHORT else words
    page = f"/promises/{number}/"
    return Thing(Kind.PROMISE, str(number), name, page, goes_on=found["state"] in STANDING)


def _unit(number: int) -> Thing | None:
    names = dict(statistics.public_units(statistics.figures()))
    if number not in names:
        return None
    return Thing(Kind.UNIT, str(number), names[number], f"/units/{number}/")


def _question(number: int) -> Thing | None:
    """One's own question, by its number only: no form leads here but that behind its receipt."""
    row = Question.objects.filter(id=number, hour__rehearsal=False).first()
    if row is None:
        return None
    return Thing(Kind.QUESTION, str(number), _("第 %(n)s 号提问的办理结果") % {"n": row.number}, "/track/")


def name_of(kind: str, target: str) -> str:
    """What something followed is called, also when there is no page of it any more; empty when covered."""
    if kind == Kind.UNIT:
        row = Unit.objects.filter(id=int(target)).first()
        return worded(row, "name") if row else ""
    found = find(kind, target)
    return found.name if found else ""
