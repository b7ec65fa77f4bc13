"""The database: durable, whole, with connections to spare."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection
from django.db.models import Count, F, Max
from django.utils.translation import gettext as _

from townhall.journal.models import Entry
from townhall.journal.models import Line as JournalLine
from townhall.readiness.choices import Area
from townhall.readiness.lines import Line, Subject, fail, ok, warn

if TYPE_CHECKING:
    from collections.abc import Iterator

_SYNCHRONOUS_FULL = 2  # SQLite's number for it
LEAST_FREE_CONNECTIONS = 20


def durable(_subject: Subject) -> Iterator[Line]:
    """What was answered with 201 is on the disk."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA synchronous")
            if cursor.fetchone()[0] != _SYNCHRONOUS_FULL:
                yield fail(Area.DATABASE, _("断电可能丢失刚收到的提问"), "PRAGMA synchronous=FULL")


def connections(_subject: Subject) -> Iterator[Line]:
    """PostgreSQL has connections to spare; SQLite knows no limit."""
    if connection.vendor != "postgresql":
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int"
            " - (SELECT count(*) FROM pg_stat_activity WHERE backend_type = 'client backend')"
        )
        free = cursor.fetchone()[0]
    finding = _("还可建立 %(free)s 个连接") % {"free": free}
    if free >= LEAST_FREE_CONNECTIONS:
        yield ok(Area.CONNECTIONS, finding)
    else:
        yield (warn if free > 0 else fail)(
            Area.CONNECTIONS, finding, _("请提高 max_connections，或关闭多余的程序。")
        )


def whole(_subject: Subject) -> Iterator[Line]:
    """The database finds no damage in itself, and the journal has no gap."""
    damage = _sqlite_damage() if connection.vendor == "sqlite" else _postgres_damage()
    if damage:
        finding = _("数据库报告损坏：%(damage)s") % {"damage": damage}
        yield fail(Area.INTEGRITY, finding, _("请停止服务，从备份恢复，并检查磁盘。"))
    elif gaps := _journal_gaps():
        finding = _("日志在这些序列里有缺号：%(lines)s") % {"lines": ", ".join(map(str, gaps))}
        yield fail(Area.INTEGRITY, finding, _("请停止服务，从备份恢复，并查明是谁直接改了数据库。"))
    else:
        yield ok(Area.INTEGRITY, _("数据库和日志完整"))


def _sqlite_damage() -> str:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA quick_check(1)")
        found = str(cursor.fetchone()[0])
        cursor.execute("PRAGMA foreign_key_check")
        orphan = cursor.fetchone()
    if found != "ok":
        return found
    return f"foreign key in {orphan[0]}" if orphan else ""


def _postgres_damage() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT indexrelid::regclass::text FROM pg_index WHERE NOT indisvalid LIMIT 1")
        index = cursor.fetchone()
        cursor.execute("SELECT conname FROM pg_constraint WHERE NOT convalidated LIMIT 1")
        constraint = cursor.fetchone()
    return str((index or constraint or [""])[0])


def _journal_gaps() -> list[int]:
    rows = Entry.objects.values("line").annotate(n=Count("id"), last=Max("seq"))
    short = set(rows.exclude(n=F("last")).values_list("line", flat=True))
    heads = dict(JournalLine.objects.values_list("id", "last_seq"))
    ahead = {row["line"] for row in rows if heads.get(row["line"]) != row["last"]}
    return sorted(short | ahead)


QUICK = (durable, connections)
SLOW = (whole,)
