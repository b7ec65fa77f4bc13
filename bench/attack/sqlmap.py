"""sqlmap: every field that reaches a search or a table, knowing which database stands behind."""

import re
import subprocess
import tempfile
from pathlib import Path

from bench.attack import needs
from bench.attack.standing import District, Found

SECONDS = 75  # for one address; those that were not finished are named
INJECTABLE = re.compile(r"is vulnerable|appears to be .*injectable|identified the following injection point")


def run(district: District) -> Found:
    """Try each; a parameter that it calls injectable is a finding."""
    found = Found("sqlmap", needs.version_of("sqlmap"))
    slug, url = district.slug, district.url
    targets: dict[str, list[str]] = {
        "archive": [f"{url}/archive/?q=a&year=2026&unit=1&subject=other"],
        "listing": [f"{url}/hours/{slug}/list/?page=1&status=published&subject=other&kind=consult"],
        "api": [f"{url}/api/v1/hours/{slug}/questions?limit=10&status=published&after=a"],
        "frames": [f"{url}/live/{slug}/frames?after=0&as=json"],
        "address": [f"{url}/questions/1*/"],
        "receipt": [f"{url}/api/v1/track/123456789012*"],
        "form": [f"{url}/hours/{slug}/ask", "--data", "text=a&title=b&display_name=c&kind=consult&subject=other"],
        "json": [f"{url}/api/v1/hours/{slug}/questions", "--data", '{"text":"a","display_name":"b","subject":"other"}',
                 "--header", "Content-Type: application/json"],
    }  # fmt: skip
    with district.behind_nginx(found), tempfile.TemporaryDirectory() as name:
        for what, (address, *more) in targets.items():
            command: list[str | Path] = [
                needs.debian("sqlmap"), "--url", address, *more, "--batch", "--level", "2", "--risk", "2",
                "--dbms", "SQLite", "--ignore-code", "400,401,403,404,405,409,415,422,429", "--threads", "4",
                "--output-dir", Path(name) / what, "--disable-coloring", "--random-agent", "--flush-session",
                "--technique", "BEUST", "--header", f"Origin: {url}",
            ]  # fmt: skip
            try:
                said = subprocess.run(
                    command, capture_output=True, text=True, check=False, timeout=SECONDS
                ).stdout
            except subprocess.TimeoutExpired as late:
                said = (late.stdout or b"").decode(errors="replace")
                found.figures.setdefault("not finished", []).append(what)
            found.figures.setdefault("tested", {})[what] = len(
                re.findall(r"does not seem to be injectable", said)
            )
            found.findings += [f"{what}: {line}" for line in said.splitlines() if INJECTABLE.search(line)]
            if "sqlmap resumed" not in said and "testing" not in said:
                found.findings.append(f"{what}: nothing was tested: {said[-300:]}")
    return found
