"""The writers' gate: desks first, but nobody waits without end."""

import threading
import time

from townhall.kernel.unit_of_work import _Gate


def _queue_up(gate: _Gate, lane: str, done: list[str], count: int) -> list[threading.Thread]:
    def write() -> None:
        gate.enter(lane)  # type: ignore[arg-type]
        done.append(lane)
        time.sleep(0.01)
        gate.leave()

    threads = [threading.Thread(target=write) for _number in range(count)]
    for thread in threads:
        thread.start()
    return threads


def _order(patience: float) -> list[str]:
    """Who writes when, with one ask queued before twenty desk acts."""
    gate, done = _Gate(patience), []  # type: ignore[var-annotated]
    gate.enter("desk")
    threads = _queue_up(gate, "ask", done, 1)
    time.sleep(0.05)
    threads += _queue_up(gate, "desk", done, 20)
    time.sleep(0.05)
    gate.leave()
    for thread in threads:
        thread.join(5)
    return done


def test_desks_go_before_the_next_batch_of_questions() -> None:
    assert _order(patience=60) == ["desk"] * 20 + ["ask"]


def test_a_batch_that_has_waited_long_goes_in_between() -> None:
    assert _order(patience=0.2).index("ask") < 20
    assert _order(patience=0).index("ask") == 0
