"""Promises on pages: the unit's, the leaders' and the inspector's desk, the public list and timeline."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from tests.commitments.conftest import DUE, WORDS, later, photo
from tests.desks.conftest import browser_of
from townhall.commitments import actions, monthly, parties, queries, watch
from townhall.commitments.choices import Level
from townhall.commitments.models import Commitment, Step
from townhall.hours import planning
from townhall.hours.models import Seat
from townhall.hours.seats import staff_actor
from townhall.journal.models import Entry
from townhall.kernel import clock
from townhall.kernel.errors import InvalidFields
from townhall.outreach import reading
from townhall.outreach.models import Message
from townhall.questions import citizen_actions as citizens
from townhall.wrapping import actions as wrapping

if TYPE_CHECKING:
    from django.test import Client

    from tests.commitments.conftest import Promises

pytestmark = pytest.mark.django_db
LIST = "/desk/office/promises/"


@pytest.fixture(autouse=True)
def _collected() -> None:
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)


def desk(promises: Promises, name: str) -> Client:
    return browser_of(promises.district.accounts[name])


def body(response: Any) -> str:
    return str(response.content.decode())


# -- the desk -------------------------------------------------------------------------------------------


def test_a_unit_reports_with_a_picture_and_the_inspector_closes_without_any_script(
    promises: Promises,
) -> None:
    one = promises.make()
    unit, inspector = desk(promises, "member1"), desk(promises, "inspector")
    assert WORDS in body(unit.get(LIST))
    here = f"{LIST}{one.id}/"
    assert "登记进展" in body(unit.get(here))
    empty = unit.post(f"{here}report", {"text": "已经改好，请核查。"})
    assert empty.status_code == 422
    assert "报结须附照片或证明材料" in body(empty)
    assert "已经改好，请核查。" in body(empty)
    sent = {"text": "已经改好。", "pictures": [photo(gps=True), photo(size=(9, 9))], "caption": "东门\n西门"}
    assert unit.post(f"{here}report", sent).status_code == 302
    assert unit.post(f"{here}verify", {}).status_code == 403
    assert "核查通过" in body(inspector.get(here))
    for verb in ("verify", "close"):
        assert inspector.post(f"{here}{verb}", {}).status_code == 302
    again = inspector.post(f"{here}close", {})
    assert again.status_code == 409
    assert "已办结" in body(again)
    public = browser_of().get(f"/promises/{one.id}/")
    text = body(public)
    assert public.status_code == 200
    for words in ("按期办结", "已经改好。", "东门", "西门", "核查通过"):
        assert words in text
    picture = browser_of().get(
        f"/promises/{one.id}/pictures/{Step.objects.get(verb='report').proofs.first().id}"
    )
    assert (picture.status_code, picture["Content-Type"]) == (200, "image/jpeg")
    assert b"".join(picture.streaming_content)[:2] == b"\xff\xd8"  # a JPEG, read to its end
    promises.district.does(
        "moderator2", "withhold", promises.district.hour.questions.get(), code="personal_data"
    )
    assert browser_of().get(f"/promises/{one.id}/pictures/1").status_code == 404
    assert WORDS not in body(browser_of().get(f"/promises/{one.id}/"))


def test_a_leader_finds_the_request_and_decides_it(promises: Promises) -> None:
    one = promises.make()
    unit, deputy = desk(promises, "member1"), desk(promises, "deputy")
    here = f"{LIST}{one.id}/"
    asked = {"due": "2027-01-20", "reason_code": "weather", "text": "雨季不能浇筑。"}
    assert unit.post(f"{here}ask_extension", asked | {"due": "2026-12-01"}).status_code == 422
    assert unit.post(f"{here}ask_extension", asked).status_code == 302
    assert WORDS in body(deputy.get(LIST))
    assert "雨季不能浇筑。" in body(deputy.get(here))
    assert deputy.post(f"{here}approve_extension", {}).status_code == 302
    assert "期限由" in body(browser_of().get(f"/promises/{one.id}/"))


def test_the_inspector_chases_several_in_one_step_and_the_units_are_told(promises: Promises) -> None:
    first, second = promises.make(), promises.make()
    with clock.steer(later(20)):
        client = desk(promises, "inspector")
        assert body(client.get(LIST)).count("逾期 5 天") == 2
        sent = {"view": "late", "chosen": [first.id, second.id], "template": ""}
        assert client.post(f"{LIST}chase", sent).status_code == 422
        nothing = client.post(f"{LIST}chase", {"view": "late", "template": "late"})
        assert "请先勾选要催办的承诺" in body(nothing)
        assert client.post(f"{LIST}chase", sent | {"template": "late"}).status_code == 302
        assert desk(promises, "member1").post(f"{LIST}chase", sent | {"template": "late"}).status_code in {
            403,
            404,
        }
        while reading.tick():
            pass
        told = Message.objects.filter(template="commitment.chased")
    assert list(Commitment.objects.values_list("chases", flat=True)) == [1, 1]
    assert [one.account.username for one in told if one.account] == ["member1", "member1"]


def test_strangers_and_nonsense_get_a_page_never_an_error(promises: Promises) -> None:
    one = promises.make()
    inspector = desk(promises, "inspector")
    for address in ("?view=rubbish", "?view=mine", "999/", "month/?month=2026-13", "month/?month=2030-01",
                    "month/circular.exe"):  # fmt: skip
        assert inspector.get(LIST + address).status_code == 404, address
    assert inspector.get(f"{LIST}?page=99999999").status_code == 200
    assert desk(promises, "member2").get(f"{LIST}{one.id}/").status_code == 404
    assert desk(promises, "member1").get(f"{LIST}month/").status_code == 403
    assert desk(promises, "stranger").get(LIST).status_code == 403
    assert inspector.post(f"{LIST}{one.id}/dance", {}).status_code == 404
    assert browser_of().get(LIST).status_code == 302


# -- the clock ------------------------------------------------------------------------------------------


def test_the_system_follows_the_schedule_in_office_hours_only(promises: Promises) -> None:
    promises.make()
    told: list[tuple[str, str, int]] = []
    for day in range(40):
        for hour in (3, 9, 15):  # 03:00, 09:00 and 15:00 UTC are 11:00, 17:00 and 23:00 in the district
            moment = later(day).replace(hour=hour, minute=0)
            if moment < clock.now():
                continue
            with clock.steer(moment):
                watch.chase_due()
    for entry in Entry.objects.filter(kind__in=["commitment.chased", "commitment.escalated"]).order_by("id"):
        local = clock.local(entry.at)
        assert 9 <= local.hour < 17
        assert local.weekday() < 5
        told.append((f"{local:%m-%d}", entry.kind, entry.facts.get("level", 0)))
    assert told == [
        ("12-10", "commitment.chased", 0), ("12-16", "commitment.chased", 0), ("12-18", "commitment.escalated", 1),
        ("12-24", "commitment.escalated", 2), ("01-05", "commitment.escalated", 3),
    ]  # fmt: skip


def test_the_leader_sees_that_nobody_works_on_the_new_day(promises: Promises) -> None:
    one = promises.make()
    asked = {"reason_code": "weather", "text": "雨季不能浇筑。", "due": "2026-12-26"}
    promises.does("member1", "ask_extension", one, **asked)
    assert "这一天不是工作日" in body(desk(promises, "deputy").get(f"{LIST}{one.id}/"))


def test_a_chase_that_reached_nobody_says_so(promises: Promises) -> None:
    open_one, first, second = promises.make(), promises.make(), promises.make()
    for one in (first, second):
        promises.report(one)
    client = desk(promises, "inspector")
    sent = {"view": "all", "chosen": [first.id, second.id], "template": "due_soon"}
    refused = client.post(f"{LIST}chase", sent)
    assert refused.status_code == 409
    assert "都已经报结或办结" in body(refused)
    assert not Entry.objects.filter(kind="commitment.chased").exists()
    told = client.post(f"{LIST}chase", sent | {"chosen": [first.id, open_one.id]}, follow=True)
    assert "已催办 1 项" in body(told) and "另有 1 项" in body(told)


def test_the_office_says_how_long_is_silent(promises: Promises) -> None:
    one = promises.make()
    office = staff_actor(promises.district.accounts["coordinator"])
    assert office is not None
    with clock.steer(later(10)):
        assert "silent" not in chosen_template(promises, one)
        assert WORDS not in body(desk(promises, "inspector").get(f"{LIST}?view=silent"))
        actions.set_rules(office, {"silent": 7})
        assert chosen_template(promises, one) == "silent"
        assert WORDS in body(desk(promises, "inspector").get(f"{LIST}?view=silent"))


def chosen_template(promises: Promises, one: Commitment) -> str:
    """What the inspector's form offers to say."""
    return str(queries.detail(promises.hand("inspector"), one.id)["template"])


def test_each_level_reaches_somebody_whom_the_one_before_did_not(promises: Promises) -> None:
    live = promises.district
    joint = promises.make({"text": WORDS, "due": DUE, "assisting": [live.units[1].id]})
    with clock.steer(later(20)):
        promises.does("inspector", "chase", joint, template="late")
        for level in (1, 2, 3):
            promises.does("inspector", "escalate", joint, level=level)
    entries = Entry.objects.filter(kind__in=["commitment.chased", "commitment.escalated"]).order_by("id")
    names = {account.id: name for name, account in live.accounts.items()}
    told = [[names[account] for account in entry.facts["accounts"]] for entry in entries]
    assert set(told[0]) == {"member1", "member2"}
    for before, now, new in zip(told, told[1:], [{"lead1", "lead2"}, {"deputy"}, {"mayor"}], strict=False):
        assert set(now) - set(before) == new
        assert set(before) <= set(now)


def test_a_unit_without_a_head_here_is_taken_to_the_inspector_and_one_of_heads_only_is_chased(
    promises: Promises,
) -> None:
    live = promises.district
    one = promises.make()
    Seat.objects.filter(account=live.accounts["lead1"]).delete()
    assert live.accounts["inspector"].id in parties.reached_by(Level.UNIT_HEAD, one)
    assert live.accounts["inspector"].id not in parties.reached_by(Level.UNIT, one)
    planning.give_seat(live.hour, live.accounts["lead1"], "lead", group=live.groups[0])
    live.accounts["member1"].is_active = False
    live.accounts["member1"].save()
    assert parties.reached_by(Level.UNIT, one) == [live.accounts["lead1"].id]


def test_the_month_is_announced_to_the_mayor_once_on_the_first_working_day(promises: Promises) -> None:
    assert not watch.announce_month()  # in the evening of the hour
    promises.make()
    for moment in ("2026-12-01T07:00", "2026-12-01T18:00"):
        with clock.steer(datetime.fromisoformat(f"{moment}+08:00")):
            assert not watch.announce_month(), moment
    for day, told in (("2026-12-01", True), ("2026-12-02", False), ("2026-12-31", False)):
        with clock.steer(datetime.fromisoformat(f"{day}T09:30+08:00")):
            assert watch.announce_month() is told, day
    with clock.steer(datetime.fromisoformat("2026-12-01T10:00+08:00")):
        while reading.tick():
            pass
        note = Message.objects.get(template="commitment.month_ready")
        assert note.account == promises.district.accounts["mayor"]
        mayor = desk(promises, "mayor")
        assert f"{LIST}month/?month=2026-11" in body(mayor.get(reverse("desks:inbox")))
        assert "2026年11月 承诺办理情况" in body(mayor.get(f"{LIST}month/?month=2026-11"))


def test_the_month_says_what_became_of_leftovers_and_how_satisfied_askers_are(promises: Promises) -> None:
    live = promises.district
    for level in (5, 5, 4, 1):
        citizens.rate(live.receipt(live.walk("published")), {"level": level})
    with clock.steer(later(0.01)):
        shown = body(desk(promises, "mayor").get(f"{LIST}month/"))
        assert "评价 4 份，不足 5 份不算满意率" in shown
    citizens.rate(live.receipt(live.walk("published")), {"level": 3})
    waiting, settled = live.walk("assigned"), live.walk("submitted")
    live.hour_does("wrap", reason_code="other")
    with clock.steer(datetime.fromisoformat("2026-12-09T10:00+08:00")):
        live.does("mayor", "sign", settled, version=1)
        wrapping.keep_backlogs()
    with clock.steer(datetime.fromisoformat("2026-12-09T11:00+08:00")):
        mayor = desk(promises, "mayor")
        shown = body(mayor.get(f"{LIST}month/"))
        assert "本月办完会后办理件 1 件，其中逾期办完 1 件" in shown
        assert "现在还有 1 件没有结果，其中已过期限 1 件" in shown
        assert "评价 0 份" in shown
        assert "评价 5 份，满意率 80%" in body(mayor.get(f"{LIST}month/?month=2026-11"))
    assert waiting.status == "assigned"


def test_the_office_sets_the_schedule_and_what_is_prescribed(promises: Promises) -> None:
    before = promises.make()
    office = staff_actor(promises.district.accounts["coordinator"])
    assert office is not None
    actions.set_rules(
        office,
        {"before": 1, "unit": 2, "unit_head": 4, "deputy": 5, "mayor": 6, "first_hour": 10, "limit": 3},
    )
    for day in range(40):
        for hour in (1, 2):  # 09:00 and 10:00 in the district
            with clock.steer(later(day).replace(hour=hour, minute=0)):
                watch.chase_due()
    entries = Entry.objects.filter(kind__in=["commitment.chased", "commitment.escalated"]).order_by("id")
    assert [f"{clock.local(entry.at):%m-%d %H} {entry.facts.get('level', 0)}" for entry in entries] == [
        "12-14 10 0", "12-17 10 0", "12-21 10 1", "12-22 10 2", "12-23 10 3",
    ]  # fmt: skip
    assert (before.prescribed, promises.make().prescribed) == (None, date(2026, 12, 3))
    with pytest.raises(InvalidFields) as wrong:
        actions.set_rules(
            office, {"unit": 9, "mayor": 0, "limit_works": "viel", "first_hour": 17, "before": 61}
        )
    assert set(wrong.value.errors) == {"unit_head", "mayor", "limit_works", "last_hour", "before"}
    actions.set_rules(office, {"before": 1})  # nothing new, nothing told
    assert Entry.objects.filter(kind="commitment.rule_changed").count() == 7


def test_an_extension_quiets_the_schedule(promises: Promises) -> None:
    one = promises.make()
    promises.does(
        "member1", "ask_extension", one, due="2027-02-01", reason_code="season", text="等寒假施工。"
    )
    promises.does("mayor", "approve_extension", one)
    with clock.steer(later(20).replace(hour=3)):
        assert watch.chase_due() == 0


# -- the month ------------------------------------------------------------------------------------------


def test_a_month_counts_fairly_and_reads_the_same_later(promises: Promises) -> None:
    promises.walk("closed")
    promises.walk("ended")
    late, moved = promises.make(), promises.make()
    with clock.steer(later(10)):
        promises.does(
            "member1", "ask_extension", moved, due="2027-02-01", reason_code="season", text="等寒假。"
        )
        promises.does("deputy", "approve_extension", moved)
    december = monthly.month("2026-12")
    assert december is None  # not begun yet
    with clock.steer(later(40)):
        chosen = monthly.month("2026-12")
        assert chosen is not None
        found = monthly.report(chosen)
        assert [row["id"] for row in found.late] == [late.id]
        assert (found.owed, len(found.extended), found.made) == (2, 1, 0)
        assert [(line.name, line.rate) for line in found.units] == [("区教育局", None)]
        promises.report(late)
        assert [row["id"] for row in monthly.report(chosen).late] == [late.id]
        november = monthly.month("2026-11")
        assert november is not None
        before = monthly.report(november)
        assert (before.closed, before.on_time, len(before.ended), before.late) == (1, 1, 1, [])
        client = desk(promises, "mayor")
        assert "不排名次" in body(client.get(f"{LIST}month/?month=2026-12"))
        response = client.get(f"{LIST}month/circular.docx?month=2026-12")
        words = zipfile.ZipFile(io.BytesIO(response.content)).read("word/document.xml").decode()
        assert "12月承诺事项办理情况的通报" in words


def test_a_rate_stands_beside_five_cases_or_not_at_all(promises: Promises) -> None:
    for _number in range(4):
        promises.walk("closed")
    november = monthly.month("2026-11")
    assert november is not None
    with clock.steer(later(0.1)):
        assert monthly.report(november).units[0].rate is None
    promises.walk("closed")
    with clock.steer(later(0.1)):
        assert monthly.report(november).units[0].rate == 100


# -- the public -----------------------------------------------------------------------------------------


def test_the_public_list_is_narrowed_by_unit_place_subject_state_and_lateness(promises: Promises) -> None:
    one = promises.make()
    promises.district.does(
        "moderator2",
        "edit",
        promises.district.ask("另一个问题，想了解报名时间。"),
        title="另一个",
        text="另一个",
        area="澄湖镇",
    )
    unit, other = promises.district.units[:2]
    topic = promises.district.hour.topic
    page = browser_of().get("/promises/")
    assert WORDS in body(page)
    for query, shown in (
        (f"unit={unit.id}", True), (f"unit={other.id}", False), ("area=%E6%B5%8B", False), ("subject=housing", False),
        ("state=open", True), ("state=closed", False), ("late=1", False), ("state=rubbish", True), ("unit=x", True),
        ("area=%00", True), ("before=abc", True), ("unit=" + "9" * 40, True), ("area=" + "x" * 5000, True), (f"topic={topic}", True), ("topic=%E5%88%AB", False),
        ("before=2026-12-16_1", True), ("before=2026-12-15_1", False), ("before=9999-99-99_1", True),
    ):  # fmt: skip
        response = browser_of().get(f"/promises/?{query}")
        assert response.status_code == 200
        assert (f"/promises/{one.id}/" in body(response)) == shown, query
    with clock.steer(later(20)):
        assert "已过期限 5 天" in body(browser_of().get("/promises/?late=1"))
    for address in ("/promises/999/", "/promises/999/pictures/1", f"/promises/{one.id}/pictures/1"):
        assert browser_of().get(address).status_code == 404


def test_the_public_pages_cost_the_same_for_one_and_for_thirty(promises: Promises) -> None:
    costs = []
    for rows in (1, 29):
        for _number in range(rows):
            one = promises.make({"text": WORDS, "due": DUE, "assisting": [promises.district.units[1].id]})
            promises.does("member1", "progress", one, text="开工。")
        with CaptureQueriesContext(connection) as whole:
            browser_of().get("/promises/")
        with CaptureQueriesContext(connection) as single:
            browser_of().get(f"/promises/{one.id}/")
        costs.append((len(whole), len(single)))
    assert costs[0] == costs[1]
