"""The archive: rows a second when importing and the memory it takes; how long a search takes at 60,000 questions.

Synthetic rows of invented streets and matters, seeded, are imported as an office would, indexed as the server does, and
searched with one to five words, on SQLite and PostgreSQL; both must find the same in the same order. A folder of real
replies (`TOWNHALL_TEST_DATA`) is imported too.

What is judged is the processor's time: that of the thread that asks, and with PostgreSQL that of the server's process
which answers it. The time by the clock on the wall is kept beside it, for whoever measures on a machine of their own.
"""

import csv
import hashlib
import json
import os
import random
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from bench.machine import keep, table, verdict

ROWS = int(os.environ.get("BENCH_ROWS", "100000"))
SEARCHED = int(os.environ.get("BENCH_SEARCHED", "60000"))
SEARCHES = 300
LEAST_ROWS_A_SECOND = 1000
MOST_MS = 100
MOST_GROWTH_MB = 60  # between the first and the last tenth of an import; a list of all rows would take 300

PLACES = [
    "湖滨",
    "春申",
    "新桥",
    "澄江",
    "芦汀",
    "临城",
    "堤西",
    "南闸",
    "北桥",
    "莲花",
    "梅园",
    "枫林",
    "锦绣",
    "朝阳",
    "文化",
    "体育",
    "银杏",
    "香樟",
    "水清",
    "航华",
]
THINGS = [
    "路灯",
    "公交车",
    "红绿灯",
    "垃圾房",
    "幼儿园",
    "小学",
    "学区房",
    "停车位",
    "电梯",
    "物业费",
    "下水道",
    "菜市场",
    "社区食堂",
    "养老院",
    "托班",
    "噪声",
    "河道",
    "工地",
]
MATTERS = [
    "什么时候修好",
    "能不能增加",
    "收费标准是多少",
    "怎样报名",
    "划片有没有变化",
    "晚上太吵",
    "一直没有人管",
    "需要哪些材料",
    "何时开工",
    "味道很大",
]
UNITS = [
    "区教育局",
    "区住建局",
    "区交通局",
    "区生态环境局",
    "区民政局",
    "区市场监管局",
    "区绿化市容局",
    "区卫生健康委",
]
DONE = ["已于当天派人现场查看", "经核查情况属实", "已列入今年计划", "按现行规定办理", "已责成有关单位整改"]


def rows(number: int) -> Any:
    """So many invented questions and answers over ten years."""
    chance = random.Random(7)
    for n in range(number):
        place, other = chance.sample(PLACES, 2)
        thing, more, matter = chance.choice(THINGS), chance.choice(THINGS), chance.choice(MATTERS)
        day = date(2015, 1, 1) + timedelta(days=n * 3650 // number)
        yield [
            n, f"第 {n * 60 // number + 1} 期", f"{place}路{n % 997}弄附近的{thing}{matter}？{other}路的{more}也一样。",
            f"您好！{place}路的{thing}问题{chance.choice(DONE)}，{other}路{chance.choice(DONE)}，预计{day.month}个月内完成。",
            day, chance.choice(UNITS),
        ]  # fmt: skip


def searches() -> list[str]:
    """What people might type: one to five words, one of them often very common."""
    chance = random.Random(11)
    kinds = [PLACES, THINGS, MATTERS, UNITS]
    return [
        "".join(chance.choice(chance.choice(kinds)) for _word in range(chance.randint(1, 5)))
        for _n in range(SEARCHES)
    ]


def write(path: Path, number: int) -> Path:
    with path.open("w", encoding="gb18030", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(["编号", "期号", "问题", "答复", "答复日期", "答复单位"])
        writer.writerows(rows(number))
    return path


def _memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def measure(folder: Path) -> dict[str, Any]:
    """Import, index and search in this process, on the database that the environment names."""
    import django

    django.setup()
    from django.core.management import call_command
    from django.db import connection

    call_command("migrate", verbosity=0)
    from townhall.history import importing
    from townhall.insight import finding
    from townhall.insight.actions import keep_past

    found: dict[str, Any] = {"engine": connection.vendor}
    seen: list[float] = []
    plan = importing.plan(write(folder / "past.csv", ROWS), source="bench")
    clock = _clock()
    wall, started = time.perf_counter(), clock()
    importing.check(plan)
    report = importing.run(
        plan, folder / "back.csv", lambda _n: seen.append(_memory()) if len(seen) < ROWS else None
    )
    found["rows_a_second"] = report.rows / (clock() - started)
    found["rows_a_second_by_the_wall"] = report.rows / (time.perf_counter() - wall)
    found["growth_mb"] = seen[-1] - seen[len(seen) // 10]
    assert (report.imported, report.refused) == (ROWS, 0)
    place: int | None = 0
    indexed = 0
    started = time.perf_counter()
    while place is not None and indexed < SEARCHED:
        done, place = keep_past(place)
        indexed += done
    found["indexed"], found["index_seconds"] = indexed, time.perf_counter() - started
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    taken, by_the_wall, results = [], [], hashlib.sha256()
    for words in searches():
        wall, started = time.perf_counter(), clock()
        items = finding.search(finding.Wanted(words)).items
        taken.append((clock() - started) * 1000)
        by_the_wall.append((time.perf_counter() - wall) * 1000)
        results.update(json.dumps([one["item"]["id"] for one in items]).encode())
    found["ms"], found["ms_by_the_wall"] = _spread(taken), _spread(by_the_wall)
    found["results"] = results.hexdigest()
    found["real"] = _real(folder, clock)
    return found


def _clock() -> Callable[[], float]:
    """Seconds of the processor: this thread's, and those of the database's process for this connection."""
    from django.db import connection

    if connection.vendor == "sqlite":
        return time.thread_time
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        told = Path(f"/proc/{cursor.fetchone()[0]}/schedstat")
    return lambda: time.thread_time() + int(told.read_text().split()[0]) / 1e9


def _spread(taken: list[float]) -> dict[str, float]:
    ordered = sorted(taken)
    return {"median": statistics.median(taken), "p95": ordered[int(len(taken) * 0.95)], "max": ordered[-1]}


def _real(folder: Path, clock: Any) -> dict[str, float] | None:
    """The same with real questions and replies, where they are at hand."""
    from tests.tools import messages
    from townhall.history import importing

    place = messages.real_folder()
    if place is None:
        return None
    plan = importing.plan(place / messages.REPLIES, source="real")
    started = clock()
    importing.check(plan)
    report = importing.run(plan, folder / "real.csv")
    took = clock() - started
    return {"rows": report.rows, "imported": report.imported, "rows_a_second": report.rows / took}


def _run(folder: Path, url: str) -> dict[str, Any]:
    data = folder / (url.partition(":")[0] or "sqlite")
    data.mkdir()
    env = os.environ | {"TOWNHALL_DATA_DIR": str(data), "DJANGO_SETTINGS_MODULE": "townhall.config.settings"}
    if url:
        env["TOWNHALL_DATABASE_URL"] = url
    done = subprocess.run(
        [sys.executable, "-m", "bench.archive", str(data)],
        env=env,
        check=True,
        capture_output=True,
        text=True,
    )
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def main() -> bool:
    """Measure both databases, print and keep; whether every target was met."""
    from tests.tools import postgres

    with tempfile.TemporaryDirectory(prefix="townhall-bench-") as folder:
        figures = [_run(Path(folder), "")]
        cluster = postgres.start()
        try:
            figures.append(_run(Path(folder), cluster.create("archive")))
        finally:
            cluster.stop()
    same = len({one["results"] for one in figures}) == 1
    lines = [
        [
            "database",
            "rows/s",
            "real rows/s",
            "MB more",
            "indexed",
            "median ms",
            "p95 ms",
            "slowest ms",
            "target",
        ]
    ]
    all_met = same
    for one in figures:
        met = (
            one["rows_a_second"] >= LEAST_ROWS_A_SECOND
            and one["growth_mb"] < MOST_GROWTH_MB
            and one["ms"]["p95"] < MOST_MS
        )
        all_met = all_met and met
        lines.append(
            [one["engine"], f"{one['rows_a_second']:.0f}",
             f"{one['real']['rows_a_second']:.0f}" if one["real"] else "-", f"{one['growth_mb']:.0f}",
             str(one["indexed"]),
             *(f"{one['ms'][name]:.0f}" for name in ("median", "p95", "max")),
             f">= {LEAST_ROWS_A_SECOND} rows/s, p95 < {MOST_MS} ms {verdict(met=met)}"]
        )  # fmt: skip
    print(table(lines))
    print(f"the same results in the same order: {'yes' if same else 'NO'}")
    keep("archive", {"rows": ROWS, "searched": SEARCHED, "figures": figures})
    return all_met


if __name__ == "__main__":
    print(json.dumps(measure(Path(sys.argv[1]))))
