"""What only the network can tell: the certificate that citizens' browsers get, and what time others have."""

from __future__ import annotations

import socket
import ssl
import time
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import TYPE_CHECKING
from urllib.parse import urlparse

from django.conf import settings
from django.db import connection
from django.utils.translation import gettext as _

from townhall.readiness.choices import Area
from townhall.readiness.lines import Line, Subject, fail, ok, warn

if TYPE_CHECKING:
    from collections.abc import Iterator

TIMEOUT = 2.0
SOON_DAYS, LAST_DAYS = 21, 3
MOST_SECONDS_OFF, TOO_MANY_SECONDS_OFF = 5, 60
_DAY = 86_400


def certificate(_subject: Subject) -> Iterator[Line]:
    """Whether browsers trust it, and for how many more days."""
    parsed = urlparse(settings.BASE_URL)
    if parsed.scheme != "https":
        yield ok(Area.CERTIFICATE, _("没有使用 https，不需要证书"))
        return
    host, port = parsed.hostname or "", parsed.port or 443
    try:
        with (
            socket.create_connection((host, port), TIMEOUT) as plain,
            ssl.create_default_context().wrap_socket(plain, server_hostname=host) as secured,
        ):
            until = ssl.cert_time_to_seconds(str((secured.getpeercert() or {})["notAfter"]))
    except ssl.SSLCertVerificationError as error:
        finding = _("浏览器不会信任：%(reason)s") % {"reason": error.verify_message}
        yield fail(Area.CERTIFICATE, finding, _("请安装有效的证书和完整的证书链。"))
        return
    except OSError as error:
        finding = _("连不上 %(address)s（%(reason)s）") % {
            "address": f"{host}:{port}",
            "reason": type(error).__name__,
        }
        yield warn(Area.CERTIFICATE, finding, _("请从外网打开网址看看，并检查域名解析和防火墙。"))
        return
    days = int((until - _machine_time()) // _DAY)
    finding = _("还有 %(days)s 天到期") % {"days": days}
    if days > SOON_DAYS:
        yield ok(Area.CERTIFICATE, finding)
    else:
        yield (warn if days > LAST_DAYS else fail)(Area.CERTIFICATE, finding, _("请更新证书。"))


def clock_offset(_subject: Subject) -> Iterator[Line]:
    """How far this machine's clock is from the database's and from what the public address tells."""
    for who, offset in (
        ("PostgreSQL", _database_offset()),
        (urlparse(settings.BASE_URL).hostname, _http_offset()),
    ):
        if offset is None:
            continue
        finding = _("与 %(who)s 相差 %(seconds)s 秒") % {"who": who, "seconds": round(offset, 1)}
        if abs(offset) <= MOST_SECONDS_OFF:
            yield ok(Area.CLOCK, finding)
        else:
            bad = warn if abs(offset) <= TOO_MANY_SECONDS_OFF else fail
            yield bad(Area.CLOCK, finding, _("请开启时间同步（timedatectl set-ntp true）。"))


def _machine_time() -> float:
    """The machine's own clock, which is what is looked at here, and never the steered one."""
    return time.clock_gettime(time.CLOCK_REALTIME)


def _database_offset() -> float | None:
    """Seconds that the database is ahead; ``None`` for SQLite, which has no clock of its own."""
    if connection.vendor != "postgresql":
        return None
    with connection.cursor() as cursor:
        cursor.execute("SELECT extract(epoch FROM clock_timestamp())")
        return float(cursor.fetchone()[0]) - _machine_time()


def _http_offset() -> float | None:
    """Seconds that the public address is ahead; ``None`` when it is this machine or does not answer."""
    parsed = urlparse(settings.BASE_URL)
    if parsed.hostname in {None, "localhost", "127.0.0.1", "::1"}:
        return None
    kind = HTTPSConnection if parsed.scheme == "https" else HTTPConnection
    caller = kind(parsed.hostname or "", parsed.port, timeout=TIMEOUT)
    try:
        caller.request("HEAD", "/healthz")
        told = caller.getresponse().getheader("Date")
        return parsedate_to_datetime(told).timestamp() + 0.5 - _machine_time() if told else None
    except (OSError, HTTPException, ValueError, TypeError):
        return None
    finally:
        caller.close()


SLOW = (certificate, clock_offset)
