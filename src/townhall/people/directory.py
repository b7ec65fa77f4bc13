"""The district's units as lists to choose from."""

from __future__ import annotations

from django.utils.translation import get_language

from townhall.people.models import Unit


def units() -> list[tuple[int, str]]:
    """Every unit that can be proposed, named or called: id and name, in the district's own order."""
    english = (get_language() or "").startswith("en")
    rows = Unit.objects.exclude(kind=Unit.Kind.DISTRICT).order_by("id").only("id", "name", "name_en")
    return [(row.id, (row.name_en or row.name) if english else row.name) for row in rows]


def written_names() -> list[tuple[str, str]]:
    """Every unit as official papers write it, and as a reader of this language knows it, in the same order."""
    english = (get_language() or "").startswith("en")
    rows = Unit.objects.exclude(kind=Unit.Kind.DISTRICT).order_by("id").only("name", "name_en")
    return [(row.name, (row.name_en or row.name) if english else row.name) for row in rows]


def unit(unit_id: int) -> dict[str, str | int] | None:
    """A unit as the public knows it: name and kind; ``None`` when there is none."""
    row = Unit.objects.exclude(kind=Unit.Kind.DISTRICT).filter(id=unit_id).first()
    if row is None:
        return None
    english = (get_language() or "").startswith("en")
    name = (row.name_en or row.name) if english else row.name
    return {"id": row.id, "name": name, "kind": str(Unit.Kind(row.kind).label)}
