"""Promised times in tests: a test must see that the quick path was taken, the bench measures how quick it is."""

import os

# A machine that is shared may stop for seconds in the middle of a test; what falls back to its slow path (a poll
# each 15 s, a reload, a page that is 20 s old) still takes far longer than the stretched promise.
STRETCH = float(os.environ.get("TOWNHALL_TEST_STRETCH", "4"))


def within(seconds: float) -> float:
    """The time to allow in a test for something promised within so many seconds on a machine of its own."""
    return seconds * STRETCH
