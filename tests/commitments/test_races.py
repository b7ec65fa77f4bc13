"""Two inspectors at the same moment: one verdict holds, the other is told; on both databases."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from tests.commitments.conftest import Promises
from tests.real_database import together
from townhall.commitments import actions
from townhall.commitments.models import Step
from townhall.journal.models import Entry
from townhall.kernel.errors import Refused
from townhall.people import actions as people

if TYPE_CHECKING:
    from tests.fixtures import District

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both_databases]
ROUNDS = 4
VERDICTS = {"verified": "verify", "open": "rework"}


def test_of_two_verdicts_at_once_one_holds_and_the_other_is_told(busy: District) -> None:
    busy.accounts["inspector2"] = people.create_account("inspector2", "督查乙", "a-long-enough-password")
    people.give_office(busy.accounts["inspector2"], "inspector")
    promises = Promises(busy)
    for _round in range(ROUNDS):
        one = promises.walk("reported")
        verified, reworked = (
            partial(actions.perform, promises.hand(name), verb, one.id, {"text": "坡道还没有做。"})
            for name, verb in (("inspector", "verify"), ("inspector2", "rework"))
        )
        results: list[Any] = together(verified, reworked)
        refused = [result for result in results if isinstance(result, Refused)]
        # Sent back last, both could hold one after the other: what was verified may still be returned.
        verbs = list(
            Step.objects.filter(commitment=one, verb__in=VERDICTS.values()).values_list("verb", flat=True)
        )
        assert not [result for result in results if isinstance(result, Exception) and result not in refused]
        one.refresh_from_db()
        assert VERDICTS[one.state] == verbs[-1]
        assert len(verbs) + len(refused) == 2
        assert [one.status for one in refused] == ([409] if verbs[0] == "rework" else [])
        told = Entry.objects.filter(subject="commitment", subject_id=one.id)
        assert told.filter(kind__in=["commitment.verified", "commitment.reworked"]).count() == len(verbs)


def test_the_same_verdict_twice_at_once_counts_once(busy: District) -> None:
    busy.accounts["inspector2"] = people.create_account("inspector2", "督查乙", "a-long-enough-password")
    people.give_office(busy.accounts["inspector2"], "inspector")
    promises = Promises(busy)
    for _round in range(ROUNDS):
        one = promises.walk("reported")
        results = together(
            *(
                partial(actions.perform, promises.hand(name), "rework", one.id, {"text": "坡道还没有做。"})
                for name in ("inspector", "inspector2")
            )
        )
        refused = [result for result in results if isinstance(result, Refused)]
        assert [one.status for one in refused] == [409]
        one.refresh_from_db()
        assert (one.state, one.reworks) == ("open", 1)
