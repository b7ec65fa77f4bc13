"""A form's flat names become the nested values that actions take."""

from __future__ import annotations

from django.http import QueryDict

from townhall.desks.formdata import nested
from townhall.kernel.errors import InvalidFields


def typed(text: str) -> QueryDict:
    return QueryDict(text, mutable=True)


def test_rows_parts_and_lists() -> None:
    form = typed(
        "text=a&commitments[0].text=b&commitments[0].due=2026-12-15&fill.ref=7&fill.link=&assisting=1&assisting=2"
    )
    assert nested(form).data == {
        "text": "a", "commitments": [{"text": "b", "due": "2026-12-15"}], "fill": {"ref": "7"}, "assisting": ["1", "2"],
    }  # fmt: skip


def test_blank_rows_are_no_rows_and_errors_find_their_place() -> None:
    form = typed("commitments[0].text=&commitments[0].unit=5&commitments[2].text=b&commitments[2].due=")
    found = nested(form)
    assert found.data == {"commitments": [{"text": "b", "due": ""}]}
    errors = InvalidFields({"commitments[0].due": "x", "text": "y", "commitments": "z"}).errors
    assert found.places(errors) == {"commitments[2].due": "x", "text": "y", "commitments": "z"}


def test_the_desks_own_fields_stay_on_the_desk() -> None:
    found = nested(typed("csrfmiddlewaretoken=s&seat=mayor&back=/desk/&then=sign&next=1&version=3"))
    assert found.data == {"version": "3"}
    assert found.own["then"] == "sign"


def test_strange_names_are_only_names() -> None:
    found = nested(typed("commitments[999999].text=a&__class__.x=1&a[b].c=2&[0].x=3&.=4"))
    assert set(found.data) == {"commitments[999999].text", "__class__", "a[b].c", "[0].x", "."}
