"""What Townhall is made of (a CycloneDX bill from the locks), and what is publicly known against it.

`make docs` writes the bill. The advisories are kept as a file, so that a check needs no network; renew them from a
clone of https://github.com/pypa/advisory-database (CC-BY 4.0): `python -m tools.supply --advisories FOLDER`.
"""

import argparse
import json
import re
import subprocess
import sys
import tomllib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import yaml
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[1]
BILL = ROOT / "docs" / "reference" / "sbom.cdx.json"
ADVISORIES = ROOT / "tools" / "advisories.json"
LOCKS = {"requirements.lock": "required", "requirements-dev.lock": "excluded"}
# Files of others that are kept in the tree; each names its version itself.
VENDORED = {
    "echarts": ("src/townhall/portal/static/portal/vendor/echarts/echarts.common.min.js", r't\.version="([0-9.]+)"',
                "Apache-2.0"),
}  # fmt: skip
_PIN = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^\]]*\])?==(\S+)")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")
# Names the bill's own serial number: the same locks give the same bill.
_SPACE = uuid.UUID("5f0c4b2e-6a53-4b55-9a1e-0d7d8a1d7c11")


@dataclass
class Pin:
    """One package as a lock pins it."""

    name: str
    version: str
    hashes: list[str] = field(default_factory=list)


def pins(lock: str) -> list[Pin]:
    """Every package of a lock, in its order."""
    found: list[Pin] = []
    for line in (ROOT / lock).read_text(encoding="utf-8").splitlines():
        if match := _PIN.match(line):
            found.append(Pin(canonicalize_name(match[1]), match[2]))
        found[-1].hashes += _HASH.findall(line)
    return found


def bill() -> dict[str, Any]:
    """The bill of materials (CycloneDX 1.6): what runs, what only builds and tests, what is kept in the tree."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    runs = {pin.name for pin in pins("requirements.lock")}
    parts = [*_packages("requirements.lock", set()), *_packages("requirements-dev.lock", runs), *_vendored()]
    serial = uuid.uuid5(_SPACE, json.dumps(parts, sort_keys=True))
    own = f"pkg:generic/townhall@{project['version']}"
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{serial}",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application", "bom-ref": own, "name": "townhall", "version": project["version"],
                "licenses": [{"license": {"id": project["license"]}}],
            },
        },
        "components": parts,
    }  # fmt: skip


def _packages(lock: str, known: set[str]) -> Iterator[dict[str, Any]]:
    for pin in pins(lock):
        if pin.name not in known:
            address = f"pkg:pypi/{pin.name}@{pin.version}"
            yield {
                "type": "library", "bom-ref": address, "name": pin.name, "version": pin.version,
                "scope": LOCKS[lock], "purl": address,
                # Which files may be installed as it stands there, by SHA-256.
                "properties": [{"name": "townhall:lock", "value": lock}],
            }  # fmt: skip


def _vendored() -> Iterator[dict[str, Any]]:
    for name, (path, pattern, licence) in VENDORED.items():
        found = re.findall(pattern, (ROOT / path).read_text(encoding="utf-8"))
        address = f"pkg:npm/{name}@{found[-1]}"
        yield {
            "type": "library", "bom-ref": address, "name": name, "version": found[-1], "scope": "required",
            "purl": address, "licenses": [{"license": {"id": licence}}],
            "properties": [{"name": "townhall:file", "value": path}],
        }  # fmt: skip


def written_bill() -> str:
    """The bill as it stands in the documents."""
    return json.dumps(bill(), indent=1, ensure_ascii=False) + "\n"


# -- what is known against it --------------------------------------------------------------------------------


def advisories() -> dict[str, Any]:
    """The kept advisories: ``as_of`` (a day), ``packages`` (by name)."""
    kept: dict[str, Any] = json.loads(ADVISORIES.read_text(encoding="utf-8"))
    return kept


def is_hit(advisory: dict[str, Any], version: str) -> bool:
    """Whether an advisory is about this version."""
    here = Version(version)
    if version in advisory["versions"]:
        return True
    return any(
        Version(since) <= here and (until is None or here < Version(until))
        for since, until in advisory["ranges"]
    )


def findings(known: dict[str, Any] | None = None, locks: tuple[str, ...] = tuple(LOCKS)) -> list[str]:
    """Every pinned package that something is known against, with the advisory."""
    packages = (known or advisories())["packages"]
    return sorted({
        f"{pin.name} {pin.version}: {advisory['id']}"
        for lock in locks
        for pin in pins(lock)
        for advisory in packages.get(pin.name, ())
        if is_hit(advisory, pin.version)
    })  # fmt: skip


def age_in_days(today: date) -> int:
    """How old the kept advisories are."""
    return (today - date.fromisoformat(advisories()["as_of"])).days


def renew(clone: Path) -> None:
    """Take the advisories about pinned packages out of a clone of the database."""
    names = {pin.name for lock in LOCKS for pin in pins(lock)}
    told = subprocess.run(
        ["git", "-C", clone, "log", "-1", "--format=%cI"], capture_output=True, text=True, check=True
    ).stdout.strip()
    packages = {name: list(_about(clone / "vulns" / name, name)) for name in sorted(names)}
    kept = {
        "source": "PyPA advisory database, CC-BY 4.0",
        "as_of": datetime.fromisoformat(told).astimezone(UTC).date().isoformat(),
        "packages": {name: found for name, found in packages.items() if found},
    }
    ADVISORIES.write_text(json.dumps(kept, indent=1) + "\n", encoding="utf-8")


def _about(folder: Path, name: str) -> Iterator[dict[str, Any]]:
    for file in sorted(folder.glob("*.yaml")):
        told = yaml.safe_load(file.read_text(encoding="utf-8"))
        if "withdrawn" in told:
            continue
        ranges: list[list[str | None]] = []
        versions: list[str] = []
        for affected in told["affected"]:
            if canonicalize_name(affected["package"]["name"]) != name:
                continue
            found = [
                pair
                for one in affected.get("ranges", ())
                if one["type"] == "ECOSYSTEM"
                for pair in _pairs(one["events"])
            ]
            ranges += found
            versions += [] if found else affected.get("versions", [])
        yield {"id": told["id"], "ranges": ranges, "versions": versions}


def _pairs(events: list[dict[str, str]]) -> Iterator[list[str | None]]:
    """From, and up to but not with; the last may be open."""
    since = None
    for event in events:
        if "introduced" in event:
            since = event["introduced"]
        elif since is not None and "fixed" in event:
            yield [since, event["fixed"]]
            since = None
    if since is not None:
        yield [since, None]


def main() -> int:
    """Write the bill; with a clone, the advisories too. Says what is known against the pinned packages."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--advisories", type=Path, metavar="FOLDER", help="a clone of the advisory database")
    chosen = parser.parse_args()
    if chosen.advisories:
        renew(chosen.advisories)
    BILL.write_text(written_bill(), encoding="utf-8")
    found = findings()
    print(
        f"{BILL.relative_to(ROOT)}; advisories of {advisories()['as_of']}: {len(found)} against what is pinned"
    )
    print(*found, sep="\n", end="\n" if found else "")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
