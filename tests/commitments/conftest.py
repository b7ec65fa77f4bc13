"""Promises as people make them: asked, drafted, signed; then walked to a state by those who may."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from tests.real_database import busy, empty_file, on_disk
from townhall.commitments import actions, citizen_actions, parties
from townhall.commitments.actions import Files
from townhall.commitments.models import Commitment
from townhall.kernel import clock
from townhall.people import actions as people

if TYPE_CHECKING:
    from tests.fixtures import District
    from townhall.commitments.parties import Hand

__all__ = ["busy", "empty_file", "on_disk"]  # fixtures
DUE = "2026-12-15"
WORDS = "12月15日前完成大门改造"
ANSWER = f"您好！区教育局已到现场查看，{WORDS}，完工后在本页公布。联系电话021-64120011。"


def photo(
    *, gps: bool = False, name: str = "IMG_2041.jpg", size: tuple[int, int] = (64, 48)
) -> SimpleUploadedFile:
    """A camera's picture, with the place where it was taken when asked for."""
    picture, out = Image.new("RGB", size, (120, 150, 90)), io.BytesIO()
    tags = Image.Exif()
    if gps:
        tags[0x010F] = "SecretCamera"
        tags.get_ifd(0x8825).update({1: "N", 2: (31.0, 6.0, 45.0), 3: "E", 4: (121.0, 22.0, 12.0)})
    picture.save(out, "JPEG", exif=tags)
    return SimpleUploadedFile(name, out.getvalue(), content_type="image/jpeg")


@dataclass
class Promises:
    """A district with promises, and hands for everybody who acts on them."""

    district: District

    def hand(self, name: str) -> Hand:
        found = parties.hand_of(self.district.accounts[name])
        assert found is not None, name
        return found

    def make(self, *items: dict[str, Any], answer: str = ANSWER) -> Commitment:
        """A signed answer with these promises; the first of them."""
        live = self.district
        question = live.does("moderator", "accept", live.ask())
        question = live.does("moderator", "assign", question, lead=live.groups[0].id)
        promised = list(items) or [{"text": WORDS, "due": DUE}]
        live.does("member1", "draft", question, text=answer, outcome="promised", commitments=promised)
        question = live.does("lead1", "submit", question)
        live.does("mayor", "sign", question, version=question.draft_version)
        return Commitment.objects.filter(question_id=question.id).order_by("id")[0]

    def does(
        self, name: str, verb: str, one: Commitment, files: Files | None = None, **data: Any
    ) -> Commitment:
        return actions.perform(self.hand(name), verb, one.id, data, files)

    def report(self, one: Commitment, name: str = "member1") -> Commitment:
        return self.does(name, "report", one, Files(pictures=[photo()]), text="大门已改好，双开，坡道平整。")

    def walk(self, state: str, one: Commitment | None = None) -> Commitment:
        """A promise brought to a state the way people bring it there."""
        one = one or self.make()
        if state == "open":
            return one
        if state == "ended":
            self.does("member1", "propose_end", one, reason_code="fallen_away", text="学校已搬迁。")
            return self.does("mayor", "sign_end", one)
        if state == "replaced":
            question = self.district.hour.questions.get(id=one.question_id)
            again = {"text": "12月31日前完成大门改造", "due": "2026-12-31"}
            question = self.district.does(
                "lead1", "correct", question, text=ANSWER.replace(WORDS, again["text"]), commitments=[again]
            )
            self.district.does("mayor", "sign", question, version=question.draft_version)
            return Commitment.objects.get(id=one.id)
        one = self.report(one)
        if state == "reported":
            return one
        one = self.does("inspector", "verify", one)
        return (
            one if state == "verified" else self.does("inspector", "close", one, text="现场看过，已经改好。")
        )

    def dispute(self, one: Commitment) -> Commitment:
        return citizen_actions.reopen(one.id, reason="not_solved")


@pytest.fixture
def promises(live: District) -> Promises:
    """The live district; the inspector's office has a second person."""
    live.accounts["inspector2"] = people.create_account("inspector2", "督查乙", "a-long-enough-password")
    people.give_office(live.accounts["inspector2"], "inspector")
    return Promises(live)


def later(days: float) -> datetime:
    """So many days after the present moment of the test."""
    return clock.now() + timedelta(days=days)
