"""A mass message from draft to done, by a gateway that behaves and by one that does not."""

from __future__ import annotations

import io
import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from openpyxl import Workbook, load_workbook

from tests.outreach.conftest import T3, Desk, csv_of, numbers
from townhall.journal import read
from townhall.kernel import clock
from townhall.kernel.errors import InvalidFields, Refused
from townhall.outreach import actions, queries, sending, wording
from townhall.outreach.models import Batch, Message

if TYPE_CHECKING:
    from tests.outreach.gateway import LocalGateway

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def test_everybody_is_written_to_once(desk: Desk, gateway: LocalGateway) -> None:
    desk.confirmed(numbers(35))
    assert desk.run().state == "done"
    assert desk.states() == {"accepted": 35}
    assert set(gateway.numbers.values()) == {1} and len(gateway.numbers) == 35
    assert [len(call["body"]) > 0 for call in gateway.calls] == [True] * 4, "35 numbers, ten a call"
    kinds = [
        entry.kind for entry in read.after(desk.district.hour.id, 0) if entry.kind.startswith("broadcast")
    ]
    assert kinds[0] == "broadcast.drafted" and kinds[-1] == "broadcast.finished"
    assert kinds.count("broadcast.batch") == 4


def test_the_text_leads_to_the_live_page(desk: Desk, gateway: LocalGateway) -> None:
    desk.confirmed(numbers(1))
    desk.run()
    text = json.loads(gateway.calls[0]["body"])["text"]
    assert "/hours/2026-11/" in text and "11月30日（周一）19:00-20:00" in text and "就学与社区托育" in text


def test_wrong_rows_come_back_and_the_others_go(desk: Desk) -> None:
    good = numbers(9700)
    wrong = [f"12345{n}" for n in range(150)] + ["" for _n in range(0)] + [f"没有{n}" for n in range(150)]
    desk.draft()
    book = Workbook(write_only=True)
    sheet = book.create_sheet()
    sheet.append(["姓名", "手机号码"])
    for place, value in enumerate([*good[:5000], *wrong, *good[5000:], *good[:20]]):
        sheet.append([f"居民{place}", int(value) if value.isdigit() else value])
    kept = io.BytesIO()
    book.save(kept)
    row = actions.add_list(desk.actor, desk.broadcast.id, "一万.xlsx", kept.getvalue())
    assert (row.rows, row.accepted, row.wrong, row.duplicates) == (10_020, 9_700, 300, 20)
    back = load_workbook(io.BytesIO(queries.wrong_rows(desk.actor, desk.broadcast.id, row.id))).active
    rows = list(back.iter_rows(values_only=True))
    assert len(rows) == 301
    assert rows[1] == (5002, "123450", "不是 11 位手机号码")
    assert not Message.objects.filter(recipient_sealed__contains="1380000").exists(), (
        "numbers are stored sealed"
    )
    again = actions.add_list(desk.actor, desk.broadcast.id, "再来.csv", csv_of(good[:50]))
    assert (again.accepted, again.duplicates) == (0, 50)


def test_a_wrong_row_is_named_by_its_place_in_the_file(desk: Desk) -> None:
    desk.draft()
    content = "手机号码\n13800000000\n\n1380013\n\n\n13800000001\n没有"
    row = actions.add_list(desk.actor, desk.broadcast.id, "名单.csv", content.encode())
    assert (row.rows, row.accepted, row.wrong) == (4, 2, 2)
    back = load_workbook(io.BytesIO(queries.wrong_rows(desk.actor, desk.broadcast.id, row.id))).active
    assert [cells[:2] for cells in back.iter_rows(min_row=2, values_only=True)] == [
        (4, "1380013"),
        (8, "没有"),
    ]


def test_a_second_message_about_the_same_hour_says_whom_it_reaches_again(desk: Desk) -> None:
    desk.confirmed(numbers(5))
    desk.draft()
    desk.listed(numbers(4, first=3))
    assert actions.preview(desk.actor, desk.broadcast.id).preview["again"] == 2


def test_what_was_cancelled_reaches_nobody_twice(desk: Desk) -> None:
    first = desk.confirmed(numbers(5))
    actions.cancel(desk.actor, first.id)
    desk.draft()
    desk.listed(numbers(5))
    assert actions.preview(desk.actor, desk.broadcast.id).preview["again"] == 0


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04broken", b"\x00\x01\x02\xff", "手机\n".encode()])
def test_a_file_that_is_no_list_is_refused_at_its_field(desk: Desk, content: bytes) -> None:
    desk.draft()
    with pytest.raises(InvalidFields) as caught:
        actions.add_list(desk.actor, desk.broadcast.id, "x.xlsx", content)
    assert "file" in caught.value.errors


def test_a_dry_run_counts_and_sends_nothing(desk: Desk, gateway: LocalGateway, settings: Any) -> None:
    settings.SMS_PRICE = 4
    desk.draft()
    desk.listed(numbers(12))
    row = actions.preview(desk.actor, desk.broadcast.id)
    assert row.preview["listed"] == 12
    assert row.preview["segments"] == 2, row.preview["characters"]
    assert row.preview["cost"] == 12 * 2 * 4
    assert row.preview["text"].startswith("【网上办公】您好！11月30日")
    desk.run()
    assert not gateway.calls


@pytest.mark.parametrize(
    ("length", "parts"), [(1, 1), (70, 1), (71, 2), (134, 2), (135, 3), (201, 3), (202, 4)]
)
def test_parts_are_counted_as_telephones_do(length: int, parts: int) -> None:
    assert wording.segments("字" * length) == parts
    assert wording.segments("𠮷" * (length // 2) + "字" * (length % 2)) == parts, (
        "rare characters count twice"
    )


def test_what_is_confirmed_is_what_was_shown(desk: Desk) -> None:
    desk.draft()
    desk.listed(numbers(2))
    row = actions.preview(desk.actor, desk.broadcast.id)
    digest = row.preview["digest"]
    desk.listed(numbers(2, first=10))
    with pytest.raises(Refused) as caught:
        actions.confirm(desk.actor, row.id, digest)
    assert caught.value.code == "state"
    actions.preview(desk.actor, row.id)
    with pytest.raises(Refused) as caught:
        actions.confirm(desk.actor, row.id, digest)
    assert caught.value.code == "changed"


def test_nothing_leaves_at_night(desk: Desk, gateway: LocalGateway) -> None:
    with clock.steer(T3.replace(hour=21, minute=0)):
        desk.confirmed(numbers(3))
        assert desk.run().state == "confirmed"
    with clock.steer(T3.replace(day=28, hour=7, minute=59)):
        assert desk.run().state == "confirmed"
    assert not gateway.calls
    with clock.steer(T3.replace(day=28, hour=8, minute=0)):
        assert desk.run().state == "done"


def test_a_time_given_is_waited_for(desk: Desk, gateway: LocalGateway) -> None:
    desk.confirmed(numbers(3), not_before="2026-11-27T14:00")
    assert desk.run().state == "confirmed"
    with clock.steer(T3.replace(hour=14)):
        assert desk.run().state == "done"


@pytest.mark.parametrize("moment", ["2026-11-30T19:00", "2026-12-20T09:00"])
def test_nothing_is_planned_to_leave_after_the_hour_has_begun(desk: Desk, moment: str) -> None:
    with pytest.raises(InvalidFields) as caught:
        desk.confirmed(numbers(1), not_before=moment)
    assert set(caught.value.errors) == {"not_before"}


def test_the_rate_is_kept(desk: Desk, gateway: LocalGateway, settings: Any) -> None:
    settings.SMS_RATE = 5
    desk.confirmed(numbers(30))
    desk.run()
    assert len(gateway.numbers) == 10, "the next ten wait two seconds"
    with clock.steer(T3 + timedelta(seconds=1.9)):
        desk.run()
    assert len(gateway.numbers) == 10
    with clock.steer(T3 + timedelta(seconds=2)):
        desk.run()
    assert len(gateway.numbers) == 20


def test_pause_and_resume_go_on_where_it_stopped(desk: Desk, gateway: LocalGateway) -> None:
    desk.confirmed(numbers(30))
    sending.tick()
    actions.pause(desk.actor, desk.broadcast.id)
    assert desk.run().state == "paused" and len(gateway.numbers) == 10
    actions.resume(desk.actor, desk.broadcast.id)
    assert desk.run().state == "done"
    assert len(gateway.numbers) == 30 and set(gateway.numbers.values()) == {1}


def test_what_is_cancelled_does_not_leave(desk: Desk, gateway: LocalGateway) -> None:
    desk.confirmed(numbers(30))
    sending.tick()
    actions.pause(desk.actor, desk.broadcast.id)
    actions.cancel(desk.actor, desk.broadcast.id)
    desk.run()
    assert desk.states() == {"accepted": 10, "failed": 20} and len(gateway.numbers) == 10


def test_an_hour_that_moves_stops_the_text_that_names_its_old_time(desk: Desk, gateway: LocalGateway) -> None:
    desk.confirmed(numbers(30))
    sending.tick()
    desk.district.hour_does("postpone", reason_code="other", starts_at="2026-12-08T19:00+08:00")
    row = desk.run()
    assert (row.state, row.last_error) == ("paused", "moved")
    assert len(gateway.numbers) == 10
    with pytest.raises(Refused) as caught:
        actions.resume(desk.actor, row.id)
    assert caught.value.code == "changed"


# -- a gateway that misbehaves


def test_a_gateway_that_takes_and_never_answers_leaves_unknowns(desk: Desk, gateway: LocalGateway) -> None:
    gateway.behaviour = ["ok", "silent"]
    desk.confirmed(numbers(25))
    desk.run()
    assert desk.states() == {"accepted": 15, "unknown": 10}
    assert set(gateway.numbers.values()) == {1}, "nothing is tried again by itself"


def test_a_gateway_that_only_fails_stops_the_broadcast(desk: Desk, gateway: LocalGateway) -> None:
    gateway.behaviour = ["error", "garbage", "error"]
    desk.confirmed(numbers(50))
    row = desk.run()
    assert (row.state, row.last_error) == ("paused", "no_answer")
    assert desk.states() == {"unknown": 20, "queued": 30}


def test_a_gateway_that_cannot_be_reached_costs_nothing(
    desk: Desk, gateway: LocalGateway, settings: Any
) -> None:
    settings.GATEWAY_URL = "http://127.0.0.1:9"
    desk.confirmed(numbers(5))
    desk.run()
    assert desk.states() == {"queued": 5}
    settings.GATEWAY_URL = gateway.url
    with clock.steer(T3 + timedelta(seconds=31)):
        assert desk.run().state == "done"
    assert desk.states() == {"accepted": 5}


def test_a_refusal_is_a_failure_with_its_reason(desk: Desk, gateway: LocalGateway) -> None:
    gateway.behaviour = ["refuse"]
    desk.confirmed(numbers(12))
    desk.run()
    assert desk.states() == {"failed": 10, "accepted": 2}
    assert queries.failures(desk.broadcast) == [{"why": "9", "n": 10}]


def test_a_sender_that_died_after_marking_leaves_unknowns_not_duplicates(
    desk: Desk, gateway: LocalGateway
) -> None:
    desk.confirmed(numbers(25))
    sending.start_due()
    desk.broadcast.refresh_from_db()
    from townhall.kernel.unit_of_work import unit_of_work

    with unit_of_work():  # what is on the disk when the process is killed during its call
        sending._mark(sending._next(desk.broadcast), "http", desk.broadcast)
    desk.run()
    assert desk.states() == {"unknown": 10, "accepted": 15}
    assert len(gateway.numbers) == 15
    assert Batch.objects.filter(error="interrupted").count() == 1
