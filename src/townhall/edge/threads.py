"""Handing work to a thread and its result back to the event loop."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import Callable
    from concurrent.futures import Executor

T = TypeVar("T")


def in_thread(
    loop: AbstractEventLoop, pool: Executor, work: Callable[[], T], then: Callable[[T | Exception], None]
) -> None:
    """Run ``work`` in the pool and ``then`` on the loop with what it returned or raised.

    After the end of the loop or of the pool nothing happens any more: a server that goes down owes no answer.
    """

    def run() -> None:
        result: T | Exception
        try:
            result = work()
        except Exception as error:  # noqa: BLE001 - handed to the loop, which logs it
            result = error
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(then, result)

    with suppress(RuntimeError):
        pool.submit(run)
