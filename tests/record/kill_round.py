"""One life of a process that keeps the record: `python -m tests.record.kill_round STEP`, which kills itself there.

Beforehand it looks at what the last life has left: a consistent log, whose past is still the same.
"""

import os
import signal
import sys
from pathlib import Path

import django
from django.conf import settings

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "townhall.config.settings")
django.setup()

from townhall.journal.models import DISTRICT_LINE  # noqa: E402
from townhall.journal.write import record  # noqa: E402
from townhall.kernel.unit_of_work import unit_of_work  # noqa: E402
from townhall.record import actions, checking, published, tiles, verifying  # noqa: E402

# More than a full tile in each life, and never a whole number of them.
PUBLICATIONS = 300


def main(fatal: str) -> None:
    """Check, publish, and keep the record until the step with this name or number; without one it lives on."""
    check()
    with unit_of_work():
        for number in range(PUBLICATIONS):
            record(DISTRICT_LINE, "poll.closed", subject="poll", subject_id=number, public=True, votes=number)
    names = []
    for step in actions.Keeper().steps():
        names.append(step)
        if step.startswith(fatal) or fatal == str(len(names)):
            print(f"killed after {step}", flush=True)
            os.kill(os.getpid(), signal.SIGKILL)
    check()
    print("lived", len(names), actions.leaf_count(), flush=True)


def check() -> None:
    """What is published verifies from the first entry to the last, and every checkpoint seen is a beginning of it."""
    now = published.checkpoint()
    if now is None:
        return
    files = tiles.Files(actions.folder())
    seen = Path(settings.DATA_DIR) / "seen"
    seen.mkdir(exist_ok=True)
    checkpoint, _finding = verifying.verify_checkpoint(files.read, published.vkeys())
    for old in seen.iterdir():
        _now, finding = verifying.verify_checkpoint(files.read, published.vkeys(), old.read_bytes())
        assert finding.code == verifying.VERIFIED, finding.detail
    finding = verifying.verify_whole(files.read, checkpoint)
    assert finding.code == verifying.VERIFIED, finding.detail
    assert checking.agree(thorough=True) == checkpoint.size
    (seen / str(checkpoint.size)).write_bytes(now)


if __name__ == "__main__":
    main(sys.argv[1])
