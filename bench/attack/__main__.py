"""`python -m bench.attack [tool ...]`: others' tools against the running product, counted in one table."""

import argparse
import importlib
import json
import subprocess
import sys
import time

from bench.attack.standing import Found, district
from bench.machine import RESULTS, MissingToolError, keep, table, verdict

# Those that press buttons at random come last: an hour that one of them has paused takes no questions any more.
TOOLS = ("observatory", "slow", "rules", "sqlmap", "wapiti", "schemathesis")


def main() -> int:
    """Run what was asked for, or everything, against one district."""
    parser = argparse.ArgumentParser(prog="python -m bench.attack", description=__doc__)
    parser.add_argument("tools", nargs="*", metavar="tool", help=", ".join(TOOLS), default=[])
    chosen = parser.parse_args().tools or list(TOOLS)
    if unknown := set(chosen) - set(TOOLS):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    rows = [["tool", "version", "requests", "5xx", "above informational", "seconds", ""]]
    met = True
    with district() as standing:
        for name in chosen:
            print(f"{name} …", flush=True)
            started = time.monotonic()
            try:
                found: Found = importlib.import_module(f"bench.attack.{name}").run(standing)
            except (MissingToolError, RuntimeError, subprocess.SubprocessError) as error:
                print(f"  {error}")
                said = "cannot be measured here" if isinstance(error, MissingToolError) else "did not finish"
                rows.append([name, "-", "-", "-", "-", "-", said])
                met = False
                continue
            seconds = time.monotonic() - started
            well = not found.findings and not found.failures
            met = met and well
            rows.append(
                [found.tool, found.version, f"{found.requests:,}", str(found.failures), str(len(found.findings)),
                 f"{seconds:.0f}", verdict(met=well)]
            )  # fmt: skip
            for line in [*found.findings, *found.figures.get("5xx", [])]:
                print(f"  {line}", flush=True)
            kept = _kept()
            kept[name] = {
                "version": found.version,
                "requests": found.requests,
                "statuses": dict(sorted(found.statuses.items())),
                "findings": found.findings,
                "seconds": round(seconds),
                "met": well,
                **found.figures,
            }
            keep("attack", {"tools": kept})
    print(table(rows))
    return 0 if met else 1


def _kept() -> dict[str, object]:
    """What the other tools found last time."""
    path = RESULTS / "attack.json"
    told: dict[str, object] = json.loads(path.read_text(encoding="utf-8"))["tools"] if path.exists() else {}
    return told


sys.exit(main())
