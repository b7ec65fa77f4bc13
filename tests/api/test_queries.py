"""Lists cost the same number of queries however long they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.api.conftest import Program
from tests.fixtures import PROMISED_ANSWER
from townhall.hours import planning
from townhall.questions import citizen_actions

if TYPE_CHECKING:
    from tests.api.conftest import Staff
    from tests.fixtures import District
    from townhall.questions.models import Question

pytestmark = pytest.mark.both_databases

# path -> queries, measured and meant: hour, rows, groups, coverings, answers, promises and so on, each once.
PUBLIC = {
    "/hours": 5,
    "/hours/2026-11/questions": 6,
    "/hours/2026-11/answers": 6,
    "/commitments": 7,
    "/statistics": 7,
    "/statistics?hour=2026-11": 6,
}
STAFF = {
    "/desk/hours/2026-11/questions": 13,
    "/desk/hours/2026-11/questions?seat=moderator": 11,
    "/desk/hours/2026-11/lines": 5,
    "/desk/hours/2026-11/comments": 4,
    "/desk/hours/2026-11/clarifications": 4,
    "/desk/hours/2026-11/overview": 9,
    "/desk/hours/2026-11": 11,
    "/desk/me": 4,
}


def promised(live: District) -> Question:
    """One more of everything that lists show: a question, its promise, a comment that waits, an hour."""
    question = live.walk("assigned")
    item = {"text": "12月15日前完成大门改造", "unit": live.units[0].id, "due": "2026-12-15"}
    live.does("member1", "draft", question, text=PROMISED_ANSWER, outcome="promised", commitments=[item])
    live.does("member1", "submit", question)
    live.does("mayor", "sign", question, version=1)
    citizen_actions.comment(question.id, {"display_name": "甲", "text": "好"})
    live.walk("accepted")
    hour = planning.create_hour(slug=f"h{question.id}", title="又一期", starts_at=live.hour.starts_at)
    hour.stage = "announced"
    hour.save()
    return question


def queries(program: Program, path: str) -> int:
    """How many queries one answer takes."""
    with CaptureQueriesContext(connection) as captured:
        response = program.client.get(f"/api/v1{path}", headers=program.headers)
    assert response.status_code == 200
    return len(captured)


def measured(live: District, staff: Staff) -> dict[str, int]:
    """The queries of every list."""
    return {
        path: queries(staff("moderator") if path in STAFF else Program(), path) for path in (*PUBLIC, *STAFF)
    }


def test_thirty_rows_cost_what_one_costs(live: District, staff: Staff) -> None:
    promised(live)
    assert measured(live, staff) == {**PUBLIC, **STAFF}
    for _ in range(15):
        promised(live)
    assert measured(live, staff) == {**PUBLIC, **STAFF}
