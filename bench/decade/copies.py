"""Further years by the thousand: an hour that was lived through is copied row by row to other days.

Ids, days and what must be unique are moved, everything else stays as the actions wrote it. What was copied has to pass
:func:`faults` like everything else.
"""

# ruff: noqa: SLF001 - Django documents what it calls _meta and _default_manager
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.apps import apps
from django.db import connection, models, transaction

from townhall.commitments.models import Commitment
from townhall.hours.models import Group, OfficeHour
from townhall.insight.models import Document, HourTally
from townhall.journal.models import Entry, Line
from townhall.kernel import clock
from townhall.questions.models import Question
from townhall.topics.models import Choice, Pool

# Ids of copies end where those of what was lived through begin, so that newer things have higher ids, as in life.
LIVED_FROM = 20_000_000
ROOM = 100_000  # for the ids of one table in one hour
BATCH = 2_000
_DAY = re.compile(r"(\d{4}-\d\d-\d\d)(.*)\Z", re.DOTALL)
# Derived by their keepers, which find the copies as they would find anything new.
_DERIVED = (Document, HourTally)
# Whole numbers that are another thing's id without a foreign key, and facts of the journal that are.
_IDS = {"question_id": Question, "commitment_id": Commitment, "hour_id": OfficeHour}
_SUBJECTS = {"question": Question, "commitment": Commitment, "hour": OfficeHour}
_FACTS = {
    "ids": Question, "into": Question, "question": Question, "commitment": Commitment, "lead": Group,
    "assisting": Group, "group": Group, "part_of": Question,
}  # fmt: skip
# Numbered in one row over all hours of a year.
_NUMBERED = {("redress.Case", "number"), ("preparation.Notice", "serial")}


def leave_room() -> None:
    """Let the next ids of an empty installation begin high."""
    with connection.cursor() as cursor:
        for model in apps.get_models(include_auto_created=True):
            key = model._meta.pk
            if not isinstance(key, models.AutoField | models.BigAutoField) or model._meta.app_label in {
                "auth", "contenttypes",
            }:  # fmt: skip
                continue
            table = model._meta.db_table
            if connection.vendor == "sqlite":
                cursor.execute("DELETE FROM sqlite_sequence WHERE name = %s", [table])
                cursor.execute("INSERT INTO sqlite_sequence (name, seq) VALUES (%s, %s)", [table, LIVED_FROM])
            else:
                cursor.execute(
                    "SELECT setval(pg_get_serial_sequence(%s, %s), %s)", [table, key.column, LIVED_FROM]
                )


@dataclass
class Shift:
    """Where one copy goes."""

    place: int
    days: timedelta
    slug: str
    number: int


class Template:
    """An hour that was lived through, with all that hangs on it."""

    def __init__(self, hour: OfficeHour) -> None:
        self.rows: dict[type[models.Model], list[dict[str, Any]]] = {}
        self.first: dict[type[models.Model], int] = {}
        self.ids: dict[type[models.Model], set[int]] = {}
        self._take(OfficeHour, OfficeHour.objects.filter(id=hour.id))
        self._take(Line, Line.objects.filter(id=hour.id))
        self._take(Entry, Entry.objects.filter(line=hour.id))
        self._take(Commitment, Commitment.objects.filter(hour_id=hour.id))
        while self._grow():
            pass

    def _take(self, model: type[models.Model], rows: Any) -> bool:
        found = list(rows.order_by("pk").values())
        if len(found) == len(self.rows.get(model, [])):
            return False
        self.rows[model] = found
        key = model._meta.pk.attname
        self.ids[model] = {row[key] for row in found}
        if isinstance(model._meta.pk, models.AutoField | models.BigAutoField):
            self.first[model] = found[0][key]
            assert found[-1][key] - found[0][key] < ROOM, model
        return True

    def _grow(self) -> bool:
        grown = False
        for model in apps.get_models(include_auto_created=True):
            if model in _DERIVED or model._meta.proxy or model is OfficeHour:
                continue
            for field in _references(model):
                if ids := self.ids.get(field.related_model):
                    mine = model._default_manager.filter(**{f"{field.attname}__in": list(ids)})
                    kept = self.ids.get(model, set())
                    grown = self._take(model, mine | model._default_manager.filter(pk__in=kept)) or grown
        return grown

    # -- copying ---------------------------------------------------------------------------------------------

    def copy(self, to: Shift) -> int:
        """Write one copy; returns how many rows it has."""
        written = 0
        with transaction.atomic(), connection.cursor() as cursor:
            for model, rows in self.rows.items():
                fields = model._meta.concrete_fields
                marks = ", ".join(["%s"] * len(fields))
                names = ", ".join(connection.ops.quote_name(str(field.column)) for field in fields)
                table = connection.ops.quote_name(model._meta.db_table)
                statement = f"INSERT INTO {table} ({names}) VALUES ({marks})"  # noqa: S608 - names of our own tables
                for start in range(0, len(rows), BATCH):
                    made = [
                        [
                            field.get_db_prep_save(value, connection)
                            for field, value in zip(fields, self._values(model, fields, row, to), strict=True)
                        ]
                        for row in rows[start : start + BATCH]
                    ]
                    cursor.executemany(statement, made)
                    written += len(made)
        return written

    def _values(self, model: Any, fields: Any, row: dict[str, Any], to: Shift) -> Iterator[Any]:
        for field in fields:
            value = row[field.attname]
            if value is not None:
                value = self._moved(model, field, row, value, to)
            yield value

    def _moved(self, model: Any, field: Any, row: dict[str, Any], value: Any, to: Shift) -> Any:  # noqa: PLR0911, C901 - a table of cases
        if field.primary_key and model in self.first:
            return self._id(model, value, to)
        if model is Line and field.primary_key:
            return self._id(OfficeHour, value, to)
        if field.is_relation:
            return self._id(field.related_model, value, to)
        if field.attname in _IDS:
            return self._id(_IDS[field.attname], value, to)
        if model is Entry and field.attname == "line":
            return self._id(OfficeHour, value, to)
        if model is Entry and field.attname == "subject_id":
            return self._id(_SUBJECTS.get(row["subject"]), value, to)
        if model is Entry and field.attname == "facts":
            return self._facts(value, to)
        if isinstance(value, datetime | date):
            return value + to.days
        if isinstance(field, models.JSONField):
            return _later(value, to.days)
        if field.attname in {"slug", "issue_no"}:
            return to.slug if field.attname == "slug" else to.number
        if (model._meta.label, field.attname) in _NUMBERED:
            return value + 100 * (to.place + 1)
        if field.unique and isinstance(field, models.CharField):
            return hashlib.sha256(f"{to.place}:{value}".encode()).hexdigest()[: field.max_length]
        return value

    def _id(self, model: Any, value: int, to: Shift) -> int:
        if value not in self.ids.get(model, ()):
            return value
        return value - self.first[model] + 1 + to.place * ROOM

    def _facts(self, facts: dict[str, Any], to: Shift) -> dict[str, Any]:
        return {
            name: [self._id(_FACTS[name], one, to) for one in value]
            if name in _FACTS and isinstance(value, list)
            else self._id(_FACTS[name], value, to)
            if name in _FACTS and value is not None
            else _later(value, to.days)
            for name, value in facts.items()
        }


def give_years_their_own_pools() -> None:
    """A topic is chosen from its own year's pool: a copied hour's choice gets a copy of the topic in that year's."""
    for choice in Choice.objects.select_related("hour", "topic__pool"):
        year = clock.local(choice.hour.starts_at).year
        if year == choice.topic.pool.year:
            continue
        pool, _made = Pool.objects.get_or_create(year=year, defaults={"units_open": False})
        topic = choice.topic
        topic.pk, topic._state.adding, topic.pool = None, True, pool
        topic.save()
        choice.topic = topic
        choice.save(update_fields=["topic"])


def _references(model: type[models.Model]) -> list[Any]:
    return [field for field in model._meta.concrete_fields if field.is_relation]


def _later(value: Any, days: timedelta) -> Any:
    """The same with every day in it moved."""
    if isinstance(value, dict):
        return {name: _later(one, days) for name, one in value.items()}
    if isinstance(value, list):
        return [_later(one, days) for one in value]
    if isinstance(value, str) and (found := _DAY.match(value)):
        return f"{date.fromisoformat(found[1]) + days}{found[2]}"
    return value
