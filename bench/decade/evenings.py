"""Office hours of the past with a thousand questions each, lived through by the demo's cast and its own actions.

The scripted evening of the demo brings every kind of fate and paper; most questions are added to it from the corpus.
"""

import random
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import Any

from townhall.commitments import actions as promises
from townhall.commitments import parties
from townhall.commitments.actions import Files
from townhall.commitments.choices import State
from townhall.commitments.models import Commitment
from townhall.hours.models import OfficeHour
from townhall.hours.seats import staff_actor
from townhall.kernel import clock
from townhall.people.models import Account, Verification
from townhall.questions import actions, asking, citizen_actions
from townhall.redress import actions as redress
from townhall.redress.models import Case
from townhall.rehearsal import before, cast, company, corpus, evening
from townhall.rehearsal import promises as scripted_promises
from townhall.rehearsal.citizens import People
from townhall.rehearsal.company import Company
from townhall.rehearsal.corpus import Made
from townhall.rehearsal.evening import Times
from townhall.rehearsal.script import Scene

# Of a hundred that are not of the script. One in three answers promises something.
FATES = {"answered": 50, "promised": 38, "merged": 5, "declined": 5, "withdrawn": 2}
BEGINS = time(19)
LEFT_OPEN = 0.005  # of the promises, for ever
DONE = "已按答复办好，现场核对无误，请查看。"


@dataclass
class Evening:
    """One evening with many questions."""

    scene: Scene
    times: Times
    chance: random.Random
    asked: dict[int, int] = field(default_factory=dict)
    receipts: dict[int, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        units = self.scene.company.units.items()
        manned = set(Account.objects.filter(is_active=True).values_list("unit_id", flat=True))
        self.manned = {key for key, unit in units if unit.id in manned}

    def add(self, number: int) -> None:
        """Put one more question on the timetable, from asked to its end."""
        fate = self.chance.choices(list(FATES), list(FATES.values()))[0]
        made = corpus.make(self.chance)
        while fate == "promised" and not (made.promise and made.unit in self.manned):
            made = corpus.make(self.chance)
        moment = self.times.opened_at + timedelta(minutes=12, seconds=self.chance.uniform(0, 2200))
        ways: dict[str, list[Any]] = {
            "withdrawn": [partial(self._withdraw, number)],
            "declined": [partial(self._does, "moderator1", "decline", number, code="unrelated")],
            "merged": [partial(self._merge, number)],
        }
        acts = [partial(self._ask, number, made), *ways.get(fate, self._answered(number, made, fate))]
        for act in acts:
            self.scene.at(moment, act)
            moment += timedelta(seconds=self.chance.uniform(20, 150))

    def _answered(self, number: int, made: Made, fate: str) -> list[Any]:
        author, unit = self.scene.drafter(made.group), self.scene.company.unit_ids[made.unit]
        draft: dict[str, Any] = {"text": made.answer, "outcome": fate, "verdict": made.verdict}
        if fate == "promised":
            draft["text"] = cast.written(f"{made.answer}{made.promise}", self.scene.today)
            draft["commitments"] = made.commitments(self.scene.today, unit)
        else:
            draft["text"] = cast.written(made.answer, self.scene.today)
        if made.verdict:
            draft["verdict_reason"] = "已列入明年研究的事项。"
        lead = self.scene.groups[made.group].id
        acts = [
            partial(self._does, "moderator2", "assign", number, lead=lead, unit=unit),
            partial(self._does, author, "draft", number, **draft),
            partial(self._does, author, "submit", number, override_reason="只作测试"),
            partial(self._does, "mayor", "sign", number, version=1, override_reason="只作测试"),
        ]
        if number % 5 == 0:
            acts.append(partial(self._rate, number))
        if number % 3 == 0:
            acts.append(partial(self._support, number))
        return acts

    def _ask(self, number: int, made: Made) -> None:
        payload = {
            "display_name": f"市民{number}", "title": made.title, "text": made.text, "kind": made.kind,
            "subject": made.subject, "area": made.area,
        }  # fmt: skip
        asked = citizen_actions.ask(asking.parse(self.scene.hour, payload))
        self.asked[number], self.receipts[number] = asked.id, asked.receipt

    def _does(self, who: str, verb: str, number: int, **data: Any) -> None:
        actor = self.scene.company.actor(who, self.scene.hour)
        actions.perform(actor, verb, self.asked[number], data)

    def _merge(self, number: int) -> None:
        root = next(thread.id for thread in self.scene.threads.values() if thread.fate == "published")
        self._does("moderator1", "merge", number, into=root)

    def _withdraw(self, number: int) -> None:
        citizen_actions.withdraw(self.receipts[number])

    def _rate(self, number: int) -> None:
        level = self.chance.choice([5, 5, 4, 4, 3, 2])
        citizen_actions.rate(self.receipts[number], {"level": level, "reason": "slow" if level < 3 else ""})

    def _support(self, number: int) -> None:
        citizen_actions.support(self.asked[number], browser=f"bench-{number}")

    def keep_promises(self) -> None:
        """What the units and the inspector do in the weeks after; one in two hundred stays open for ever."""
        rows = Commitment.objects.filter(hour_id=self.scene.hour.id, state=State.OPEN)
        for one in rows.select_related("unit").order_by("id"):
            unit = Account.objects.filter(unit_id=one.unit_id, is_active=True).order_by("id").first()
            if unit is None or self.chance.random() < LEFT_OPEN:
                continue
            last = clock.local(one.quiet_since).date() + timedelta(days=1)
            on = max(min(one.due, clock.local(self.times.now).date()) - timedelta(days=1), last)
            inspector = self.scene.company.accounts["inspector"]
            for hours, who, verb in ((0, unit, "report"), (2, inspector, "verify"), (3, inspector, "close")):
                with clock.steer(_at(on) + timedelta(hours=hours)):
                    self._keep(who, verb, one.id)

    def decide_requests(self) -> None:
        """What somebody asked to be corrected or removed has been decided before years have passed."""
        office = staff_actor(self.scene.company.accounts["coordinator"])
        assert office is not None
        for case in Case.objects.filter(question__hour=self.scene.hour, state="received"):
            with clock.steer(case.received_at + timedelta(days=1)):
                redress.perform(office, "take_up", case.id, {})
                redress.perform(office, "refuse", case.id, {"reason_code": "accurate", "reply": DONE})

    @staticmethod
    def _keep(who: Account, verb: str, commitment_id: int) -> None:
        hand = parties.hand_of(who)
        assert hand is not None
        files = Files()
        if verb == "report":
            files = Files(pictures=[scripted_promises.drawn("record")], captions=["记录"])
        promises.perform(hand, verb, commitment_id, {"text": DONE}, files)


def _at(day: date) -> datetime:
    return datetime.combine(day, time(9), clock.DISTRICT_ZONE).astimezone(UTC)


def live_through(cast_here: Company, day: date, number: int, questions: int) -> OfficeHour:
    """Hold one hour on that day, from its notices to the last kept promise.

    :param number: its number among all hours, and the seed of what happens
    :param questions: how many are asked besides the scripted ones
    """
    chance = random.Random(number)
    begins = datetime.combine(day, BEGINS, clock.DISTRICT_ZONE).astimezone(UTC)
    times = Times(begins, clock.now())
    with clock.steer(begins - timedelta(days=50)):
        hour = company.plan_hour(
            cast_here,
            "stage",
            f"{day:%Y-%m-%d}",
            begins,
            allow_private=True,
            identity="open",
            issue_no=number,
        )
    scene = Scene(cast_here, hour, chance, People(alone=True), finished=True)
    scene.links = dict.fromkeys(("h14", "h15"), "2020-01") | {
        "h14date": "2020-01-31",
        "h15date": "2020-03-31",
    }
    Verification.objects.all().delete()  # codes sent after this day would count against those who verify on it
    before.put(scene, times)
    lived = Evening(scene, times, chance)
    for one in range(questions):
        lived.add(one)
    evening.write(scene, times, "archived")
    scripted_promises.follow(scene, times.now)
    lived.keep_promises()
    lived.decide_requests()
    scene.hour.refresh_from_db()
    return scene.hour
