"""Where the time of one request goes, for whoever collects traces (OpenTelemetry); off, this costs a comparison.

Rooms name their steps with :func:`span` and import nothing of OpenTelemetry. ``config/tracing`` puts a tracer in when
``TOWNHALL_TRACES_URL`` is set. Attributes are words and numbers of ours: never a text, a receipt, an address.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import Protocol


class Tracer(Protocol):
    """What makes spans; OpenTelemetry's is one."""

    def start_as_current_span(
        self, name: str, *, attributes: dict[str, str | int | float] | None = None
    ) -> AbstractContextManager[object]:
        """A span inside the present one."""


_tracers: list[Tracer] = []  # at most one
_NOTHING: AbstractContextManager[object] = nullcontext()


def use(tracer: Tracer | None) -> None:
    """Make spans with this from now on; ``None`` for none."""
    _tracers[:] = [] if tracer is None else [tracer]


def span(name: str, **attributes: str | float) -> AbstractContextManager[object]:
    """A step whose time is told, inside the step that is being made."""
    return _tracers[0].start_as_current_span(name, attributes=attributes) if _tracers else _NOTHING
