"""For everything that is sent there is a text to be filed, and each cloud gets it in its own form."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest

from tests.outreach.conftest import Desk
from townhall.kernel import secrets
from townhall.kernel.unit_of_work import unit_of_work
from townhall.outreach import (
    actions,
    asker_words,
    askers,
    filed_texts,
    invitations,
    posting,
    queries,
    wording,
)
from townhall.outreach.choices import Purpose
from townhall.outreach.models import Batch, Message

if TYPE_CHECKING:
    from tests.outreach.gateway import LocalGateway

TOLD = {"issue": "16", "number": "88", "into": "87", "due": "2026-12-07", "url": "https://wsbg.example.gov/x"}


def test_every_purpose_but_the_signature_has_a_text_of_its_own() -> None:
    assert set(filed_texts.TEXTS) == set(Purpose) - {Purpose.SIGNATURE}
    assert len(set(filed_texts.TEXTS.values())) == len(filed_texts.TEXTS)


def test_every_template_that_is_sent_is_filed_in_its_own_words() -> None:
    assert set(askers.PURPOSES) == set(invitations.TEXTS)
    for template, purpose in askers.PURPOSES.items():
        assert filed_texts.TEXTS[purpose] == invitations.TEXTS[template]


@pytest.mark.parametrize("purpose", sorted(filed_texts.TEXTS))
def test_each_cloud_gets_the_text_in_its_own_form(purpose: Purpose) -> None:
    text = filed_texts.TEXTS[purpose]
    places = invitations.places_of(text)
    named = filed_texts.written_for("aliyun", text)
    assert re.findall(r"\$\{(\w+)\}", named) == places
    assert named.replace("$", "") == text
    numbered = filed_texts.written_for("tencent", text)
    assert re.findall(r"\{(\w+)\}", numbered) == [str(place) for place in range(1, len(places) + 1)]
    assert re.sub(r"\{\w+\}", "", numbered) == re.sub(r"\{\w+\}", "", text)
    assert filed_texts.written_for("http", text) == "", "a gateway takes the text as it stands"
    assert len(named) <= wording.LONGEST


def test_a_place_that_stands_twice_has_one_number() -> None:
    assert filed_texts.for_tencent("第 {number} 号，{url}，{number}") == "第 {1} 号，{2}，{1}"


@pytest.mark.django_db
def test_all_are_accepted_as_they_stand_and_what_is_sent_fills_them(
    desk: Desk, gateway: LocalGateway, settings: Any
) -> None:
    settings.SMS_SENDER, settings.TENCENT_URL, settings.TENCENT_APP_ID = "tencent", gateway.url, "1400006666"
    settings.TENCENT_KEY_ID, settings.TENCENT_KEY_SECRET = "id", "secret"
    office = desk.district.accounts["coordinator"]
    for purpose, text in {Purpose.SIGNATURE: "澄湖区政府", **filed_texts.TEXTS}.items():
        data = {"provider": "tencent", "purpose": purpose.value, "text": text, "code": purpose.value,
                "filed_on": "2026-11-01", "approved_on": "2026-11-08"}  # fmt: skip
        actions.file_with_provider(office, data)
    one = {"SerialNo": "5000:1", "PhoneNumber": "+8613800000000", "Code": "Ok"}
    gateway.answer = {"Response": {"SendStatusSet": [one]}}
    for template, words in asker_words.ALL.items():
        with unit_of_work():
            invitations.send_invitation(secrets.encrypt("13800000000"), template, TOLD, f"key-{template}")
        message = Message.objects.get(idempotency_key=f"key-{template}")
        assert posting.post(message, Batch(id=1, provider="tencent")) == "5000:1"
        body = json.loads(gateway.calls[-1]["body"])
        assert body["TemplateId"] == words.purpose.value
        filled = filed_texts.for_tencent(filed_texts.TEXTS[words.purpose])
        for place, value in enumerate(body["TemplateParamSet"], 1):
            filled = filled.replace("{" + str(place) + "}", value)
        assert filled == invitations.text_of(template, TOLD)


@pytest.mark.django_db
def test_the_office_finds_each_text_ready_to_be_filed(desk: Desk, settings: Any) -> None:
    settings.SMS_SENDER = "aliyun"
    found = {one["purpose"]: one for one in queries.office(desk.district.accounts["coordinator"])["filings"]}
    assert found["late"]["usual"] == filed_texts.TEXTS[Purpose.LATE]
    assert "${number}" in found["late"]["typed"]
    assert found["signature"]["usual"] == found["signature"]["typed"] == ""
