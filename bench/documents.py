"""Papers: how long each layout takes as PDF and each template as .docx, and that others open what was made.

LibreOffice opens nearly anything; what Word would offer to repair is found by the strict reader that the tests have.
"""

import os
import shutil
import statistics
import subprocess
import tempfile
import time
from datetime import date
from pathlib import Path
from typing import Any

from bench.machine import keep, table, tool, verdict

MOST_SECONDS = 2.0
ROUNDS = 5
LONG_TEXT = "各单位要提前梳理本单位职责范围内的热点问题，做好答复准备。" * 60
ROWS = 300


def main() -> bool:
    """Measure, print and keep; whether every target was met."""
    soffice = tool("soffice", "libreoffice-writer-nogui")
    with tempfile.TemporaryDirectory(prefix="townhall-bench-") as folder:
        os.environ |= {"TOWNHALL_DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "townhall.config.settings"}
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        from tests.tools import strict
        from townhall.documents import render, templates

        context = _paper()
        figures: dict[str, Any] = {}
        made: dict[str, bytes] = {}
        for layout in render.LAYOUTS:
            figures[f"{layout}.pdf"], made[f"{layout}.pdf"] = _measure(
                lambda name=layout: render.laid_out(name, context)
            )
        for name in templates.TEMPLATES:
            figures[f"{name}.docx"], made[f"{name}.docx"] = _measure(
                lambda which=name: render.docx(which, context)
            )
        reopened = _reopen(soffice, Path(folder), made)
    faults = {name: strict.faults(data) for name, data in made.items() if name.endswith(".docx")}
    rows = [["paper", "KB", "first s", "median s", "slowest s", "opens again", "to repair", "target"]]
    all_met = True
    for name, seconds in figures.items():
        opens = name.endswith(".pdf") or name in reopened
        met = max(seconds) < MOST_SECONDS and opens and not faults.get(name)
        all_met = all_met and met
        times = [f"{seconds[0]:.2f}", f"{statistics.median(seconds):.2f}", f"{max(seconds):.2f}"]
        again = "-" if name.endswith(".pdf") else ("yes" if opens else "NO")
        rows.append(
            [
                name,
                f"{len(made[name]) / 1024:.0f}",
                *times,
                again,
                str(len(faults[name])) if name in faults else "-",
                f"< {MOST_SECONDS:.0f} s {verdict(met=met)}",
            ]
        )
    print(table(rows))
    for name, found in faults.items():
        for fault in found:
            print(f"{name}: {fault}")
    sizes = {name: len(data) for name, data in made.items()}
    keep("documents", {"seconds": figures, "bytes": sizes, "faults": faults})
    return all_met


def _paper() -> dict[str, Any]:
    """A paper with several pages of text and a table of 300 rows."""
    from townhall.documents.papers import Paper, Table, day, number

    rows = [[str(n), "就学教育", "澄湖路幼儿园明年是否新增托班？", "区教育局"] for n in range(1, ROWS + 1)]
    return Paper(
        title="关于举行第16期区长网上办公的通知", organ="澄湖区人民政府办公室文件", number=number("澄府办", 2026, 16),
        to="各镇人民政府、街道办事处", body=f"一、时间\n{LONG_TEXT}\n二、要求\n{LONG_TEXT}", attachments=["方案"],
        signed="澄湖区人民政府办公室", on=day(date(2026, 11, 3)), copies="区委办公室", qr="https://example.gov/hours/2026-11/",
        qr_words="扫码提问", facts=[("时间", "2026年11月30日")], tables=[Table(["编号", "类别", "问题", "单位"], rows)],
    ).context()  # fmt: skip


def _measure(make: Any) -> tuple[list[float], bytes]:
    seconds, data = [], b""
    for _round in range(ROUNDS):
        started = time.perf_counter()
        data = make()
        seconds.append(time.perf_counter() - started)
    return seconds, data


def _reopen(soffice: str, folder: Path, made: dict[str, bytes]) -> set[str]:
    """The names of those that LibreOffice turned into a PDF."""
    place = folder / "reopened"
    place.mkdir()
    files = []
    for name, data in made.items():
        if name.endswith(".docx"):
            (place / name).write_bytes(data)
            files.append(str(place / name))
    home = f"-env:UserInstallation=file://{folder}/home"
    command = [soffice, home, "--headless", "--convert-to", "pdf", "--outdir", str(place), *files]
    subprocess.run(command, check=False, capture_output=True, timeout=600)
    shutil.rmtree(folder / "home", ignore_errors=True)
    return {name for name in made if (place / name).with_suffix(".pdf").exists()}
