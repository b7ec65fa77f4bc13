"""The topic pool at the desks: a unit proposes, the office screens, an hour takes its topic with the evidence."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.desks.conftest import browser_of
from townhall.topics import citizen_actions
from townhall.topics.models import Choice, Poll, Pool, Topic

if TYPE_CHECKING:
    from django.test import Client

    from tests.fixtures import District

POOL, CHOOSE = "/desk/office/topics/?year=2027", "/desk/prepare/2026-11/topic/"
WORDS = {"title": "就学与社区托育", "origin": "concern", "reason": "今年入园人数比去年多两成。"}


@pytest.fixture
def office(district: District) -> Client:
    client = browser_of(district.accounts["coordinator"])
    client.post(
        "/desk/office/topics/2027/pool", {"units_open": "on", "public_open": "on", "identity": "open"}
    )
    return client


def shown(client: Client, url: str = POOL) -> str:
    return client.get(url).content.decode()


def do(client: Client, verb: str, topic: Topic, **data: str) -> Any:
    return client.post(f"/desk/office/topics/{topic.id}/move/{verb}?year=2027", data)


@pytest.mark.parametrize(
    ("who", "status"), [("coordinator", 200), ("member1", 200), ("mayor", 403), ("stranger", 403)]
)
def test_who_comes_in(district: District, who: str, status: int) -> None:
    assert browser_of(district.accounts[who]).get(POOL).status_code == status


def test_before_the_gathering_the_page_says_what_to_do(district: District) -> None:
    page = shown(browser_of(district.accounts["coordinator"]))
    assert "还没有开始征集" in page and "开放这一年的征集" in page
    page = shown(browser_of(district.accounts["member1"]))
    assert "现在没有征集主题" in page and 'name="title"' not in page


def test_a_unit_proposes_and_the_office_takes_it_in(district: District, office: Client) -> None:
    unit = browser_of(district.accounts["member1"])
    assert unit.post(POOL, WORDS).status_code == 302
    topic = Topic.objects.get()
    assert (topic.state, topic.unit_id) == ("proposed", district.units[0].id)
    page = shown(unit)
    assert "就学与社区托育" in page and "入库" not in page.replace("审核后入库", "").replace("已入库", "")
    assert do(unit, "accept", topic).status_code == 403
    assert do(office, "accept", topic).status_code == 302
    assert "已入库" in shown(unit)


def test_what_was_typed_survives_an_error(office: Client) -> None:
    answer = office.post(POOL, {**WORDS, "origin": "", "keywords": "入园 托班"})
    page = answer.content.decode()
    assert answer.status_code == 422
    for words in ("请选择来源", 'value="就学与社区托育"', "今年入园人数", 'value="入园 托班"'):
        assert words in page, words


def test_the_reason_of_a_refusal_reaches_the_unit(district: District, office: Client) -> None:
    unit = browser_of(district.accounts["member1"])
    unit.post(POOL, WORDS)
    assert do(office, "decline", Topic.objects.get()).status_code == 422
    do(office, "decline", Topic.objects.get(), code="duplicate", note="与托班一题合并")
    page = shown(unit)
    assert "与库中主题重复" in page and "与托班一题合并" in page


def test_every_act_has_its_button_and_a_greyed_one_its_reason(office: Client, district: District) -> None:
    office.post(POOL, WORDS)
    topic = Topic.objects.get()
    office.post(f"{CHOOSE}choose?topic={topic.id}")
    page = shown(office)
    assert "请先为那一期另选主题" in page and 'aria-disabled="true"' in page
    assert do(office, "retire", topic).status_code == 409


def test_a_suggestion_waits_here_without_a_name(office: Client) -> None:
    citizen_actions.suggest(Pool.objects.get().id, {"title": "夜间公交", "reason": "末班车太早"}, browser="a")
    page = shown(office, f"{POOL}&state=proposed")
    assert "夜间公交" in page and "市民" in page and "群众建议" in page


def test_a_poll_is_prepared_opened_and_closed(office: Client) -> None:
    for title in ("菜价", "停车", "托育"):
        office.post(POOL, WORDS | {"title": f"{title}问题"})
    ids = list(Topic.objects.values_list("id", flat=True))
    assert office.post("/desk/office/topics/2027/poll", {"topics": ids[:1]}).status_code == 422
    assert office.post("/desk/office/topics/2027/poll", {"topics": ids}).status_code == 302
    poll = Poll.objects.get()
    assert "开始投票" in shown(office)
    office.post(f"/desk/office/topics/polls/{poll.id}/open")
    citizen_actions.vote(poll.options.all()[1].id, browser="a")
    page = shown(office)
    assert "投票中" in page and "结束投票并公布结果" in page and "1 票" in page
    office.post(f"/desk/office/topics/polls/{poll.id}/close")
    poll.refresh_from_db()
    assert poll.state == "closed"
    assert office.post(f"/desk/office/topics/polls/{poll.id}/close").status_code == 409
    assert office.post(f"/desk/office/topics/polls/{poll.id}/explode").status_code == 404


def test_the_hour_gets_its_topic_with_the_evidence_in_sight(office: Client, district: District) -> None:
    office.post(POOL, WORDS)
    topic = Topic.objects.get()
    citizen_actions.support(topic.id, browser="a")
    page = shown(office, CHOOSE)
    assert "就学与社区托育" in page and "不是从主题库选定的" in page
    page = shown(office, f"{CHOOSE}?topic={topic.id}")
    for words in ("相关提问", "以来 0 个已答复", "1 人", "选定为本期主题", "以前没有谈过"):
        assert words in page, words
    assert office.post(f"{CHOOSE}choose?topic={topic.id}", {"reason": "开学季"}).status_code == 302
    page = shown(office, CHOOSE)
    assert "选定时的依据" in page and "开学季" in page
    assert Choice.objects.get().hour == district.hour


@pytest.mark.parametrize("who", ["moderator", "mayor", "member1"])
def test_only_the_coordinator_chooses(office: Client, district: District, who: str) -> None:
    office.post(POOL, WORDS)
    other = browser_of(district.accounts[who])
    assert other.get(CHOOSE).status_code == 403
    assert other.post(f"{CHOOSE}choose?topic={Topic.objects.get().id}").status_code == 403


@pytest.mark.parametrize("query", ["", "?topic=x", "?topic=999999", f"?topic={'9' * 30}"])
def test_a_topic_that_does_not_exist_is_404(office: Client, query: str) -> None:
    assert office.post(f"{CHOOSE}choose{query}").status_code == 404


def test_an_empty_pool_says_where_to_go(office: Client) -> None:
    assert "主题库里还没有备选主题" in shown(office, CHOOSE)


def test_the_pages_ask_the_database_as_often_for_thirty_topics(
    office: Client, django_assert_num_queries: Any
) -> None:
    def fill(first: int, last: int) -> None:
        for number in range(first, last):
            office.post(POOL, WORDS | {"title": f"第{number}个主题"})

    fill(0, 1)
    office.get(POOL)
    with django_assert_num_queries(POOL_QUERIES):
        office.get(POOL)
    with django_assert_num_queries(CHOOSE_QUERIES):
        office.get(CHOOSE)
    fill(1, 30)
    with django_assert_num_queries(POOL_QUERIES):
        office.get(POOL)
    with django_assert_num_queries(CHOOSE_QUERIES):
        office.get(CHOOSE)


POOL_QUERIES, CHOOSE_QUERIES = 10, 8
