"""Broadcasts, filings and the inbox in a browser."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from tests.desks.conftest import browser_of
from tests.outreach.conftest import Desk, csv_of, desk, gateway, numbers, t3
from townhall.countdown.models import Step
from townhall.journal.write import record
from townhall.kernel import clock
from townhall.kernel.unit_of_work import unit_of_work
from townhall.outreach import actions, queries, reading, wording
from townhall.outreach.models import Broadcast, Message
from townhall.preparation.models import Task

if TYPE_CHECKING:
    from django.test import Client

    from tests.outreach.gateway import LocalGateway

__all__ = ["desk", "gateway", "t3"]
LIST = "/desk/prepare/2026-11/broadcast/"
OFFICE = "/desk/office/outreach/"
FILED = (
    ("signature", "澄湖区政府"), ("code", "验证码 {code}"), ("broadcast", wording.USUAL_TEXT),
    ("reminder", wording.USUAL_TEXT + wording.STOP_SUFFIX),
)  # fmt: skip
INBOX = "/desk/office/inbox/"


@pytest.fixture
def client(desk: Desk) -> Client:
    return browser_of(desk.district.accounts["coordinator"])


def test_from_an_empty_page_to_everybody_told(client: Client, desk: Desk, gateway: LocalGateway) -> None:
    assert "本期还没有群发" in client.get(LIST).content.decode()
    answer = client.post(LIST, {"provider": "http", "text": wording.USUAL_TEXT, "to_subscribers": "on"})
    assert answer.status_code == 302
    page = answer["Location"]
    shown = client.get(page).content.decode()
    assert "还没有收件人" in shown, "the greyed button says why"
    upload = SimpleUploadedFile("名单.csv", csv_of([*numbers(12), "12345", numbers(1)[0]]))
    answer = client.post(f"{page}add_list", {"file": upload}, follow=True)
    assert "可以发送 12，重复 1，有误 1" in answer.content.decode()
    wrong = re.search(r'href="([^"]+/wrong/\d+)"', answer.content.decode())
    assert wrong and client.get(wrong[1])["Content-Disposition"].startswith("attachment")
    shown = client.post(f"{page}preview", follow=True).content.decode()
    assert "名单 12 人" in shown and "费用约 1.20 元" in shown and "【网上办公】您好" in shown
    digest = re.search(r'name="digest" value="(\w+)"', shown)
    assert digest
    refused = client.post(f"{page}confirm", {"digest": digest[1]})
    assert refused.status_code == 422 and "请勾选" in refused.content.decode()
    client.post(f"{page}confirm", {"digest": digest[1], "agreed": "on"})
    desk.broadcast = Broadcast.objects.get()
    desk.run()
    shown = client.get(page).content.decode()
    assert "已发完" in shown and "已处理 12，共 12" in shown and "coordinator甲" in shown
    assert numbers(1)[0] not in shown, "no number stands on a page"


def test_what_was_typed_comes_back_with_the_error_at_its_field(client: Client) -> None:
    answer = client.post(LIST, {"provider": "carrier-pigeon", "text": "晚上七点见", "not_before": "明天"})
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert (
        "晚上七点见" in shown
        and "请保留 {link}" in shown
        and "请选择发送通道" in shown
        and "请填写日期和时间" in shown
    )


def test_a_list_goes_out_to_another_office_and_its_results_come_back(client: Client, desk: Desk) -> None:
    import io

    from openpyxl import load_workbook

    desk.confirmed(numbers(4), provider="export")
    page = f"{LIST}{desk.broadcast.id}/"
    handed = client.post(f"{page}hand_over")
    rows = list(load_workbook(io.BytesIO(handed.content)).active.iter_rows(values_only=True))
    assert [row[0] for row in rows[1:]] == numbers(4) and "/hours/2026-11/" in rows[1][1]
    assert desk.states() == {"sent": 4}
    assert client.post(f"{page}hand_over").content, "the same list can be had again"
    told = "手机号码,结果\n" + "\n".join(
        [
            f"{numbers(4)[0]},成功",
            f"{numbers(4)[1]},失败（空号）",
            f"{numbers(4)[2]},不知道",
            "13999999999,成功",
        ]
    )
    upload = SimpleUploadedFile("结果.csv", told.encode("gb18030"))
    answer = client.post(f"{page}read_results", {"file": upload}, follow=True)
    assert "送达 1，失败 1，对不上 2" in answer.content.decode()
    assert desk.states() == {"sent": 2, "delivered": 1, "failed": 1}
    assert queries.broadcast_sent_at(desk.district.hour) is None, "one of four is known to have been reached"
    assert client.post(f"{page}confirm_sent", {"said": " "}).status_code == 422
    shown = client.post(f"{page}confirm_sent", {"said": "王工 10:40 电话告知"}, follow=True).content.decode()
    assert "2 条由代发部门发出" in shown and "王工 10:40 电话告知" in shown
    assert queries.broadcast_sent_at(desk.district.hour) is not None
    assert client.post(f"{page}confirm_sent", {"said": "再来一次"}).status_code == 409


@pytest.mark.parametrize("name", ["mayor", "lead1", "editor"])
def test_only_the_coordinator_sends(desk: Desk, name: str) -> None:
    desk.confirmed(numbers(1))
    other = browser_of(desk.district.accounts[name])
    assert other.get(LIST).status_code == 403
    assert other.get(f"{LIST}{desk.broadcast.id}/").status_code == 403
    assert other.post(f"{LIST}{desk.broadcast.id}/pause").status_code == 403
    assert browser_of(desk.district.accounts["stranger"]).get(LIST).status_code == 404


def test_the_office_files_a_signature_and_sees_readiness(client: Client, desk: Desk, settings: Any) -> None:
    settings.SMS_SENDER = "aliyun"
    shown = client.get(OFFICE).content.decode()
    assert "还不能群发" in shown and "/receipts/aliyun/" in shown
    bad = client.post(f"{OFFICE}filings", {"provider": "aliyun", "purpose": "broadcast", "text": "没有链接"})
    assert bad.status_code == 422 and "没有链接" in bad.content.decode()
    dates = {"filed_on": "2026-11-02", "approved_on": "2026-11-09"}
    for purpose, text in FILED:
        assert "还缺" in client.get(OFFICE).content.decode()
        data = {"provider": "aliyun", "purpose": purpose, "text": text, "code": "SMS_1", **dates}
        assert client.post(f"{OFFICE}filings", data).status_code == 302
    assert "2026-11-09 起可以群发" in client.get(OFFICE).content.decode()
    ready = queries.ready_at(desk.district.hour)
    assert ready and ready.date().isoformat() == "2026-11-09"
    assert browser_of(desk.district.accounts["lead1"]).get(OFFICE).status_code == 403


def test_staff_find_what_concerns_them_in_the_inbox(desk: Desk) -> None:
    lead = browser_of(desk.district.accounts["lead1"])
    reading.tick()
    actions.mark_read(desk.district.accounts["lead1"])
    with unit_of_work():
        record(
            desk.district.hour.id, "hour.stood_in", subject="hour", subject_id=desk.district.hour.id,
            account=desk.district.accounts["lead1"].id, role="lead",
        )  # fmt: skip
    assert reading.tick() == 1
    assert reading.tick() == 0, "each entry is told once"
    shown = lead.get(INBOX).content.decode()
    assert (
        "您作为 B 角接替了岗位" in shown
        and "/desk/hours/2026-11/" in shown
        and '<b class="count">1</b>' in shown
    )
    lead.post(f"{INBOX}read")
    assert '<b class="count">' not in lead.get(INBOX).content.decode()


@pytest.mark.parametrize(
    ("language", "named"),
    [
        ("zh-hans", "“各单位签收通知”，11月18日到期 · "),
        ("en", "“Notice acknowledged by every unit”, due on 18 Nov · "),
    ],
)
def test_whoever_is_told_of_a_step_reads_which_and_by_when(desk: Desk, language: str, named: str) -> None:
    step = Step.objects.get(hour=desk.district.hour, code="notice_signed")
    Step.objects.filter(id=step.id).update(due_on=date(2026, 11, 18))
    coordinator = desk.district.accounts["coordinator"]
    with unit_of_work():
        record(
            desk.district.hour.id, "countdown.late", subject="step", subject_id=step.id, step=step.code,
            due="2026-11-18", account=[coordinator.id],
        )  # fmt: skip
    reading.tick()
    with translation.override(language):
        assert queries.inbox(coordinator)[0]["about"].startswith(named)


@pytest.mark.parametrize(
    ("language", "named"),
    [("zh-hans", "区教育局：报送联络员名单"), ("en", "区教育局: 报送联络员名单")],
)
def test_whoever_is_told_of_a_task_reads_which_unit_did_what(desk: Desk, language: str, named: str) -> None:
    coordinator, unit = desk.district.accounts["coordinator"], desk.district.units[0]
    task = Task.objects.create(
        hour=desk.district.hour, unit=unit, text="报送联络员名单", due_on=date(2026, 11, 20)
    )
    with unit_of_work():
        record(
            desk.district.hour.id, "task.done", subject="task", subject_id=task.id, unit=unit.id,
            accounts=[coordinator.id],
        )  # fmt: skip
    reading.tick()
    with translation.override(language):
        assert queries.inbox(coordinator)[0]["about"].startswith(named)


def test_what_is_told_over_and_over_in_a_day_is_one_line_that_opens(desk: Desk) -> None:
    coordinator, units = desk.district.accounts["coordinator"], desk.district.units[:3]
    reading.tick()
    actions.mark_read(coordinator)

    def reported(text: str) -> None:
        for unit in units:
            task = Task.objects.create(
                hour=desk.district.hour, unit=unit, text=text, due_on=date(2026, 11, 20)
            )
            with unit_of_work():
                record(
                    desk.district.hour.id, "task.done", subject="task", subject_id=task.id, unit=unit.id,
                    accounts=[coordinator.id],
                )  # fmt: skip
        reading.tick()

    reported("报送联络员名单")
    with clock.steer(clock.now() + timedelta(days=1)):
        reported("核对背景资料")
        (later, first), older = queries.inbox(coordinator)[:2], queries.inbox(coordinator)[2:]
        shown = browser_of(coordinator).get(INBOX).content.decode()
    assert [len(later["abouts"]), len(first["abouts"])] == [3, 3], "a line for each day"
    assert all("核对背景资料" in one["about"] for one in later["abouts"])
    assert not any(one["unread"] for one in older)
    assert shown.count("有单位报告任务已经完成。</a>") == 2
    assert "3 条" in shown
    assert all(f"{unit.name}：报送联络员名单" in shown for unit in units), "nothing is lost"
    assert '<b class="count">6</b>' in shown, "the number counts messages, not lines"


def _queries(client: Client, address: str) -> int:
    client.get(address)
    with CaptureQueriesContext(connection) as seen:
        assert client.get(address).status_code == 200
    return len(seen)


def test_lists_ask_as_often_for_one_row_as_for_thirty(client: Client, desk: Desk) -> None:
    account = desk.district.accounts["coordinator"]
    reading.tick()
    desk.draft()
    few = _queries(client, LIST), _queries(client, INBOX)
    for _n in range(29):
        desk.draft()
    with unit_of_work():
        for _n in range(29):
            record(
                desk.district.hour.id, "hour.seated", subject="hour", account=account.id, role="coordinator"
            )
    reading.tick()
    assert Message.objects.filter(account=account).count() >= 30
    assert (_queries(client, LIST), _queries(client, INBOX)) == few == (6, 5)


def test_sending_again_without_the_provider_needs_a_reason_that_stays_on_the_page(
    client: Client, desk: Desk, gateway: LocalGateway
) -> None:
    gateway.behaviour = ["silent"]
    desk.confirmed(numbers(3))
    desk.run()
    page = f"{LIST}{desk.broadcast.id}/"
    shown = client.post(f"{page}check_receipts", follow=True).content.decode()
    assert "通道没有答复" in shown and "3 条结果不明" in shown and "其中 0 条" in shown
    refused = client.post(f"{page}send_unknown_again")
    assert refused.status_code == 409
    assert client.post(f"{page}send_unknown_anyway", {"reason": ""}).status_code == 422
    shown = client.post(f"{page}send_unknown_anyway", {"reason": "已电话核实"}, follow=True).content.decode()
    assert "3 条结果不明的短信将再发一次" in shown and "已电话核实" in shown and "coordinator甲" in shown
