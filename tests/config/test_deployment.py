"""What an operator gets who follows the manual: Django's own deployment checks have nothing to say."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

from tests.tools.server import TOWNHALL

if TYPE_CHECKING:
    from pathlib import Path

SETTINGS = {
    "TOWNHALL_BASE_URL": "https://wsbg.example.gov",
    "TOWNHALL_ALLOWED_HOSTS": "wsbg.example.gov",
    "TOWNHALL_TRUSTED_PROXIES": "127.0.0.1",
}


def checked(data_dir: Path, settings: dict[str, str]) -> subprocess.CompletedProcess[str]:
    environ = {name: value for name, value in os.environ.items() if not name.startswith("TOWNHALL_")}
    environ |= {"TOWNHALL_DATA_DIR": str(data_dir), "PYTHONWARNINGS": "default", **settings}
    command = [TOWNHALL, "manage", "check", "--deploy", "--fail-level", "WARNING"]
    return subprocess.run(command, env=environ, capture_output=True, text=True, timeout=120, check=False)


def test_an_installation_as_documented_passes_the_deployment_checks(tmp_path: Path) -> None:
    done = checked(tmp_path / "data", SETTINGS)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "no issues" in done.stdout


def test_the_checks_see_what_is_left_open(tmp_path: Path) -> None:
    done = checked(tmp_path / "data", SETTINGS | {"TOWNHALL_DEBUG": "yes"})
    assert done.returncode != 0
    assert "security.W018" in done.stderr
