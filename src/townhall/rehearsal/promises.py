"""What became of the demo's promises: entered by the units, the leaders and the inspector through their own actions."""

from __future__ import annotations

import io
import tomllib
from datetime import UTC, datetime, time, timedelta
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image, ImageDraw

from townhall.commitments import actions, parties
from townhall.commitments.actions import Files
from townhall.commitments.models import Commitment
from townhall.kernel import clock
from townhall.people.models import Account

if TYPE_CHECKING:
    from townhall.rehearsal.script import Scene

# Offices enter things in the morning; one after the other.
MORNING, APART = time(9, 30), timedelta(minutes=10)
# The demo archives an hour eight days after it; what happens to its promises here comes later.
_OWN = {"day", "question", "place", "verb", "picture", "caption", "due"}
_BY = {
    "sign_end": "mayor", "approve_extension": "deputy1", "verify": "inspector", "close": "inspector",
    "rework": "inspector", "site_check": "inspector", "chase": "inspector", "escalate": "inspector",
    "reopen": "inspector",
}  # fmt: skip


@cache
def steps() -> tuple[dict[str, Any], ...]:
    """The script, in the order of days."""
    text = (resources.files("townhall.rehearsal") / "data" / "promises.toml").read_text(encoding="utf-8")
    return tuple(sorted(tomllib.loads(text)["step"], key=lambda step: step["day"]))


def follow(scene: Scene, now: datetime) -> None:
    """Do what has happened by now to the promises of this hour."""
    known = {thread.card.key: thread.id for thread in scene.threads.values()}
    for number, step in enumerate(steps()):
        question = known.get(step["question"])
        begins = datetime.combine(scene.today + timedelta(days=step["day"]), MORNING, clock.DISTRICT_ZONE)
        moment = (begins + APART * (number % 30)).astimezone(UTC)
        if question is None or moment > now:
            continue
        rows = Commitment.objects.filter(question_id=question).exclude(state="replaced").order_by("id")
        one = rows[step.get("place", 0)]
        with clock.steer(moment):
            _do(scene, step, one)


def _do(scene: Scene, step: dict[str, Any], one: Commitment) -> None:
    by = _BY.get(step["verb"])
    account = scene.company.accounts[by] if by else _somebody_of(one.unit_id)
    hand = parties.hand_of(account)
    if hand is None:
        message = f"{account.username} has no promises to act on"
        raise LookupError(message)
    data = {name: value for name, value in step.items() if name not in _OWN}
    if "due" in step:
        data["due"] = (scene.today + timedelta(days=step["due"])).isoformat()
    files = Files()
    if "picture" in step:
        files = Files(pictures=[drawn(step["picture"])], captions=[step.get("caption", "")])
    actions.perform(hand, step["verb"], one.id, data, files)


def _somebody_of(unit_id: int) -> Account:
    return Account.objects.filter(unit_id=unit_id, is_active=True).order_by("id")[0]


def drawn(what: str) -> SimpleUploadedFile:
    """A picture for the demo, drawn and not taken.

    :param what: ``works`` or ``finished``, a road, or ``record``, a filled-in sheet
    """
    picture = Image.new("RGB", (960, 640), (190, 208, 222))
    pen = ImageDraw.Draw(picture)
    if what == "record":
        _sheet(pen)
    else:
        _road(pen, finished=what == "finished")
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=85)
    return SimpleUploadedFile("demo.jpg", out.getvalue(), content_type="image/jpeg")


def _sheet(pen: ImageDraw.ImageDraw) -> None:
    pen.rectangle((0, 0, 960, 640), fill=(146, 124, 102))
    pen.rectangle((170, 40, 790, 640), fill=(250, 249, 245))
    pen.rectangle((230, 80, 560, 104), fill=(60, 64, 70))
    for row in range(12):
        top = 140 + row * 40
        pen.line((220, top, 740, top), fill=(170, 172, 176), width=2)
        if row < 11:  # noqa: PLR2004 - the last line has no entry under it
            pen.rectangle((236, top + 14, 330 + (row * 37) % 90, top + 24), fill=(96, 104, 118))
            pen.rectangle((450, top + 14, 520 + (row * 53) % 60, top + 24), fill=(120, 128, 140))
            pen.line([(660, top + 20), (670, top + 30), (694, top + 8)], fill=(40, 96, 168), width=5)


def _road(pen: ImageDraw.ImageDraw, *, finished: bool) -> None:
    wide, high = 960, 640
    pen.rectangle((0, 300, wide, high), fill=(142, 158, 120))
    for left, top, fill in (
        (40, 150, (205, 196, 182)),
        (250, 190, (188, 178, 165)),
        (700, 130, (212, 204, 190)),
    ):
        pen.rectangle((left, top, left + 190, 320), fill=fill)
        for window in range(3):
            pen.rectangle(
                (left + 22 + window * 56, top + 30, left + 52 + window * 56, top + 70), fill=(120, 138, 150)
            )
    pen.polygon([(400, 300), (560, 300), (860, high), (100, high)], fill=(88, 90, 94))
    if finished:
        for near in range(5):
            top = 330 + near * 66
            pen.polygon([(474, top), (486, top), (490, top + 34), (470, top + 34)], fill=(240, 240, 236))
        for stripe in range(7):
            left = 210 + stripe * 78
            pen.polygon(
                [(left, 520), (left + 40, 520), (left + 46, 560), (left - 4, 560)], fill=(244, 244, 240)
            )
        pen.rectangle((640, 170, 650, 470), fill=(70, 74, 80))
        pen.rectangle((622, 130, 668, 236), fill=(40, 42, 46))
        for place, fill in enumerate(((92, 40, 40), (92, 82, 40), (70, 190, 110))):
            pen.ellipse((632, 138 + place * 32, 658, 164 + place * 32), fill=fill)
    else:
        pen.polygon([(430, 420), (560, 420), (640, 560), (380, 560)], fill=(120, 98, 74))
        for cone in range(5):
            left = 330 + cone * 84
            pen.polygon([(left, 560), (left + 16, 512), (left + 32, 560)], fill=(214, 104, 42))
            pen.rectangle((left + 6, 534, left + 26, 542), fill=(244, 240, 232))
