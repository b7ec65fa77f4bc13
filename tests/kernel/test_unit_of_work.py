"""One writer at a time, desks first; what follows a commit follows it once."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import threading
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.conf import settings
from django.db import connection

from tests.real_database import empty_file, on_disk, together  # noqa: F401 - fixtures
from townhall.kernel import unit_of_work as module
from townhall.kernel.unit_of_work import after_commit, is_open, one_at_a_time, unit_of_work
from townhall.people.models import Unit

if TYPE_CHECKING:
    from collections.abc import Callable

    from townhall.kernel.unit_of_work import Priority

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("on_disk")]


class HalfwayError(Exception):
    """A transaction that fails."""


def enter(name: str) -> Unit:
    return Unit.objects.create(name=name, kind="department")


def names() -> list[str]:
    return list(Unit.objects.order_by("id").values_list("name", flat=True))


@pytest.mark.both_databases
def test_what_was_written_stays_and_what_failed_leaves_nothing() -> None:
    with unit_of_work():
        enter("甲")
    with contextlib.suppress(HalfwayError), unit_of_work():
        enter("乙")
        raise HalfwayError
    connection.close()
    assert names() == ["甲"]


@pytest.mark.both_databases
def test_callbacks_run_after_the_commit_each_once_and_in_order() -> None:
    seen: list[str] = []

    def look() -> None:
        seen.append(f"look {is_open()} {connection.in_atomic_block} {names()}")

    def also() -> None:
        seen.append("also")

    with unit_of_work():
        after_commit(look)
        after_commit(also)
        after_commit(look)
        enter("甲")
        assert seen == []
    assert seen == ["look False False ['甲']", "also"]


@pytest.mark.both_databases
def test_callbacks_of_a_failed_unit_never_run() -> None:
    seen: list[str] = []
    with contextlib.suppress(HalfwayError), unit_of_work():
        after_commit(partial(seen.append, "no"))
        raise HalfwayError
    with unit_of_work():
        enter("甲")
    assert seen == []


def test_a_callback_may_open_a_unit_of_its_own() -> None:
    def follow() -> None:
        with unit_of_work():
            enter("乙")

    with unit_of_work():
        enter("甲")
        after_commit(follow)
    assert names() == ["甲", "乙"]


def test_a_callback_that_fails_does_not_silence_the_others_nor_undo_the_work(
    caplog: pytest.LogCaptureFixture,
) -> None:
    seen: list[str] = []

    def fail() -> None:
        raise HalfwayError

    with unit_of_work():
        enter("甲")
        after_commit(fail)
        after_commit(partial(seen.append, "bell"))
    assert seen == ["bell"]
    assert "HalfwayError" in caplog.text
    assert names() == ["甲"]


@pytest.mark.both_databases
def test_a_unit_inside_a_unit_is_refused_and_the_outer_one_goes_on() -> None:
    with unit_of_work():
        enter("甲")
        with pytest.raises(RuntimeError), unit_of_work():
            pass
        enter("乙")
    assert names() == ["甲", "乙"]
    assert not is_open()


def test_callbacks_belong_to_an_open_unit() -> None:
    with pytest.raises(RuntimeError):
        after_commit(lambda: None)


def queue(gate: module._Gate, acts: list[Callable[[], None]]) -> list[threading.Thread]:
    """Start the acts one after the other, each once the one before stands in the queue."""
    threads = []
    for number, act in enumerate(acts, start=1):
        thread = threading.Thread(target=act)
        thread.start()
        threads.append(thread)
        until = time.monotonic() + 10
        while sum(len(lane) for lane in gate._lanes.values()) < number and time.monotonic() < until:
            time.sleep(0.001)
    return threads


def test_desks_go_before_the_next_batch_of_questions_and_otherwise_first_come_first_served() -> None:
    done: list[str] = []
    gate = module._Gate()

    def work(name: str, priority: Priority) -> None:
        gate.enter(priority)
        done.append(name)
        gate.leave()

    gate.enter("ask")
    threads = queue(gate, [
        partial(work, "ask 1", "ask"), partial(work, "ask 2", "ask"), partial(work, "desk 1", "desk"),
        partial(work, "ask 3", "ask"), partial(work, "desk 2", "desk"),
    ])  # fmt: skip
    assert done == []
    gate.leave()
    for thread in threads:
        thread.join(20)
    assert done == ["desk 1", "desk 2", "ask 1", "ask 2", "ask 3"]


def test_a_writer_that_fails_lets_the_next_one_in() -> None:
    def fail() -> None:
        with unit_of_work():
            raise HalfwayError

    results = together(*(fail for _ in range(6)), lambda: enter_in_unit("甲"))
    assert [isinstance(one, HalfwayError) for one in results[:6]] == [True] * 6
    assert names() == ["甲"]


def enter_in_unit(name: str) -> None:
    with unit_of_work():
        enter(name)


@pytest.mark.both_databases
def test_only_one_at_a_time_under_one_key() -> None:
    inside: list[int] = []
    most: list[int] = []

    def work() -> None:
        with unit_of_work():
            one_at_a_time("the same")
            inside.append(1)
            most.append(len(inside))
            time.sleep(0.01)
            inside.pop()

    together(*(work for _ in range(5)))
    assert most == [1] * 5


def test_a_writer_waits_in_the_kernel_for_another_process() -> None:
    lock = Path(settings.DATA_DIR) / "write.lock"
    program = (
        "import fcntl, sys\n"
        f"handle = open({str(lock)!r}, 'w')\n"
        "fcntl.flock(handle, fcntl.LOCK_EX)\nprint('mine', flush=True)\nsys.stdin.read()\n"
    )
    other = subprocess.Popen(
        [sys.executable, "-c", program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    assert other.stdin is not None
    assert other.stdout is not None
    assert other.stdout.readline() == "mine\n"
    inside = threading.Event()

    def write() -> None:
        with module._machine_wide_lock():
            inside.set()

    thread = threading.Thread(target=write)
    thread.start()
    assert not inside.wait(0.2)
    other.communicate("")
    assert inside.wait(20)
    thread.join(20)


def test_reading_does_not_wait_for_a_writer() -> None:
    inside, over = threading.Event(), threading.Event()

    def write() -> None:
        with unit_of_work():
            enter("甲")
            inside.set()
            over.wait(20)
        connection.close()

    thread = threading.Thread(target=write)
    thread.start()
    assert inside.wait(20)
    assert names() == []
    over.set()
    thread.join(20)
    assert names() == ["甲"]
