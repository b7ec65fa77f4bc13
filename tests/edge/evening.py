"""An office hour on a real server, driven over HTTP by the seats it takes: what streams and crashes are tested on."""

import time
from typing import Any

import httpx

from tests.edge.harness import Reader
from tests.tools.promised import within
from tests.tools.server import Installation

SETTINGS = {"TOWNHALL_TRUSTED_NETWORKS": "127.0.0.0/8"}
ANSWER = "区建设局已于11月20日到现场查看，路灯电缆受损，12月5日前完成更换。"


class Evening:
    """The demo's live hour, with a token for each seat; every call is repeated until a server answers."""

    def __init__(self, place: Installation, patience: float = 0) -> None:
        self.place = place
        self.patience = patience
        told = place.demo("live")
        self.slug = str(told["hour"])
        staff = told["staff"]
        self.moderator = place.token(staff["moderator"][0])
        self.group = place.token(staff["group"][0])
        self.mayor = place.token(staff["mayor"][0], sign=True)
        self.coordinator = place.token(staff["coordinator"][0])
        self.group_name = staff["group"][0]
        self.client = httpx.Client(base_url=place.url, timeout=15, limits=httpx.Limits(max_connections=30))

    def close(self) -> None:
        """Hang up."""
        self.client.close()

    def call(self, method: str, path: str, token: str = "", **options: Any) -> httpx.Response:
        headers = options.pop("headers", {}) | ({"Authorization": f"Bearer {token}"} if token else {})
        deadline = time.monotonic() + self.patience
        while True:
            try:
                return httpx.request(
                    method, f"{self.place.url}/api/v1{path}", headers=headers, timeout=15, **options
                )
            except httpx.TransportError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def ask(self, text: str, key: str = "") -> httpx.Response:
        body = {"display_name": "路灯下", "text": text, **({"idempotency_key": key} if key else {})}
        return self.call("POST", f"/hours/{self.slug}/questions", json=body)

    def asked(self, text: str) -> dict[str, Any]:
        response = self.ask(text)
        assert response.status_code == 201, response.text
        found: dict[str, Any] = response.json()
        return found

    def move(self, token: str, question_id: int, verb: str, **fields: Any) -> httpx.Response:
        return self.call("POST", f"/desk/questions/{question_id}/{verb}", token, json=fields)

    def done(self, token: str, question_id: int, verb: str, **fields: Any) -> dict[str, Any]:
        response = self.move(token, question_id, verb, **fields)
        assert response.status_code == 200, f"{verb}: {response.text}"
        found: dict[str, Any] = response.json()
        return found

    @property
    def lead(self) -> int:
        """The business group that the group's token belongs to."""
        hour = self.call("GET", f"/desk/hours/{self.slug}", self.moderator).json()
        return next(int(group["id"]) for group in hour["groups"] if self.group_name in group["members"])

    def bring_to_signing(self, question_id: int, answer: str = ANSWER) -> int:
        """Assign, draft and submit; returns the version that can be signed."""
        self.done(self.moderator, question_id, "assign", lead=self.lead)
        self.done(self.group, question_id, "draft", text=answer, outcome="answered")
        return int(self.done(self.group, question_id, "submit")["draft"]["version"])

    def extend(self, minutes: int) -> None:
        """Give the hour more time, as its coordinator would."""
        body = {"minutes": minutes, "reason_code": "backlog"}
        response = self.call("POST", f"/desk/hours/{self.slug}/extend", self.coordinator, json=body)
        assert response.status_code == 200, response.text

    def sign(self, question_id: int, version: int) -> dict[str, Any]:
        return self.done(self.mayor, question_id, "sign", version=version)

    def shown(self, text: str) -> httpx.Response:
        """The hour's page once it says something: for a moment after a change the page before it is served."""
        deadline = time.monotonic() + within(1)
        while text not in (page := httpx.get(f"{self.place.url}/hours/{self.slug}/")).text:
            assert time.monotonic() < deadline, f"{text} is not on the page"
            time.sleep(0.05)
        return page

    def stream(self, query: str = "", **headers: str) -> Reader:
        return Reader(self.place.port, f"/live/{self.slug}/stream{query}", headers)

    def newest(self) -> int:
        """The journal's newest public number, as a poll tells it."""
        return int(self.client.get(f"/live/{self.slug}/frames").json()["seq"])

    def replayed(self) -> dict[int, dict[str, Any]]:
        """What somebody who comes only now is shown of each question."""
        frames = self.client.get(f"/live/{self.slug}/frames?after=0&as=json", timeout=60).json()["frames"]
        return {
            frame["data"]["id"]: frame["data"] for frame in frames if frame["event"] in {"question", "answer"}
        }

    def staff_questions(self) -> list[dict[str, Any]]:
        """Every question of the hour as the moderator sees it."""
        found: list[dict[str, Any]] = []
        after = ""
        while True:
            query = {"limit": 100, "seat": "moderator", **({"after": after} if after else {})}
            page = self.call("GET", f"/desk/hours/{self.slug}/questions", self.moderator, params=query).json()
            found += page["items"]
            after = page["next"]
            if not after:
                return found
