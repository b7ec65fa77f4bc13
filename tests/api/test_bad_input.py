"""Whatever a program sends, it gets a clear answer and never a failure of ours."""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.api.conftest import Program, Staff
from townhall.api import bodies
from townhall.hours import flow as hour_flow
from townhall.questions import flow
from townhall.questions.models import Question

if TYPE_CHECKING:
    from tests.fixtures import District

pytestmark = pytest.mark.both_databases

WORDS = st.text(max_size=40) | st.sampled_from(
    ["\u0000", "\u202e", "👨‍👩‍👧‍👦" * 50, "a" + "\u0301" * 900, "<b>", "9" * 5000]
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
# Members that the rooms look for, so that the sent values reach their checks.
TAKEN = (
    *bodies.QUESTION_VERBS.values(), *bodies.HOUR_VERBS.values(), bodies.AskOnBehalf, bodies.Clarify, bodies.Remark,
    bodies.Support, bodies.Rating, bodies.MobileAndCode,
)  # fmt: skip
NAMES = sorted({name for model in TAKEN for name in model.model_fields})
OBJECTS = st.dictionaries(st.sampled_from(NAMES), JSON, max_size=8)
CALM = settings(
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow], deadline=None
)
CLEAR = {200, 201, 202, 403, 404, 409, 413, 415, 422, 429}


@pytest.fixture(autouse=True)
def _no_limits(settings: Any) -> None:
    """Limits would hide what the checks say."""
    settings.TRUSTED_NETWORKS = [ip_network("127.0.0.0/8")]


@CALM
@given(body=OBJECTS)
def test_anything_asked(live: District, program: Program, body: dict[str, Any]) -> None:
    before = Question.objects.count()
    response = program.post("/hours/2026-11/questions", body)
    assert response.status_code in CLEAR
    assert Question.objects.count() - before == (response.status_code == 201)


@CALM
@given(
    body=OBJECTS,
    raw=st.binary(max_size=60),
    path=st.sampled_from(
        ["verifications", "verifications/confirm", "questions/%s/support", "questions/%s/comments"]
    ),
)
def test_anything_handed_in(
    live: District, program: Program, body: dict[str, Any], raw: bytes, path: str
) -> None:
    question = Question.objects.first() or live.walk("published")
    path = f"/{path}".replace("%s", str(question.id))
    assert program.post(path, body).status_code in CLEAR
    assert program.post(path, raw).status_code in CLEAR


@CALM
@given(
    body=OBJECTS,
    verb=st.sampled_from(["withdraw", "appeal", "supplement", "rating"]),
    status=st.sampled_from(["received", "published", "declined"]),
)
def test_anything_with_a_receipt(
    live: District, program: Program, body: dict[str, Any], verb: str, status: str
) -> None:
    receipt = live.receipt(live.walk(status))
    assert program.post(f"/track/{receipt}/{verb}", body).status_code in CLEAR


PLACES = {
    "received": "moderator",
    "accepted": "moderator",
    "assigned": "member1",
    "submitted": "mayor",
    "published": "coordinator",
    "declined": "moderator2",
}


@CALM
@given(data=st.data())
def test_any_verb_with_anything(live: District, data: st.DataObject) -> None:
    staff = getattr(live, "staff", None) or Staff(live)
    live.staff = staff  # type: ignore[attr-defined] # one token for all examples
    status = data.draw(st.sampled_from(sorted(PLACES)))
    verb = data.draw(st.sampled_from(sorted(flow.MOVES)))
    who = data.draw(st.sampled_from(["moderator", "member1", "member2", "mayor", "coordinator", "assistant"]))
    fields = bodies.QUESTION_VERBS[verb].model_fields
    body = data.draw(
        st.dictionaries(st.sampled_from(sorted(fields)), JSON, max_size=6) if fields else OBJECTS
    )
    question = live.walk(status)
    response = staff(who, sign=True).post(f"/desk/questions/{question.id}/{verb}", body)
    assert response.status_code in CLEAR
    if response.status_code == 422:
        assert response.json()["errors"]
    assert staff("moderator").get("/desk/hours/2026-11/questions", limit=100).status_code == 200
    assert Program().get("/hours/2026-11/questions", limit=100).status_code == 200


@CALM
@given(body=OBJECTS, verb=st.sampled_from(sorted(hour_flow.MOVES)))
def test_any_hour_verb_with_anything(live: District, body: dict[str, Any], verb: str) -> None:
    staff = getattr(live, "staff", None) or Staff(live)
    live.staff = staff  # type: ignore[attr-defined] # one token for all examples
    assert staff("coordinator").post(f"/desk/hours/2026-11/{verb}", body).status_code in CLEAR
    assert staff("coordinator").get("/desk/hours/2026-11").status_code == 200
    assert Program().get("/hours/2026-11").status_code in {200, 404}


@CALM
@given(body=OBJECTS, path=st.sampled_from(["questions", "clarifications", "ticket", "next?seat=moderator"]))
def test_anything_at_the_desk(live: District, body: dict[str, Any], path: str) -> None:
    staff = getattr(live, "staff", None) or Staff(live)
    live.staff = staff  # type: ignore[attr-defined] # one token for all examples
    for who in ("clerk", "editor"):
        assert staff(who).post(f"/desk/hours/2026-11/{path}", body).status_code in CLEAR


@CALM
@given(
    query=st.dictionaries(
        st.sampled_from(
            [
                "stage",
                "after",
                "limit",
                "show",
                "key",
                "unit",
                "state",
                "late",
                "hour",
                "lang",
                "seat",
                "status",
            ]
        ),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=30),
        max_size=5,
    )
)
def test_anything_behind_the_question_mark(live: District, query: dict[str, str]) -> None:
    staff = getattr(live, "staff", None) or Staff(live)
    live.staff = staff  # type: ignore[attr-defined] # one token for all examples
    for path in (
        "/hours",
        "/hours/2026-11",
        "/hours/2026-11/questions",
        "/hours/2026-11/answers",
        "/commitments",
        "/statistics",
        "/questions/1",
    ):
        assert Program().get(path, **query).status_code in CLEAR
    assert staff("moderator").get("/desk/hours/2026-11/questions", **query).status_code in CLEAR
