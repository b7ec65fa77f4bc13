"""At the desk: a flood merged in one press, somebody kept from asking for a while, sheets to sign and their entry."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.desks.conftest import HOUR
from tests.keeping.test_retention import asked
from townhall.kernel import clock
from townhall.questions import floods
from townhall.questions.models import Ban, Question

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.test import Client

    from tests.fixtures import District

pytestmark = pytest.mark.django_db

SAME = "强烈要求解决锦绣花园停车难的问题，已经反映3次了！"


def test_the_moderator_sees_a_flood_and_merges_it(live: District, at_desk: Callable[..., Client]) -> None:
    one, two, three = (live.ask(SAME + "！" * times) for times in range(3))
    other = live.ask("路灯坏了，请尽快派人来修好。")
    moderator = live.actor("moderator")
    assert [number for _id, number in floods.alike(moderator, one)] == [two.number, three.number]
    assert floods.alike(moderator, other) == []
    browser = at_desk("moderator")
    page = browser.get(f"{HOUR}moderator/?q={one.id}").content.decode()
    assert f"第 {two.number}、{three.number} 号" in page
    done = browser.post(f"/desk/questions/{one.id}/merge-alike", {"seat": "moderator"})
    assert done.status_code == 302
    assert set(Question.objects.filter(merged_into=one).values_list("id", flat=True)) == {two.id, three.id}
    assert floods.alike(moderator, Question.objects.get(id=one.id)) == []


def test_words_not_to_be_read_past_are_pointed_at(live: District, at_desk: Callable[..., Client]) -> None:
    question = live.ask("再不解决我就不想活了，请区里管一管。")
    page = at_desk("moderator").get(f"{HOUR}moderator/?q={question.id}").content.decode()
    assert "可能有人想不开" in page and "只是提示" in page


def test_the_coordinator_bans_and_lifts(live: District, at_desk: Callable[..., Client]) -> None:
    question, browser = asked(live), at_desk("coordinator")
    address, form = (
        f"/desk/questions/{question.id}/ban",
        {"seat": "coordinator", "reason": "abuse", "note": "辱骂"},
    )
    again = browser.post(address, form)
    assert again.status_code == 422 and "辱骂" in again.content.decode()
    page = browser.post(address, {**form, "days": "7"}).content.decode()
    assert "解除限制" in page
    assert Ban.objects.get().lifted_at is None
    browser.post(address, {"seat": "coordinator", "lift": "1"})
    assert Ban.objects.get().lifted_at is not None
    assert at_desk("moderator").post(address, {**form, "days": "7", "seat": "moderator"}).status_code == 403


def test_sheets_are_printed_by_group_and_entered_by_two(
    live: District, at_desk: Callable[..., Client]
) -> None:
    question = live.walk("submitted")
    sheet = at_desk("coordinator").get(f"{HOUR}coordinator/slips").content.decode()
    assert f"{live.hour.issue_no}-{question.number}-{question.draft_version}" in sheet and "签发人" in sheet
    assert at_desk("stranger").get(f"{HOUR}coordinator/slips").status_code == 404
    page = at_desk("coordinator").get(f"{HOUR}coordinator/?q={question.id}").content.decode()
    assert 'id="act-enter_paper"' in page and live.accounts["mayor"].username in page
    signed_at = f"{clock.local(clock.now()):%Y-%m-%dT%H:%M}"
    entry = {
        "seat": "coordinator", "version": str(question.draft_version), "signed_at": signed_at,
        "signer": live.accounts["mayor"].username,
    }  # fmt: skip
    assert at_desk("coordinator").post(f"/desk/questions/{question.id}/enter_paper", entry).status_code == 302
    page = at_desk("moderator").get(f"{HOUR}moderator/?view=sent&q={question.id}").content.decode()
    assert "在纸上签发" in page and 'id="act-confirm_paper"' in page
    form = {"seat": "moderator", "version": str(question.draft_version)}
    assert at_desk("moderator").post(f"/desk/questions/{question.id}/confirm_paper", form).status_code == 302
    assert Question.objects.get(id=question.id).status == "published"


def test_the_coordinator_opens_a_kept_threat_with_a_reason_and_sees_who_did(
    live: District, at_desk: Callable[..., Client]
) -> None:
    question = live.ask("再不解决我就烧了你们办公室。")
    page = at_desk("moderator").get(f"{HOUR}moderator/?q={question.id}").content.decode()
    assert 'name="threat"' in page
    form = {"seat": "moderator", "code": "abusive", "threat": "true"}
    assert at_desk("moderator").post(f"/desk/questions/{question.id}/decline", form).status_code == 302
    browser, address = at_desk("coordinator"), f"/desk/questions/{question.id}/threat"
    page = browser.get(f"{HOUR}coordinator/?q={question.id}").content.decode()
    assert (
        "留存的威胁内容" in page
        and "烧了你们办公室" not in page.partition("act-threat")[2].partition("</details>")[0]
    )
    assert browser.post(address, {"seat": "coordinator"}).status_code == 422
    opened = browser.post(address, {"seat": "coordinator", "reason": "safety"})
    part = opened.content.decode().partition("act-threat")[2].partition("</details>")[0]
    assert (
        "烧了你们办公室" in part and "核实有无人身危险" in part and live.accounts["coordinator"].name in part
    )
    assert "no-store" in opened.headers["Cache-Control"]
    moderator = at_desk("moderator").post(address, {"seat": "moderator", "reason": "safety"})
    assert moderator.status_code == 403


def test_a_flood_is_one_row_above_the_queue_and_merged_from_there(
    live: District, at_desk: Callable[..., Client]
) -> None:
    one = live.ask(SAME)
    browser, numbers = at_desk("moderator"), [one.number]
    with CaptureQueriesContext(connection) as alone:
        page = browser.get(f"{HOUR}moderator/").content.decode()
    assert "并成一件" not in page
    numbers += [live.ask(SAME + "！" * times).number for times in range(1, 4)]
    with CaptureQueriesContext(connection) as flooded:
        page = browser.get(f"{HOUR}moderator/").content.decode()
    assert len(flooded) == len(alone)
    assert f"4 件内容相同：{one.title}（第 {'、'.join(map(str, numbers))} 号）" in page
    assert "并成一件" not in at_desk("coordinator").get(f"{HOUR}coordinator/").content.decode()
    done = browser.post(f"/desk/questions/{one.id}/merge-alike", {"seat": "moderator"})
    assert done.status_code == 302 and Question.objects.filter(merged_into=one).count() == 3
