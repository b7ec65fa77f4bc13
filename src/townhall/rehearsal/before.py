"""The weeks before the demo's hour, played by the cast through the rooms' own actions on their usual days."""

from __future__ import annotations

import logging
import tomllib
from datetime import datetime, time, timedelta
from functools import cache, partial
from importlib import resources
from typing import TYPE_CHECKING, Any

from townhall.countdown import actions as countdown
from townhall.countdown import queries as steps
from townhall.hours.choices import Role
from townhall.hours.models import GroupUnit
from townhall.kernel import clock, workdays
from townhall.kernel.errors import InvalidFields, Refused
from townhall.observers import actions as observers
from townhall.observers import citizen_actions as applicants
from townhall.observers.choices import REQUIRED_CONSENTS
from townhall.outreach import actions as outreach
from townhall.plans import actions as plans
from townhall.plans import queries as plan_queries
from townhall.preparation import actions as notices
from townhall.preparation import checklist, meeting, papers, parties, publicity
from townhall.preparation.models import Invitation, Notice, Receipt, Task
from townhall.rehearsal import cast, topic_pool
from townhall.staffing import actions as staffing
from townhall.staffing.models import Assignment, Post
from townhall.venues import actions as venues
from townhall.venues.models import Venue

if TYPE_CHECKING:
    from collections.abc import Callable

    from townhall.hours.models import OfficeHour
    from townhall.hours.seats import Actor
    from townhall.preparation.parties import UnitActor
    from townhall.rehearsal.evening import Times
    from townhall.rehearsal.script import Scene

log = logging.getLogger(__name__)

COORDINATOR = "coordinator"
CLERKS = ("clerk1", "clerk2")
# One unit is slow with everything, as one always is: it gives the coordinator something to chase.
SLOW_DAYS = 13
MEETING_DAYS, MEETING_TIME = 13, time(14, 0)
ARRIVAL = timedelta(minutes=40)
ANNOUNCED_DAYS = 10


@cache
def words() -> dict[str, Any]:
    """What the office writes."""
    text = resources.files("townhall.rehearsal").joinpath("data", "before.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def put(scene: Scene, times: Times) -> list[Refused | InvalidFields]:
    """Put everything that had been done by ``times.now`` on the scene's timetable.

    :returns: what will be refused when it is performed: nothing, unless a holiday leaves too little time
    """
    play = _Weeks(scene, times)
    end = min(times.now, times.starts_at)
    last = times.starts_at - timedelta(days=365)
    # A long holiday moves several days onto one: what comes first still comes first.
    for days, at, act in sorted(play.acts(), key=lambda row: (-row[0], row[1])):
        last = max(play.day(days, at), last + timedelta(minutes=1))
        if days < ANNOUNCED_DAYS:  # a weekend moves these earlier, but nobody answers what is not public yet
            last = max(last, times.announced_at + timedelta(minutes=1))
        if last < end:
            scene.at(last, partial(play.do, act))
    return play.refused


class _Weeks:
    """The acts of the weeks before one hour."""

    def __init__(self, scene: Scene, times: Times) -> None:
        self.scene, self.times = scene, times
        self.company = scene.company
        self.receipts: dict[str, str] = {}
        self.refused: list[Refused | InvalidFields] = []

    def do(self, act: Callable[[], object]) -> None:
        """Do one thing; what a long holiday has made impossible stays undone, and shows as such."""
        try:
            act()
        except (Refused, InvalidFields) as error:
            log.info("before the hour, refused: %r", error)
            self.refused.append(error)

    @property
    def hour(self) -> OfficeHour:
        """The hour as it stands."""
        return self.scene.hour

    def acts(self) -> list[tuple[int, time, Callable[[], object]]]:
        """How many days before, at what time, what."""
        found: list[tuple[int, time, Callable[[], object]]] = [
            (47, time(9, 0), lambda: topic_pool.open_and_fill(self.company, self.hour, words()["pool"])),
            (44, time(15, 0), lambda: topic_pool.choose(self.company, self.hour)),
            (34, time(9, 40), self.draft_plan),
            (32, time(15, 5), self.submit_plan),
            (30, time(10, 20), partial(self.approve, "deputy1")),
            (27, time(16, 45), partial(self.approve, "mayor")),
            (21, time(9, 15), self.send_notice),
            (19, time(9, 0), self.call_meeting),
            (MEETING_DAYS, time(15, 40), self.hold_meeting),
            (MEETING_DAYS, time(16, 30), self.give_tasks),
            (33, time(11, 0), self.file_sms),
            (14, time(11, 0), self.settle_closing),
            (12, time(10, 0), self.lay_out_posts),
            (12, time(11, 0), self.list_venues),
            (11, time(10, 0), self.seat_clerks),
            (12, time(15, 0), self.call_observers),
            (9, time(14, 0), self.write_press),
            (7, time(10, 10), partial(self.hand_over, 0)),
            (7, time(11, 30), partial(self.hand_over, 1)),
            (6, time(11, 30), self.invite_observers),
            (4, time(14, 0), self.confirm_observers),
            (3, time(9, 10), self.fill_posts),
            (3, time(10, 30), self.send_sms),
            (2, time(16, 0), self.venues_ready),
            (1, time(17, 30), partial(self.mark, "dry_run", "skip", "演示系统不做联调")),
            (0, (clock.local(self.times.starts_at) - ARRIVAL).time(), self.check_in),
        ]
        for place, unit in enumerate(self.units()):
            slow = place == 0
            found.append(
                (
                    SLOW_DAYS + 1 if slow else 21 - place % 4,
                    time(10 + place % 7, 5 + place),
                    partial(self.sign, unit),
                )
            )
            found.append((16 - place % 2, time(9 + place % 8, 20 + place), partial(self.reply, unit)))
            if not slow:
                found.append((8 - place % 5, time(9 + place % 8, 30 + place), partial(self.report, unit)))
        found.append((1, time(11, 5), partial(self.report, self.units()[0])))
        for place, name in enumerate(words()["observers"]["applicants"]):
            found.append((9 - place % 2, time(12 + place, 7), partial(self.apply, name)))
        return found

    def day(self, days: int, at: time) -> datetime:
        """The moment on the working day that many days before."""
        day = clock.local(self.times.starts_at).date()
        if days:
            day = workdays.shift_earlier(day - timedelta(days=days)).date
        return datetime.combine(day, at, clock.DISTRICT_ZONE)

    # -- who ------------------------------------------------------------------------------------------

    def actor(self, username: str = COORDINATOR) -> Actor:
        """Somebody of the cast in this hour."""
        return self.company.actor(username, self.hour)

    def units(self) -> list[int]:
        """The units of the hour's groups that somebody can sign in for."""
        reached = parties.accounts_of(parties.concerned(self.hour))
        return [unit for unit, accounts in reached.items() if accounts]

    def for_unit(self, unit: int) -> UnitActor:
        """The first of the cast who belongs to a unit."""
        account = next(one for one in self.company.accounts.values() if one.unit_id == unit)
        found = parties.unit_actor(account)
        assert found is not None  # noqa: S101 - the cast's accounts have units
        return found

    def text(self, words_of: str) -> str:
        """Words with the hour's topic and number."""
        return words_of.format(topic=self.hour.topic, issue=self.hour.issue_no).strip()

    # -- what -----------------------------------------------------------------------------------------

    def draft_plan(self) -> None:
        """The plan with its six fields and the hour's groups, and who approves it."""
        local = clock.local(self.times.starts_at)
        groups = [
            {
                "id": group.id,
                "name": group.name,
                "units": list(GroupUnit.objects.filter(group=group).values_list("unit_id", flat=True)),
            }
            for group in self.hour.groups.all()
        ]
        fields = {name: self.text(one) for name, one in words()["plan"].items()}
        when = f"{local:%Y年%-m月%-d日 %H:%M}至{clock.local(self.hour.ends_at):%H:%M}"
        plans.save(
            self.actor(), {**fields, "time": when, "topic": self.hour.topic, "groups": groups, "version": 0}
        )
        chosen = {
            f"approver{place}": self.company.accounts[name].id
            for place, name in ((1, "deputy1"), (2, "mayor"))
        }
        plans.choose_approvers(self.actor(), chosen)

    def submit_plan(self) -> None:
        """To the deputy first."""
        plans.submit(self.actor())

    def approve(self, username: str) -> None:
        """One of the two agrees."""
        approver = plan_queries.actor_of(self.company.accounts[username], self.hour)
        assert approver is not None  # noqa: S101 - chosen by the coordinator
        plans.approve(approver, {})

    def send_notice(self) -> None:
        """One notice to every unit that can be reached."""
        said = {name: self.text(one) for name, one in words()["notice"].items()}
        due = self.day(16, time(17, 0)).isoformat()
        data = {**said, "layout": "telegram", "grade": "raised", "due_at": due, "units": self.units()}
        notice = notices.write_notice(self.actor(), data)
        notices.send(self.actor(), notice.id, {})

    def sign(self, unit: int) -> None:
        """A unit signs for the notice."""
        notice = Notice.objects.filter(hour=self.hour).order_by("id").first()
        receipt = Receipt.objects.filter(notice=notice, unit=unit).order_by("-id").first()
        if receipt is not None:
            notices.sign_for(self.for_unit(unit), receipt.id)

    def call_meeting(self) -> None:
        """The prep meeting is arranged and everybody invited."""
        said = words()["meeting"]
        data = {"place": said["place"], "agenda": said["agenda"], "units": self.units(),
                "starts_at": self.day(MEETING_DAYS, MEETING_TIME).isoformat()}  # fmt: skip
        meeting.arrange(self.actor(), data)
        meeting.invite(self.actor())

    def reply(self, unit: int) -> None:
        """A unit says who comes."""
        invitation = Invitation.objects.get(meeting__hour=self.hour, unit=unit)
        person = self.for_unit(unit)
        meeting.reply(person, invitation.id, {"reply": "yes", "name": person.name})

    def hold_meeting(self) -> None:
        """Who came is recorded, and what was said."""
        came = list(Invitation.objects.filter(meeting__hour=self.hour).values_list("id", flat=True))
        meeting.attend(self.actor(), {"came": came})
        meeting.minute(self.actor(), {"text": self.text(words()["meeting"]["minutes"])})

    def give_tasks(self) -> None:
        """Every unit gets its tasks."""
        for task in words()["tasks"]:
            due = self.day(task["days"], time(17, 0)).date().isoformat()
            meeting.give_tasks(self.actor(), {"text": task["text"], "units": self.units(), "due_on": due})

    def report(self, unit: int) -> None:
        """A unit reports its tasks done."""
        for task in Task.objects.filter(hour=self.hour, unit=unit).order_by("id"):
            meeting.move_task(self.for_unit(unit), "report", task.id, {})

    def lay_out_posts(self) -> None:
        """The staffing plan from the template, with those who sit already, places and what the hall needs."""
        for verb in ("lay_out", "arrange", "list_items"):
            staffing.perform(self.actor(), verb, None, {})

    def check_in(self) -> None:
        """Everybody on duty arrives."""
        awaited = Assignment.objects.filter(hour=self.hour, stands_in_for=None, checked_in_at=None)
        for assignment in awaited.order_by("id"):
            staffing.perform(self.actor(), "check_in", assignment.id, {})

    def list_venues(self) -> None:
        """The halls."""
        for one in words()["venues"]:
            fields = {name: one[name] for name in ("name", "name_en", "address")}
            venues.perform(
                self.actor(),
                "add",
                None,
                {**fields, "is_main": "on" if one["main"] else "", "is_public": "on"},
            )

    def seat_clerks(self) -> None:
        """Each branch hall has somebody who types in what is asked there."""
        branches = Venue.objects.filter(hour=self.hour, is_main=False).order_by("order")
        for venue, person in zip(branches, CLERKS, strict=False):
            venues.perform(self.actor(), "give_clerk", venue.id, {"person": person})

    def venues_ready(self) -> None:
        """Each hall reports ready."""
        for venue in Venue.objects.filter(hour=self.hour).order_by("order"):
            venues.perform(self.actor(), "ready", venue.id, {})

    def settle_closing(self) -> None:
        """What will be published is looked through, and when pre-questions close is settled."""
        hour = self.hour
        words = {
            name: getattr(hour, name) for name in ("topic", "topic_en", "introduction", "introduction_en")
        }
        leaders = {
            f"leader_{name}-{place}": getattr(leader, name)
            for place, leader in enumerate(hour.leaders.all())
            for name in ("name", "office", "remit")
        }
        closing = checklist.usual_closing(hour).isoformat()
        publicity.edit(self.actor(), {**words, **leaders, "asking_closes_at": closing})

    def write_press(self) -> None:
        """The announcement's text."""
        text = papers.announcement_text(self.hour)
        publicity.save_announcement(self.actor(), {"text": text, "issuer": words()["notice"]["issuer"]})

    def hand_over(self, place: int) -> None:
        """A medium takes it."""
        publicity.release(self.actor(), words()["handovers"][place])

    def mark(self, code: str, verb: str, note: str) -> None:
        """A step that only people can say something of."""
        step = next(row for row in steps.countdown(self.actor(), self.hour) if row.standing.step.code == code)
        countdown.perform(self.actor(), verb, step.standing.step.id, {"note": note})

    def file_sms(self) -> None:
        """Signature and text are agreed with the office that sends them."""
        said = words()["sms"]
        for purpose, text in (("signature", said["signature"]), ("broadcast", said["text"])):
            day = self.day(33, time(0)).date().isoformat()
            data = {
                "provider": "export",
                "purpose": purpose,
                "text": text,
                "filed_on": day,
                "approved_on": day,
            }
            outreach.file_with_provider(self.company.accounts[COORDINATOR], data)

    def send_sms(self) -> None:
        """The list and the text go to the office that sends them."""
        actor = self.actor()
        broadcast = outreach.draft(actor, {"provider": "export", "text": words()["sms"]["text"]})
        rows = "\n".join(["手机号", *dict.fromkeys(cast.FAKE_MOBILES)])
        outreach.add_list(actor, broadcast.id, "演示名单.csv", rows.encode())
        broadcast = outreach.preview(actor, broadcast.id)
        outreach.confirm(actor, broadcast.id, broadcast.preview["digest"])
        outreach.hand_over(actor, broadcast.id)
        outreach.confirm_sent(actor, broadcast.id, words()["sms"]["sent"])

    def fill_posts(self) -> None:
        """The last post is filled."""
        post = Post.objects.filter(hour=self.hour, role=Role.CLERK).order_by("id").first()
        if post is not None:
            staffing.perform(self.actor(), "assign", post.id, {"person": "clerk1"})

    def call_observers(self) -> None:
        """Citizens are asked to apply."""
        said = {name: text for name, text in words()["observers"].items() if isinstance(text, str)}
        observers.perform(self.actor(), "open", {
            **said, "quota": "12", "closes_at": self.day(6, time(11, 0)).isoformat(),
            "source_at": self.day(4, time(15, 30)).isoformat(),
        })  # fmt: skip

    def apply(self, name: str) -> None:
        """A citizen applies."""
        data = {"name": name, "consents": list(REQUIRED_CONSENTS), "form_key": name,
                "verification": self.scene.people.token(name)}  # fmt: skip
        self.receipts[name] = applicants.apply(self.hour.id, data).receipt

    def invite_observers(self) -> None:
        """No more applied than there are seats: everybody is invited."""
        observers.perform(self.actor(), "close", {})
        observers.perform(self.actor(), "invite", {"confirm_by": self.day(4, time(17, 0)).isoformat()})

    def confirm_observers(self) -> None:
        """Those invited say yes."""
        for receipt in self.receipts.values():
            applicants.answer(self.hour.id, receipt, "confirm")
