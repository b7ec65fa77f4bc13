"""The machine a figure was measured on, the programs it needs, and where figures are kept."""

import json
import os
import platform
import shutil
import subprocess
import sys
import time
from importlib import metadata
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
RESULTS = HERE / "results"
BUILD = HERE / "build"
SERVER_CORE, CLIENT_CORE = "0", "1"
_PACKAGES = ("django", "uvicorn", "uvloop", "httptools", "a2wsgi")


class MissingToolError(RuntimeError):
    """A program that the measurement needs is not installed; the text says how to get it."""


def tool(name: str, package: str) -> str:
    """Where a program is.

    Raises:
        MissingToolError: naming the package that has it.
    """
    found = shutil.which(name, path=os.environ["PATH"] + ":/usr/sbin")
    if found is None:
        raise MissingToolError(f"{name} is not installed: apt-get install {package}")
    return found


def compiled(source: str) -> Path:
    """A load client, built from its C source when it is not there or older."""
    program = BUILD / source.removesuffix(".c")
    file = HERE / source
    if not program.exists() or program.stat().st_mtime < file.stat().st_mtime:
        BUILD.mkdir(exist_ok=True)
        subprocess.run([tool("gcc", "gcc"), "-O2", "-Wall", "-o", program, file], check=True)
    return program


def pinned(core: str, *command: object) -> list[str]:
    """A command bound to one core, where the machine has more than one."""
    words = [str(word) for word in command]
    return [tool("taskset", "util-linux"), "-c", core, *words] if (os.cpu_count() or 1) > 1 else words


def versions() -> dict[str, str]:
    """What was measured."""
    nginx = "absent"
    if found := shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin"):
        said = subprocess.run([found, "-v"], capture_output=True, text=True, check=False).stderr
        nginx = said.strip().rpartition("/")[2]
    cpu = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.machine(),
    )
    return {
        "python": sys.version.split()[0],
        "nginx": nginx,
        "cpu": f"{os.cpu_count()} x {cpu}",
        "kernel": platform.release(),
        **{name: metadata.version(name) for name in _PACKAGES},
    }


def keep(name: str, figures: dict[str, Any]) -> Path:
    """Write raw figures and versions to `bench/results/NAME.json`."""
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{name}.json"
    document = {"measured_at": time.strftime("%Y-%m-%dT%H:%M:%S%z"), "versions": versions(), **figures}
    path.write_text(json.dumps(document, indent=1, ensure_ascii=False) + "\n")
    return path


def table(rows: list[list[str]]) -> str:
    """Rows as aligned columns; the first row is the head."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    lines.insert(1, "  ".join("-" * width for width in widths))
    return "\n".join(lines)


def verdict(*, met: bool) -> str:
    """How a target fared."""
    return "met" if met else "MISSED"
