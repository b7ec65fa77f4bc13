"""Where the tools come from, by name only: Debian's packages, one of npm, and the source of Debian's rules."""

import os
import re
import subprocess
from pathlib import Path

from bench.machine import HERE, MissingToolError, tool

PACKAGES = {"sqlmap": "sqlmap", "wapiti": "wapiti", "slowhttptest": "slowhttptest"}
OBSERVATORY, OBSERVATORY_VERSION = "@mdn/mdn-http-observatory", "1.4.8"
# Beside everything else that is installed for this project, and gone with it.
KEPT = HERE.parent / ".venv" / "attack"
SOURCES = Path("/etc/apt/sources.list.d")


def debian(program: str) -> str:
    """A program of a Debian package, installed when it is missing and we may.

    :raises MissingToolError: naming the package
    """
    package = PACKAGES[program]
    try:
        return tool(program, package)
    except MissingToolError:
        if os.geteuid() != 0:
            raise
    quietly = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    subprocess.run(["apt-get", "update", "--quiet"], check=True, capture_output=True)
    subprocess.run(
        ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", package],
        check=True, capture_output=True, env=quietly,
    )  # fmt: skip
    return tool(program, package)


def version_of(package: str) -> str:
    """Which version of a Debian package is installed."""
    done = subprocess.run(
        ["dpkg-query", "--show", "--showformat=${Version}", package],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    return done.stdout or "absent"


def observatory() -> Path:
    """The folder of MDN's observatory, installed without its scripts, which would fetch lists from elsewhere.

    :raises MissingToolError: without npm
    """
    folder = KEPT / "observatory"
    there = folder / "node_modules" / OBSERVATORY
    if not there.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            [tool("npm", "npm"), "install", "--ignore-scripts", "--no-audit", "--no-fund", "--no-save",
             f"{OBSERVATORY}@{OBSERVATORY_VERSION}"],
            cwd=folder, check=True, capture_output=True,
        )  # fmt: skip
    # The lists: no address of this machine stands in either, so that an empty one says the same.
    for name in ("hsts-preload.json", "tld-list.json"):
        if not (there / "conf" / name).exists():
            (there / "conf" / name).write_text("{}" if name.startswith("hsts") else "[]", encoding="utf-8")
    return there


def rule_samples() -> Path:
    """The regression tests of OWASP's rules, out of the source of the Debian package that is installed.

    :raises MissingToolError: when the source cannot be had
    """
    folder = KEPT / "rules"
    found = next(folder.glob("coreruleset-*/tests/regression/tests"), None)
    if found:
        return found
    folder.mkdir(parents=True, exist_ok=True)
    lists = folder / "lists"
    (lists / "partial").mkdir(parents=True, exist_ok=True)
    sources = "\n\n".join(
        path.read_text(encoding="utf-8") for path in sorted(SOURCES.glob("debian*.sources"))
    )
    (folder / "all.sources").write_text(
        re.sub(r"(?m)^Types: .*$", "Types: deb-src", sources), encoding="utf-8"
    )
    apart = [
        "-o", f"Dir::Etc::sourcelist={folder / 'all.sources'}", "-o", "Dir::Etc::sourceparts=/dev/null",
        "-o", f"Dir::State::lists={lists}",
    ]  # fmt: skip
    try:
        for words in (["update"], ["source", "--download-only", "modsecurity-crs"]):
            subprocess.run(
                ["apt-get", "--quiet", *apart, *words], cwd=folder, check=True, capture_output=True
            )
        archive = next(folder.glob("modsecurity-crs_*.orig.tar.gz"))
        subprocess.run(["tar", "--extract", "--gzip", f"--file={archive}"], cwd=folder, check=True)
        return next(folder.glob("coreruleset-*/tests/regression/tests"))
    except (subprocess.CalledProcessError, StopIteration) as error:
        message = "the source of modsecurity-crs cannot be had: apt-get source modsecurity-crs"
        raise MissingToolError(message) from error
