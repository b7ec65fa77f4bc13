"""One evening for one module: a filled district, a server of its own, and who sits where."""

from __future__ import annotations

import shutil
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.tools import messages
from tests.tools.server import Installation

# A whole room asks through one address here, as from a venue behind one line.
VENUE = {"TOWNHALL_TRUSTED_NETWORKS": "127.0.0.0/8"}
# A hundred asks at once make one transaction wait for the other; the machine may be busy with other tests, too.
ASK_SECONDS = 60
GOOD_ANSWER = "您好！区教育局今天上午核查，澄湖路幼儿园秋季新增小班1个、学位25个，请于12月10日前到园登记，电话021-64120011。"


@dataclass
class Evening:
    """A running server with the demo's live hour."""

    place: Installation
    slug: str
    staff: Mapping[str, list[str]]
    tokens: Mapping[str, str]
    written: int = 0  # so many of the citizens' texts have been asked

    @property
    def url(self) -> str:
        """Where it answers."""
        return self.place.url

    def path(self, rest: str = "") -> str:
        """An address inside the hour."""
        return f"/hours/{self.slug}/{rest}"

    def desk(self, seat: str, rest: str = "") -> str:
        """A desk's address."""
        return f"/desk/hours/{self.slug}/{seat}/{rest}"

    def get(self, path: str, **options: Any) -> Any:
        """A public object from the JSON API."""
        answer = httpx.get(f"{self.url}/api/v1{path}", timeout=30, **options)
        answer.raise_for_status()
        return answer.json()

    def questions(self, slug: str = "") -> list[dict[str, Any]]:
        """Every public question of the hour."""
        found: list[dict[str, Any]] = []
        after = None
        while True:
            query = {"limit": "100"} | ({"after": after} if after else {})
            page = self.get(f"/hours/{slug or self.slug}/questions", params=query)
            found += page["items"]
            after = page["next"]
            if after is None:
                return found

    def wait_for(self, path: str, text: str, *, there: bool = True, seconds: float = 5) -> float:
        """Wait until a page says something, or no longer does: hot pages are a moment old. The time it took."""
        started = time.monotonic()
        while (text in httpx.get(self.url + path, timeout=30, follow_redirects=True).text) is not there:
            assert time.monotonic() - started < seconds, (
                f"{path}: {text!r} is{' not' if there else ' still'} there"
            )
            time.sleep(0.05)
        return time.monotonic() - started

    def ask(self, text: str, display_name: str = "湖边居民", **fields: Any) -> dict[str, Any]:
        """A citizen asks by the API: number, id and receipt."""
        body = {"display_name": display_name, "text": text, **fields}
        answer = httpx.post(f"{self.url}/api/v1/hours/{self.slug}/questions", json=body, timeout=ASK_SECONDS)
        assert answer.status_code == 201, answer.text
        asked: dict[str, Any] = answer.json()
        return asked

    def ask_many(self, amount: int) -> list[int]:
        """So many citizens ask at the same time, each in words of their own; the ids of what they asked."""
        said = messages.texts(amount, skip=self.written)
        self.written += amount
        with ThreadPoolExecutor(8) as citizens:
            asked = citizens.map(lambda number: self.ask(said[number], f"居民{number}"), range(amount))
            return [int(one["id"]) for one in asked]

    def staff_api(self, username: str) -> httpx.Client:
        """The API with this person's token, for what a journey is not about."""
        return httpx.Client(
            base_url=f"{self.url}/api/v1",
            headers={"Authorization": f"Bearer {self.tokens[username]}"},
            timeout=ASK_SECONDS,
        )

    def do(self, username: str, verb: str, question: int, **data: Any) -> dict[str, Any]:
        """A member of staff moves a question by the API."""
        with self.staff_api(username) as client:
            answer = client.post(f"/desk/questions/{question}/{verb}", json=data)
        assert answer.is_success, f"{verb}: {answer.text}"
        moved: dict[str, Any] = answer.json()
        return moved

    def first_group(self) -> int:
        """The education group, where edu1 sits."""
        with self.staff_api("coordinator") as client:
            groups = client.get(f"/desk/hours/{self.slug}").json()["groups"]
        return int(next(group["id"] for group in groups if "edu1" in group["members"]))

    def answered(self, text: str, answer: str = GOOD_ANSWER, **fields: Any) -> dict[str, Any]:
        """A question carried to its signed answer by the API."""
        asked = self.ask(text, **fields)
        self.drafted(asked["id"], answer)
        version = self.do("edu1", "submit", asked["id"])["draft"]["version"]
        self.do("mayor", "sign", asked["id"], version=version)
        return asked

    def drafted(self, question: int, answer: str = GOOD_ANSWER) -> None:
        """Assigned and drafted; one press away from the mayor."""
        self.do("moderator1", "assign", question, lead=self.first_group())
        self.do("edu1", "draft", question, text=answer, outcome="answered")


def fill(directory: Path, stage: str = "live") -> dict[str, Any]:
    """The demo district in the middle of its hour, made once and copied for every module."""
    place = Installation(directory, settings=VENUE)
    answer = place.demo(stage)
    return answer | {"tokens": place.signing_tokens()}


@contextmanager
def evening(filled: Path, answer: Mapping[str, Any], directory: Path) -> Iterator[Evening]:
    """A server on its own copy of the filled district, for the length of a `with` block."""
    shutil.copytree(filled, directory)
    place = Installation(directory, settings=VENUE)
    try:
        yield Evening(place.start(), answer["hour"], answer["staff"], answer["tokens"])
    finally:
        place.stop()
        shutil.rmtree(directory, ignore_errors=True)
