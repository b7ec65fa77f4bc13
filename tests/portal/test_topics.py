"""The topic pool in public: read, 同问, suggest, vote; as a browser or as a verified person."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

from townhall.hours.seats import Actor, staff_actor
from townhall.people import identity
from townhall.portal import pace
from townhall.topics import actions
from townhall.topics.models import Pool, Topic, Vote

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.fixtures import District

WORDS = {"title": "就学与社区托育", "origin": "concern", "reason": "今年入园人数比去年多两成。"}


@pytest.fixture
def office(district: District) -> Actor:
    found = staff_actor(district.accounts["coordinator"])
    assert found is not None
    return found


@pytest.fixture
def pool(office: Actor) -> Pool:
    return actions.set_pool(office, 2027, {"public_open": "on"})


@pytest.fixture
def topic(office: Actor, pool: Pool) -> Topic:
    return actions.propose(office, 2027, WORDS)


@pytest.fixture(autouse=True)
def _unhurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whom these tests are about is not who comes too fast."""
    monkeypatch.setattr(pace, "wait_for_form", lambda request: None)


@pytest.fixture
def codes() -> Iterator[list[str]]:
    """The codes sent to mobiles."""
    sent: list[str] = []

    def keep(mobile: str, code: str, key: str) -> None:
        sent.append(code)

    identity.CODE_SENDER.append(keep)
    yield sent
    identity.CODE_SENDER.remove(keep)


def shown(client: Client) -> str:
    return client.get("/topics/").content.decode()


def test_without_an_open_pool_the_page_says_what_else_to_do(district: District, client: Client) -> None:
    page = shown(client)
    assert "现在没有征集主题" in page and "<form" not in page
    assert client.post("/topics/", WORDS).status_code == 409


def test_the_pool_is_read_by_anybody(topic: Topic, client: Client) -> None:
    page = shown(client)
    assert "就学与社区托育" in page and "社会热点" in page and "我来提一个" in page
    assert "请先验证" not in page


def test_the_first_page_leads_there_while_the_pool_is_open(office: Actor, pool: Pool, client: Client) -> None:
    assert 'href="/topics/"' in client.get("/").content.decode()
    actions.set_pool(office, 2027, {})
    assert 'href="/topics/"' not in client.get("/").content.decode()


def test_a_suggestion_is_answered_and_waits(pool: Pool, client: Client) -> None:
    answer = client.post("/topics/", {"title": "夜间公交", "reason": "末班车太早"}, follow=True)
    page = answer.content.decode()
    assert "建议已收到，审核后显示在这里" in page
    assert 'lang="zh-CN">夜间公交' not in page and "末班车太早" not in page
    assert Topic.objects.get().state == "proposed"


def test_what_was_typed_survives_an_error(pool: Pool, client: Client) -> None:
    answer = client.post("/topics/", {"title": "<i>夜间公交", "reason": ""})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "请说明理由" in page and 'value="&lt;i&gt;夜间公交"' in page


def test_one_browser_supports_once(topic: Topic, client: Client) -> None:
    for _time in range(2):
        assert client.post(f"/topics/{topic.id}/support").status_code == 303
    Client(headers={"host": "127.0.0.1:8000"}).post(f"/topics/{topic.id}/support")
    topic.refresh_from_db()
    assert topic.supports == 2
    assert "同问 2" in shown(client)


def test_the_vote_moves_with_its_browser_and_the_result_comes_at_the_end(
    office: Actor, topic: Topic, client: Client
) -> None:
    other = actions.propose(office, 2027, WORDS | {"title": "菜价与菜场"})
    poll = actions.make_poll(office, 2027, [str(topic.id), str(other.id)])
    assert "正在投票" not in shown(client)
    actions.move_poll(office, "open", poll.id)
    first, second = (option.id for option in poll.options.order_by("id"))
    assert client.post("/topics/vote", {}).status_code == 422
    for option in (first, second):
        assert client.post("/topics/vote", {"option": option}).status_code == 303
    assert Vote.objects.count() == 1
    page = shown(client)
    assert "已有 1 人投票" in page and "100%" not in page
    actions.move_poll(office, "close", poll.id)
    page = shown(client)
    assert "投票结果" in page and "100%" in page and page.index("菜价与菜场") < page.index("就学与社区托育")
    assert client.post("/topics/vote", {"option": first}).status_code == 409


def test_where_people_must_be_verified_the_page_leads_there(
    office: Actor, topic: Topic, client: Client, codes: list[str]
) -> None:
    actions.set_pool(office, 2027, {"public_open": "on", "identity": "verified"})
    assert "先验证手机" in shown(client)
    refused = client.post(f"/topics/{topic.id}/support")
    assert refused.status_code == 422 and "请先验证手机号码" in refused.content.decode()
    assert client.post("/topics/verify", {"mobile": "123"}).status_code == 422
    page = client.post("/topics/verify", {"mobile": "13800138000"}).content.decode()
    assert 'name="code"' in page and 'value="13800138000"' in page
    assert client.post("/topics/verify", {"mobile": "13800138000", "code": "000"}).status_code == 422
    done = client.post("/topics/verify", {"mobile": "13800138000", "code": codes[-1]}, follow=True)
    assert "手机已验证" in done.content.decode() and "先验证手机" not in done.content.decode()
    assert client.post(f"/topics/{topic.id}/support").status_code == 303
    topic.refresh_from_db()
    assert topic.supports == 1


@pytest.mark.parametrize(
    ("path", "status"), [("/topics/999999/support", 404), ("/topics/vote", 422), ("/topics/x/support", 404)]
)
def test_what_does_not_exist_is_said(pool: Pool, client: Client, path: str, status: int) -> None:
    assert client.post(path, {"option": "x"}).status_code == status


@pytest.mark.parametrize("path", ["/topics/", "/topics/verify", "/topics/vote", "/topics/1/support"])
def test_a_page_of_another_site_cannot_post_here(pool: Pool, client: Client, path: str) -> None:
    assert client.post(path, {}, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


def test_the_page_asks_the_database_as_often_for_thirty_topics(
    office: Actor, topic: Topic, client: Client, django_assert_num_queries: Any
) -> None:
    client.get("/topics/")
    with django_assert_num_queries(4):
        client.get("/topics/")
    for number in range(30):
        actions.propose(office, 2027, WORDS | {"title": f"第{number}个主题"})
    with django_assert_num_queries(4):
        client.get("/topics/")
