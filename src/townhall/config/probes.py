"""What only the uppermost room can look at for readiness: migrations, streams, gateways, the process's headroom."""

from __future__ import annotations

import socket
import time
from typing import TYPE_CHECKING, Any
from urllib.parse import urlparse

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from townhall.config import health
from townhall.edge.server import limits
from townhall.hours.choices import PUBLIC_STAGES, Identity
from townhall.hours.models import OfficeHour
from townhall.outreach import filings
from townhall.people.providers import described
from townhall.people.providers.base import NotProven
from townhall.readiness.choices import Area
from townhall.readiness.lines import Line, Subject, fail, ok, warn
from townhall.readiness.machine import is_real

if TYPE_CHECKING:
    from collections.abc import Iterator

LEAST_VIEWERS = 5_000
LOOPBACK = ("localhost", "127.0.0.1", "::1")
MEASURE_SECONDS, GIVE_UP_SECONDS = 1.0, 2.0
# Requests that are under way at once on the one connection.
WINDOW = 16
# A page in a browser's memory asks every few seconds at worst: thousands of readers are hundreds of requests.
ENOUGH_PER_SECOND, TOO_FEW_PER_SECOND = 300, 50


def database(_subject: Subject) -> Iterator[Line]:
    """It answers and is migrated."""
    reason = health.why_not_ready()
    if reason:
        yield fail(Area.DATABASE, reason, _("请检查数据库，或运行 townhall manage migrate。"))
    else:
        yield ok(Area.DATABASE, _("%(vendor)s，结构是最新的") % {"vendor": connection.vendor})
        yield from _line_to_it()


def _line_to_it() -> Iterator[Line]:
    """Nobody on the way to a database elsewhere reads along."""
    where = str(connection.settings_dict["HOST"])
    if connection.vendor != "postgresql" or where.startswith("/") or where in {"", *LOOPBACK}:
        return
    connection.ensure_connection()
    if connection.connection.pgconn.ssl_in_use:
        yield ok(Area.DATABASE, _("到数据库的线路已加密"))
    else:
        finding = _("到数据库 %(host)s 的线路没有加密") % {"host": where}
        remedy = _("请在 TOWNHALL_DATABASE_URL 后加上 ?sslmode=verify-full&sslrootcert=证书路径。")
        yield (fail if is_real() else warn)(Area.DATABASE, finding, remedy)


def viewers(_subject: Subject) -> Iterator[Line]:
    """How many streams a process may hold."""
    most = limits()["viewers"]
    finding = _("每个进程最多 %(viewers)s 人同时在线") % {"viewers": most}
    if most >= LEAST_VIEWERS:
        yield ok(Area.VIEWERS, finding)
    else:
        yield warn(Area.VIEWERS, finding, _("请提高可打开文件数（LimitNOFILE），或用 --processes。"))


def messages(subject: Subject) -> Iterator[Line]:
    """Codes and reminders reach telephones; nobody can ask in an hour that wants verified mobiles when they do not."""
    sender = settings.SMS_SENDER
    if sender == "console" and is_real():
        finding = _("验证码只显示在服务器上，收不到短信")
        bad = fail if subject.hour is not None and subject.hour.identity == Identity.VERIFIED else warn
        yield bad(Area.MESSAGES, finding, _("实名提问须设置短信网关（TOWNHALL_SMS_SENDER）。"))
        return
    lacking = filings.missing_for(sender, everything=True)
    if lacking:
        yield warn(Area.MESSAGES, str(lacking), _("报备需要数天，请尽快办理。"))
    else:
        yield ok(Area.MESSAGES, _("由 %(sender)s 发送") % {"sender": sender})


def sign_on(_subject: Subject) -> Iterator[Line]:
    """Every identity provider of the file answers, in the way that its description says; none: no line."""
    for provider in described.every():
        try:
            provider.look()
        except NotProven as error:
            finding = _("用“%(title)s”登录现在不行：%(reason)s") % {"title": provider.title, "reason": error}
            remedy = _("请核对 TOWNHALL_SIGN_ON_FILE 里的 %(name)s，或联系对方；市民仍可用短信验证。")
            yield warn(Area.SIGN_ON, finding, remedy % {"name": provider.name})
        else:
            yield ok(Area.SIGN_ON, _("“%(title)s”有应答，设置对得上") % {"title": provider.title})


def headroom(subject: Subject) -> Iterator[Line]:
    """How many hot pages a second this installation answers right now, asked from the machine itself."""
    where = subject.serving or _own_address()
    if where is None:
        yield warn(Area.LOAD, _("没有测量"), _("请在“会前联调检查”页上测量，或运行 townhall rehearse。"))
        return
    try:
        rate = max((measure(*where, path) for path in _hot_pages(subject)), default=0.0)
    except (OSError, ValueError) as error:
        finding = _("%(address)s 没有应答（%(reason)s）") % {
            "address": f"{where[0]}:{where[1]}", "reason": type(error).__name__,
        }  # fmt: skip
        yield warn(Area.LOAD, finding, _("请先启动服务（townhall serve）再测量。"))
        return
    if not rate:
        yield warn(Area.LOAD, _("还没有公开的页面可以测量"), _("发布本期后再检查一次。"))
        return
    finding = _("现在每秒能应答 %(rate)s 次页面请求（单连接）") % {"rate": round(rate)}
    if rate >= ENOUGH_PER_SECOND:
        yield ok(Area.LOAD, finding)
    else:
        bad = warn if rate >= TOO_FEW_PER_SECOND else fail
        yield bad(Area.LOAD, finding, _("请关闭机器上的其他程序，增加处理器，或在前面加 nginx。"))


def _hot_pages(subject: Subject) -> list[str]:
    """The page that everybody will open; while it is not public yet, that of the hour before."""
    public = OfficeHour.objects.filter(rehearsal=False, stage__in=PUBLIC_STAGES).order_by("-starts_at")
    if subject.hour is not None and subject.hour.stage in PUBLIC_STAGES:
        public = public.filter(id=subject.hour.id)
    return [f"/hours/{slug}/" for slug in public.values_list("slug", flat=True)[:1]]


def _own_address() -> tuple[str, int] | None:
    """Where this machine serves, as far as the settings tell."""
    parsed = urlparse(settings.BASE_URL)
    if parsed.scheme == "http" and parsed.hostname in LOOPBACK:
        return str(parsed.hostname), parsed.port or 80
    return None


def measure(host: str, port: int, path: str) -> float:
    """Pages a second over one connection; 0 when the page does not exist.

    :raises OSError: when nobody answers in time
    :raises ValueError: when what answers is no HTTP
    """
    name = urlparse(settings.BASE_URL).netloc or f"{host}:{port}"
    request = f"GET {path} HTTP/1.1\r\nHost: {name}\r\nAccept-Encoding: gzip\r\n\r\n".encode()
    host = host if host in LOOPBACK else "127.0.0.1"
    with socket.create_connection((host, port), GIVE_UP_SECONDS) as caller:
        reader = caller.makefile("rb")
        caller.sendall(request)
        if _answer(reader) != b"200":
            return 0.0
        answered, started = 0, time.monotonic()
        while (took := time.monotonic() - started) < MEASURE_SECONDS:
            caller.sendall(request * WINDOW)
            for _number in range(WINDOW):
                _answer(reader)
            answered += WINDOW
    return answered / max(took, 0.001)


def _answer(reader: Any) -> bytes:
    """Read one answer to its end; its status.

    :raises ValueError: when it is none
    """
    first = reader.readline().split(b" ", 2)
    if not first[0].startswith(b"HTTP/1.1"):
        message = "no HTTP"
        raise ValueError(message)
    length = 0
    while (line := reader.readline().strip()) != b"":
        label, _colon, value = line.partition(b":")
        if label.lower() == b"content-length":
            length = int(value)
    reader.read(length)
    return bytes(first[1])
