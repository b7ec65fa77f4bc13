"""Who comes from outside, through the fronts only: citizens who ask, seats that sign, viewers on streams."""

import contextlib
import json
import random
import secrets
import threading
import time
from abc import abstractmethod
from typing import Any

import httpx

from tests.cluster.bed import FRONTS, SITE, Bed

ANSWER = "区建设局已于11月20日到现场查看，路灯电缆受损，12月5日前完成更换。"
# A stream says something every 15 s; who hears nothing for longer has lost it, whatever the network says. The page itself asks
# after a minute (portal/live.js); here everybody is less patient, so that a night does not take one.
SILENCE_SECONDS = 20.0
AGAIN_STATUSES = frozenset({429, 500, 502, 503, 504})


def client(front: str, silence: float = 15) -> httpx.Client:
    """A browser that found this front in the name service."""
    timeout = httpx.Timeout(silence, connect=3)
    return httpx.Client(base_url=f"https://{front}", verify=False, headers={"Host": SITE}, timeout=timeout)


class Person(threading.Thread):
    """Somebody with a browser: whoever of the fronts does not answer, the other one is asked."""

    def __init__(self, name: str, slug: str, over: threading.Event, front: int = 0) -> None:
        super().__init__(name=name, daemon=True)
        self.slug, self.over = slug, over
        self.front = front
        self.client = client(FRONTS[front])
        self.moves = 0
        self.failed: BaseException | None = None

    def run(self) -> None:
        try:
            self.act()
        except BaseException as error:
            self.failed = error
            raise
        finally:
            self.client.close()

    @abstractmethod
    def act(self) -> None:
        """What this person does until it is over."""

    def change_front(self) -> None:
        self.client.close()
        self.front = 1 - self.front
        self.moves += 1
        self.client = client(FRONTS[self.front])

    def call(self, method: str, path: str, token: str = "", **options: Any) -> httpx.Response:
        """Try until there is an answer that is one, as a person does."""
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        while True:
            try:
                answer = self.client.request(method, f"/api/v1{path}", headers=headers, **options)
                if answer.status_code not in AGAIN_STATUSES:
                    return answer
                time.sleep(0.3)
            except httpx.HTTPError:
                self.change_front()
                time.sleep(0.1)


class Citizen(Person):
    """Asks again and again, each time under another key; keeps what was acknowledged."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.receipts: dict[str, dict[str, Any]] = {}
        self.refused: list[str] = []

    def act(self) -> None:
        number = 0
        while not self.over.is_set():
            number += 1
            key = f"{NIGHT}-{self.name}-{number}"
            body = {"display_name": "湖边居民", "text": words(key), "idempotency_key": key}
            answer = self.call("POST", f"/hours/{self.slug}/questions", json=body)
            if answer.status_code == httpx.codes.CREATED:
                self.receipts[key] = answer.json() | {"at": time.monotonic()}
            else:
                self.refused.append(f"{key}: {answer.status_code} {answer.text[:200]}")
            self.over.wait(random.uniform(0.1, 0.5))


# A bed may see several nights (TESTBED_UP): each has its own questions.
NIGHT = secrets.token_hex(3)


def words(key: str) -> str:
    """The text asked under a key."""
    return f"第 {key} 个问题：路灯什么时候修好？"


class Signer(Person):
    """The seats: carry one question after another to its signature, from wherever a lost answer has left it."""

    def __init__(
        self, name: str, slug: str, over: threading.Event, bed: Bed, staff: dict[str, list[str]]
    ) -> None:
        super().__init__(name, slug, over)
        townhall = bed.townhall
        self.moderator = townhall("app1", "token", staff["moderator"][0]).split()[-1]
        self.group = townhall("app1", "token", staff["group"][0]).split()[-1]
        self.mayor = townhall("app1", "token", staff["mayor"][0], "--sign").split()[-1]
        self.member = staff["group"][0]
        self.signed: dict[int, str] = {}
        self.signed_at: dict[int, float] = {}

    def act(self) -> None:
        groups = self.call("GET", f"/desk/hours/{self.slug}", self.moderator).json()["groups"]
        lead = next(group["id"] for group in groups if self.member in group["members"])
        number = 0
        while not self.over.is_set():
            number += 1
            key = f"{NIGHT}-sign-{number}"
            body = {"display_name": "路灯下", "text": words(key), "idempotency_key": key}
            question = self.call("POST", f"/hours/{self.slug}/questions", json=body).json()["id"]
            self.carry(question, lead, f"{ANSWER}（第 {number} 件）")
            self.over.wait(0.5)

    def carry(self, question: int, lead: int, answer: str) -> None:
        def move(token: str, verb: str, **fields: Any) -> httpx.Response:
            return self.call("POST", f"/desk/questions/{question}/{verb}", token, json=fields)

        # A step whose answer was lost may have been done: then it is refused, and the next one goes on from there.
        while not self.over.is_set() and question not in self.signed:
            move(self.moderator, "assign", lead=lead)
            move(self.group, "draft", text=answer, outcome="answered")
            told = move(self.group, "submit").json()
            version = told.get("draft", {}).get("version") or self.submitted(question)
            if version and move(self.mayor, "sign", version=version).status_code == httpx.codes.OK:
                done = True
            else:
                done = self.is_published(question)
            if done:
                self.keep(question, answer)

    def keep(self, question: int, answer: str) -> None:
        self.signed_at[question] = time.monotonic()
        self.signed[question] = answer

    def submitted(self, question: int) -> int:
        path = f"/desk/hours/{self.slug}/questions?seat=mayor&status=submitted&limit=100"
        items = self.call("GET", path, self.mayor).json().get("items", [])
        return next(
            (int(one["draft"]["version"]) for one in items if one["id"] == question and one["draft"]), 0
        )

    def is_published(self, question: int) -> bool:
        told = self.call("GET", f"/questions/{question}")
        return told.status_code == httpx.codes.OK and told.json()["status"] == "published"


class Viewer(Person):
    """Watches as the page does: a stream, with the number last heard; when that does not work, a poll between tries."""

    def __init__(self, name: str, slug: str, over: threading.Event, front: int, last: int) -> None:
        super().__init__(name, slug, over, front)
        self.last = last
        self.heard: list[int] = []
        self.repeats = self.streams = self.polls = 0
        self.shown: dict[int, dict[str, Any]] = {}
        self.shown_at: dict[int, float] = {}
        self.reloads = 0
        self.trouble = ""

    def act(self) -> None:
        while not self.over.is_set():
            try:
                self.listen()
                self.over.wait(random.uniform(0.1, 0.5))
            except (httpx.HTTPError, ValueError) as error:
                if self.over.is_set():
                    return
                self.trouble = f"{type(error).__name__} {error}"
                self.change_front()
                self.over.wait(random.uniform(0.3, 1.0))
                with contextlib.suppress(httpx.HTTPError, ValueError):
                    self.poll()

    def listen(self) -> None:
        with client(FRONTS[self.front], SILENCE_SECONDS) as mine:
            path = f"/live/{self.slug}/stream?as=json&after={self.last}"
            with mine.stream("GET", path, headers={"Last-Event-ID": str(self.last)}) as answer:
                if answer.status_code != httpx.codes.OK:
                    raise ValueError(answer.status_code)
                self.streams += 1
                fields: dict[str, str] = {}
                for line in answer.iter_lines():
                    if self.over.is_set():
                        return
                    if not line:
                        self.take(fields.get("id", ""), fields.get("event", ""), fields.get("data", ""))
                        fields = {}
                    else:
                        name, _colon, value = line.partition(": ")
                        fields[name] = value

    def poll(self) -> None:
        answer = self.client.get(f"/live/{self.slug}/frames?as=json&after={self.last}")
        if answer.status_code == httpx.codes.OK:
            self.polls += 1
            for frame in answer.json()["frames"]:
                self.take(str(frame["id"] or ""), frame["event"], json.dumps(frame["data"]))

    def take(self, number: str, event: str, data: str) -> None:
        self.reloads += event == "reload"
        if not number:
            return
        if int(number) <= self.last:
            self.repeats += 1  # known by its number, and left out
            return
        self.last = int(number)
        self.heard.append(self.last)
        if event in {"question", "answer"}:
            told = json.loads(data)
            self.shown[told["id"]] = told
            self.shown_at.setdefault(told["id"], time.monotonic())
            if told["status"] == "published":
                self.shown_at[-told["id"]] = self.shown_at.get(-told["id"], time.monotonic())

    def told(self) -> str:
        """What one has to know of a viewer who is behind."""
        return (
            f"{self.name} at {FRONTS[self.front]}: at {self.last} after {self.streams} streams, {self.polls} polls, "
            f"{self.moves} changes, {self.repeats} repeats, {self.reloads} reloads; {self.trouble}"
        )
