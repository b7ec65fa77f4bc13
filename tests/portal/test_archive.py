"""The archive: a search that answers whatever is typed, with everything escaped, and what was imported."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

import pytest

from townhall.history import actions as history_actions
from townhall.history import importing
from townhall.history.models import PastQuestion
from townhall.insight import facets
from townhall.insight.actions import keep_index, keep_past

if TYPE_CHECKING:
    from pathlib import Path

    from django.test import Client

    from tests.fixtures import District

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh() -> None:
    facets.forget()


def body(response: Any, status: int = 200) -> str:
    assert response.status_code == status
    return str(response.content.decode())


def take(folder: Path, *rows: tuple[str, str, str, str]) -> list[PastQuestion]:
    out = io.StringIO()
    csv.writer(out).writerows([("问题", "答复", "答复日期", "答复单位"), *rows])
    (folder / "past.csv").write_text(out.getvalue())
    importing.run(importing.plan(folder / "past.csv", source="区长信箱"), folder / "back.csv")
    keep_past(0)
    return list(PastQuestion.objects.order_by("id"))


def test_finds_are_marked_escaped_and_say_where_they_come_from(
    client: Client, live: District, tmp_path: Path
) -> None:
    question = live.walk("published")
    keep_index()
    take(tmp_path, ("<script>幼儿园</script>报名？", "见<b>通知</b>。", "2014-05-01", "区教育局"))
    shown = body(client.get("/archive/?q=幼儿园"))
    assert "&lt;script&gt;<mark>幼儿园</mark>&lt;/script&gt;" in shown
    assert "<script>幼" not in shown
    assert f'href="/questions/{question.id}/"' in shown
    assert "来源：区长信箱（导入，未经本系统签发）" in shown
    assert "找到 2 条。" in shown
    assert "找到 1 条。" in body(client.get("/archive/?q=幼儿园&year=2014"))
    assert "找到 2 条。" in body(client.get("/archive/?q=&unit=区教育局"))


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("园", "找到 1 条。"),
        ("长" * 10_000, "没有找到"),
        ("，。？！", "只有标点"),
        ("   ", "往期网上办公"),
        ("\x00", "只有标点"),
    ],
)
def test_any_search_is_answered_in_words(client: Client, live: District, typed: str, said: str) -> None:
    live.walk("published")
    keep_index()
    address = {"q": typed} if typed.strip() else {}
    assert said in body(client.get("/archive/", address))


def test_what_is_narrowed_to_nonsense_is_not_an_error(client: Client, live: District) -> None:
    for query in (
        "year=abc",
        "year=99999",
        "subject=x",
        "hour=-1",
        "hour=" + "9" * 30,
        "page=0",
        "page=999",
        "like=9",
    ):
        response = client.get(f"/archive/?q=路灯&{query}")
        assert response.status_code == 200, query
    assert client.get("/archive/?like=999").status_code == 404


def test_questions_like_one_are_found_without_itself(client: Client, live: District) -> None:
    first, second = live.walk("published"), live.walk("published")
    keep_index()
    shown = body(client.get(f"/archive/?like={first.id}"))
    assert f"/questions/{second.id}/" in shown
    assert f'<h2><a href="/questions/{first.id}/' not in shown


def test_an_imported_question_has_a_page_and_its_hour_a_list(
    client: Client, live: District, tmp_path: Path
) -> None:
    (past,) = take(tmp_path, ("路灯坏了？", "修好了。", "2012-02-01", "区住建局"))
    shown = body(client.get(f"/history/{past.id}/"))
    assert "来源：区长信箱（导入，未经本系统签发）" in shown
    assert "签发人" not in shown
    assert "2012年2月1日答复" in shown
    assert f"/history/{past.id}/" in body(client.get(f"/history/hours/{past.hour_id}/"))
    assert f"/history/hours/{past.hour_id}/" in body(client.get("/archive/?year=2012"))
    assert "路灯" not in body(client.get("/archive/?year=2026"))
    assert f"/redress/?past={past.id}" in shown
    form = {"kind": "remove", "standing": "named", "words": "里面写了我家。", "form_key": "k"}
    assert "路灯坏了" in body(client.get(f"/redress/?past={past.id}"))
    assert "里面写了我家" in body(client.post(f"/redress/?past={past.id}", form | {"kind": ""}), 422)
    assert f"/history/{past.id}/" in body(client.post(f"/redress/?past={past.id}", form))
    history_actions.perform(live.actor("coordinator"), "withhold", past.id, {"code": "minor"})
    shown = body(client.get(f"/history/{past.id}/"))
    assert "修好了" not in shown
    assert "未成年人信息" in shown and "临时屏蔽" in shown
    assert client.get("/history/999/").status_code == client.get("/history/hours/999/").status_code == 404


@pytest.mark.parametrize("number", [1, 30])
def test_pages_cost_the_same_however_much_there_is(
    client: Client, live: District, tmp_path: Path, django_assert_num_queries: Any, number: int
) -> None:
    past = take(
        tmp_path, *[(f"第 {n} 条路的路灯？", "修好了。", "2012-02-01", "区住建局") for n in range(number)]
    )[0]
    with django_assert_num_queries(8):
        body(client.get("/archive/?q=路灯"))
    with django_assert_num_queries(5):
        body(client.get("/archive/"))
    with django_assert_num_queries(2):
        body(client.get(f"/history/hours/{past.hour_id}/"))
