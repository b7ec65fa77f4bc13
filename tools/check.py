"""`make check`: every static check, two at a time; silent about what is well, complete about what is not."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent

# Slowest first, so that the quick ones fill the second core.
CHECKS: dict[str, list[str]] = {
    "types": ["mypy"],
    "rules of the house, translations, documents": [
        "pytest",
        "tests/house",
        "-q",
        "-m",
        "not long",
        "--no-header",
    ],
    "templates": ["djlint", "src", "--lint", "--quiet"],
    "layers": ["lint-imports", "--no-logo"],
    "style": ["ruff", "check", "--quiet", "--output-format", "concise"],
    "layout": ["ruff", "format", "--check", "--quiet", "--output-format", "concise"],
}


SMELL = 400


def length(file: Path) -> int:
    """Lines of a file."""
    return file.read_text(encoding="utf-8").count("\n")


def run(name: str) -> tuple[str, int, float, str]:
    """Run one check and return its name, exit status, seconds and output."""
    program, *arguments = CHECKS[name]
    started = time.perf_counter()
    done = subprocess.run(
        [BIN / program, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        env=os.environ | {"PYTHONUTF8": "1"},
    )
    return name, done.returncode, time.perf_counter() - started, (done.stdout + done.stderr).strip()


def main() -> int:
    """Run all checks; the exit status says whether everything is well."""
    failed = []
    with ThreadPoolExecutor(max_workers=2) as pool:
        for name, status, seconds, output in pool.map(run, CHECKS):
            print(f"{'ok    ' if status == 0 else 'FAILED'} {name} ({seconds:.0f} s)", flush=True)
            if status:
                failed.append(name)
                print(output, flush=True)
    long = {
        str(file.relative_to(ROOT)): lines
        for file in ROOT.glob("src/**/*.py")
        if (lines := length(file)) > SMELL
    }
    if long:
        print("note   is each of these still one room with one job?", long)
    print(f"make check: {'everything is well' if not failed else 'failed: ' + ', '.join(failed)}")
    return bool(failed)


if __name__ == "__main__":
    sys.exit(main())
