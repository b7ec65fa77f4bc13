"""A district whose hour is live at ten past seven, its people, and what was asked: where four months begin."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx

from tests.journeys.evening import Evening
from tests.journeys.months import SLUG, STAFF, Months

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import BrowserContext

    from tests.tools.server import Installation

OPENED = "2026-03-31T19:10"
# The hour of the same district, driven to live by those who may, with everybody on their seat.
HOUR = """
from datetime import datetime
from townhall.hours import actions, planning
from townhall.hours.seats import actor_for
from townhall.kernel import clock
from townhall.people.models import Account, Unit
accounts = {one.username: one for one in Account.objects.all()}
at = lambda word: clock.steer(datetime.fromisoformat(word + "+08:00"))
with at("2026-03-01T09:00"):
    hour = planning.create_hour(
        slug="2026-03", title="第1期区长网上办公", topic="就学与社区托育", identity="open",
        starts_at=datetime.fromisoformat("2026-03-31T19:00+08:00"),
    )
    for number, name in enumerate(("区教育局", "区住建局", "区交通局", "区卫健委"), 1):
        group = planning.add_group(
            hour, name[1:3] + "组", [Unit.objects.get(name=name)], reviewer=accounts[f"lead{number}"]
        )
        planning.give_seat(hour, accounts[f"lead{number}"], "lead", group=group)
        planning.give_seat(hour, accounts[f"unit{number}"], "group", group=group)
    for username, seat in (("mayor", "mayor"), ("deputy", "deputy"), ("moderator1", "moderator"),
                           ("coordinator", "coordinator"), ("inspector", "inspector"), ("clerk", "clerk")):
        planning.give_seat(hour, accounts[username], seat)
for moment, verb in (("2026-03-20T10:00", "announce"), ("2026-03-26T17:05", "close_asking"),
                     ("2026-03-31T19:00", "open_live")):
    with at(moment):
        hour = actions.perform(actor_for(accounts["coordinator"], hour), verb, {})
"""
# Who else works there by then.
LATER_STAFF = f"{STAFF}\ndeputy,周敏,静川区人民政府,副区长\ninspector,严谨,区政府办公室,督查室主任\n"
# Whose question, which department, what.
ASKED = {
    "gate": (1, "澄湖路小学西门早晚高峰非常拥堵，请问什么时候能把大门改造好，让接送分开？"),
    "lift": (2, "莘桥新村12号楼加装电梯说了两年，一直没有动静，到底还装不装？"),
    "nursery": (1, "社区托育点的收费标准在哪里可以查到？听说各街道不一样，请公布一份对照表。"),
    "bus": (3, "123路公交车早高峰间隔太长，孩子上学经常迟到，能不能加密班次？"),
}  # fmt: skip


class FourMonths(Months):
    """The months after an hour: what was asked there, and everybody's token for what a journey is not about."""

    def __init__(
        self, place: Installation, clock: Path, open_context: Callable[..., BrowserContext],
        passwords: dict[str, str],
    ) -> None:  # fmt: skip
        super().__init__(place, clock, open_context, passwords)
        self.evening = Evening(place, SLUG, {}, place.signing_tokens())
        self.questions: dict[str, dict[str, Any]] = {}

    def ask(self) -> None:
        """By telephone, each caller leaving a mobile; accepted and sent to the group of its unit."""
        with self.evening.staff_api("coordinator") as client:
            groups = client.get(f"/desk/hours/{SLUG}").json()["groups"]
        lead = {name: group["id"] for group in groups for name in group["members"]}
        with self.evening.staff_api("clerk") as client:
            for number, (key, (_unit, text)) in enumerate(ASKED.items()):
                body = {"display_name": f"莘桥居民{number + 1}", "text": text, "channel": "phone",
                        "mobile": f"1380000200{number}"}  # fmt: skip
                answer = client.post(f"/desk/hours/{SLUG}/questions", json=body)
                assert answer.status_code == 201, answer.text
                self.questions[key] = answer.json()
        for key, (unit, _text) in ASKED.items():
            self.evening.do("moderator1", "assign", self.questions[key]["id"], lead=lead[f"unit{unit}"])

    def public(self, path: str) -> str:
        """A public page as anybody's browser gets it."""
        answer = httpx.get(self.evening.url + path, timeout=30, follow_redirects=True)
        assert answer.status_code == httpx.codes.OK, f"{answer.status_code} {path}"
        return answer.text
