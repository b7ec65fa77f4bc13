"""Fixtures of a database that several threads write at once."""

from tests.real_database import busy, empty_file, on_disk

__all__ = ["busy", "empty_file", "on_disk"]
