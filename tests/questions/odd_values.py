"""Values that no field asks for."""

from __future__ import annotations

from typing import Any

ODD: list[Any] = [
    None, "", "bad", "\0", "半\ud800", 0, -1, 1.5, float("nan"), 10**30, "9" * 5000, "１２", True, [], {}, [None],
    [[]], [{}], {"a": []}, "字" * 20_000, "0001-01-01T00:00+08:00", "9999-12-31T23:59:59-12:00", "2026-02-30",
]  # fmt: skip
