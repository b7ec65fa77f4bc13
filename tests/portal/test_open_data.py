"""Open data: files that hold what the pages show and nothing else, for people, programs and search engines."""

from __future__ import annotations

import csv
import io
import json
import re
import tracemalloc
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.commitments.conftest import DUE, WORDS, Promises, later, promises
from tests.fixtures import GOOD_ANSWER, PROMISED_ANSWER
from tests.history.test_past import take
from townhall.commitments.models import Commitment
from townhall.hours.models import OfficeHour
from townhall.kernel import clock
from townhall.portal import dictionary
from townhall.questions import collected
from townhall.questions.models import Clarification, Question
from townhall.wrapping import actions as wrapping
from townhall.wrapping.models import Paper as ClosingPaper

if TYPE_CHECKING:
    from pathlib import Path

    from django.test import Client

    from tests.fixtures import District

__all__ = ["promises"]
FILES = [
    f"/open/{scope}/{name}.{form}"
    for scope in ("hours/2026-11", "years/2026")
    for name in ("questions", "promises")
    for form in ("csv", "jsonl")
]
ATOM = "{http://www.w3.org/2005/Atom}"


def text_of(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, path
    raw = b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[arg-type]
    return raw.decode("utf-8-sig")


def promised(live: District, **fields: Any) -> Question:
    question = live.walk("assigned", **fields)
    item = {"text": "12月15日前完成大门改造", "unit": live.units[0].id, "due": "2026-12-15"}
    live.does("member1", "draft", question, text=PROMISED_ANSWER, outcome="promised", commitments=[item])
    live.does("member1", "submit", question)
    return live.does("mayor", "sign", question, version=1)


def adopted(live: District, **fields: Any) -> Question:
    question = live.walk("assigned", kind="suggestion", **fields)
    words = {"verdict": "adopted", "verdict_reason": "已列入计划"}
    live.does("member1", "draft", question, text=GOOD_ANSWER, outcome="answered", **words)
    live.does("member1", "submit", question)
    return live.does("mayor", "sign", question, version=1)


def everywhere(question: Question) -> list[str]:
    """Every address at which the answer's words can be had from outside a page."""
    promise = Commitment.objects.get(question_id=question.id)
    return [
        *FILES, "/feeds/answers.atom", "/feeds/hours/2026-11.atom", f"/feeds/units/{promise.unit_id}.atom",
        f"/feeds/promises/{promise.id}.atom", f"/oembed?url=http://127.0.0.1:8000/questions/{question.id}/",
        f"/units/{promise.unit_id}/", f"/questions/{question.id}/", "/sitemap.xml",
    ]  # fmt: skip


def test_a_file_has_every_field_of_the_dictionary_and_the_answer_verbatim(
    live: District, client: Client
) -> None:
    question = live.walk("published", kind="consult", title="学位")
    (row,) = csv.DictReader(io.StringIO(text_of(client, "/open/hours/2026-11/questions.csv")))
    assert list(row) == [field.name for field in dictionary.QUESTIONS]
    assert (row["answer"], row["signed_as"], row["number"]) == (GOOD_ANSWER, "mayor", "1")
    assert row["url"].endswith(f"/questions/{question.id}/")
    whole = json.loads(text_of(client, "/open/years/2026/questions.jsonl"))
    assert whole == client.get(f"/api/v1/questions/{question.id}").json()
    promised(live)
    (kept,) = csv.DictReader(io.StringIO(text_of(client, "/open/years/2026/promises.csv")))
    assert (kept["text"], kept["due"], kept["late"]) == ("12月15日前完成大门改造", "2026-12-15", "false")


def test_nothing_that_is_not_public_is_in_any_file(live: District, client: Client) -> None:
    for status in ("received", "declined", "withdrawn"):
        live.walk(status, title=f"不公开{status}")
    urgent = live.walk("assigned", title="不公开紧急")
    live.does("technician", "urgent", urgent, handed_to="110")
    question = promised(live)
    for path in [*FILES, *everywhere(question)]:
        assert "不公开" not in text_of(client, path), path


@pytest.mark.parametrize("how", ["withhold", "rehearsal"])
def test_what_is_covered_leaves_every_file_and_feed_at_once(live: District, client: Client, how: str) -> None:
    question = promised(live, title="大门改造问题")
    paths = everywhere(question)
    assert sum("大门改造" in text_of(client, path) for path in paths) == len(paths) - 1  # a map has no words
    if how == "withhold":
        live.does("moderator", "withhold", question, code="personal_data")
    else:
        OfficeHour.objects.filter(id=live.hour.id).update(rehearsal=True, secret="k")
    for path in paths:
        response = client.get(path)
        raw = b"".join(response.streaming_content) if response.streaming else response.content  # type: ignore[arg-type]
        assert "大门改造" not in raw.decode(), path
        assert (
            f"/questions/{question.id}/" not in raw.decode()
            or how == "withhold"
            or path.startswith("/questions/")
        )


def test_a_private_answer_is_only_counted(live: District, client: Client) -> None:
    live.hour.allow_private = True
    live.hour.save()
    live.walk("published", title="悄悄话", reply_privately=True)
    (row,) = csv.DictReader(io.StringIO(text_of(client, "/open/hours/2026-11/questions.csv")))
    assert (row["private"], row["title"], row["text"], row["answer"]) == ("true", "", "", "")


def test_no_cell_is_a_formula(live: District, client: Client) -> None:
    live.walk("accepted", title='=HYPERLINK("http://x")', text="+1 路灯坏了", display_name="@甲")
    (row,) = csv.DictReader(io.StringIO(text_of(client, "/open/hours/2026-11/questions.csv")))
    assert [row["title"][:2], row["text"][:2], row["display_name"][:2]] == ["'=", "'+", "'@"]


def test_a_file_flows_and_costs_the_same_memory_however_long(
    live: District, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(6):
        live.walk("accepted")
    monkeypatch.setattr(collected, "CHUNK", 2)
    response = client.get("/open/hours/2026-11/questions.jsonl")
    lines = iter(response.streaming_content)  # type: ignore[call-overload]
    first = next(lines)
    assert json.loads(first)["number"] == 1
    with CaptureQueriesContext(connection) as captured:
        next(lines)
    assert not captured.captured_queries  # the second of a chunk is there already
    with CaptureQueriesContext(connection) as captured:
        next(lines)
    assert captured.captured_queries  # the next chunk is read when it is wanted
    tracemalloc.start()
    sum(len(line) for line in lines)
    assert tracemalloc.get_traced_memory()[1] < 20_000_000
    tracemalloc.stop()


def test_pages_cost_the_same_for_one_and_for_thirty(live: District, client: Client) -> None:
    paths = [
        f"/units/{live.units[0].id}/",
        "/suggestions/",
        "/open/",
        "/units/",
        "/feeds/answers.atom",
        "/feeds/hours.ics",
    ]

    def cost() -> list[int]:
        found = []
        for path in paths:
            with CaptureQueriesContext(connection) as captured:
                text_of(client, path)
            found.append(len(captured))
        return found

    adopted(live)
    one = cost()
    for _ in range(8):
        adopted(live)
    assert cost() == one == [15, 12, 2, 6, 8, 4]


def test_what_became_of_a_suggestion_is_told_with_its_reason(live: District, client: Client) -> None:
    adopted(live, title="加装路灯")
    page = text_of(client, "/suggestions/?verdict=adopted")
    assert "加装路灯" in page and "已列入计划" in page
    assert "加装路灯" not in text_of(client, "/suggestions/?verdict=noted")
    assert '采纳 <span class="n">1</span>' in page


def test_a_question_says_what_it_is_to_search_engines_and_government_directories(
    live: District, client: Client, settings: Any
) -> None:
    settings.SITE_ID_CODE, settings.SITE_NAME = "3101120001", "澄湖区政府网"
    question = live.walk("published", title="</script><b>学位")
    page = text_of(client, f"/questions/{question.id}/")
    (block,) = re.findall(r'<script type="application/ld\+json"[^>]*>(.*?)</script>', page, re.DOTALL)
    said = json.loads(block)
    assert said["mainEntity"]["name"] == "</script><b>学位"
    assert said["mainEntity"]["acceptedAnswer"]["text"] == GOOD_ANSWER
    for name, content in {
        "SiteName": "澄湖区政府网", "SiteDomain": "127.0.0.1", "SiteIDCode": "3101120001", "ColumnName": "区长网上办公",
        "ColumnType": "互动交流", "PubDate": "2026-11-30 19:10", "ContentSource": "区教育局",
    }.items():  # fmt: skip
        assert f'<meta name="{name}" content="{content}">' in page, name
    hour = json.loads(re.findall(r'ld\+json"[^>]*>(.*?)</script>', text_of(client, "/hours/2026-11/"))[0])
    assert hour["@type"] == "GovernmentService"


def test_another_site_may_show_a_question(live: District, client: Client) -> None:
    question = live.walk("published", title="<b>学位</b>")
    page = text_of(client, f"/questions/{question.id}/")
    found = re.search(r'type="application/json\+oembed" href="([^"]+)"', page)
    assert found is not None
    said = client.get(found.group(1) + "&maxwidth=300").json()
    assert (said["type"], said["version"], said["width"]) == ("rich", "1.0", 300)
    assert "&lt;b&gt;学位" in said["html"] and "<script" not in said["html"]
    for url in ("", "http://elsewhere/questions/1/", "/questions/999999/", "http://127.0.0.1:8000/desk/"):
        assert client.get("/oembed", {"url": url}).status_code == 404
    assert client.get("/oembed", {"url": "x", "format": "xml"}).status_code == 501


def places_of(client: Client, path: str) -> list[str]:
    found = ET.fromstring(text_of(client, path)).iter()
    return [place.text or "" for place in found if place.tag.endswith("loc")]


def test_a_units_feed_tells_what_became_of_its_promises_the_newest_first(
    promises: Promises, client: Client
) -> None:
    live = promises.district
    one = promises.make({"text": WORDS, "due": DUE, "assisting": [live.units[1].id]})
    with clock.steer(later(1)):
        promises.does("member1", "progress", one, text="已经进场。")
        promises.walk("closed", one)
    feed = f"/feeds/units/{live.units[0].id}.atom"
    entries = ET.fromstring(text_of(client, feed)).findall(f"{ATOM}entry")
    titles = [(entry.findtext(f"{ATOM}title") or "").partition("：")[0] for entry in entries]
    assert titles[0] == "办结"
    assert titles.count("作出承诺") == 1 and "办理进展" not in titles
    live.does("moderator", "withhold", Question.objects.get(id=one.question_id), code="minor")
    assert ET.fromstring(text_of(client, feed)).findall(f"{ATOM}entry") == []


def test_the_map_leads_to_everything_that_lasts(live: District, client: Client, tmp_path: Path) -> None:
    promised(live)
    covered = promised(live)
    hidden = Commitment.objects.get(question_id=covered.id)
    live.does("moderator", "withhold", covered, code="minor")
    shown = Commitment.objects.exclude(id=hidden.id).get()
    rumour = Clarification.objects.create(
        hour=live.hour, rumour="学校要搬迁", fact="没有搬迁计划", source="区教育局", dated=clock.today(),
        author=live.accounts["coordinator"], drafted_at=clock.now(), signed_by=live.accounts["mayor"], signed_as="mayor",
        signed_at=clock.now(),
    )  # fmt: skip
    live.hour_does("wrap", reason_code="other")
    live.hands_over()
    for verb, who, more in (
        ("compose", "coordinator", {"kind": "summary"}), ("submit_paper", "coordinator", {}), ("sign_paper", "mayor", {}),
    ):  # fmt: skip
        paper = ClosingPaper.objects.order_by("-id").values_list("id", flat=True).first()
        wrapping.perform(live.actor(who), verb, paper, more)
    live.hour_does("archive")
    (past,) = take(tmp_path, ("路灯坏了？", "修好了。", "2012-02-01"))
    maps = places_of(client, "/sitemap.xml")
    base = "http://127.0.0.1:8000"
    places = [place.removeprefix(base) for one in maps for place in places_of(client, one.removeprefix(base))]
    pages = [
        f"/promises/{shown.id}/", f"/clarifications/{rumour.id}/", "/hours/2026-11/papers/summary/", "/archive/2026/",
        f"/history/{past.id}/",
    ]  # fmt: skip
    for page in pages:
        assert page in places
        answer = client.get(page).content.decode()
        for name in ("SiteName", "ArticleTitle", "PubDate", "ContentSource"):
            assert re.search(f'<meta name="{name}" content="[^"]+">', answer), (page, name)
    assert f"/promises/{hidden.id}/" not in places
    assert len(places) == len(set(places))
    assert client.get("/sitemaps/promises-2.xml").status_code == 404
    assert client.get("/sitemaps/history-0.xml").status_code == 404


def test_feeds_and_maps_are_what_they_say(live: District, client: Client) -> None:
    question = promised(live)
    promise = Commitment.objects.get()
    for path, number in (
        ("/feeds/answers.atom", 1),
        (f"/feeds/units/{promise.unit_id}.atom", 2),  # the answer, and the promise made in it
        (f"/feeds/promises/{promise.id}.atom", 1),
    ):
        entries = ET.fromstring(text_of(client, path)).findall(f"{ATOM}entry")
        assert len(entries) == number, path
    maps = places_of(client, "/sitemap.xml")
    places = [place for one in maps for place in places_of(client, one.removeprefix("http://127.0.0.1:8000"))]
    assert client.get("/sitemaps/1999.xml").status_code == 404
    assert f"http://127.0.0.1:8000/questions/{question.id}/" in places
    assert len(places) == len(set(places))
    robots = text_of(client, "/robots.txt")
    assert "Disallow: /track/" in robots and "Sitemap: http://127.0.0.1:8000/sitemap.xml" in robots
    calendar = text_of(client, "/feeds/hours.ics")
    assert calendar.count("BEGIN:VEVENT") == 1 and "METHOD" not in calendar
    package = json.loads(text_of(client, "/open/datapackage.json"))
    assert {one["name"] for one in package["resources"]} == {"questions-2026", "promises-2026"}


@pytest.mark.parametrize(
    "path",
    ["/open/hours/none/questions.csv", "/open/years/1999/questions.csv", "/units/999999/", "/feeds/units/999999.atom",
     "/feeds/promises/999999.atom", "/feeds/subjects/none.atom", "/open/hours/2026-11/secrets.csv", "/open/years/20x6/questions.csv"],
)  # fmt: skip
def test_what_does_not_exist_is_not_found(live: District, client: Client, path: str) -> None:
    assert client.get(path).status_code == 404


@pytest.mark.parametrize(
    "before", ["x", "_", "2026-11-30T11:00:00Z_", "2026-11-30_5", "9999-99-99T00:00:00Z_1", "%00", "_1"]
)
def test_any_place_in_a_list_is_answered(live: District, client: Client, before: str) -> None:
    live.walk("published")
    assert client.get(f"/units/{live.units[0].id}/?before={before}").status_code == 200
    assert client.get(f"/suggestions/?before={before}&verdict=x").status_code == 200
