"""schemathesis against the running API: all that its description promises, for anybody and for staff."""

import json
import subprocess
import sys
import tempfile
from importlib import metadata
from pathlib import Path

from bench.attack.standing import District, Found

SECONDS = 110  # for each of the two
# What would be no fault of the API's:
# - positive_data_acceptance: a question that fits the schema may still be refused by a rule (asked twice, hour over);
# - negative_data_rejection: unknown members are ignored on purpose (docs/reference/api.md).
LEFT_OUT = "positive_data_acceptance,negative_data_rejection"


def run(district: District) -> Found:
    """Fuzz the public half without, the desk half with a token."""
    found = Found("schemathesis", metadata.version("schemathesis"))
    halves = {
        "public": ["--exclude-path-regex", "^/api/v1/desk/"],
        "desk": ["--include-path-regex", "^/api/v1/desk/"],
    }
    token = district.place.token(district.staff["moderator"][0])
    with district.behind_nginx(found), tempfile.TemporaryDirectory() as name:
        for half, chosen in halves.items():
            report = Path(name) / f"{half}.json"
            header = ["--header", f"Authorization: Bearer {token}"] if half == "desk" else []
            done = subprocess.run(
                [Path(sys.executable).with_name("st"), "run", f"{district.url}/api/v1/openapi.json",
                 "--tls-verify", "false", "--checks", "all", "--exclude-checks", LEFT_OUT, "--continue-on-failure",
                 "--max-time", str(SECONDS), "--seed", "1", "--generation-database", "none", "--no-color",
                 "--suppress-health-check", "all", "--report", "json", "--report-json-path", report,
                 *header, *chosen],
                capture_output=True, text=True, check=False, timeout=SECONDS * 4, cwd=name,
            )  # fmt: skip
            if not report.exists():
                raise RuntimeError(done.stdout[-3000:] + done.stderr[-3000:])
            told = json.loads(report.read_text(encoding="utf-8"))
            found.figures[half] = {key: told[key] for key in ("operations", "test_cases", "errors")}
            for failure in [*told["failures"], *told["errors"]]:
                where = ", ".join(failure.get("operations", [])[:4])
                found.findings.append(f"{half}: {failure.get('title')} ({failure.get('count')}): {where}")
    return found
