"""Every page there is, each in the states it can show: the journeys that look at all of them start here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from tests.journeys.evening import Evening

ASKED = "请问澄湖路幼儿园今年秋季还有学位吗？我家住在莘桥镇，想了解报名时间和要带的材料。"
SHOWS = ("published", "pending", "answered", "promised", "merged", "declined", "withdrawn")
# Who looks at which desk, and at which of its lists.
DESKS: dict[str, tuple[str, tuple[str, ...]]] = {
    "moderator": ("moderator1", ("queue", "comments", "sent", "all", "clarifications")),
    "group": ("edu1", ("todo", "submitted", "published", "all", "clarifications")),
    "mayor": ("mayor", ("queue", "answering", "published", "all", "clarifications")),
    "assistant": ("assistant", ("submitted", "assigned", "published", "all", "clarifications")),
    "coordinator": (
        "coordinator",
        ("pending", "accepted", "assigned", "submitted", "declined", "all", "clarifications"),
    ),
    "clerk": ("clerk1", ("intake", "all")),
    "inspector": ("inspector", ("published", "all")),
    "editor": ("editor", ("comments", "all", "clarifications")),
    "support": ("technician", ("all",)),
}
# Forms, not lists: there is nothing on them to print.
NOT_PRINTED = ("intake", "comments")
NOT_FOUND = ("/nothing/", "/hours/nowhere/", "/questions/999999/", "/track/000000000000/")


@dataclass(frozen=True)
class Own:
    """Receipts of one asker's questions, by what became of them."""

    receipts: dict[str, str]

    def paths(self) -> list[str]:
        """Their pages of progress, and what is kept about one of them."""
        progress = [f"/track/{receipt}/" for receipt in self.receipts.values()]
        return [*progress, f"/track/{self.receipts['answered']}/data"]


def ask_in_every_state(evening: Evening) -> Own:
    """One question each that waits, is declined, works, is answered, was withdrawn, was merged, was appealed."""
    asked = {
        state: evening.ask(f"{ASKED}（{state}）", kind="consult")
        for state in (
            "received",
            "declined",
            "unclear",
            "assigned",
            "withdrawn",
            "merged",
            "appealed",
            "urgent",
        )
    }
    asked["answered"] = evening.answered(ASKED + "（已答复）", kind="suggestion")
    evening.do("moderator1", "decline", asked["declined"]["id"], code="unrelated")
    evening.do("moderator1", "decline", asked["unclear"]["id"], code="unclear", fill={"missing": "小区名称"})
    evening.do("moderator1", "assign", asked["assigned"]["id"], lead=evening.first_group())
    evening.do("moderator1", "merge", asked["merged"]["id"], into=asked["answered"]["id"])
    evening.do("moderator1", "decline", asked["appealed"]["id"], code="unrelated")
    evening.do("moderator1", "urgent", asked["urgent"]["id"], handed_to="110指挥中心")
    api = f"{evening.url}/api/v1/track"
    for state, verb in (("withdrawn", "withdraw"), ("appealed", "appeal")):
        receipt = asked[state]["receipt"].replace("-", "")
        httpx.post(f"{api}/{receipt}/{verb}", json={}, timeout=30).raise_for_status()
    return Own({state: one["receipt"].replace("-", "") for state, one in asked.items()})


def question_paths(evening: Evening) -> list[str]:
    """One public question of every kind that looks different."""
    found: dict[tuple[object, ...], str] = {}
    for one in evening.questions():
        looks = (
            one["status"],
            one["outcome"],
            one["withheld"],
            one["kind"] == "suggestion",
            one["text"] == "",
        )
        found.setdefault(looks, f"/questions/{one['id']}/")
    return list(found.values())


def linked(evening: Evening, page: str, pattern: str) -> str:
    """The first address of this form that a page links to."""
    found = re.search(f'href="({pattern})', httpx.get(evening.url + page, timeout=30).text)
    assert found, f"{page} links to no {pattern}"
    return found[1]


def public_paths(evening: Evening) -> list[str]:
    """Public pages that ask for no receipt."""
    past = evening.get("/hours", params={"stage": "archived"})["items"][0]["slug"]
    imported = linked(evening, "/archive/", r"/history/hours/\d+/")
    return [
        "/",
        "/archive/?q=入园",
        "/promises/",
        "/clarifications/1/",
        "/look/",
        "/track/",
        "/outgoing/",
        "/record/",
        "/statistics/",
        "/open/",
        "/suggestions/",
        f"/archive/{past[:4]}/",
        imported,
        linked(evening, imported, r"/history/\d+/"),
        linked(evening, "/promises/", r"/promises/\d+/"),
        *(evening.path(rest) for rest in ("remind/", "plan")),
        f"/embed/{evening.slug}/",
        *(evening.path(rest) for rest in ("", "ask", "mine/", "comments/", "screen/", "list/?show=declined")),
        *question_paths(evening),
        *(f"/record{path}" for path in question_paths(evening)[:1]),
        f"/hours/{past}/",
        "/archive/",
        "/promises/?late=1",
        "/clarifications/",
        *(evening.path(f"list/?{query}") for query in ("q=学位", "q=没有这个")),
        *(evening.path(f"list/?show={show}") for show in SHOWS if show != "declined"),
        *(f"/hours/{past}/{rest}" for rest in ("ask", "list/")),
    ]


def desk_paths(evening: Evening, desk: str, *, every: bool = True) -> list[str]:
    """A desk's lists and what it prints; only those peculiar to it unless every one is wanted."""
    _username, views = DESKS[desk]
    shared = ("all", "clarifications") if desk != "moderator" else ("sent",)
    wanted = views if every else [view for view in views if view not in shared] or views
    lists = [evening.desk(desk, f"?view={view}") for view in wanted]
    printed = next(view for view in views if view not in NOT_PRINTED)
    return [*lists, evening.desk(desk, f"print?view={printed}")] if every else lists
