"""The jobs that send and tell are started with the server."""

from __future__ import annotations

from townhall.config import jobs, serving


def test_staff_are_told_and_messages_sent_by_the_server() -> None:
    assert "tell_staff" in jobs.run.__code__.co_names
    assert "send" in serving.wiring.__code__.co_names
