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
    assert {unit.name for unit in UNITS} == {
        "townhall.service", "townhall-backup.service", "townhall-follow.service", "townhall-frames.service",
        "townhall-prove.service", "townhall-wal.service",
    }  # fmt: skip


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


# What has work on another machine, or a database that may lie there. The copy of SQLite's log is from folder to folder.
CALLS = ["serve", "publish-frames", "backup", "backup --prove", "pg_receivewal"]


def command_of(unit: Path) -> str:
    line = re.search(r"^ExecStart=(.*)$", unit.read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert line
    program, *words = line[1].split()
    name = Path(program).name
    kept = [word for word in words if word in {"serve", "publish-frames", "backup", "--follow", "--prove"}]
    return " ".join(kept if name == "townhall" else [name])


def test_the_commands_are_those_that_were_thought_of() -> None:
    assert sorted(command_of(unit) for unit in UNITS) == sorted([*CALLS, "backup --follow"])


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_that_has_to_call_is_let_out_and_another_is_not(unit: Path) -> None:
    text = unit.read_text(encoding="utf-8")
    families = re.search(r"^RestrictAddressFamilies=(.*)$", text, flags=re.MULTILINE)
    assert families
    calls = command_of(unit) in CALLS
    assert ("PrivateNetwork=true" in text) is not calls
    assert ("AF_INET" in families[1].split()) is calls
