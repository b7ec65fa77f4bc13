"""The API object: every error a problem document, and an OpenAPI 3.1 that says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ninja import NinjaAPI
from ninja.openapi.schema import REF_TEMPLATE
from ninja.schema import NinjaGenerateJsonSchema

from townhall.api import bodies, problems
from townhall.api.schemas import Problem
from townhall.kernel.problems import CONTENT_TYPE

if TYPE_CHECKING:
    from django.http import HttpRequest, HttpResponse
    from ninja.openapi.schema import OpenAPISchema
    from ninja.operation import Operation
    from pydantic import BaseModel

DESCRIPTION = """\
The online office hour for programs: what the public page shows, what a citizen may do, and the desks' moves.

* Errors are `application/problem+json` (RFC 9457), checked in this order: 401, 404, 403, 422, 409.
* Times are RFC 3339 with offset. Lists are `{items, next}`; hand `next` back as `?after=`.
* No cookie is needed. Messages are in Chinese, or in English with `?lang=en`.
* A rehearsal hour opens with `?key=`, which stands in its `page_url`.
* Staff send `Authorization: Bearer`; `townhall token USERNAME` makes a token of that person's seats for 12 hours.
"""

_PROBLEMS = {
    401: "No token, or one that is unknown, expired or revoked",
    403: "Not your seat's verb, or sent from another site's page",
    404: "No such thing, or no seat in this hour",
    409: "State, author, lock, held text, or any version but the current one; asking while closed",
    413: "The body is too large",
    415: "The body is not application/json",
    422: "Fields to mend, each named in `errors`",
    429: "Too often from one address or person; see Retry-After",
    503: "Busy; see Retry-After",
}
_ALWAYS = {404, 422, 503}
_VERBS: dict[str, dict[str, type[BaseModel]]] = {
    "move_hour": bodies.HOUR_VERBS,
    "move_question": bodies.QUESTION_VERBS,
    "screen_comment": {"accept": bodies.Nothing, "decline": bodies.Nothing},
}


class TownhallAPI(NinjaAPI):
    """Ninja with the house's errors; its description is made once."""

    _described: OpenAPISchema | None = None

    def on_exception(self, request: HttpRequest, exc: Any) -> HttpResponse:
        """Answer with a problem document, whatever it was."""
        return problems.for_exception(request, exc)

    def get_openapi_operation_id(self, operation: Operation) -> str:
        """The function's name: short, and stable for generated clients."""
        return operation.view_func.__name__

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        """The description, with request bodies and problems added to what ninja knows."""
        if self._described is None:
            self._described = super().get_openapi_schema(**options)
            schemas = self._described["components"]["schemas"]
            documented: list[type[BaseModel]] = [Problem, *bodies.DOCUMENTED.values()]
            for model in documented:
                _describe(schemas, model)
            for methods in self._described["paths"].values():
                for method, operation in methods.items():
                    _add_problems(method, operation)
                    _add_verbs(operation)
        return self._described


def _describe(schemas: dict[str, Any], model: type[BaseModel]) -> None:
    schema = model.model_json_schema(ref_template=REF_TEMPLATE, schema_generator=NinjaGenerateJsonSchema)
    for name, inner in schema.pop("$defs", {}).items():
        schemas.setdefault(name, inner)
    schemas[model.__name__] = schema


def _add_verbs(operation: dict[str, Any]) -> None:
    """Name the verbs, and for each what it takes."""
    taken = _VERBS.get(operation["operationId"])
    if taken is None:
        return
    lines = [f"* `{verb}`: {model.__name__}" for verb, model in taken.items()]
    operation["description"] += "\n\nWhat each verb takes:\n\n" + "\n".join(lines)
    for parameter in operation["parameters"]:
        if parameter["name"] == "verb":
            parameter["schema"] = {"type": "string", "enum": list(taken)}


def _add_problems(method: str, operation: dict[str, Any]) -> None:
    statuses = set(_ALWAYS)
    if operation.get("security"):
        statuses |= {401, 403}
    if method == "post":
        statuses |= {403, 409, 413, 415, 429}
    if "/track" in str(operation.get("tags")):
        statuses.add(429)
    content = {CONTENT_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    for status in sorted(statuses):
        operation["responses"].setdefault(status, {"description": _PROBLEMS[status], "content": content})


api = TownhallAPI(
    title="Townhall",
    version="1",
    description=DESCRIPTION,
    urls_namespace="api",
    docs_url=None,  # its page loads scripts from elsewhere, which our security policy forbids
    openapi_extra={
        "tags": [
            {"name": "public", "description": "What anybody may see"},
            {"name": "citizen", "description": "What anybody may do, and what a receipt opens"},
            {"name": "desk", "description": "What staff see and do"},
        ]
    },
)
