"""``townhall rehearse``: the whole hour over HTTP, on a rehearsal hour that is thrown away after.

Citizens ask the messages of a file, moderators, groups and signers work at their desks, viewers watch; at the
end every receipt is followed up. The rehearsal hour and the staff's tokens are made in the installation that
the server runs on; everything after that goes over HTTP.
"""

from __future__ import annotations

import gzip
import json
import queue
import secrets
import sys
import threading
import time
from argparse import Namespace
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings

from townhall.hours import planning
from townhall.hours.models import OfficeHour
from townhall.kernel import clock
from townhall.people import actions as people
from townhall.rehearsal import cast, company, ledger, workers
from townhall.rehearsal.calls import Caller, Households, Lost
from townhall.rehearsal.crowd import Citizens, Viewer
from townhall.rehearsal.progress import Progress
from townhall.rehearsal.report import ENDS, Report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

VIEWERS = 3
# The desks have worked off what they will when nothing has moved for so long.
STILL_SECONDS = 6.0
# So long they go on after the last question at most, for each question and all in all; what is still open then stays
# pending, as on any evening.
SECONDS_A_QUESTION = 0.5
DESKS_GO_ON_SECONDS = 240.0
TRACKERS = 4
ADDS_UP, DOES_NOT_ADD_UP, CANNOT_START = 0, 1, 2
_STAFF = ("moderator1", "moderator2", "mayor", "deputy1", "deputy2", "coordinator")


class CannotStart(Exception):  # noqa: N818 - it names what happened
    """The rehearsal cannot begin; the message says what to do."""


def main(arguments: Namespace) -> int:
    """Run the rehearsal of the command line and print its report.

    :returns: 0 when everything adds up, 1 when it does not, 2 when it could not start
    """
    try:
        messages = list(islice(read(Path(arguments.messages)), arguments.limit or None))
        rehearsal = Rehearsal(arguments, messages)
    except (CannotStart, OSError, ValueError) as error:
        print(f"townhall rehearse: {error}", file=sys.stderr)
        return CANNOT_START
    try:
        report = rehearsal.run()
    except Lost as lost:
        print(f"townhall rehearse: the server does not answer any more ({lost})", file=sys.stderr)
        return DOES_NOT_ADD_UP
    finally:
        rehearsal.tidy_up()
    print("\n".join(report.lines()))
    if arguments.json:
        text = json.dumps(report.as_json(), ensure_ascii=False, indent=2)
        Path(arguments.json).write_text(text + "\n", encoding="utf-8")
    return ADDS_UP if report.adds_up else DOES_NOT_ADD_UP


def read(path: Path) -> Iterator[dict[str, Any]]:
    """The messages of a file: one JSON object a line, packed or not.

    :raises ValueError: naming the line that is none
    """
    with path.open("rb") as stored, gzip.open(stored) if path.suffix == ".gz" else stored as lines:
        for number, line in enumerate(lines, start=1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
            except ValueError:
                row = None
            if not isinstance(row, dict):
                message = f"{path}, line {number}: not a JSON object"
                raise ValueError(message)  # noqa: TRY004 - the file is wrong, not the program
            yield row


class Rehearsal:
    """One rehearsal, from its hour to its report."""

    def __init__(self, arguments: Namespace, messages: list[dict[str, Any]]) -> None:
        if not messages:
            message = "the file holds no messages"
            raise CannotStart(message)
        self.arguments = arguments
        self.url = (arguments.url or settings.BASE_URL).rstrip("/")
        self.ledger = ledger.Ledger(list(ledger.cases(messages, secrets.token_hex(4))))
        self.stop = threading.Event()
        self.over = threading.Event()  # for viewers, who stay till the end
        self.company = _staff_of_the_demo()
        self.hour = self._hour()
        self.room = self._room()
        self.anyone = Caller(self.url, self.ledger)
        try:
            self.before = self._open()
        except CannotStart:
            if self.is_ours:
                planning.forget_rehearsal(self.hour)
            raise

    # -- before ----------------------------------------------------------------------------------------

    def _hour(self) -> OfficeHour:
        slug = self.arguments.slug
        hour = OfficeHour.objects.filter(slug=slug).first()
        self.is_ours = hour is None
        if hour is None:
            now = clock.now()
            length = timedelta(minutes=max(120.0, 2 * self.arguments.minutes + 60))
            words = {"title": "演练", "title_en": "Rehearsal", "issue_no": None}
            return company.plan_hour(
                self.company,
                "stage",
                slug,
                now,
                rehearsal=True,
                ends_at=now + length,
                identity="open",
                **words,
            )
        if not hour.rehearsal:
            message = f"{slug} is a real office hour; give a new name, such as {slug}-rehearsal"
            raise CannotStart(message)
        return hour

    def _room(self) -> workers.Room:
        members = [cast.members(key)[0].username for key in cast.groups()]
        tokens = {
            name: people.issue_token(self.company.accounts[name], may_sign=name in _STAFF)
            for name in (*_STAFF, *members)
        }
        groups = {key: group.id for key, group in company.groups_of(self.hour).items()}
        return workers.Room(
            self.url, self.hour.slug, self.hour.secret, self.ledger, groups, self.company.unit_ids, tokens,
            self.stop, queue.SimpleQueue(),
        )  # fmt: skip

    def _open(self) -> dict[str, int]:
        """Walk the hour to live over HTTP; what it counts before the first question."""
        coordinator = self.room.caller("coordinator")
        path = f"/api/v1/desk/hours/{self.hour.slug}"
        try:
            stage = coordinator.get(path)["stage"]
            for verb, source in (
                ("announce", "planned"),
                ("close_asking", "announced"),
                ("open_live", "preparing"),
            ):
                if stage == source:
                    coordinator.send("POST", f"{path}/{verb}", {})
                    stage = coordinator.get(path)["stage"]
        except Lost as lost:
            message = (
                f"the server at {self.url} does not know this hour ({lost}). Start it on the same "
                "TOWNHALL_DATA_DIR (`townhall serve`), or name it with --url"
            )
            raise CannotStart(message) from None
        finally:
            coordinator.close()
        if stage != "live":
            message = f"the rehearsal hour is {stage} and cannot be opened again; give a new name"
            raise CannotStart(message)
        return self._counts()

    def _counts(self) -> dict[str, int]:
        found: dict[str, int] = self.anyone.get(f"/api/v1/hours/{self.hour.slug}", key=self.room.key)[
            "counts"
        ]
        return found

    # -- the hour --------------------------------------------------------------------------------------

    def run(self) -> Report:
        """Rehearse, follow every receipt up, and report."""
        started = time.monotonic()
        watching, viewers = self._viewers()
        desks = [_thread(desk.run) for desk in workers.staff(self.room)]
        citizens = self._citizens()
        self._wait(citizens)
        self.stop.set()
        _join(desks)
        self._until_seen(len(viewers))
        took = time.monotonic() - started
        tracked = self._track()
        counted = {name: count - self.before.get(name, 0) for name, count in self._counts().items()}
        self._wrap()
        self.over.set()
        _join(watching, 1.0)
        return Report(self.ledger, self.hour.slug, self.url, len(viewers), took, counted, tracked)

    def _viewers(self) -> tuple[list[threading.Thread], list[Viewer]]:
        viewers = [
            Viewer(number, self.ledger, self.url, self.hour.slug, self.room.key) for number in range(VIEWERS)
        ]
        threads = [_thread(viewer.run, self.over) for viewer in viewers]
        for viewer in viewers:
            if not viewer.listening.wait(10):
                self.ledger.fault(f"viewer {viewer.number}: the stream did not open")
        return threads, viewers

    def _citizens(self) -> list[threading.Thread]:
        households = Households(self.url)
        if not households.many:
            print("One address asks for all citizens: name it in the server's TOWNHALL_TRUSTED_NETWORKS.")
        crowd = Citizens(self.ledger, self.hour.slug, self.room.key, 60 * self.arguments.minutes)
        many = max(1, min(self.arguments.citizens, len(self.ledger.cases)))
        return [_thread(crowd.run, self.url, households, self.stop) for _number in range(many)]

    def _wait(self, citizens: list[threading.Thread]) -> None:
        """Until everything is asked and the desks have come to rest."""
        with Progress(self.ledger) as progress:
            while any(thread.is_alive() for thread in citizens):
                progress.show()
                time.sleep(0.2)
            patience = max(DESKS_GO_ON_SECONDS, SECONDS_A_QUESTION * len(self.ledger.cases))
            end = time.monotonic() + patience
            while time.monotonic() < min(self.ledger.moved_at + STILL_SECONDS, end):
                progress.show()
                time.sleep(0.2)

    def _until_seen(self, viewers: int) -> None:
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            wanted = [case for case in self.ledger.cases if case.signed_at and not case.covered_after]
            if all(len(self.ledger.seen[case.id, case.version]) >= viewers for case in wanted):
                return
            time.sleep(0.1)

    # -- after -----------------------------------------------------------------------------------------

    def _track(self) -> Counter[str]:
        """Follow every receipt up, as its asker would."""
        asked = [case for case in self.ledger.cases if case.receipt]
        callers = [Caller(self.url, self.ledger) for _number in range(TRACKERS)]

        def follow(place: int) -> Counter[str]:
            found: Counter[str] = Counter()
            for case in asked[place::TRACKERS]:
                try:
                    state = callers[place].get(f"/api/v1/track/{case.receipt}")
                except Lost:
                    self.ledger.fault(f"question {case.number}: its receipt opens nothing")
                    continue
                end = _end_of(state)
                found[end] += 1
                if state["number"] != case.number:
                    self.ledger.fault(f"receipt of question {case.number} opens {state['number']}")
                if end != case.end:
                    self.ledger.fault(f"question {case.number} was {case.end}, its receipt says {end}")
            callers[place].close()
            return found

        with ThreadPoolExecutor(TRACKERS) as pool:
            return sum(pool.map(follow, range(TRACKERS)), Counter())

    def _wrap(self) -> None:
        coordinator = self.room.caller("coordinator")
        path = f"/api/v1/desk/hours/{self.hour.slug}/wrap"
        response = coordinator.send("POST", path, {"reason_code": "other"})
        coordinator.close()
        if response.is_error:
            self.ledger.fault(f"the hour could not be wrapped: {response.status_code}")

    def tidy_up(self) -> None:
        """Stop everybody; delete the rehearsal whole unless it is to be kept."""
        self.stop.set()
        self.over.set()
        self.anyone.close()
        if self.arguments.keep:
            print(f"Kept: {self.url}/hours/{self.hour.slug}/?key={self.room.key}")
            return
        self.hour.refresh_from_db()
        planning.forget_rehearsal(self.hour)


def _staff_of_the_demo() -> company.Company:
    if people.installation_kind() == "real":
        message = (
            "this installation holds a district's own data, on which no token may sign; "
            "rehearse beside it, on a demo in another TOWNHALL_DATA_DIR (docs/how-to/operator.md)"
        )
        raise CannotStart(message)
    try:
        return company.enter()
    except LookupError as error:
        raise CannotStart(str(error)) from None


def _end_of(state: dict[str, Any]) -> str:
    if state["status"] == "published":
        return str(state["outcome"])
    return str(state["status"]) if state["status"] in ENDS else "pending"


def _thread(target: Callable[..., None], *arguments: Any) -> threading.Thread:
    thread = threading.Thread(target=target, args=arguments, daemon=True)
    thread.start()
    return thread


def _join(threads: list[threading.Thread], each: float = 60.0) -> None:
    for thread in threads:
        thread.join(each)
