"""How an hour that runs is doing: three numbers, each with a colour, a word and what to do.

Viewers now says whether people are here, and how much room is left. Seconds from a signature to the last viewer is
the promise itself. Questions waiting to be stored, with how long the oldest has waited, shows a slow disk before
anybody is refused. Processor, memory and network are causes of these, and belong to a monitor.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from townhall.kernel import metrics
from townhall.readiness.choices import Level

# Shares of the room for streams; past the last a venue that joins at once no longer fits.
ROOM_YELLOW, ROOM_RED = 0.8, 0.95
# The contract promises a second; two is what people notice as late.
LAG_YELLOW, LAG_RED = 1.0, 2.0
# A question is answered once it is on the disk; after five seconds people press the button again.
AGE_YELLOW, AGE_RED = 1.0, 5.0
# Of the 2,000 places in a process's line; from three quarters on askers are asked for an effort.
LINE_YELLOW, LINE_RED = 500, 1_500
# The loop tells its figures every second; so late it stands.
SILENT_SECONDS = 10.0
NAMES = {
    "viewers": gettext_lazy("现在在线"),
    "lag": gettext_lazy("签发到最后一人"),
    "line": gettext_lazy("待入库的提问"),
}


@dataclass(frozen=True, slots=True)
class Vital:
    """One number.

    :param key: its code word, in the journal too
    :param value: the number as it is read
    :param note: what it is measured against
    :param remedy: what to do, unless it is green
    """

    key: str
    level: Level
    value: str
    note: str
    remedy: str = ""

    @property
    def name(self) -> str:
        """What it is called, in the reader's language."""
        return str(NAMES[self.key])


def look() -> list[Vital]:
    """The three numbers now; yellow and without a number where nothing serves on this machine."""
    told = metrics.read()
    if not told.get("townhall_processes"):
        remedy = _("请启动 townhall serve；或这一页由另一台机器应答，请看监控。")
        return [Vital(key, Level.WARN, "—", _("没有数据"), remedy) for key in NAMES]
    return [_viewers(told), _lag(told), _line(told)]


def _level(value: float, yellow: float, red: float) -> Level:
    return Level.FAIL if value >= red else Level.WARN if value >= yellow else Level.OK


def _viewers(told: dict[str, float]) -> Vital:
    now, most = told.get("townhall_viewers", 0.0), told.get("townhall_viewers_most", 0.0)
    level = _level(now / most if most else 1.0, ROOM_YELLOW, ROOM_RED)
    remedy = _(
        "请提高可打开文件数（LimitNOFILE）或增加 --processes 再重启，观众会自己回来；坐不下的人内容不缺，只慢几秒。"
    )
    note = _("最多 %(most)s 人") % {"most": f"{most:,.0f}"}
    return Vital("viewers", level, _("%(n)s 人") % {"n": f"{now:,.0f}"}, note, _unless_ok(level, remedy))


def _lag(told: dict[str, float]) -> Vital:
    silent = metrics.machine_time() - told.get("townhall_told_at_seconds", 0.0)
    if silent > SILENT_SECONDS:
        remedy = _(
            "有进程卡住了：请看是什么占满了处理器，再重启服务（systemctl restart townhall），观众会自己回来。"
        )
        value = _("%(n)s 秒没有动静") % {"n": round(silent)}
        return Vital("lag", Level.FAIL, value, _("承诺 1 秒"), remedy)
    lag = told.get("townhall_recent_lag_seconds", 0.0)
    level = _level(lag, LAG_YELLOW, LAG_RED)
    remedy = _(
        "请看处理器和出口带宽哪个满了：处理器满就停掉机器上的其他程序或增加进程，带宽满就请运营商临时提速。"
    )
    value = _("%(n)s 秒") % {"n": f"{lag:.2f}"} if lag else _("最近没有签发")
    return Vital(
        "lag",
        level,
        value,
        _("五分钟内最慢的一次，承诺 1 秒"),
        _unless_ok(level, remedy),
    )


def _line(told: dict[str, float]) -> Vital:
    waiting = told.get('townhall_queue_depth{queue="questions"}', 0.0)
    age = told.get("townhall_store_age_seconds", 0.0)
    each = waiting / told["townhall_processes"]
    level = max(_level(age, AGE_YELLOW, AGE_RED), _level(each, LINE_YELLOW, LINE_RED), key=_SEVERITY.index)
    remedy = _(
        "请看磁盘是不是满了或慢了（备份、日志），数据库有没有应答；必要时请主持人暂停提问，已收到的不会丢。"
    )
    note = _("等得最久的 %(n)s 秒") % {"n": f"{age:.1f}"}
    value = _("%(n)s 件") % {"n": f"{waiting:,.0f}"}
    return Vital("line", level, value, note, _unless_ok(level, remedy))


_SEVERITY = [Level.OK, Level.WARN, Level.FAIL]


def _unless_ok(level: Level, remedy: str) -> str:
    return "" if level == Level.OK else remedy


class Steady:
    """Tells a change of colour only when it stays: red at once would flap.

    :param to_red: so many looks in a row must be red
    :param to_green: and so many none
    """

    def __init__(self, *, to_red: int, to_green: int) -> None:
        self._needed = {True: to_red, False: to_green}
        self._run: dict[str, tuple[bool, int]] = {}

    def seen(self, key: str, *, red: bool) -> bool:
        """Note a look; whether this colour has now stayed long enough to be told."""
        before, count = self._run.get(key, (red, 0))
        count = count + 1 if before == red else 1
        self._run[key] = (red, count)
        return count >= self._needed[red]
