"""`python -m bench [what ...]`: measure, print with versions, keep raw figures in `bench/results`."""

import argparse
import importlib.util
import subprocess
import sys
import time

from bench.machine import MissingToolError, versions

SUBJECTS = (
    "fanout",
    "storm",
    "crowd",
    "others",
    "simulate",
    "secure",
    "evening",
    "rehearse",
    "sign",
    "hot",
    "packing",
    "ask",
    "desk",
    "page",
    "documents",
    "outreach",
    "kills",
    "archive",
    "masks",
    "record",
    "backup",
    "decade",
)


def _alone(subject: str) -> bool:
    """Measure one in a process of its own; whether its targets were met."""
    return subprocess.run([sys.executable, "-m", "bench", subject], check=False).returncode == 0


def main() -> int:
    """Measure what was asked for, or everything."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("what", nargs="*", metavar="what", help=", ".join(SUBJECTS), default=[])
    chosen = parser.parse_args().what or [
        subject for subject in SUBJECTS if importlib.util.find_spec(f"bench.{subject}")
    ]
    if unknown := set(chosen) - set(SUBJECTS):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
    if len(chosen) > 1:  # each in a process of its own: an installation is set up once in a process
        missed = [one for one in chosen if not _alone(one)]
        print(f"\nmissed: {', '.join(missed)}" if missed else "\nall met")
        return 1 if missed else 0
    print(" · ".join(f"{name} {version}" for name, version in versions().items()))
    missed = []
    for subject in chosen:
        print(f"\n== {subject}")
        started = time.monotonic()
        try:
            met = importlib.import_module(f"bench.{subject}").main()
        except MissingToolError as error:
            print(f"  cannot be measured here: {error}")
            met = False
        if not met:
            missed.append(subject)
        print(f"({time.monotonic() - started:.0f} s)")
    if missed:
        print(f"\nmissed: {', '.join(missed)}")
    return 1 if missed else 0


sys.exit(main())
