"""How much planted personal data the masks find in real messages, and how many office land-lines they harm."""

from __future__ import annotations

import gzip
import json
import os
import sys
import time
from pathlib import Path

from bench.machine import MissingToolError

USUAL = 3_000  # the longest question there can be; longer messages are cut, as asking would cut them

# A list that points at more than one message in a hundred is soon read past.
MOST_HINTED = 0.01


def main() -> bool:
    """Print rates by kind; whether at least 99 % are found and at most 1 % of the land-lines harmed."""
    sys.path.insert(0, str(Path(__file__).parents[1]))
    from tests.tools import messages, planting
    from townhall.kernel.masks import mask
    from townhall.questions import word_hints

    folder = messages.real_folder()
    if folder is None:
        needed = f"real messages (TOWNHALL_TEST_DATA={os.environ.get('TOWNHALL_TEST_DATA', '')!r})"
        raise MissingToolError(needed)
    with gzip.open(folder / messages.MESSAGES, "rt", encoding="utf-8") as stored:
        texts = [row["text"][:USUAL] for row in map(json.loads, stored) if row["text"]]
    measured = planting.rates(texts)
    for kind, planted in sorted(measured.planted.items()):
        print(
            f"  {kind:<10} {measured.found[kind]:>6} of {planted:>6} found, {measured.found[kind] / planted:.2%}"
        )
    print(
        f"  land-lines {measured.harmed:>6} of {measured.lines:>6} harmed, {measured.harmed / measured.lines:.2%}"
    )
    hinted = sum(bool(word_hints.find(text)) for text in texts)
    print(f"  word hints {hinted:>6} of {len(texts):>6} messages pointed at, {hinted / len(texts):.2%}")
    started = time.process_time()
    for text in texts:
        mask(text)
    print(f"  {(time.process_time() - started) / len(texts) * 1e6:.0f} microseconds a message")
    return measured.is_met and hinted <= MOST_HINTED * len(texts)
