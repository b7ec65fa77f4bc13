"""The coordinator's observers page: people masked, looks journalled, forms given back, a constant number of queries."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.desks.conftest import browser_of
from tests.observers.conftest import (
    ASKED,
    CLOSES,
    CONFIRM_BY,
    OPENED,
    SOURCE,
    VALUE,
    mobile_of,
    opening,
    searching,
    wall,
)
from townhall.journal.models import Entry
from townhall.kernel import clock
from townhall.observers.models import Application, Call
from townhall.questions.models import Question

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.test import Client

    from tests.observers.conftest import Search

PAGE = "/desk/prepare/2026-11/observers/"


@pytest.fixture
def search(db: None) -> Iterator[Search]:
    with searching() as found:
        yield found


def at(search: Search, name: str = "coordinator") -> Client:
    return browser_of(search.district.accounts[name])


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def test_the_empty_page_says_what_to_do(search: Search) -> None:
    body = text_of(at(search).get(PAGE))
    assert "还没有开放报名" in body
    assert 'name="source_at"' in body


@pytest.mark.parametrize("name", ["moderator", "mayor", "clerk", "lead1"])
@pytest.mark.parametrize("path", ["", "talk/"])
def test_only_the_coordinator_sees_it(search: Search, name: str, path: str) -> None:
    search.open()
    search.apply(1)
    assert at(search, name).get(PAGE + path).status_code == 403
    for verb in ("close", "sheet", f"people/{search.row(1).id}/look", "talk/note"):
        answer = at(search, name).post(PAGE + verb)
        assert answer.status_code in {403, 404}
        assert mobile_of(1) not in text_of(answer)
    assert at(search, "stranger").get(PAGE).status_code == 404
    assert browser_of().get(PAGE).status_code == 302


def test_the_whole_way_by_hand(search: Search) -> None:
    client = at(search)
    assert client.post(f"{PAGE}open", opening(quota="2")).status_code == 302
    for number in range(4):
        search.apply(number)
    assert "还没到截止时间" in text_of(client.get(PAGE))
    with clock.steer(CLOSES):
        client.post(f"{PAGE}close")
        assert "公开数值还没有公布" in text_of(client.get(PAGE))
    with clock.steer(SOURCE):
        client.post(f"{PAGE}draw", {"value": VALUE, "value_again": VALUE})
    with clock.steer(ASKED):
        client.post(f"{PAGE}invite", {"confirm_by": wall(CONFIRM_BY)})
        first = Application.objects.get(rank=1)
        client.post(f"{PAGE}people/{first.id}/confirm")
        second = Application.objects.get(rank=2)
        client.post(f"{PAGE}people/{second.id}/decline")
    assert list(Application.objects.order_by("rank").values_list("state", flat=True)) == [
        "confirmed", "declined", "invited", "waiting",
    ]  # fmt: skip
    for verb in ("close_asking", "open_live"):
        search.district.hour_does(verb)
    client.post(f"{PAGE}people/{first.id}/attend")
    first.refresh_from_db()
    assert first.attendance == "present"
    body = text_of(client.get(PAGE))
    assert "已到场" in body


def test_names_and_numbers_are_masked_and_looks_journalled(search: Search) -> None:
    search.open()
    search.apply(1, "欧阳无名", words="想看看")
    client = at(search)
    body = text_of(client.get(PAGE))
    assert "欧阳**" in body
    assert "138****0001" in body
    assert not [word for word in ("欧阳无名", mobile_of(1), "想看看") if word in body]
    looked = text_of(client.post(f"{PAGE}people/{search.row(1).id}/look"))
    assert all(word in looked for word in ("欧阳无名", mobile_of(1), "想看看"))
    entry = Entry.objects.get(kind="observer.contact_seen")
    assert entry.actor == search.district.accounts["coordinator"].id


def test_what_was_typed_comes_back(search: Search) -> None:
    answer = at(search).post(f"{PAGE}open", opening(source_at=wall(OPENED), place="<b>会议室</b>"))
    assert answer.status_code == 422
    body = text_of(answer)
    assert "须在报名截止之后才公布" in body
    assert "&lt;b&gt;会议室&lt;/b&gt;" in body
    assert f'value="{wall(CLOSES)}"' in body
    assert not Call.objects.exists()


def test_a_refused_move_says_why(search: Search) -> None:
    search.open()
    answer = at(search).post(f"{PAGE}close")
    assert answer.status_code == 409
    assert "不能提前截止" in text_of(answer)
    for verb in ("nonsense", "sheet/x"):
        assert at(search).post(f"{PAGE}{verb}").status_code == 404
    assert at(search).post(f"{PAGE}people/999999/look").status_code == 404
    assert at(search).get(f"{PAGE}?start=-1&state=%00").status_code == 200


def test_withdrawing_for_somebody_deletes(search: Search) -> None:
    search.open()
    search.apply(1, "欧阳无名")
    row = search.row(1)
    at(search).post(f"{PAGE}people/{row.id}/withdraw")
    row.refresh_from_db()
    assert (row.state, row.name_sealed, row.mobile_sealed) == ("withdrawn", "", "")
    assert "欧阳" not in text_of(at(search).get(PAGE))


def test_the_sheet_has_names_and_is_journalled(search: Search) -> None:
    search.inviting(2)
    with clock.steer(ASKED):
        search.answers(1, "confirm")
    body = text_of(at(search).post(f"{PAGE}sheet"))
    assert "张二丰" in body
    assert "0001" in body
    assert mobile_of(1) not in body
    assert Entry.objects.get(kind="observer.sheet_printed").facts == {"people": 1}
    assert at(search).get(f"{PAGE}sheet").status_code == 405


def test_the_talk_from_point_to_question(search: Search) -> None:
    search.inviting(2)
    with clock.steer(ASKED):
        search.answers(1, "confirm")
    client = at(search)
    assert "现在是" in text_of(client.get(f"{PAGE}talk/"))
    for verb in ("close_asking", "open_live"):
        search.district.hour_does(verb)
    answer = client.post(f"{PAGE}talk/note", {"text": ""})
    assert answer.status_code == 422
    client.post(f"{PAGE}talk/note", {"text": "公交末班车能晚一点吗？", "application": str(search.row(1).id)})
    body = text_of(client.get(f"{PAGE}talk/"))
    point = re.search(r"points/(\d+)/register", body)
    assert point is not None
    slip = client.post(f"{PAGE}talk/points/{point[1]}/register")
    assert slip.status_code == 201
    assert re.search(r"\d{4} \d{4} \d{4}", text_of(slip))
    assert Question.objects.get().display_name == "网民代表张**"
    assert client.post(f"{PAGE}talk/points/{point[1]}/register").status_code == 409
    client.post(f"{PAGE}talk/write", {"minutes": "张二丰代表谈了公交。"})
    client.post(f"{PAGE}talk/approve")
    body = text_of(client.get(f"{PAGE}talk/"))
    assert "张**代表谈了公交" in body
    again = client.post(f"{PAGE}talk/write", {"minutes": "另一份"})
    assert again.status_code == 409


def test_minutes_typed_too_late_are_not_lost(search: Search) -> None:
    search.drawn(1)
    answer = at(search).post(f"{PAGE}talk/write", {"minutes": "写了很久的纪要"})
    assert answer.status_code == 409
    assert "写了很久的纪要" in text_of(answer)


@pytest.mark.parametrize("people", [1, 30])
def test_one_or_thirty_people_cost_the_same(search: Search, people: int) -> None:
    search.inviting(people, quota=50)
    client = at(search)
    client.get(PAGE)
    with CaptureQueriesContext(connection) as found:
        assert client.get(PAGE).status_code == 200
    assert len(found) == 11


@pytest.mark.parametrize("points", [1, 30])
def test_one_or_thirty_points_cost_the_same(search: Search, points: int) -> None:
    search.inviting(2)
    for verb in ("close_asking", "open_live"):
        search.district.hour_does(verb)
    client = at(search)
    for number in range(points):
        client.post(f"{PAGE}talk/note", {"text": f"第 {number} 件事"})
    with CaptureQueriesContext(connection) as found:
        assert client.get(f"{PAGE}talk/").status_code == 200
    assert len(found) == 9


def test_long_lists_have_pages(search: Search) -> None:
    with clock.steer(OPENED + timedelta(minutes=1)):
        search.open()
        for number in range(51):
            search.apply(number)
    body = text_of(at(search).get(PAGE))
    assert "start=50" in body
    assert text_of(at(search).get(f"{PAGE}?start=50")).count('class="ob-who"') == 1
