"""Thousands of citizens' own messages carried from ask to signature over HTTP: is everything there, and how soon?

Needs real messages (`TOWNHALL_TEST_DATA`); their texts stay where they are, only figures are kept.
"""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from bench.machine import keep, verdict
from bench.servers import TOWNHALL, product

MESSAGES, CITIZENS = 3000, 16
SEEN_SECONDS = 1.0  # the contract's second, from the signature to the last viewer
COVERED_SECONDS = 2.0


def main() -> bool:
    """Measure, print and keep; whether every target was met."""
    messages = Path(os.environ.get("TOWNHALL_TEST_DATA", "")) / "messages.jsonl.gz"
    if not messages.is_file():
        print(f"  no real messages at {messages}: set TOWNHALL_TEST_DATA", file=sys.stderr)
        return False
    with product("live") as (server, _slug, environment):
        report_file = Path(environment["TOWNHALL_DATA_DIR"]) / "rehearsed.json"
        command = [
            TOWNHALL, "rehearse", "bench", "--messages", str(messages), "--limit", str(MESSAGES),
            "--citizens", str(CITIZENS), "--url", f"http://127.0.0.1:{server.port}", "--json", str(report_file),
        ]  # fmt: skip
        done = subprocess.run(command, env=environment, check=False)
        report: dict[str, Any] = json.loads(report_file.read_text())
    seconds = report["seconds"]
    ends = sum(report["ends"].values())
    targets = [
        (
            f"{report['asked']:,} asked, {ends:,} ended in one of six ways, {len(report['faults'])} faults",
            done.returncode == 0 and report["adds_up"] and report["asked"] == ends >= MESSAGES * 0.95,
        ),
        (
            (
                f"{report['answers_seen_by_all']:,} of {report['answers_signed']:,} signed answers seen by all"
                f" {report['viewers']} viewers or lawfully covered before ({report['answers_covered']})"
            ),
            report["answers_seen_by_all"] + report["answers_covered"] >= report["answers_signed"] > 0,
        ),
        (
            f"sign to last viewer p99 {seconds['sign_to_last_viewer']['p99']:.2f} s (at most {SEEN_SECONDS:.0f})",
            seconds["sign_to_last_viewer"]["p99"] <= SEEN_SECONDS,
        ),
        (
            (
                f"a leaked number was covered after {max(report['leak_covered_seconds'], default=0):.2f} s"
                f" (at most {COVERED_SECONDS:.0f})"
            ),
            0 < max(report["leak_covered_seconds"], default=0) <= COVERED_SECONDS,
        ),
    ]
    for text, met in targets:
        print(f"  {verdict(met=met):<7} {text}")
    print(f"raw figures: {keep('rehearse', {name: report[name] for name in report if name != 'url'})}")
    return all(met for _text, met in targets)
