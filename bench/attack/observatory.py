"""MDN's HTTP Observatory: the grade of a public page, a framed one, the door of the desks and a desk behind it."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

from bench.attack import needs
from bench.attack.standing import WELL_KNOWN, District, Found
from bench.machine import MissingToolError, tool

WANTED = "A+"


def run(district: District) -> Found:
    """Scan each page; a grade below A+ is a finding."""
    found = Found("observatory", needs.OBSERVATORY_VERSION)
    if district.ports != WELL_KNOWN:
        raise MissingToolError("the observatory scans ports 443 and 80 only, and we may not listen there")
    package = needs.observatory()
    with district.behind_nginx(found) as proxy:
        cookies = "; ".join(f"{name}={value}" for name, value in district.signed_in("moderator").items())
        pages = {
            "public": (f"/hours/{district.slug}/", ""),
            "embed": (f"/embed/{district.slug}/", ""),
            "door of the desks": ("/desk/sign-in/", ""),
            "desk": (f"/desk/hours/{district.slug}/moderator/", cookies),
        }
        for name, (path, given) in pages.items():
            told = _scan(package, path, given, proxy.access_log.parent / "certificate.pem")
            scan, tests = told["scan"], told["tests"]
            found.figures[name] = {
                "grade": scan["grade"],
                "score": scan["score"],
                "status": scan["statusCode"],
                "tests": {one: (test["result"], test["scoreModifier"]) for one, test in tests.items()},
            }
            if (
                scan["grade"] != WANTED or scan["statusCode"] != 200
            ):  # what stands behind a redirect is another page
                failed = [test["result"] for test in tests.values() if test["scoreModifier"] < 0]
                found.findings.append(f"{name}: {scan['grade']} ({scan['statusCode']}; {', '.join(failed)})")
    return found


def _scan(package: Path, path: str, cookies: str, certificate: Path) -> dict[str, Any]:
    done = subprocess.run(
        [tool("node", "nodejs"), Path(__file__).with_suffix(".mjs"), package, f"127.0.0.1{path}", cookies],
        env={**os.environ, "NODE_EXTRA_CA_CERTS": str(certificate)},
        capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    told: dict[str, Any] = json.loads(done.stdout)
    return told
