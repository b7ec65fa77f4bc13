"""The sender, killed two hundred times at random moments: nobody twice, nobody forgotten; what came of it is kept."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.machine import keep, table, verdict

KILLS = 200
TEST = "tests/outreach/test_kill.py"


def main() -> bool:
    """Kill, print and keep; whether nobody was written to twice."""
    with tempfile.TemporaryDirectory(prefix="townhall-bench-") as folder:
        figures = Path(folder) / "figures.json"
        environ = os.environ | {"SENDER_KILLS": str(KILLS), "SENDER_FIGURES": str(figures)}
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:xdist", "-m", "long", TEST]
        passed = subprocess.run(command, env=environ, check=False).returncode == 0
        found = json.loads(figures.read_text(encoding="utf-8")) if figures.exists() else {}
    met = passed and bool(found)
    rows = [["what", "measured", "target"]]
    rows += [[name, str(value), ""] for name, value in found.items() if name != "twice"]
    rows += [["twice", str(found.get("twice", "?")), f"0 {verdict(met=met)}"]]
    print(table(rows))
    if met:
        keep("kills", found)
    return met
