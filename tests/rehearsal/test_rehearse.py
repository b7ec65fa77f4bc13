"""`townhall rehearse` against a real server: nothing is lost, the report adds up, the hour is thrown away."""

import json
import threading
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.tools.server import Installation
from townhall.rehearsal import corpus

pytestmark = pytest.mark.long


def written(path: Path, count: int) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in corpus.messages(count)))
    return path


def rehearsed(place: Installation, slug: str, messages: Path, *options: str) -> dict[str, Any]:
    report = messages.with_suffix(".report.json")
    place.command("rehearse", slug, "--messages", str(messages), "--json", str(report), *options, timeout=900)
    found: dict[str, Any] = json.loads(report.read_text())
    return found


@pytest.mark.timeout(300)
def test_a_rehearsal_loses_nothing_and_leaves_nothing(live_hour: Installation, tmp_path: Path) -> None:
    before = httpx.get(f"{live_hour.url}/api/v1/hours").json()
    report = rehearsed(live_hour, "evening-rehearsal", written(tmp_path / "m.jsonl", 40), "--citizens", "4")
    assert report["adds_up"], report["faults"]
    assert report["asked"] == 42
    assert sum(report["ends"].values()) == 42
    assert report["ends"]["answered"]
    assert report["ends"]["promised"]
    assert report["shortened"] == 1
    assert report["leak_covered_seconds"]
    # Nothing of it stays: not the hour, not its numbers.
    assert httpx.get(f"{live_hour.url}/api/v1/hours").json() == before
    assert httpx.get(f"{live_hour.url}/api/v1/hours/evening-rehearsal").status_code == 404


def test_a_real_hour_is_never_rehearsed_on(live_hour: Installation, tmp_path: Path) -> None:
    slug = httpx.get(f"{live_hour.url}/api/v1/hours", params={"stage": "live"}).json()["items"][0]["slug"]
    with pytest.raises(RuntimeError, match="real office hour"):
        live_hour.command("rehearse", slug, "--messages", str(written(tmp_path / "m.jsonl", 3)))


@pytest.mark.timeout(300)
def test_a_server_elsewhere_is_said_so(live_hour: Installation, tmp_path: Path) -> None:
    messages = str(written(tmp_path / "m.jsonl", 3))
    with pytest.raises(RuntimeError, match="exit 2"):
        live_hour.command("rehearse", "nowhere", "--messages", str(tmp_path / "none.jsonl"))
    with pytest.raises(RuntimeError, match="TOWNHALL_DATA_DIR"):
        live_hour.command(
            "rehearse", "elsewhere", "--messages", messages, "--url", f"{live_hour.url}/nothing"
        )
    # What it had begun is gone again: the name is free.
    report = rehearsed(live_hour, "elsewhere", tmp_path / "m.jsonl")
    assert report["adds_up"], report["faults"]


@pytest.mark.timeout(900)
def test_nothing_is_lost_when_the_server_is_killed(installation: Installation, tmp_path: Path) -> None:
    installation.demo("live")
    installation.start()
    killer = threading.Timer(15, lambda: (installation.kill(), installation.start()))
    killer.start()
    try:
        report = rehearsed(
            installation, "killed", written(tmp_path / "m.jsonl", 100), "--citizens", "4", "--minutes", "0.4"
        )
    finally:
        killer.join()
    assert report["adds_up"], report["faults"]
    assert report["asked"] == 102


@pytest.mark.timeout(900)
def test_a_storm_of_citizens_own_messages_is_carried(live_hour: Installation, message_files: Path) -> None:
    report = json.loads(
        _with_report(live_hour, message_files / "messages.jsonl.gz").read_text(encoding="utf-8")
    )
    assert report["adds_up"], report["faults"]
    assert report["asked"] + sum(report["refused"].values()) == report["messages"]


def _with_report(place: Installation, messages: Path) -> Path:
    report = place.data_dir / "real.json"
    options = ["--messages", str(messages), "--limit", "120", "--citizens", "16", "--json", str(report)]
    place.command("rehearse", "real-words", *options, timeout=900)
    return report
