"""The people and things of an office hour, for tests of the domain: each made by walking the real workflow."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings as django_settings

from tests.tools.standing import stand_on
from townhall.hours import actions as hour_actions
from townhall.hours import planning
from townhall.hours.models import Group, OfficeHour
from townhall.hours.seats import Actor, Via, actor_for
from townhall.insight import statistics
from townhall.kernel import clock
from townhall.people import actions as people
from townhall.questions import actions, asking, citizen_actions
from townhall.questions.models import Question
from townhall.wrapping import actions as wrapping

if TYPE_CHECKING:
    from collections.abc import Iterator

    from townhall.people.models import Account, Unit

# A district has twenty accounts; a slow password hash would make up nearly all of a test's time.
django_settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]

START = datetime(2026, 11, 30, 11, 0, tzinfo=UTC)  # 19:00 in the district, the rule's date for November 2026
GOOD_ANSWER = "您好！区教育局今天上午核查，澄湖路幼儿园9月1日新增托班2个、学位40个，请于8月20日前到园登记，电话021-64120011。"
PROMISED_ANSWER = (
    "您好！区教育局已到现场查看，12月15日前完成大门改造，完工后在本页公布。联系电话021-64120011。"
)
PASSWORD = "a-long-enough-password"
ROLES = ("moderator", "mayor", "deputy", "assistant", "coordinator", "inspector", "clerk", "editor", "technician",
         "authorised", "logistics")  # fmt: skip


@dataclass
class District:
    """A small district with one office hour and everybody in their seats."""

    hour: OfficeHour
    accounts: dict[str, Account]
    units: list[Unit]
    groups: list[Group]
    asked: dict[int, str] = field(default_factory=dict)

    def actor(self, name: str, via: Via = "browser", *, may_sign: bool = True) -> Actor:
        """The actor for an account's short name (``moderator``, ``lead1``, ``member1``, ``mayor``, ...)."""
        self.hour.refresh_from_db()
        found = actor_for(self.accounts[name], self.hour, via, may_sign=may_sign)
        assert found is not None, f"{name} holds no seat"
        return found

    def hour_does(self, verb: str, by: str = "coordinator", **data: Any) -> OfficeHour:
        """Move the hour."""
        self.hour = hour_actions.perform(self.actor(by), verb, data)
        return self.hour

    def hands_over(self) -> None:
        """What goes on after the hour is listed, handed to the inspector and signed for."""
        from townhall.wrapping import actions

        made = actions.perform(self.actor("coordinator"), "compile", None, {})
        actions.perform(self.actor("coordinator"), "hand_over", made.id, {})
        actions.perform(self.actor("inspector"), "sign_for", made.id, {})

    def authorise(self, name: str = "authorised") -> None:
        """The mayor authorises somebody, in public, to sign leftovers of every unit of the hour."""
        units = [str(unit.id) for unit in self.units[:3]]
        wrapping.perform(self.actor("mayor"), "authorise", None, {"username": name, "units": units})

    def to_stage(self, stage: str) -> OfficeHour:
        """Walk the hour from ``planned`` to a stage."""
        way: dict[str, list[tuple[str, dict[str, Any]]]] = {"planned": []}
        way["announced"] = [("announce", {})]
        way["preparing"] = [*way["announced"], ("close_asking", {})]
        way["live"] = [*way["preparing"], ("open_live", {})]
        way["wrapping"] = [*way["live"], ("wrap", {"reason_code": "other"})]
        way["archived"] = [*way["wrapping"], ("archive", {})]
        way["cancelled"] = [("cancel", {"reason_code": "other"})]
        for verb, data in way[stage]:
            self.hour_does(verb, **data)
        return self.hour

    def ask(
        self, text: str = "孩子明年入园，澄湖路幼儿园还有学位吗？想了解报名时间。", **fields: Any
    ) -> Question:
        """A citizen asks."""
        self.hour.refresh_from_db()
        payload = {"display_name": "湖边居民", "text": text, **fields}
        asked = citizen_actions.ask(asking.parse(self.hour, payload))
        self.asked[asked.id] = asked.receipt
        return Question.objects.get(id=asked.id)

    def receipt(self, question: Question) -> str:
        """What the asker was handed."""
        return self.asked[question.id]

    def does(self, name: str, verb: str, question: Question, **data: Any) -> Question:
        """A member of staff moves a question."""
        return actions.perform(self.actor(name), verb, question.id, data)

    def walk(self, status: str, question: Question | None = None, **fields: Any) -> Question:
        """A question brought to ``status`` the way people bring it there; the hour must allow each step."""
        question = question or self.ask(**fields)
        if status == "received":
            return question
        if status == "withdrawn":
            return citizen_actions.withdraw(self.receipt(question))
        if status == "declined":
            return self.does("moderator", "decline", question, code="unrelated")
        if status == "merged":
            other = self.walk("accepted")
            return self.does("moderator", "merge", question, into=other.id)
        question = self.does("moderator", "accept", question)
        if status == "accepted":
            return question
        question = self.does(
            "moderator", "assign", question, lead=self.groups[0].id, assisting=[self.groups[1].id]
        )
        if status == "assigned":
            return question
        question = self.does("member1", "draft", question, text=GOOD_ANSWER, outcome="answered")
        question = self.does("lead1", "submit", question)
        if status == "submitted":
            return question
        assert status == "published", status
        return self.does("mayor", "sign", question, version=question.draft_version)


def make_district(**words: Any) -> District:
    """Enter units, people, an hour with three groups, and give everybody a seat."""
    people.mark_installation("demo")  # tokens that may sign exist on nothing else
    root = people.create_unit("澄湖区", "district")
    names = ("区教育局", "区住建局", "区交通局", "澄湖镇")
    units = [
        people.create_unit(name, "town" if name.endswith("镇") else "department", parent=root)
        for name in names
    ]
    hour = planning.create_hour(
        slug=words.pop("slug", "2026-11"), title="第 16 期区长网上办公", topic="就学与社区托育",
        starts_at=words.pop("starts_at", START), identity=words.pop("identity", "open"), **words,
    )  # fmt: skip
    groups = [
        planning.add_group(hour, f"{name}组", [unit])
        for name, unit in zip(("教育", "住建", "交通"), units, strict=False)
    ]
    accounts = {}
    for role in ROLES:
        accounts[role] = people.create_account(role, f"{role}甲", PASSWORD)
        planning.give_seat(hour, accounts[role], role)
    accounts["moderator2"] = people.create_account("moderator2", "主持人乙", PASSWORD)
    planning.give_seat(hour, accounts["moderator2"], "moderator")
    for number, (group, unit) in enumerate(zip(groups, units, strict=False), start=1):
        for name, role in ((f"lead{number}", "lead"), (f"member{number}", "group")):
            accounts[name] = people.create_account(name, f"{name}甲", PASSWORD, unit=unit)
            planning.give_seat(hour, accounts[name], role, group=group)
    for role in ("mayor", "deputy", "coordinator", "inspector"):
        people.give_office(accounts[role], role)
    accounts["stranger"] = people.create_account("stranger", "别处的人", PASSWORD)
    return District(hour, accounts, units, groups)


@pytest.fixture(autouse=True)
def _shipped_calendar() -> Iterator[None]:
    """A schedule that a test enters is gone with it, from this process's memory too."""
    yield
    (django_settings.DATA_DIR / "calendar.mark").unlink(missing_ok=True)


@pytest.fixture
def frozen() -> Iterator[datetime]:
    """The evening of the hour, ten minutes in; steer further with ``clock.steer``."""
    moment = START + timedelta(minutes=10)
    with clock.steer(moment):
        yield moment


@pytest.fixture
def district(db: None, frozen: datetime) -> District:
    """A small district whose hour is still planned."""
    statistics.forget()  # tests roll their rows back, so ids and numbers come again; an installation's never do
    return stand_on("district", make_district)


@pytest.fixture
def live(district: District) -> District:
    """The same with the hour live."""
    district.to_stage("live")
    return district


@pytest.fixture
def live_hour(live: District) -> OfficeHour:
    """The live hour itself."""
    return live.hour


@pytest.fixture
def walk(live: District) -> Any:
    """``walk(status, **fields)`` gives a question at that status in a live hour."""
    return live.walk
