"""How the hour is held is the coordinator's to decide before it opens, and nobody's afterwards."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from tests.desks.conftest import browser_of
from tests.fixtures import START
from townhall.documents import uploads
from townhall.documents.models import Upload
from townhall.hours import planning
from townhall.hours.models import OfficeHour
from townhall.journal.models import Entry
from townhall.kernel import clock
from townhall.preparation import publicity
from townhall.questions.answering import reviewer_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django.test import Client

    from tests.fixtures import District

PAGE = "/desk/prepare/2026-11/arranging/"
OPENLY = {"identity": "open", "publish_at": "answer", "allow_private": "on"}


@pytest.fixture(autouse=True)
def _two_weeks_before(frozen: object) -> Iterator[None]:
    with clock.steer(START - timedelta(days=15)):
        yield


@pytest.fixture
def desk(district: District) -> Client:
    return browser_of(district.accounts["coordinator"])


def picture() -> SimpleUploadedFile:
    """A photograph that says where it was taken."""
    tags = Image.Exif()
    tags[0x010E] = "31.2N 121.4E"
    out = io.BytesIO()
    Image.new("RGB", (80, 80), "navy").save(out, "JPEG", exif=tags)
    return SimpleUploadedFile("mayor.jpg", out.getvalue(), content_type="image/jpeg")


def now(district: District) -> OfficeHour:
    return OfficeHour.objects.get(id=district.hour.id)


def test_the_switches_are_set_and_every_change_is_on_record(desk: Client, district: District) -> None:
    OfficeHour.objects.filter(id=district.hour.id).update(identity="verified")
    assert desk.post(f"{PAGE}switch", OPENLY).status_code == 302
    hour = now(district)
    assert (hour.identity, hour.publish_at, hour.allow_private) == ("open", "answer", True)
    entry = Entry.objects.filter(kind="hour.edited").latest("seq")
    assert entry.facts["fields"] == "allow_private.identity.publish_at"
    assert entry.actor == district.accounts["coordinator"].id
    assert "答复时公开" in desk.get(PAGE).content.decode()


def test_once_the_hour_is_open_the_switches_stay_and_the_page_says_why(
    desk: Client, district: District
) -> None:
    district.to_stage("live")
    answer = desk.post(f"{PAGE}switch", OPENLY)
    assert answer.status_code == 409
    assert now(district).publish_at == "acceptance"
    assert 'aria-disabled="true"' in desk.get(PAGE).content.decode()


def test_an_unknown_word_is_pointed_out(desk: Client) -> None:
    answer = desk.post(f"{PAGE}switch", {**OPENLY, "identity": "anybody"})
    assert answer.status_code == 422
    assert 'id="switch-identity-e"' in answer.content.decode()


@pytest.mark.parametrize("name", ["moderator", "mayor", "member1", "clerk"])
def test_only_the_coordinator_decides(district: District, name: str) -> None:
    assert browser_of(district.accounts[name]).post(f"{PAGE}switch", OPENLY).status_code == 403


def test_opening_and_closing_words_reach_the_page(desk: Client, district: District) -> None:
    words = {"opening_words": "各位市民晚上好。", "closing_words": "感谢参与。"}
    assert desk.post(f"{PAGE}speak", words).status_code == 302
    district.to_stage("live")
    assert "各位市民晚上好。" in desk.get("/hours/2026-11/").content.decode()
    district.hour_does("wrap", reason_code="other")
    assert "感谢参与。" in desk.get("/hours/2026-11/").content.decode()


def test_a_photograph_is_drawn_anew_and_public_with_the_hour(desk: Client, district: District) -> None:
    planning.introduce(district.hour, [{"name": "周敏", "office": "区长"}], [])
    leader = district.hour.leaders.get().id
    assert desk.post(f"{PAGE}photo", {"leader": leader, "photo": picture()}).status_code == 302
    upload = Upload.objects.get(purpose="photo")
    assert not upload.public, "nobody outside sees the hour yet"
    with Image.open(uploads.path_of(upload.digest)) as kept:
        assert not kept.getexif()
    words = {"topic": "就学", "introduction": "介绍。", "asking_closes_at": "2026-11-25T17:00",
             "leader_name-0": "周敏", "leader_office-0": "区长"}  # fmt: skip
    publicity.edit(district.actor("coordinator"), words)
    publicity.publish(district.actor("coordinator"))
    upload.refresh_from_db()
    assert upload.public
    assert district.hour.leaders.get().photo == f"/files/{upload.id}"
    assert f'src="/files/{upload.id}"' in desk.get(PAGE).content.decode()


def test_without_a_file_the_photograph_goes(desk: Client, district: District) -> None:
    planning.introduce(district.hour, [{"name": "周敏", "office": "区长"}], [])
    leader = district.hour.leaders.get().id
    desk.post(f"{PAGE}photo", {"leader": leader, "photo": picture()})
    desk.post(f"{PAGE}photo", {"leader": leader})
    assert district.hour.leaders.get().photo == "" and not Upload.objects.filter(purpose="photo").exists()


def test_what_is_no_picture_is_refused_at_its_leader(desk: Client, district: District) -> None:
    planning.introduce(district.hour, [{"name": "周敏", "office": "区长"}], [])
    leader = district.hour.leaders.get().id
    answer = desk.post(
        f"{PAGE}photo", {"leader": leader, "photo": SimpleUploadedFile("a.jpg", b"no picture")}
    )
    assert answer.status_code == 422
    assert f'id="photo-{leader}-photo-e"' in answer.content.decode()


def test_the_named_reviewer_is_recorded_with_the_answer(desk: Client, district: District) -> None:
    group = district.groups[0]
    answer: Any = desk.post(f"{PAGE}reviewer", {"group": group.id, "username": "member1"})
    assert answer.status_code == 302
    district.to_stage("live")
    question = district.walk("assigned")
    assert reviewer_of(question) == district.accounts["member1"].id
    desk.post(f"{PAGE}reviewer", {"group": group.id, "username": ""})
    question.lead.refresh_from_db()
    assert reviewer_of(question) == district.accounts["lead1"].id, "nobody named: the head of the group"


def test_a_reviewer_is_of_the_group(desk: Client, district: District) -> None:
    answer = desk.post(f"{PAGE}reviewer", {"group": district.groups[0].id, "username": "member2"})
    assert answer.status_code == 422
