"""The installer for Debian 12 is a program that parses, and puts every shipped file in its place."""

import re
import subprocess
from pathlib import Path

DEPLOY = Path(__file__).parents[2] / "deploy"
INSTALL = DEPLOY / "install"
# Used as they lie, by commands of the manual.
BY_HAND = {
    "archive-wal",
    "crowd-publish.conf",
    "crowd.conf",
    "grafana",
    "install",
    "patroni.yml",
    "pgbouncer-reconnect",
    "pgbouncer.ini",
    "prometheus",
    "testbed",
    "townhall-frames.service",
}


def test_it_parses_and_says_how_it_is_used() -> None:
    subprocess.run(["bash", "-n", INSTALL], check=True)
    done = subprocess.run([INSTALL], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "usage" in done.stderr


def test_every_shipped_file_has_its_place() -> None:
    text = INSTALL.read_text(encoding="utf-8")
    listed = re.search(r"for file in (.*); do", text)
    assert listed
    by_name = set(listed[1].split()) | set(re.findall(r"deploy/([\w.-]+\.conf)", text))
    units = {file.name for file in DEPLOY.iterdir() if file.suffix in {".service", ".timer"}}
    assert {file.name for file in DEPLOY.iterdir()} == by_name | units | BY_HAND


def test_settings_and_site_of_an_operator_are_never_written_over() -> None:
    text = INSTALL.read_text(encoding="utf-8")
    assert "if [ ! -e /etc/townhall/environment ]" in text
    assert '[ -e "$site" ] ||' in text
