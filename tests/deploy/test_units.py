"""The shipped units: each is as closed as its work allows, by systemd's own judgement."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

DEPLOY = Path(__file__).parents[2] / "deploy"
UNITS = sorted(DEPLOY.glob("*.service"))
ANALYZE = shutil.which("systemd-analyze")
MOST_EXPOSED = 2.5


def test_there_are_units_to_look_at() -> None:
    assert {unit.name for unit in UNITS} >= {
        "townhall.service",
        "townhall-backup.service",
        "townhall-wal.service",
    }


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_is_closed(unit: Path) -> None:
    if ANALYZE is None:
        pytest.skip("systemd-analyze is not installed: apt-get install systemd")
    command = [ANALYZE, "security", "--offline=true", "--no-pager", unit]
    told = subprocess.run(command, capture_output=True, text=True, check=True, timeout=60).stdout
    found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", told)
    assert found, told
    assert float(found[1]) <= MOST_EXPOSED, told


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_writes_only_where_townhall_keeps_its_own(unit: Path) -> None:
    text = unit.read_text(encoding="utf-8")
    assert "User=townhall" in text
    assert "ProtectSystem=strict" in text
    ours = ("/var/lib/townhall", "/var/lib/townhall-public", "/srv/townhall-backups", "/srv/townhall-wal")
    for line in re.findall(r"^ReadWritePaths=(.*)$", text, flags=re.MULTILINE):
        assert set(line.replace("-/", "/").split()) <= set(ours), line
