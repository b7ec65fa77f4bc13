"""Keys for programs: short-lived, revocable, and signing on a demo only."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from townhall.kernel import clock
from townhall.kernel.errors import Refused
from townhall.people import actions as people
from townhall.people.models import ApiToken

if TYPE_CHECKING:
    from tests.fixtures import District


def test_a_token_is_its_persons_for_twelve_hours(live: District) -> None:
    account = live.accounts["moderator"]
    token = people.issue_token(account)
    assert people.account_of_token(token) == (account, False)
    with clock.steer(clock.now() + timedelta(hours=12, seconds=-1)):
        assert people.account_of_token(token) == (account, False)
    with clock.steer(clock.now() + timedelta(hours=12)):
        assert people.account_of_token(token) is None


def test_only_a_hash_of_it_is_kept(live: District) -> None:
    token = people.issue_token(live.accounts["moderator"])
    assert token not in str(list(ApiToken.objects.values()))


def test_revoking_ends_all_of_a_persons_tokens_and_nobody_elses(live: District) -> None:
    mine = [people.issue_token(live.accounts["mayor"]) for _ in range(3)]
    other = people.issue_token(live.accounts["deputy"])
    assert people.revoke_tokens(live.accounts["mayor"]) == 3
    assert [people.account_of_token(token) for token in mine] == [None] * 3
    assert people.account_of_token(other) is not None
    assert people.revoke_tokens(live.accounts["mayor"]) == 0


def test_a_person_who_left_has_no_working_token(live: District) -> None:
    account = live.accounts["mayor"]
    token = people.issue_token(account)
    account.is_active = False
    account.save()
    assert people.account_of_token(token) is None


@pytest.mark.parametrize("token", ["", "th_", "th_x", "\0", "é" * 100, "x" * 100_000, "Bearer"])
def test_an_invented_token_is_nobodys(live: District, token: str) -> None:
    people.issue_token(live.accounts["mayor"])
    assert people.account_of_token(token) is None


def test_a_token_signs_on_a_demo_only(live: District) -> None:
    token = people.issue_token(live.accounts["mayor"], may_sign=True)
    assert people.account_of_token(token) == (live.accounts["mayor"], True)
    people.mark_installation("real")
    assert people.account_of_token(token) == (live.accounts["mayor"], False)
    with pytest.raises(Refused) as refused:
        people.issue_token(live.accounts["mayor"], may_sign=True)
    assert refused.value.status == 403
    people.issue_token(live.accounts["mayor"])


def test_an_installation_that_nobody_called_a_demo_is_real_once_it_has_units(db: None) -> None:
    assert people.installation_kind() == "empty"
    unit = people.create_unit("某区教育局", "department")
    account = people.create_account("real", "真人", "a-long-enough-password", unit=unit)
    assert people.installation_kind() == "real"
    with pytest.raises(Refused):
        people.issue_token(account, may_sign=True)
