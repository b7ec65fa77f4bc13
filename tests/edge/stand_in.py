"""A house in a file: what the edge is wired to when its protocol, not the product, is tested.

The journal is a file of JSON lines in ``EDGE_TEST_DIR``; the WSGI application publishes what is posted to ``/pub``.
Several serving processes share the file and ring each other by the real bell.
"""

import fcntl
import json
import os
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import OperationalError

from townhall.edge.server import run
from townhall.edge.wiring import Answer, Question, Wiring
from townhall.kernel.pace import Pace

FOLDER = Path(os.environ.get("EDGE_TEST_DIR", "/nonexistent"))
OPTIONS = json.loads(os.environ.get("EDGE_TEST_OPTIONS", "{}"))
SECRET = "slide-rule"


@dataclass(frozen=True)
class StandInFrame:
    id: int | None
    event: str
    data: str
    at: float | None = None


def be_there() -> None:
    """As long as the file ``away`` lies there, this house's database is not."""
    if (FOLDER / "away").exists():
        raise OperationalError("connection refused")


class Journal:
    """The file, and the source of frames made from it: entry ``{seq, slug, event, subject, data}``."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "journal.jsonl"

    def entries(self, slug: str) -> list[dict[str, Any]]:
        if not self.path.exists():
            return []
        with self.path.open() as file:
            return [entry for line in file if (entry := json.loads(line))["slug"] == slug]

    def append(self, slug: str, event: str, subject: str, data: str) -> int:
        with self.path.open("a") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            seq = len(self.entries(slug)) + 1
            entry = {"seq": seq, "slug": slug, "event": event, "subject": subject, "data": data}
            file.write(json.dumps(entry) + "\n")
        return seq

    def head(self, slug: str) -> int | None:
        be_there()
        return len(self.entries(slug)) if slug in {"one", "two", "rehearsed"} else None

    def after(self, slug: str, seq: int, fmt: str) -> list[StandInFrame]:
        time.sleep(OPTIONS.get("render_seconds", 0))
        latest = {entry["subject"]: entry for entry in self.entries(slug) if entry["seq"] > seq}
        rising = sorted(latest.values(), key=lambda entry: int(entry["seq"]))
        return [StandInFrame(entry["seq"], entry["event"], self.shape(entry, fmt)) for entry in rising]

    @staticmethod
    def shape(entry: dict[str, Any], fmt: str) -> str:
        if fmt == "json":
            return json.dumps({"subject": entry["subject"], "data": entry["data"]})
        return str(entry["data"])

    def counts(self, slug: str, fmt: str) -> StandInFrame | None:
        counted = FOLDER / f"counts-{slug}"
        return StandInFrame(None, "count", json.dumps(counted.read_text())) if counted.exists() else None

    def render(self, path: str, lang: str) -> bytes | None:
        with (FOLDER / "renderings").open("a") as file:
            file.write(f"{path} {lang}\n")
        time.sleep(OPTIONS.get("render_seconds", 0))
        slug = path.split("/")[2]
        head = self.head(slug)
        if head is None or slug == "rehearsed":
            return None
        return f"<!doctype html><p lang={lang}>{path} at {head}</p>{'x' * 2000}".encode()


class Staff:
    """One seat, opened by the ticket ``good`` as long as the file ``signed-out`` is absent."""

    def open(self, slug: str, ticket: str) -> Any | None:
        return slug if ticket == "good" else None

    told = 0

    def changes(self, session: Any, seq: int | None) -> Any:
        head = journal.head(session) or 0
        changed = list(range(seq + 1, head + 1)) if seq is not None else []
        self.told += bool(changed)
        if changed and self.told % 2:
            time.sleep(OPTIONS.get("look_seconds", 0))
        return type("Changes", (), {"seq": head, "changed": changed, "new": len(changed)})()

    def alive(self, session: Any) -> bool:
        return not (FOLDER / "signed-out").exists()


journal = Journal(FOLDER)


def ask(questions: Sequence[Question]) -> list[Answer]:
    """Keep questions in a file, durably, one line each; refuse those without a text."""
    time.sleep(OPTIONS.get("write_seconds", 0))
    be_there()
    answers = []
    with (FOLDER / "asked.jsonl").open("a") as file:
        for question in questions:
            if question.payload.get("explode"):
                raise RuntimeError("the disk is full")
            if not question.payload.get("text"):
                body = {
                    "title": "x",
                    "status": 422,
                    "detail": "x",
                    "errors": [{"field": "text", "message": "empty"}],
                }
                answers.append(Answer(422, body))
                continue
            file.write(json.dumps(question.payload) + "\n")
            answers.append(Answer(201, {"echo": question.payload["text"], "batch": len(questions)}))
        file.flush()
        os.fsync(file.fileno())
    return answers


class Effort:
    """Asks everybody for the right word once the queue is so full."""

    def means(self, share: float, payload: dict[str, Any], address: str) -> dict[str, Any] | None:
        if share < OPTIONS.get("pressed", 2) or payload.get("altcha") == "right":
            return None
        return {"altcha": {"for": address}, "wait_ticket": "t", "wait_seconds": 15}


def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
    """Publish what is posted, tell which process answers, and echo the rest."""
    from townhall.journal import bell

    path = environ["PATH_INFO"]
    answer: dict[str, Any] = {"pid": os.getpid(), "path": path, "address": environ["REMOTE_ADDR"]}
    answer["scheme"] = environ["wsgi.url_scheme"]
    if path.startswith("/pub/"):
        _, _, slug, event, subject = path.split("/")
        data = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0)).decode()
        answer["seq"] = journal.append(slug, event, subject, data)
        if not OPTIONS.get("deaf"):
            bell.ring()
    if path == "/slow":
        time.sleep(30)
    start_response("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(answer).encode()]


def wiring() -> Wiring:
    """The stand-in house, wired."""
    settings.configure(DATA_DIR=FOLDER, USE_TZ=True, BASE_URL="http://localhost")
    from townhall.journal import bell

    return Wiring(
        wsgi=application,
        frames=journal,
        staff=Staff(),
        render=journal.render,
        ask=ask,
        admits=lambda slug, key: slug != "rehearsed" or key == SECRET,
        urgent=lambda slug, seq: any(e["event"] == "answer" for e in journal.entries(slug) if e["seq"] > seq),
        warm=lambda: [slug for slug in ("one", "two") if not (FOLDER / f"over-{slug}").exists()][
            : OPTIONS.get("warm", 1)
        ],
        saved_pages=FOLDER / "saved",
        open_bell=bell.open_listener,
        close_bell=bell.close_listener,
        effort=Effort(),
        limiter=Pace(per_minute=60, burst=OPTIONS.get("burst", 10_000)),
        ask_queue=OPTIONS.get("queue", 2000),
        trusted_proxies=[ip_network(OPTIONS.get("proxy", "127.0.0.3/32"))],
        hands_over=lambda slug: slug == "one",
        trusted_networks=[ip_network("127.0.0.4/32")],
    )


if __name__ == "__main__":
    run("tests.edge.stand_in:wiring", "127.0.0.1", int(OPTIONS["port"]), int(OPTIONS.get("processes", 1)))
