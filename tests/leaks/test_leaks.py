"""Plant a word in every field that is not public, read everything public, find none; and again after covering."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from django.conf import settings

from tests.leaks.crawler import Crawl, addresses
from tests.leaks.planted import Plants, plant
from townhall.commitments.models import Commitment
from townhall.hours.models import OfficeHour
from townhall.people import actions as people
from townhall.people.models import Unit
from townhall.portal.dictionary import FILES
from townhall.portal.figures import TABLES
from townhall.questions import remarks
from townhall.questions.models import Clarification, Comment, Question
from townhall.wrapping import actions as wrapping
from townhall.wrapping import taking_down
from townhall.wrapping.models import Paper

if TYPE_CHECKING:
    from tests.fixtures import District

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def plants(live: District) -> Plants:
    settings.STATIC_ROOT.mkdir(exist_ok=True)
    planted = plant(live)
    people.mark_installation("real")  # a demo shows its outgoing messages to anybody, a district never
    return planted


def read_everything() -> Crawl:
    slugs = list(OfficeHour.objects.values_list("slug", flat=True))
    values: dict[str, list[Any]] = {
        "slug": slugs,
        "question_id": list(Question.objects.values_list("id", flat=True)),
        "clarification_id": list(Clarification.objects.values_list("id", flat=True)),
        "receipt": ["123456789012"],
        "lang": ["zh", "en"],
        "unit_id": list(Unit.objects.values_list("id", flat=True)),
        "promise_id": list(Commitment.objects.values_list("id", flat=True)),
        "year": sorted({moment.year for moment in OfficeHour.objects.values_list("starts_at", flat=True)}),
        "name": [*TABLES, *FILES],
        "form": ["csv", "jsonl"],
        "code": ["education", "other"],
        "kind": ["promise", "unit", "subject"],
        "target": [
            "education",
            *map(str, Commitment.objects.values_list("id", flat=True)),
            *map(str, Unit.objects.values_list("id", flat=True)),
        ],
    }
    crawl = Crawl()
    found = [*addresses(values)]
    english = [
        f"{address}?lang=en"
        for address in found
        if not address.startswith(("/api/", "/feeds/", "/track/", "/open/", "/sitemap", "/robots"))
    ]
    crawl.of_addresses([*found, *english])
    crawl.of_streams([slug for slug in slugs if slug != "rehearsal"])  # a rehearsal's opens by its key only
    return crawl


def leaks(crawl: Crawl, plants: Plants) -> dict[str, list[str]]:
    return {what: where[:5] for what, word in plants.secret.items() if (where := crawl.where(word))}


def missing(crawl: Crawl, plants: Plants, kind: str) -> list[str]:
    """Public words that nothing of a kind (``/api/``, ``replay``, ``hot``, ``/``) shows."""
    return [
        what
        for what, word in plants.public.items()
        if not [one for one in crawl.where(word) if one.startswith(kind)]
    ]


def test_nothing_hidden_is_read_and_everything_public_is(plants: Plants) -> None:
    crawl = read_everything()
    assert len(plants.secret) > 90
    assert leaks(crawl, plants) == {}
    assert missing(crawl, plants, "/") == []
    # Reading leaves nothing behind: only whoever chooses a language or a look by a link is remembered for that.
    chosen = {"lang", "view"}
    assert {address: names for address, names in crawl.cookies.items() if not {*names} <= chosen} == {}
    assert all(address.startswith(("/language/", "/look/")) for address in crawl.cookies), crawl.cookies
    for kind in (
        "/api/",
        "replay 2026-11 html-zh",
        "replay 2026-11 json",
        "hot hours 2026-11 zh",
        "/feeds/",
        "/open/years/",
        "/units/",
    ):
        found = [what for what in plants.public if what not in missing(crawl, plants, kind)]
        assert any(what.startswith("answered") for what in found), f"{kind} was read, but shows no answer"


def test_covering_reaches_every_reader_of_the_text(plants: Plants) -> None:
    question = Question.objects.get(title__startswith=plants.public["answered: title"])
    plants.does("coordinator", "withhold", question, code="personal_data")
    plants.public.pop(
        "answered: name"
    )  # the name in front was chosen to be seen; the code says why the text is gone
    plants.cover("answered")
    crawl = read_everything()
    assert leaks(crawl, plants) == {}
    assert f"/questions/{question.id}/" in crawl.served
    assert "他人个人信息" in crawl.texts[f"/questions/{question.id}/"]
    plants.does("moderator", "confirm_withhold", question)
    assert leaks(read_everything(), plants) == {}


def test_an_emergency_leaves_every_public_place_at_once(plants: Plants) -> None:
    question = Question.objects.get(title__startswith=plants.public["assigned: title"])
    plants.does("technician", "urgent", question, handed_to="110")
    plants.cover("assigned")
    crawl = read_everything()
    assert leaks(crawl, plants) == {}
    assert f"/questions/{question.id}/" not in crawl.served


def signed_papers(plants: Plants, added: str = "") -> None:
    """The hour is over, summary and transcript are published, perhaps with something that people wrote."""
    district = plants.district
    district.hour_does("wrap", reason_code="other")
    for kind in ("summary", "transcript"):
        paper = wrapping.perform(district.actor("coordinator"), "compose", None, {"kind": kind})
        text = f"{paper.text}\n{added}"
        wrapping.perform(district.actor("coordinator"), "save", paper.id, {"text": text})
        wrapping.perform(district.actor("coordinator"), "submit_paper", paper.id, {})
        wrapping.perform(district.actor("mayor"), "sign_paper", paper.id, {})


def test_closing_papers_tell_nothing_of_what_was_covered_since(plants: Plants) -> None:
    question = Question.objects.get(title__startswith=plants.public["answered: title"])
    Question.objects.filter(id=question.id).update(supports=7)
    signed_papers(plants)
    told = Paper.objects.get(kind="summary").text
    assert all(plants.public[f"answered: {what}"] in told for what in ("title", "promise"))
    plants.does("coordinator", "withhold", question, code="personal_data")
    plants.public.pop("answered: name")
    plants.cover("answered")
    crawl = read_everything()
    assert leaks(crawl, plants) == {}
    for address in ("/hours/2026-11/papers/summary/", "/hours/2026-11/papers/summary.docx"):
        assert "不再公开" in crawl.texts[address] and address in crawl.served


def test_a_covered_closing_paper_is_read_nowhere(plants: Plants) -> None:
    signed_papers(plants, plants.show("closing paper: by hand"))
    district, word = plants.district, plants.public["closing paper: by hand"]
    pages = [f"/hours/2026-11/papers/{kind}/" for kind in ("summary", "transcript")]
    before = Crawl()
    for page in pages:
        before.texts |= {page: before.client.get(page).content.decode()}
    assert before.where(word) == pages
    for row in Paper.objects.all():
        taking_down.cover(district.actor("moderator"), "withhold", row.id, {"code": "infringement"})
    plants.cover("closing paper")
    crawl = read_everything()
    assert leaks(crawl, plants) == {}
    for page in pages:
        assert "临时屏蔽" in crawl.texts[page] and "侵权投诉成立" in crawl.texts[page]
        assert not any(page in text for where, text in crawl.texts.items() if where.startswith("/sitemap"))


@pytest.mark.long
def test_a_comment_taken_down_is_read_nowhere(plants: Plants) -> None:
    row = Comment.objects.get(state="shown")
    remarks.remove_comment(plants.district.actor("moderator"), row.id, {"code": "infringement"})
    plants.cover("answered: comment accept")
    assert leaks(read_everything(), plants) == {}


@pytest.mark.parametrize("confirmed", [pytest.param(False, marks=pytest.mark.long), True])
def test_a_covered_clarification_is_read_nowhere(plants: Plants, confirmed: bool) -> None:
    row = Clarification.objects.get(signed_at__isnull=False)
    district = plants.district
    remarks.cover_clarification(district.actor("moderator"), "withhold", row.id, {"code": "infringement"})
    if confirmed:
        remarks.cover_clarification(district.actor("coordinator"), "confirm_withhold", row.id, {})
    plants.cover("clarification")
    crawl = read_everything()
    assert leaks(crawl, plants) == {}
    page = f"/clarifications/{row.id}/"
    assert ("依法撤下" if confirmed else "临时屏蔽") in crawl.texts[page]
    assert "侵权投诉成立" in crawl.texts[page]
    assert not any(page in text for where, text in crawl.texts.items() if where.startswith("/sitemap"))
