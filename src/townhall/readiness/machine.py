"""What must stand whatever the hour: disk, backup, keys, address, clock, words."""

from __future__ import annotations

import os
import shutil
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlparse

from django.conf import settings
from django.db import connection
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _

from townhall.backups import state
from townhall.documents import secrecy
from townhall.kernel import clock, workdays
from townhall.kernel.addresses import is_within
from townhall.kernel.http_headers import host_allowed
from townhall.people.actions import installation_kind
from townhall.readiness.choices import Area
from townhall.readiness.lines import Line, Subject, fail, ok, warn

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_PACKAGE = Path(__file__).resolve().parents[1]
LEAST_FREE_BYTES = 1 << 30  # an evening writes a few hundred MB at the very most
# Whoever backs up leaves the time of it here; the file's own time counts when it is empty.
BACKUP_MARK = "last-backup"
FRESH_BACKUP, OLD_BACKUP = timedelta(hours=26), timedelta(days=7)
NEXT_YEAR_FROM_MONTH = 11  # the State Council has announced every schedule since 2004 by early December


def is_real() -> bool:
    """Whether these are a district's own data: a demo may be laxer."""
    return installation_kind() == "real"


def disk(_subject: Subject) -> Iterator[Line]:
    """Room for an evening."""
    free = shutil.disk_usage(settings.DATA_DIR).free
    finding = _("剩余 %(mb)s MB") % {"mb": free >> 20}
    enough = free >= LEAST_FREE_BYTES
    yield ok(Area.DISK, finding) if enough else fail(Area.DISK, finding, _("请清理出至少 1 GB 空间。"))


def uploads(_subject: Subject) -> Iterator[Line]:
    """Secrecy marks are found in PDF files too."""
    if not secrecy.reads_pdf():
        finding = _("PDF 里的密级标志检查不出来")
        yield warn(Area.UPLOADS, finding, _("请安装 poppler-utils（apt-get install poppler-utils）。"))


def backup(_subject: Subject) -> Iterator[Line]:
    """How long ago the last backup was made of which somebody knows that it can be restored."""
    place = state.configured()
    if place is None:
        yield from _told_backup()
    else:
        yield from _proven_backup(place)
        yield from _running_copy()
        if others := state.foreign_keys(place):
            finding = _("%(names)s 不是最近一次备份时的密钥") % {"names": "、".join(others)}
            yield fail(Area.BACKUP, finding, _("请放回原来保存的密钥，或立即重新备份。"))


def _told_backup() -> Iterator[Line]:
    """What somebody wrote down: this product cannot know of a copy nobody told it of."""
    last = last_backup()
    bad = fail if is_real() else warn
    remedy = _("请设置 TOWNHALL_BACKUP_TO，或用别的办法备份并试恢复后把时间写入 %(path)s。") % {
        "path": settings.DATA_DIR / BACKUP_MARK
    }
    if last is None:
        yield bad(Area.BACKUP, _("从未备份"), remedy)
    else:
        finding = _("上次备份 %(time)s（由运维人员登记）") % {"time": f"{clock.local(last):%Y-%m-%d %H:%M}"}
        yield _aged(last, bad, finding, remedy)


def _aged(at: datetime, bad: Callable[[Area, str, str], Line], finding: str, remedy: str) -> Line:
    age = clock.now() - at
    if age <= FRESH_BACKUP:
        return ok(Area.BACKUP, finding)
    return (bad if age > OLD_BACKUP else warn)(Area.BACKUP, finding, remedy)


def _proven_backup(place: Path) -> Iterator[Line]:
    """The newest backup that was restored on trial and was right; and the last trial, when that one was not."""
    tried = state.proofs(place)
    bad = fail if is_real() else warn
    remedy = _("请运行 townhall backup 和 townhall backup --prove，并检查每晚的定时任务。")
    if tried and tried[0].complaints:
        finding = _("%(time)s 试恢复没有通过：%(why)s") % {
            "time": f"{clock.local(tried[0].at):%Y-%m-%d %H:%M}", "why": "；".join(tried[0].complaints),
        }  # fmt: skip
        yield bad(Area.BACKUP, finding, remedy)
    good = max((one for one in tried if not one.complaints), key=lambda one: one.state_at, default=None)
    if good is None:
        yield bad(Area.BACKUP, _("没有一份备份试恢复成功过"), remedy)
        return
    finding = _("%(time)s 的备份已试恢复成功（%(tried)s）") % {
        "time": f"{clock.local(good.state_at):%Y-%m-%d %H:%M}", "tried": f"{clock.local(good.at):%m-%d %H:%M}",
    }  # fmt: skip
    yield _aged(good.state_at, bad, finding, remedy)


def _running_copy() -> Iterator[Line]:
    """Whether what is committed goes to the second place at once; PostgreSQL does that itself."""
    if connection.vendor != "sqlite":
        return
    now = state.following()
    if now.lively and not now.trouble:
        yield ok(Area.BACKUP, _("正在连续备份"))
    elif now.lively:
        finding = _("连续备份受阻：%(why)s") % {"why": now.trouble}
        yield (fail if is_real() else warn)(Area.BACKUP, finding, _("请检查第二存放处的磁盘和网络。"))
    else:
        yield warn(
            Area.BACKUP, _("没有在连续备份，机器损坏会丢失上次备份以后的内容"),
            _("请启动 townhall-follow.service（townhall backup --follow）。"),
        )  # fmt: skip


def last_backup() -> datetime | None:
    """When the last backup was made, as its mark in the data directory says; ``None`` for never."""
    mark: Path = settings.DATA_DIR / BACKUP_MARK
    try:
        written = mark.read_text(encoding="utf-8").strip()
        touched = datetime.fromtimestamp(mark.stat().st_mtime, UTC)
    except (OSError, UnicodeDecodeError):
        return None
    try:
        told = parse_datetime(written)
    except ValueError:
        told = None
    if told is not None and told.tzinfo is None:
        told = told.replace(tzinfo=clock.DISTRICT_ZONE)
    return told or touched


def keys(_subject: Subject) -> Iterator[Line]:
    """Keys that only their owner may read."""
    for name in ("SECRET_KEY", "DATA_KEY"):
        path = settings.DATA_DIR / name
        if os.environ.get(f"TOWNHALL_{name}"):
            yield ok(Area.KEYS, _("%(name)s 由环境变量给出") % {"name": name})
        elif path.exists() and stat.S_IMODE(path.stat().st_mode) == stat.S_IRUSR | stat.S_IWUSR:
            yield ok(Area.KEYS, _("%(name)s 只有属主可读") % {"name": name})
        else:
            finding = _("%(name)s 其他人也能读") % {"name": name}
            yield fail(Area.KEYS, finding, f"chmod 600 {path}")


def address(_subject: Subject) -> Iterator[Line]:
    """The address that citizens use."""
    parsed = urlparse(settings.BASE_URL)
    if parsed.scheme == "https" or not is_real():
        yield ok(Area.ADDRESS, settings.BASE_URL)
    else:
        yield fail(Area.ADDRESS, settings.BASE_URL, _("请改用 https，并设置 TOWNHALL_BASE_URL。"))
    if not host_allowed(parsed.netloc, settings.ALLOWED_HOSTS):
        finding = _("服务器不认 %(host)s 这个域名") % {"host": parsed.hostname}
        yield fail(Area.ADDRESS, finding, _("请把它加入 TOWNHALL_ALLOWED_HOSTS。"))
    if parsed.scheme == "https" and not settings.TRUSTED_PROXIES:
        finding = _("没有设置可信的反向代理，所有市民会被当成同一个地址")
        yield warn(Area.ADDRESS, finding, _("有反向代理的，请把它的地址写入 TOWNHALL_TRUSTED_PROXIES。"))


def networks(subject: Subject) -> Iterator[Line]:
    """Halls and offices share one address each: they must be exempt from limits per address."""
    trusted = tuple(settings.TRUSTED_NETWORKS)
    if not trusted:
        yield warn(
            Area.NETWORKS, _("没有设置会场和办公网的地址，同一会场多人提问会被限流"),
            _("请把会场、分会场的出口地址写入 TOWNHALL_TRUSTED_NETWORKS。"),
        )  # fmt: skip
        return
    yield ok(Area.NETWORKS, _("已放行 %(networks)s") % {"networks": "、".join(str(one) for one in trusted)})
    if subject.asker and not is_within(subject.asker, trusted):
        finding = _("您现在的地址 %(address)s 不在放行之列") % {"address": subject.asker}
        yield warn(Area.NETWORKS, finding, _("如果这里是会场，请把它加入 TOWNHALL_TRUSTED_NETWORKS。"))


def wall_clock(_subject: Subject) -> Iterator[Line]:
    """The clock's own settings, and next year's holidays."""
    steered = os.environ.get("TOWNHALL_CLOCK", "")
    now = f"{clock.local(clock.now()):%Y-%m-%d %H:%M:%S %Z}"
    if steered:
        finding = _("时间由 %(source)s 控制，现在是 %(now)s") % {"source": steered, "now": now}
        yield warn(Area.CLOCK, finding, _("正式使用时请去掉 TOWNHALL_CLOCK。"))
    else:
        yield ok(Area.CLOCK, _("系统时间 %(now)s") % {"now": now})
    today = clock.today()
    if today.month >= NEXT_YEAR_FROM_MONTH:
        year = today.year + 1
        known = workdays.current().is_known(today.replace(year=year, month=6, day=1))
        if known:
            yield ok(Area.CALENDAR, _("%(year)s 年的安排已录入") % {"year": year})
        else:
            finding = _("%(year)s 年的安排还没有录入，有关日期都是暂定") % {"year": year}
            yield warn(Area.CALENDAR, finding, _("国务院办公厅公布后请录入。"))


def words(_subject: Subject) -> Iterator[Line]:
    """Translations are compiled, and not older than their source."""
    stale = []
    for path in _PACKAGE.glob("*/locale/*/LC_MESSAGES/*.po"):
        made = path.with_suffix(".mo")
        if not made.exists() or made.stat().st_mtime < path.stat().st_mtime:
            stale.append(path.parts[-5])
    if stale:
        finding = _("英文界面没有编译：%(rooms)s") % {"rooms": ", ".join(sorted(stale))}
        yield warn(Area.WORDS, finding, _("请运行 make setup。"))
    else:
        yield ok(Area.WORDS, _("中英文界面都已就绪"))


QUICK = (networks, disk, backup, uploads, address, wall_clock, keys, words)
