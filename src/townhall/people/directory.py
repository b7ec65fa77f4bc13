"""The district's units as lists to choose from."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q
from django.utils.translation import get_language

from townhall.people.models import Unit


def units(*, closed: bool = False) -> list[tuple[int, str]]:
    """Every unit that can be proposed, named or called: id and name, in the district's own order.

    :param closed: also units that were closed, for what is told of the past
    """
    english = (get_language() or "").startswith("en")
    found = Unit.objects.all() if closed else Unit.objects.filter(closed_at=None)
    rows = found.exclude(kind=Unit.Kind.DISTRICT).order_by("id").only("id", "name", "name_en")
    return [(row.id, (row.name_en or row.name) if english else row.name) for row in rows]


def places() -> list[tuple[int, str]]:
    """Every unit somebody can belong to, the district itself among them."""
    english = (get_language() or "").startswith("en")
    rows = Unit.objects.filter(closed_at=None).order_by("id").only("id", "name", "name_en")
    return [(row.id, (row.name_en or row.name) if english else row.name) for row in rows]


def written_names() -> list[tuple[str, str]]:
    """Every unit as official papers write it, and as a reader of this language knows it, in the same order."""
    english = (get_language() or "").startswith("en")
    standing = Unit.objects.filter(closed_at=None).exclude(kind=Unit.Kind.DISTRICT)
    rows = standing.order_by("id").only("name", "name_en")
    return [(row.name, (row.name_en or row.name) if english else row.name) for row in rows]


@dataclass(frozen=True, slots=True)
class Line:
    """One unit in the tree.

    :param depth: how many units stand above it
    :param people: how many can sign in for it
    """

    unit: Unit
    depth: int
    people: int

    @property
    def mark(self) -> str:
        """How its place is drawn before its name."""
        return "　" * (self.depth - 1) + "└ " if self.depth else ""


def tree() -> list[Line]:
    """Every unit below the one it belongs to, closed ones too, with how many sign in for it."""
    counted = Count("accounts", filter=Q(accounts__is_active=True))
    rows = list(
        Unit.objects.select_related("parent", "leading_unit")
        .prefetch_related("former_names")
        .annotate(people=counted)
        .order_by("id")
    )
    below: dict[int | None, list[tuple[Unit, int]]] = {}
    for row in rows:
        below.setdefault(row.parent_id, []).append((row, row.people))
    found: list[Line] = []
    # From the end, so that what is taken off next is the first below the last one.
    waiting = [(*one, 0) for one in reversed(below.get(None, []))]
    while waiting:
        unit, people, depth = waiting.pop()
        found.append(Line(unit, depth, people))
        waiting += [(*one, depth + 1) for one in reversed(below.get(unit.id, []))]
    return found


def unit(unit_id: int) -> dict[str, str | int] | None:
    """A unit as the public knows it: name and kind; ``None`` when there is none."""
    row = Unit.objects.exclude(kind=Unit.Kind.DISTRICT).filter(id=unit_id).first()
    if row is None:
        return None
    english = (get_language() or "").startswith("en")
    name = (row.name_en or row.name) if english else row.name
    return {"id": row.id, "name": name, "kind": str(Unit.Kind(row.kind).label)}
