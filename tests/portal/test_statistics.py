"""The page of numbers: the same in ten years, readable without a script, every table also a file."""

from __future__ import annotations

import csv
import io
import re
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.fixtures import PROMISED_ANSWER, START
from townhall.commitments import actions as promises
from townhall.commitments import parties
from townhall.commitments.models import Commitment
from townhall.hours.models import OfficeHour
from townhall.insight import tally
from townhall.insight.models import HourTally
from townhall.insight.tallying import keep_tallies
from townhall.kernel import clock
from townhall.portal import breakdown, figures

if TYPE_CHECKING:
    from django.test import Client

    from tests.fixtures import District


def sixty_hours(live: District) -> None:
    """Ten years of hours, each like the one that is there."""
    keep_tallies()
    data = HourTally.objects.get().data
    for number in range(60):
        moment = START - timedelta(days=61 * (number + 1))
        hour = OfficeHour.objects.create(
            slug=f"past-{number}", issue_no=200 + number, title="往期", stage="archived",
            starts_at=moment, ends_at=moment + timedelta(hours=1),
        )  # fmt: skip
        HourTally.objects.create(
            hour=hour, seq=0, counted_at=START, data=data, brief=tally.brief(data["all"][""])
        )


def rows(client: Client, path: str) -> list[list[str]]:
    response = client.get(path)
    assert response.status_code == 200, path
    text = b"".join(response.streaming_content).decode("utf-8-sig")  # type: ignore[arg-type]
    return list(csv.reader(io.StringIO(text)))


def test_every_table_is_on_the_page_with_its_definition_and_as_a_file(live: District, client: Client) -> None:
    live.walk("published", kind="consult", subject="education")
    live.walk("declined")
    sixty_hours(live)
    page = client.get("/statistics/").content.decode()
    for name in figures.TABLES:
        assert f'id="{name}"' in page
        header, *body = rows(client, f"/statistics/{name}.csv")
        assert header and (body or name in {"satisfaction", "acts"}), name
    for name in breakdown.FILES:
        assert f'href="/statistics/{name}.csv"' in page
        header, *body = rows(client, f"/statistics/{name}.csv")
        assert body and all(len(row) == len(header) for row in body), name
    assert rows(client, "/statistics/reasons-years.csv?year=2026")[1] == ["2026", "6"]
    assert rows(client, "/statistics/times-hours.csv?hour=2026-11")[1][1:3] == ["0.0", "2"]
    assert rows(client, "/statistics/ends.csv?hour=2026-11")[1][1:] == ["2", "1", "0", "0", "1", "0", "0"]
    assert rows(client, "/statistics/ends.csv?year=2026")[0][1] == "收到"
    assert len(rows(client, "/statistics/ends.csv?year=2025")) < len(rows(client, "/statistics/ends.csv"))


def test_a_chart_draws_what_its_table_says(live: District, client: Client) -> None:
    live.walk("published")
    page = client.get("/statistics/").content.decode()
    for chart in re.findall(r'data-chart="\w+" data-of="([\w-]+)" data-columns="([\d ]+)"', page):
        table = re.search(rf'<table id="{chart[0]}">(.*?)</table>', page, re.DOTALL)
        assert table is not None
        columns = table.group(1).count('<th scope="col">')
        assert all(0 < int(place) < columns for place in chart[1].split())
    assert "<script>" not in page and "style=" not in page
    assert "echarts" not in client.get("/").content.decode()  # loaded on these pages only


def test_ten_years_cost_the_same_queries(live: District, client: Client) -> None:
    live.walk("published")
    keep_tallies()
    counted = []
    for _again in range(2):
        with CaptureQueriesContext(connection) as captured:
            client.get("/statistics/")
        counted.append(len(captured))
        if len(counted) == 1:
            sixty_hours(live)
    assert counted == [8, 8]


@pytest.mark.parametrize(
    "query",
    ["?hour=none", "?hour=%00", "?hour=" + "x" * 300, "?year=x", "?year=99999", "?year=0", "?year=-1"],
)
def test_any_choice_is_answered(live: District, client: Client, query: str) -> None:
    assert client.get(f"/statistics/{query}").status_code in {200, 404}
    assert client.get(f"/statistics/units.csv{query}").status_code in {200, 404}
    assert client.get("/statistics/none.csv").status_code == 404


def test_before_the_first_hour_the_page_says_what_will_be_there(district: District, client: Client) -> None:
    page = client.get("/statistics/").content.decode()
    assert "还没有公布的网上办公" in page


def test_no_cell_of_a_file_is_a_formula(live: District, client: Client) -> None:
    unit = live.units[0]
    unit.name = '=HYPERLINK("http://x")'
    unit.save()
    live.walk("published")
    (row,) = [row for row in rows(client, "/statistics/units.csv") if "HYPERLINK" in row[0]]
    assert row[0].startswith("'=")


def test_a_rehearsal_has_no_numbers(live: District, client: Client, settings: Any) -> None:
    live.walk("published")
    OfficeHour.objects.filter(id=live.hour.id).update(rehearsal=True, secret="k")
    assert client.get("/statistics/?hour=2026-11").status_code == 404
    assert client.get("/statistics/ends.csv?hour=2026-11").status_code == 404
    assert len(rows(client, "/statistics/ends.csv")) == 1


def test_minutes_and_days_stand_in_tables_of_their_own(live: District, client: Client) -> None:
    """What a unit does after a promise takes days; beside minutes it would make every other bar invisible."""
    question = live.walk("assigned")
    promise = {"text": "12月15日前完成大门改造", "unit": live.units[0].id, "due": "2026-12-15"}
    live.does("member1", "draft", question, text=PROMISED_ANSWER, outcome="promised", commitments=[promise])
    live.does("member1", "submit", question)
    live.does("mayor", "sign", question, version=1)
    assert rows(client, "/statistics/acts.csv")[1:] == []
    hand = parties.hand_of(live.accounts["member1"])
    assert hand is not None
    with clock.steer(START + timedelta(days=3, hours=12)):
        acted = {"on": "2026-12-03", "text": "已进场。"}
        promises.perform(hand, "progress", Commitment.objects.get().id, acted)
    (row,) = rows(client, "/statistics/acts.csv")[1:]
    assert row[1:] == ["3.5", "3.5", "1"]
    steps = [row[0] for row in rows(client, "/statistics/times.csv")[1:]]
    assert len(steps) == 5 and not any("承诺" in step for step in steps)
