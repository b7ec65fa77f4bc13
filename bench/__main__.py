"""`python -m bench [what ...]`: measure, print with versions, keep raw figures in `bench/results`."""

import argparse
import importlib.util
import sys
import time

from bench.machine import MissingToolError, versions

SUBJECTS = (
    "fanout",
    "sign",
    "hot",
    "ask",
    "desk",
    "page",
    "documents",
    "outreach",
    "archive",
    "record",
    "backup",
    "decade",
)


def main() -> int:
    """Measure what was asked for, or everything."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("what", nargs="*", metavar="what", help=", ".join(SUBJECTS), default=[])
    chosen = parser.parse_args().what or [
        subject for subject in SUBJECTS if importlib.util.find_spec(f"bench.{subject}")
    ]
    if unknown := set(chosen) - set(SUBJECTS):
        parser.error(f"unknown: {', '.join(sorted(unknown))}")
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
