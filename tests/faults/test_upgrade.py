"""A new version on an old one's data: nothing of the hour is lost, the record goes on from where it was.

The old version is the newest tag, taken from git. Where a clone brought no tags along, what is tried is the way itself: today's
code stands for the old version, and a copy of it with one made-up migration more for the new one.
"""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import sys
import tarfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.edge.evening import SETTINGS, Evening
from tests.tools.server import Installation

if TYPE_CHECKING:
    from collections.abc import Mapping

ROOT = Path(__file__).resolve().parents[2]
MADE_UP = '''"""A field that a later version might bring; see tests/faults/test_upgrade.py."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("questions", "{last}")]
    operations = [
        migrations.AddField("question", "made_up", models.CharField(max_length=8, default="new", db_default="new")),
    ]
'''


def git(*words: str) -> bytes:
    return subprocess.run(["git", "-C", ROOT, *words], check=True, capture_output=True).stdout


def versions(folder: Path) -> tuple[str, Path, Path]:
    """The old version's name and source, and the new one's source."""
    tags = git("tag", "--list", "v*", "--sort=-version:refname").decode().split()
    old = folder / "old"
    if tags:
        with tarfile.open(fileobj=io.BytesIO(git("archive", tags[0], "src"))) as archive:
            archive.extractall(old, filter="data")
        return tags[0], old / "src", ROOT / "src"
    new = folder / "new"
    shutil.copytree(ROOT / "src", new, ignore=shutil.ignore_patterns("__pycache__", "*.egg-info"))
    migrations = new / "townhall" / "questions" / "migrations"
    last = max(path.stem for path in migrations.glob("0*.py"))
    (migrations / "9999_made_up.py").write_text(MADE_UP.format(last=last), encoding="utf-8")
    return "made up", ROOT / "src", new


def run_from(place: Installation, source: Path) -> None:
    """Let this installation's commands come from one version's source."""
    place.environment["PYTHONPATH"] = str(source)
    said = subprocess.run(
        [sys.executable, "-c", "import townhall; print(townhall.__file__)"],
        env=place.environment, check=True, capture_output=True, text=True,
    )  # fmt: skip
    assert said.stdout.startswith(str(source)), said.stdout


def told(evening: Evening, receipts: Mapping[str, str]) -> dict[str, object]:
    """What the public and each asker are shown, as far as no clock is in it."""
    hour = evening.call("GET", f"/hours/{evening.slug}").json()
    answers = evening.call("GET", f"/hours/{evening.slug}/answers?limit=100").json()["items"]
    return {
        "counts": hour["counts"],
        "answers": {one["id"]: one["answer"]["text"] for one in answers},
        "tracked": {
            key: evening.call("GET", f"/track/{receipt}").json()["number"]
            for key, receipt in receipts.items()
        },
        "texts": {one["id"]: one["text"] for one in evening.staff_questions()},
    }


def checkpoint(place: Installation) -> bytes:
    """The public record's newest, once there is one."""
    deadline = time.monotonic() + 60
    while (answer := httpx.get(f"{place.url}/record/checkpoint")).status_code != 200:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    return answer.content


@pytest.mark.long
@pytest.mark.sqlite
@pytest.mark.timeout(600)
def test_a_new_version_goes_on_with_an_old_ones_data(tmp_path: Path) -> None:
    name, old, new = versions(tmp_path)
    place = Installation(tmp_path / "data", settings=SETTINGS | {"PYTHONPATH": str(old)}, bare=True)
    run_from(place, old)
    evening = Evening(place, patience=30)
    try:
        key = re.findall(r"public key: +(\S+)", place.command("record-key"))[0]
        place.start()
        asked = [evening.asked(f"升级前的第 {number} 问：路灯何时修好？") for number in range(3)]
        receipts = {str(one["number"]): str(one["receipt"]) for one in asked}
        evening.sign(asked[0]["id"], evening.bring_to_signing(asked[0]["id"]))
        before = told(evening, receipts)
        kept = tmp_path / "checkpoint"
        kept.write_bytes(checkpoint(place))
        place.stop()

        run_from(place, new)
        place.start()
        assert told(evening, receipts) == before
        after = evening.asked("升级后的提问：路灯何时修好？")
        assert after["number"] == asked[-1]["number"] + 1
        evening.sign(asked[1]["id"], evening.bring_to_signing(asked[1]["id"]))
        said = place.command("verify", f"{place.url}/record/", "--key", key, "--since", str(kept))
        assert "The older checkpoint is the beginning" in said
    finally:
        evening.close()
        place.stop()
    print(f"upgraded from {name}: {len(before['texts'])} questions, none lost")  # type: ignore[arg-type]
