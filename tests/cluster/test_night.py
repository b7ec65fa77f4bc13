"""A live hour on several machines, with people before the fronts all the time, while one machine after another is lost.

The tests are one evening: each breaks something, mends it, and looks that everything acknowledged is there once and that
everybody sees the next signature. The last one compares what everybody has before them at the end.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.cluster import bed as beds
from tests.cluster.bed import APPS, FRONTS, ROOT, SITE, Bed, go_outside, until
from tests.cluster.crowd import Citizen, Signer, Viewer, client

CITIZENS, VIEWERS = 4, 24
AWAY_SECONDS = 20
# A primary that is lost is noticed within Patroni's 20 s, a stream that is silent within 20, and then somebody comes back.
GOES_ON_SECONDS = 120


class Night:
    """The hour, and everybody outside."""

    def __init__(self, bed: Bed, told: dict[str, Any]) -> None:
        self.bed, self.slug = bed, str(told["hour"])
        self.over, self.all_over = threading.Event(), threading.Event()
        with client(FRONTS[0]) as browser:
            newest = int(browser.get(f"/live/{self.slug}/frames").json()["seq"])
        self.citizens = [Citizen(f"citizen{one}", self.slug, self.over, one % 2) for one in range(CITIZENS)]
        self.signer = Signer("signer", self.slug, self.over, bed, told["staff"])
        self.viewers = [
            Viewer(f"viewer{one}", self.slug, self.all_over, one % 2, newest) for one in range(VIEWERS)
        ]
        self.extend(told["staff"]["coordinator"][0])
        for person in self.people:
            person.start()

    def extend(self, coordinator: str) -> None:
        """The demo's hour ends in half an hour, and this night is longer."""
        token = self.bed.townhall("app1", "token", coordinator).split()[-1]
        body = {"minutes": 60, "reason_code": "backlog"}
        answer = self.signer.call("POST", f"/desk/hours/{self.slug}/extend", token, json=body)
        assert answer.status_code == httpx.codes.OK, answer.text

    @property
    def people(self) -> list[Citizen | Signer | Viewer]:
        return [*self.citizens, self.signer, *self.viewers]

    def receipts(self) -> dict[str, dict[str, Any]]:
        return {key: one for citizen in self.citizens for key, one in list(citizen.receipts.items())}

    def goes_on(self, what: str, seconds: float = GOES_ON_SECONDS) -> None:
        """Somebody is given a receipt, and a signature given from now on reaches everybody; then all is looked at."""
        since = time.monotonic()
        asked = until(
            lambda: any(one["at"] > since for one in self.receipts().values()),
            seconds,
            f"{what}: nobody is answered",
        )
        until(
            lambda: any(at > since for at in list(self.signer.signed_at.values())),
            seconds,
            f"{what}: nothing is signed",
        )
        question = next(one for one, at in list(self.signer.signed_at.items()) if at > since)
        try:
            until(lambda: not self.unaware(question), seconds, f"{what}: not everybody sees what was signed")
        except AssertionError:
            for viewer in self.unaware(question):
                print(viewer.told())
            raise
        seen = max(viewer.shown_at[-question] for viewer in self.viewers) - since
        print(
            f"\n{what}: a receipt after {asked:.1f} s, a signature before everybody's eyes after {seen:.1f} s",
            flush=True,
        )
        self.is_whole()

    def unaware(self, question: int) -> list[Viewer]:
        """Who does not see yet that this question was answered."""
        return [viewer for viewer in self.viewers if -question not in viewer.shown_at]

    def is_whole(self) -> None:
        """Everything acknowledged is there, once; numbers and the journal have no gap."""
        assert not [person.name for person in self.people if person.failed]
        assert not [refusal for citizen in self.citizens for refusal in citizen.refused]
        receipts, signed = (
            self.receipts(),
            dict(self.signer.signed),
        )  # what is acknowledged after this look comes later
        stored = {int(one): (int(number), status) for one, number, status in self.bed.rows(
            "SELECT id, number, status FROM questions_question"
        )}  # fmt: skip
        lost = [key for key, one in receipts.items() if stored.get(one["id"], (0,))[0] != one["number"]]
        assert not lost, f"acknowledged and lost: {lost}"
        assert not [one for one in signed if stored[one][1] != "published"], "signed and lost"
        assert not self.bed.rows(
            "SELECT text FROM questions_question WHERE text LIKE '第 %个问题%' GROUP BY text HAVING count(*) > 1"
        ), "asked once and stored twice"
        gaps = self.bed.rows(
            "SELECT line.id FROM journal_line line JOIN journal_entry entry ON entry.line = line.id "
            "GROUP BY line.id, line.last_seq HAVING count(*) <> line.last_seq OR max(entry.seq) <> line.last_seq"
        )
        assert not gaps, f"lines with gaps: {gaps}"
        print(
            f"  {len(receipts)} receipts and {len(signed)} signatures acknowledged, all there, once",
            flush=True,
        )


@pytest.fixture(scope="module")
def bed() -> Iterator[Bed]:
    found = Bed()
    try:
        found("needs")
    except RuntimeError as error:
        pytest.fail(str(error))  # asked for by name, it is not skipped
    yield found
    if not os.environ.get("TESTBED_UP"):
        found("down")


@pytest.fixture(scope="module")
def night(bed: Bed) -> Iterator[Night]:
    told = bed.up()
    back = go_outside()
    found = Night(bed, told)
    yield found
    found.over.set()
    found.all_over.set()
    for person in found.people:
        person.join(30)
    back()


def test_everybody_hears_everybody(night: Night) -> None:
    night.goes_on("quiet")
    ways = Counter(viewer.front for viewer in night.viewers)
    assert set(ways) == {0, 1}, "both fronts have viewers"


def test_a_front_is_cut_off_from_the_city(night: Night) -> None:
    night.bed("cut", "front1", "out")
    night.goes_on("front1 has lost the city")
    night.bed("mend", "front1", "out")
    night.goes_on("front1 is back")


def test_a_front_is_cut_off_from_the_house(night: Night) -> None:
    night.bed("cut", "front2", "in")
    night.goes_on("front2 has lost the house")
    night.bed("mend", "front2", "in")
    night.goes_on("front2 is back")


def test_a_front_is_restarted(night: Night) -> None:
    night.bed("kill", "front1")
    time.sleep(2)
    night.bed("start", "front1")
    night.goes_on("front1 was restarted")


def test_an_application_host_loses_its_cable(night: Night) -> None:
    for host in APPS:
        night.bed("cut", host)
        night.goes_on(f"{host} has lost its cable")
        night.bed("mend", host)
        night.goes_on(f"{host} is back")


def test_an_application_host_dies_with_everything_on_it(night: Night) -> None:
    for host in APPS:
        night.bed("kill", host)
        night.goes_on(f"{host} is dead")
        night.bed("start", host)
        night.goes_on(f"{host} is back")


def test_redis_forgets_everything(night: Night) -> None:
    night.bed("on", "redis", "redis-cli", "-h", "10.77.0.41", "FLUSHALL")
    night.goes_on("Redis was emptied")


def test_redis_loses_its_cable(night: Night) -> None:
    night.bed("cut", "redis")
    night.goes_on("Redis has lost its cable")
    night.bed("mend", "redis")
    night.goes_on("Redis is back")


def test_who_hands_frames_over_dies_between_the_journal_and_the_fronts(night: Night) -> None:
    for _ in range(4):
        for host in APPS:
            with suppress(RuntimeError):
                night.bed("stop", host, "frames", "KILL")
        time.sleep(random.uniform(0.5, 3))
        for host in APPS:
            night.bed("frames", host)
        time.sleep(random.uniform(0.5, 3))
    night.goes_on("who hands over was killed four times")


def test_the_primary_dies_and_the_standby_takes_over(night: Night) -> None:
    until(lambda: _is_synchronous(night.bed), 120, "no synchronous standby")
    first = night.bed("primary")
    night.bed("kill", first)
    night.goes_on(f"the primary {first} is dead", 180)
    second = night.bed("primary")
    assert second != first
    night.bed("start", first)
    took = until(lambda: _is_synchronous(night.bed), 180, "the old primary does not come back as a standby")
    print(f"  {first} is {second}'s synchronous standby after {took:.0f} s")
    night.goes_on(f"{first} is back as a standby")
    night.bed("kill", first)
    night.goes_on("the standby is dead")
    night.bed("start", first)
    until(lambda: _is_synchronous(night.bed), 180, "the standby does not come back")


def _is_synchronous(bed: Bed) -> bool:
    try:
        bed("synchronous")
    except RuntimeError:
        return False
    return True


def test_the_primary_loses_its_cable(night: Night) -> None:
    first = night.bed("primary")
    night.bed("cut", first)
    night.goes_on(f"the primary {first} has lost its cable", 180)
    night.bed("mend", first)
    until(lambda: _is_synchronous(night.bed), 180, "the old primary does not come back as a standby")
    night.goes_on(f"{first} is back as a standby")


def test_archive_and_statistics_are_read_from_the_standby(night: Night) -> None:
    night.bed(
        "set", "app1", "TOWNHALL_DATABASE_READ_URL=postgres://townhall:town@10.77.0.31,10.77.0.32/townhall"
    )
    night.bed("restart", "app1")
    standby = {"db1": "db2", "db2": "db1"}[night.bed("primary")]

    def is_read_there() -> bool:
        for path in ("/archive/", "/statistics/"):
            page_of(night.bed, "app1", path)
        readers = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'townhall'"
        return int(night.bed("sql-on", standby, "-c", readers, "postgres")) > 0

    until(is_read_there, 120, "nobody reads from the standby")
    night.bed("kill", standby)
    for _ in range(3):
        assert "</html>" in page_of(night.bed, "app1", "/archive/").decode(), "the primary answers instead"
    night.bed("start", standby)
    night.bed("unset", "app1")
    night.bed("restart", "app1")
    until(lambda: _is_synchronous(night.bed), 180, "the standby does not come back")
    night.goes_on("the standby that was read has been away")


def test_clocks_are_minutes_apart(night: Night) -> None:
    night.bed("set", "app2", "TOWNHALL_CLOCK=+240")
    night.bed("restart", "app2")
    night.goes_on("app2's clock is four minutes fast")
    night.bed("unset", "app2")
    night.bed("set", "app2", "TOWNHALL_CLOCK=-240")
    night.bed("restart", "app2")
    night.goes_on("app2's clock is four minutes slow")
    night.bed("unset", "app2")
    night.bed("restart", "app2")


def test_a_rolling_upgrade_from_last_weeks_code(night: Night, tmp_path: Path) -> None:
    name, source = last_weeks_code(tmp_path)
    for host in APPS:
        night.bed("set", host, f"PYTHONPATH={source}")
    night.bed("restart", "app2")
    night.goes_on(f"app2 runs {name}")
    night.bed("restart", "app1")
    night.goes_on(f"both run {name}")
    for host in APPS:
        night.bed("unset", host)
        night.bed("restart", host)
        night.goes_on(f"{host} runs today's code")


def last_weeks_code(folder: Path) -> tuple[str, Path]:
    """The oldest commit of the last seven days that has today's tables and knows that there are several machines."""

    def git(*words: str) -> str:
        return subprocess.run(["git", "-C", ROOT, *words], check=True, capture_output=True, text=True).stdout

    def tables(commit: str) -> set[str]:
        return {
            path
            for path in git("ls-tree", "-r", "--name-only", commit, "src").split()
            if "/migrations/0" in path
        }

    today = tables("HEAD")
    chosen = "HEAD"
    for commit in git("log", "--first-parent", "--since=7.days", "--format=%H").split():
        names = git("ls-tree", "-r", "--name-only", commit, "src/townhall/kernel").split()
        if tables(commit) != today or "src/townhall/kernel/leases.py" not in names:
            break
        chosen = commit
    (folder / "old").mkdir()
    archive = subprocess.run(
        ["git", "-C", ROOT, "archive", chosen, "src"], check=True, capture_output=True
    ).stdout
    subprocess.run(["tar", "-x", "-C", folder / "old"], input=archive, check=True)
    for path in (ROOT / "src").rglob("*.mo"):  # made by `make setup`, not kept by git
        shutil.copy(path, folder / "old" / path.relative_to(ROOT))
    folder.chmod(0o755)
    return git("log", "-1", "--format=%h of %ad", "--date=iso", chosen).strip(), folder / "old" / "src"


def test_everybody_ends_with_the_same_page(night: Night) -> None:
    night.over.set()
    for person in [*night.citizens, night.signer]:
        person.join(120)
        assert not person.is_alive(), f"{person.name} still waits for an answer"
    night.is_whole()
    replays = [replayed(front, night.slug) for front in FRONTS]
    assert replays[0] == replays[1]
    newest = max(seq for seq, _told in replays[0].values())
    until(
        lambda: all(viewer.last >= newest for viewer in night.viewers),
        60,
        "not everybody has heard the last word",
    )
    for viewer in night.viewers:
        assert viewer.heard == sorted(set(viewer.heard))
        fresh = {one: replays[0][one][1] for one in viewer.shown}
        assert without_weather(viewer.shown) == without_weather(fresh), viewer.name
    for question, answer in night.signer.signed.items():
        assert replays[0][question][1]["answer"]["text"] == answer
    pages_agree(night)
    record_agrees(night)
    streams = sum(viewer.streams for viewer in night.viewers)
    print(
        f"\n{len(night.viewers)} viewers on {streams} streams and {sum(viewer.polls for viewer in night.viewers)} polls, "
        f"{sum(viewer.repeats for viewer in night.viewers)} frames known by their number, "
        f"{sum(viewer.reloads for viewer in night.viewers)} reloads; {len(night.receipts())} receipts, "
        f"{len(night.signer.signed)} signatures"
    )


def replayed(front: str, slug: str) -> dict[int, tuple[int, dict[str, Any]]]:
    """What somebody who comes only now is shown of each question, with its number."""
    with client(front, 60) as browser:
        frames = browser.get(f"/live/{slug}/frames?after=0&as=json").json()["frames"]
    return {
        one["data"]["id"]: (one["id"], one["data"])
        for one in frames
        if one["event"] in {"question", "answer"}
    }


def without_weather(shown: dict[int, dict[str, Any]]) -> dict[int, dict[str, Any]]:
    """Supports and comments are counted, not told one by one."""
    return {
        one: {name: value for name, value in told.items() if name not in {"supports", "comments"}}
        for one, told in shown.items()
    }


def pages_agree(night: Night) -> None:
    """The hour's page is the same bytes at every front, whichever host made it."""

    def pages() -> set[bytes]:
        found = {
            httpx.get(
                f"https://{front}/hours/{night.slug}/", headers={"Host": SITE}, verify=False
            ).content.strip()
            for front in FRONTS
        }
        return found | {page_of(night.bed, host, f"/hours/{night.slug}/") for host in APPS}

    until(lambda: len(pages()) == 1, 60, "the fronts show different pages")


def page_of(bed: Bed, host: str, path: str) -> bytes:
    """A page as one application host has it."""
    fetch = f"import urllib.request as u, sys; sys.stdout.buffer.write(u.urlopen('http://{APPS[host]}:8000{path}').read())"
    return bed("on", host, "python3", "-c", fetch).encode()


def record_agrees(night: Night) -> None:
    """Both hosts serve one record, and anybody can verify it from either."""
    key = night.bed.townhall("app1", "record-key").split("public key:")[1].split()[0]
    last = ""
    for host, address in APPS.items():
        last = night.bed.townhall(host, "verify", f"http://{address}:8000/record/", "--key", key)
        print(f"\n  {host}: {last.splitlines()[-1]}")
    assert beds.FOLDER.exists()
