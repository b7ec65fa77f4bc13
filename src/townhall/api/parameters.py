"""What may stand behind the question mark."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from ninja import Path, Query

from townhall.questions.published import SHOWS

Limit = Annotated[int, Query(ge=1, le=100, description="how many at most")]
After = Annotated[str | None, Query(description="the `next` of the page before")]
Key = Annotated[str, Query(description="a rehearsal's secret")]
Slug = Annotated[str, Path(description="the hour's name in addresses")]
Receipt = Annotated[
    str, Path(description="twelve digits; spaces, dashes, line ends and full width do not matter")
]
PER_PAGE = 50
Show = StrEnum("Show", list(SHOWS))  # type: ignore[misc] # the room's list
