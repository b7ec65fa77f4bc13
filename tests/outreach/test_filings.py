"""What must be filed before an hour is prepared: all that it needs, with whom this installation sends by."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.outreach.conftest import Desk, numbers, subscriber
from townhall.outreach import actions, filings, queries, wording

if TYPE_CHECKING:
    from tests.outreach.gateway import LocalGateway

pytestmark = pytest.mark.django_db
TEXTS = {
    "signature": "澄湖区政府",
    "code": "验证码 {code}",
    "broadcast": wording.USUAL_TEXT,
    "reminder": wording.USUAL_TEXT + wording.STOP_SUFFIX,
}


def file(desk: Desk, provider: str, *purposes: str) -> None:
    for purpose in purposes:
        data = {
            "provider": provider, "purpose": purpose, "text": TEXTS[purpose], "code": "T1",
            "filed_on": "2026-10-10", "approved_on": "2026-10-20",
        }  # fmt: skip
        actions.file_with_provider(desk.district.accounts["coordinator"], data)


@pytest.mark.parametrize("provider", ["aliyun", "tencent"])
@pytest.mark.parametrize("missing", list(TEXTS))
def test_no_cloud_is_ready_while_one_of_the_four_is_missing(
    desk: Desk, settings: Any, provider: str, missing: str
) -> None:
    settings.SMS_SENDER = provider
    file(desk, provider, *(one for one in TEXTS if one != missing))
    assert queries.ready_at(desk.district.hour) is None
    assert filings.missing_for(provider, everything=True)
    file(desk, provider, missing)
    assert queries.ready_at(desk.district.hour) is not None
    assert filings.missing_for(provider, everything=True) is None


@pytest.mark.parametrize(
    ("sender", "filed_with"), [("http", "http"), ("console", "export"), ("aliyun", "aliyun")]
)
def test_readiness_is_looked_for_with_whoever_sends(
    desk: Desk, settings: Any, sender: str, filed_with: str
) -> None:
    settings.SMS_SENDER = sender
    for other in {"http", "export", "aliyun", "tencent"} - {filed_with}:
        file(desk, other, *TEXTS)
    assert queries.ready_at(desk.district.hour) is None
    file(desk, filed_with, *TEXTS)
    assert queries.ready_at(desk.district.hour) is not None


def test_who_sends_whole_texts_by_agreement_knows_no_other_templates(
    desk: Desk, gateway: LocalGateway
) -> None:
    file(desk, "http", "signature", "broadcast")
    assert queries.ready_at(desk.district.hour) is not None


def test_what_is_ready_when_planned_can_be_confirmed_also_with_subscribers(desk: Desk, settings: Any) -> None:
    settings.SMS_SENDER = "aliyun"
    file(desk, "aliyun", *TEXTS)
    assert queries.ready_at(desk.district.hour) is not None
    subscriber(desk.district.hour, "13900000000")
    row = desk.confirmed(numbers(2))
    assert row.state == "confirmed" and row.preview["subscribers"] == 1
