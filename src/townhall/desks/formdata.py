"""What a desk's form or script sends, as the nested values that actions take.

``commitments[0].text``, ``parts[1].title``, ``fill.missing`` become lists and dictionaries; a row left blank is
no row. The places of errors are told in the rows as they stand in the form.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from townhall.kernel.errors import INVALID, Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.http import HttpRequest, QueryDict

_ROW = re.compile(r"(\w+)\[(\d{1,2})\]\.(\w+)\Z")
_PART = re.compile(r"(\w+)\.(\w+)\Z")
# Always lists, however many boxes are ticked.
LISTS = frozenset({"assisting", "units", "attachments", "came", "months", "topics"})
# What makes a row of each list a row: a chosen unit alone promises nothing.
ROW_WORDS = {"commitments": ("text", "due", "workdays"), "parts": ("title", "text"), "posts": ("name",)}
# The desk's own fields: where to go on, not what to do.
OWN = frozenset({"csrfmiddlewaretoken", "seat", "back", "then", "next", "skip"})


@dataclass(slots=True)
class Typed:
    """What was typed.

    :param data: for the action
    :param own: the desk's own fields
    :param rows: for each list the places in the form of the rows that count
    """

    data: dict[str, Any]
    own: dict[str, str] = field(default_factory=dict)
    rows: dict[str, list[int]] = field(default_factory=dict)

    def places(self, errors: Mapping[str, Any]) -> dict[str, str]:
        """Errors under the names that the form's fields have."""
        return {self._place(name): str(message) for name, message in errors.items()}

    def _place(self, name: str) -> str:
        match = re.match(r"(\w+)\[(\d+)\](.*)\Z", name)
        if match and int(match[2]) < len(rows := self.rows.get(match[1], [])):
            return f"{match[1]}[{rows[int(match[2])]}]{match[3]}"
        return name


def read(request: HttpRequest) -> Typed:
    """The fields of a request: a form's, or an object of JSON.

    :raises Refused: 422 when the JSON is no object
    """
    if request.content_type == "application/json":
        try:
            data = json.loads(request.body or b"{}")
        except (ValueError, RecursionError):  # nested a hundred thousand deep
            data = None
        if not isinstance(data, dict):
            raise Refused(INVALID, "json", _("请发送一个 JSON 对象。"))
        return Typed(
            {name: value for name, value in data.items() if name not in OWN},
            {name: str(value) for name, value in data.items() if name in OWN},
        )
    return nested(request.POST)


def nested(form: QueryDict) -> Typed:
    """A form's flat names as nested values."""
    typed = Typed({})
    rows: dict[str, dict[int, dict[str, Any]]] = {}
    for name, values in form.lists():
        value = str(values[-1])
        if name in OWN:
            typed.own[name] = value
        elif match := _ROW.match(name):
            row = rows.setdefault(match[1], {}).setdefault(int(match[2]), {})
            row[match[3]] = [str(one) for one in values if one] if match[3] in LISTS else value
        elif match := _PART.match(name):
            parts = typed.data.setdefault(match[1], {})
            if value.strip() and isinstance(parts, dict):
                parts[match[2]] = value
        else:
            typed.data[name] = [str(one) for one in values if one] if name in LISTS else value
    for name, found in rows.items():
        words = ROW_WORDS.get(name, ())
        kept = [place for place in sorted(found) if any(found[place].get(word, "").strip() for word in words)]
        typed.data[name] = [found[place] for place in kept]
        typed.rows[name] = kept
    return typed
