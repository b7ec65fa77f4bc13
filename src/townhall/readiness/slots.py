"""What only rooms above can look at; `config` fills these at start."""

from __future__ import annotations

from townhall.readiness.lines import Check

# The database answers and is migrated: without it nothing else can be looked at.
FIRST: list[Check] = []
# Quick enough for every opening of the page.
QUICK: list[Check] = []
# Taking a second or two: for the dry run and the command line.
SLOW: list[Check] = []
