"""Signed on paper: entered by one, compared by another, both times told, nothing dated back."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from tests.fixtures import GOOD_ANSWER
from townhall.hours.seats import actor_for
from townhall.journal import read
from townhall.kernel import clock
from townhall.kernel.errors import InvalidFields, Refused
from townhall.questions import dossier, paper_slips, published
from townhall.questions.models import Signature, Version
from townhall.record import leaves

if TYPE_CHECKING:
    from tests.fixtures import District
    from townhall.questions.models import Question

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


def entered(live: District, question: Question, who: str = "clerk", **data: Any) -> Question:
    fields = {
        "version": question.draft_version, "signer": live.accounts["mayor"].username,
        "signed_at": clock.now().isoformat(),
    } | data  # fmt: skip
    return live.does(who, "enter_paper", question, **fields)


def confirmed(live: District, question: Question, who: str = "moderator") -> Question:
    return live.does(who, "confirm_paper", question, version=question.draft_version)


def the_answer(question: Question) -> dict[str, Any]:
    answer: dict[str, Any] = published.present([question])[0]["answer"]
    return answer


def test_both_times_are_public_and_publication_is_never_dated_back(live: District) -> None:
    question = live.walk("submitted")
    asked = clock.now()
    signed_at = clock.local(asked)
    with clock.steer(asked + timedelta(minutes=40)):
        entered(live, question, signed_at=signed_at.isoformat())
        question.refresh_from_db()
        assert question.status == "submitted", "entering alone publishes nothing"
    with clock.steer(asked + timedelta(minutes=52)):
        question = confirmed(live, question)
    answer = the_answer(question)
    assert answer["signed_by"] == live.accounts["mayor"].name
    assert answer["signed_as"] == "mayor"
    assert answer["signed_on_paper"] == published.when_exactly(signed_at)
    assert answer["signed_at"] == published.when_exactly(asked + timedelta(minutes=52))
    assert question.published_at == asked + timedelta(minutes=52)
    entry = read.after(live.hour.id, 0)[-1]
    assert (entry.kind, entry.at, entry.actor) == (
        "question.signed", asked + timedelta(minutes=52), live.accounts["moderator"].id,
    )  # fmt: skip
    assert entry.facts["on_paper"] == signed_at.isoformat(timespec="minutes")
    assert entry.facts["signer"] == live.accounts["mayor"].id


def test_a_signature_on_paper_is_kept_as_one_on_a_screen_with_its_bytes_and_its_people(
    live: District,
) -> None:
    on_screen = live.walk("published")
    question = live.walk("submitted")
    signed_at = clock.now() + timedelta(minutes=1)
    with clock.steer(clock.now() + timedelta(minutes=5)):
        entered_at = clock.now()
        entered(live, question, signed_at=signed_at.isoformat())
    with clock.steer(entered_at + timedelta(minutes=7)):
        question = confirmed(live, question)
        confirmed_at = clock.now()
    kept = Signature.objects.get(version__question=question)
    signed = json.loads(kept.content)
    assert kept.content == json.dumps(signed, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert (signed["answer"], signed["question_text"]) == (GOOD_ANSWER, question.text)
    assert signed["signer"] == kept.signer_id == live.accounts["mayor"].id
    assert signed["signed_on_paper"] == signed_at.isoformat()
    assert (kept.via, kept.means, kept.device, kept.proved_at) == ("paper", "", None, None)
    assert (kept.on_paper_at, kept.entered_at, kept.at) == (signed_at, entered_at, confirmed_at)
    assert (kept.entered_by, kept.confirmed_by) == (live.accounts["clerk"], live.accounts["moderator"])
    other = Signature.objects.get(version__question=on_screen)
    assert (other.on_paper_at, other.entered_by, other.confirmed_by) == (None, None, None)
    assert "signed_on_paper" not in json.loads(other.content)


def test_whoever_shows_a_signer_reads_the_signature(live: District) -> None:
    """Page, case file and record name one source: without the signature nobody signed, whatever else is left."""
    question = confirmed(live, entered(live, live.walk("submitted")))
    name = live.accounts["mayor"].name
    told = dossier.of(question)["versions"][0]
    assert (the_answer(question)["signed_by"], told["signed_by"]) == (name, name)
    assert (told["paper_entered_by"], told["paper_confirmed_by"]) == ("clerk甲", "moderator甲")
    entry = read.after(live.hour.id, 0)[-1]
    assert leaves.draw([entry])[0].opening["signed_by"]["text"] == name
    Signature.objects.all().delete()
    assert (the_answer(question)["signed_by"], dossier.of(question)["versions"][0]["signed_by"]) == ("", "")
    assert the_answer(question)["signed_on_paper"] is None
    assert "signed_by" not in leaves.draw([entry])[0].opening


def test_the_database_wants_a_signature_whole_and_never_changed(live: District) -> None:
    question = confirmed(live, entered(live, live.walk("submitted")))
    kept = Signature.objects.get(version__question=question)
    fields = {
        name: getattr(kept, name)
        for name in ("version_id", "signer_id", "content", "via", "at", "on_paper_at", "entered_by_id",
                     "entered_at", "confirmed_by_id")
    }  # fmt: skip
    with pytest.raises(DatabaseError, match="stays"), transaction.atomic():
        Signature.objects.update(content="{}")
    kept.delete()
    for wrong in (
        {"on_paper_at": None}, {"entered_by_id": None}, {"confirmed_by_id": None}, {"via": "browser"},
        {"confirmed_by_id": fields["entered_by_id"]},
    ):  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():
            Signature.objects.create(**{**fields, **wrong})
    Signature.objects.create(**fields)


def test_whoever_entered_it_does_not_confirm_it(live: District) -> None:
    question = entered(live, live.walk("submitted"), "coordinator")
    with pytest.raises(Refused, match="entered_by_another"):
        confirmed(live, question, "coordinator")
    assert confirmed(live, question).status == "published"


def test_the_author_is_never_the_signer_on_paper_either(live: District) -> None:
    question = live.walk("submitted")
    Version.objects.filter(question=question).update(author=live.accounts["mayor"])
    with pytest.raises(Refused, match="author_is_not_signer"):
        entered(live, question)
    version = Version.objects.get(question=question)
    version.paper_signer, version.paper_signed_at = live.accounts["mayor"], clock.now()
    version.paper_entered_by = live.accounts["clerk"]
    with pytest.raises(IntegrityError), transaction.atomic():
        version.save()


def test_the_author_neither_enters_nor_confirms(live: District) -> None:
    question = live.walk("submitted")
    Version.objects.filter(question=question).update(author=live.accounts["coordinator"])
    for verb in ("enter_paper", "confirm_paper"):
        with pytest.raises(Refused, match="author_enters_nothing"):
            live.does(
                "coordinator", verb, question, version=question.draft_version,
                signer=live.accounts["mayor"].username, signed_at=clock.now().isoformat(),
            )  # fmt: skip


def test_the_database_demands_two_people(live: District) -> None:
    question = entered(live, live.walk("submitted"))
    rows = Version.objects.filter(question=question)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(paper_confirmed_by=live.accounts["clerk"])


def test_a_new_draft_needs_a_new_entry(live: District) -> None:
    question = entered(live, live.walk("submitted"))
    question = live.does(
        "mayor", "change", question, version=question.draft_version, text=GOOD_ANSWER + "请放心。"
    )
    with pytest.raises(Refused, match="paper_waits"):
        confirmed(live, question)


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("signed_at", "2999-01-01T00:00+08:00", "将来"),
        ("signed_at", "2001-01-01T00:00+08:00", "早于提问"),
        ("signed_at", "", "签发时间"),
        ("signer", "moderator", "没有签发的岗位"),
        ("signer", "nobody", "没有签发的岗位"),
    ],
)
def test_what_cannot_be_on_the_paper_is_refused(live: District, field: str, value: str, said: str) -> None:
    question = live.walk("submitted")
    with pytest.raises(InvalidFields) as refused:
        entered(live, question, **{field: value})
    assert said in refused.value.errors[field]


def test_while_signing_is_held_nothing_is_published_from_paper(live: District) -> None:
    question = entered(live, live.walk("submitted"))
    live.hour_does("hold_signing", reason_code="technical")
    with pytest.raises(Refused, match="signing_is_open"):
        confirmed(live, question)


def test_slips_carry_number_and_version_and_a_group_prints_its_own(live: District) -> None:
    question = live.walk("submitted")

    def slips(who: str) -> list[str]:
        actor = actor_for(live.accounts[who], live.hour)
        assert actor is not None
        return [one["slip"] for one in paper_slips.slips(actor)]

    assert slips("moderator") == [f"{live.hour.issue_no}-{question.number}-{question.draft_version}"]
    assert slips("member1") == slips("moderator")
    assert slips("member3") == []
