"""The OpenAPI says the truth: valid, complete, and kept by every answer under fuzzing."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import jsonschema_rs
import pytest
import schemathesis
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.api.conftest import Program, Staff
from townhall.api.openapi import api
from townhall.kernel import pace

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.fixtures import District

DOCUMENT = json.loads(json.dumps(api.get_openapi_schema()))
OPERATIONS = [(path, method) for path, methods in DOCUMENT["paths"].items() for method in methods]
CONTRACT = {
    "get /hours", "get /hours/{}", "post /hours/{}/questions", "post /verifications", "post /verifications/confirm",
    "get /track/{}", "post /track/{}/withdraw", "post /track/{}/appeal", "post /track/{}/supplement",
    "post /track/{}/rating", "get /hours/{}/questions", "get /hours/{}/answers", "get /questions/{}",
    "post /questions/{}/support", "post /questions/{}/comments", "get /commitments", "get /statistics",
    "get /desk/hours/{}", "post /desk/hours/{}/{}", "get /desk/hours/{}/questions", "post /desk/hours/{}/questions",
    "get /desk/questions/{}", "post /desk/questions/{}/{}", "post /desk/comments/{}/{}",
}  # fmt: skip
CHECKS = [
    not_a_server_error, status_code_conformance, content_type_conformance, response_headers_conformance,
    response_schema_conformance,
]  # fmt: skip
MOSTLY = st.sampled_from([True] * 9 + [False])
PEOPLE = ("moderator", "coordinator", "member1", "mayor", "clerk", "editor")


def test_it_is_served_and_valid(db: None, program: Program) -> None:
    response = program.get("/openapi.json")
    assert response.json() == DOCUMENT
    assert DOCUMENT["openapi"].startswith("3.1")
    schemathesis.openapi.from_dict(DOCUMENT).validate()


def test_every_schema_is_one_and_every_reference_leads_somewhere() -> None:
    schemas = DOCUMENT["components"]["schemas"]
    for schema in schemas.values():
        jsonschema_rs.meta.validate({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})
    named = set(re.findall(r'"#/components/schemas/(\w+)"', json.dumps(DOCUMENT)))
    assert named <= set(schemas)


def test_everything_promised_is_there_and_explained() -> None:
    found = {
        f"{method} {re.sub('{[^}]*}', '{}', path.removeprefix('/api/v1'))}" for path, method in OPERATIONS
    }
    assert found >= CONTRACT
    for path, method in OPERATIONS:
        operation = DOCUMENT["paths"][path][method]
        assert operation["description"], path
        assert operation["tags"], path
        assert ("requestBody" in operation) == (method == "post"), path
        assert bool(operation.get("security")) == path.startswith("/api/v1/desk/"), path
        assert "application/problem+json" in operation["responses"]["404"]["content"], path
    assert len({DOCUMENT["paths"][path][method]["operationId"] for path, method in OPERATIONS}) == len(
        OPERATIONS
    )


def test_there_is_no_page_that_loads_from_elsewhere(db: None, program: Program) -> None:
    assert program.get("/docs").status_code == 404


@pytest.fixture
def fuzzed(live: District, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The schema bound to the application, with no limits in the way."""
    monkeypatch.setattr(pace, "counted", lambda _request: None)
    schema = schemathesis.openapi.from_dict(DOCUMENT)
    schema.app = WSGIHandler()
    return schema


@contextmanager
def kept_connection() -> Iterator[None]:
    """The test's transaction stays open, as Django's own client has it too."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    try:
        yield
    finally:
        for signal in (request_started, request_finished):
            signal.connect(close_old_connections)


def fuzz(schema: Any, live: District, tag: str, examples: int) -> None:
    """Send what the schema allows, mostly to things that exist, and hold each answer against the schema."""
    staff = Staff(live)
    questions = [
        live.walk(status) for status in ("received", "assigned", "submitted", "published", "declined")
    ]
    remark = {"display_name": "甲", "text": "好"}
    comment = Program().post(f"/questions/{questions[3].id}/comments", remark).json()
    real = {
        "slug": st.just("2026-11"),
        "question_id": st.sampled_from([question.id for question in questions]),
        "receipt": st.sampled_from([live.receipt(question) for question in questions]),
        "comment_id": st.just(comment["id"]),
    }
    headers = [staff(name, sign=True).headers for name in PEOPLE] if tag == "desk" else [{}]

    def send(case: Any, data: st.DataObject) -> None:
        for name in case.path_parameters or {}:
            if name in real and data.draw(MOSTLY):
                case.path_parameters[name] = data.draw(real[name])
        with kept_connection():
            response = case.call(headers=data.draw(st.sampled_from(headers)))
        case.validate_response(response, checks=CHECKS)

    quietly = settings(
        max_examples=examples, deadline=None, phases=[Phase.generate], derandomize=True,
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    # Moving the hour comes last: once it is archived, nobody has a seat.
    tagged = [(path, method) for path, method in OPERATIONS if tag in DOCUMENT["paths"][path][method]["tags"]]
    for path, method in sorted(tagged, key=lambda one: one[0].endswith("/hours/{slug}/{verb}")):
        quietly(given(case=schema[path][method].as_strategy(), data=st.data())(send))()


@pytest.mark.parametrize("tag", ["public", "citizen", "desk"])
def test_answers_are_as_documented(fuzzed: Any, live: District, tag: str) -> None:
    fuzz(fuzzed, live, tag, 20)


@pytest.mark.long
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("tag", ["public", "citizen", "desk"])
def test_many_answers_are_as_documented(fuzzed: Any, live: District, tag: str) -> None:
    fuzz(fuzzed, live, tag, 100)
