"""Authorised signers: only by a published authorisation, for its units, from its day, until it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.wrapping.conftest import DAY, ENDED
from townhall.kernel import clock
from townhall.kernel.errors import InvalidFields, Refused
from townhall.questions import flow
from townhall.questions import published as questions
from townhall.questions.models import Question
from townhall.wrapping import published

if TYPE_CHECKING:
    from tests.wrapping.conftest import Wrapping


def why_not(ended: Wrapping) -> str:
    question = Question.objects.select_related("hour").get(id=ended.questions["submitted"].id)
    refused = flow.refusal(ended.district.actor("authorised"), "sign", question)
    return refused.code if refused else ""


def grant(ended: Wrapping, by: str = "mayor", **fields: object) -> object:
    units = [str(ended.district.units[0].id)]
    return ended.does(
        by, "authorise", **{"username": "authorised", "units": units, "starts_at": "", **fields}
    )


def test_the_seat_alone_does_not_sign(ended: Wrapping) -> None:
    assert why_not(ended) == "is_authorised"


def test_a_published_authorisation_signs_for_its_units(ended: Wrapping) -> None:
    grant(ended)
    question = ended.district.does("authorised", "sign", ended.questions["submitted"], version=1)
    shown = questions.get(question.id)
    assert shown is not None
    assert shown["answer"]["signed_as"] == "authorised"
    [listed] = published.authorisations(ended.district.hour.id)
    assert (listed["name"], listed["by"], listed["units"], listed["standing"]) == (
        "authorised甲", "mayor甲", ["区教育局"], True,
    )  # fmt: skip


def test_another_units_answer_is_not_covered(ended: Wrapping) -> None:
    grant(ended, units=[str(ended.district.units[1].id)])
    assert why_not(ended) == "is_authorised"


def test_it_holds_from_its_day_and_until_it_ends(ended: Wrapping) -> None:
    granted = grant(ended, starts_at="2026-12-02T08:30")
    assert why_not(ended) == "is_authorised"
    with clock.steer(ENDED + 2 * DAY):
        assert why_not(ended) == ""
        ended.does("coordinator", "end_authorisation", granted)
        [listed] = published.authorisations(ended.district.hour.id)
        assert not listed["standing"]
        assert listed["ended_at"] is not None
        from townhall.hours.models import Seat

        assert not Seat.objects.filter(
            account=ended.district.accounts["authorised"], role="authorised"
        ).exists()


def test_a_person_without_a_seat_gets_it_with_the_authorisation(ended: Wrapping) -> None:
    grant(ended, username="stranger")
    assert "authorised" in ended.district.actor("stranger").roles


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"username": "mayor"}, "username"), ({"username": "nobody"}, "username"), ({"units": []}, "units"),
        ({"starts_at": "2026-11-01T08:00"}, "starts_at"), ({"units": ["x"]}, "units"),
    ],
)  # fmt: skip
def test_an_authorisation_names_what_to_mend(ended: Wrapping, wrong: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidFields) as error:
        grant(ended, **wrong)
    assert set(error.value.errors) == {field}


def test_only_leaders_authorise(ended: Wrapping) -> None:
    with pytest.raises(Refused) as refused:
        grant(ended, by="coordinator")
    assert refused.value.status == 403


def test_units_outside_the_hour_are_refused(ended: Wrapping) -> None:
    with pytest.raises(InvalidFields) as error:
        grant(ended, units=[str(ended.district.units[3].id)])
    assert set(error.value.errors) == {"units"}
