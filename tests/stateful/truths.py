"""What must be true after every step of an evening, however it went."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from townhall.hours.models import OfficeHour
from townhall.journal import read
from townhall.live import frames
from townhall.questions import promised, published, queries, tracking, visibility
from townhall.questions.choices import PENDING
from townhall.questions.models import Appeal, Question, Version

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.fixtures import District

WEATHER = ("supports", "comments")  # counted and sampled, not told by frames


def numbers_and_counts(hour_id: int) -> None:
    numbers = list(
        Question.objects.filter(hour_id=hour_id).order_by("number").values_list("number", flat=True)
    )
    assert numbers == list(range(1, len(numbers) + 1))
    counted = published.counts([hour_id])[hour_id]
    asked = counted.pop("asked")
    assert asked == sum(counted.values()) == len(numbers)


def journal(hour_id: int) -> None:
    entries = read.after(hour_id, 0, limit=100_000)
    assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
    assert str([entry.facts for entry in entries]).isascii()


def who_is_public(questions: Iterable[Question], hour: OfficeHour) -> set[int]:
    by_rule = {question.id for question in questions if visibility.is_public(question, hour)}
    by_query = Question.objects.filter(visibility.public_filter(), hour=hour)
    assert by_rule == set(by_query.values_list("id", flat=True))
    return by_rule


def signatures(memory: dict[int, tuple[Any, ...]]) -> None:
    """Signed words stay, and their author is somebody else."""
    for version in Version.objects.filter(signed_at__isnull=False):
        assert version.author_id != version.signed_by_id
        words = (
            version.text,
            version.outcome,
            str(version.commitments),
            version.signed_by_id,
            version.signed_at,
        )
        assert memory.setdefault(version.id, words) == words


def ends(questions: Iterable[Question], hour: OfficeHour) -> None:
    for question in questions:
        assert not question.urgent or question.status in PENDING
        assert (question.outcome is not None) == (question.status == "published")
        root = question.merged_into
        assert (root is not None) == (question.status == "merged")
        if root is not None:
            assert root.status not in {"merged", "declined", "withdrawn"}, (
                "merged into what will not be answered"
            )
            assert not root.reply_privately
    if hour.stage == "archived":
        assert not [question for question in questions if question.status in PENDING]
        assert not Appeal.objects.filter(closed_at=None).exists()


def words_shown(questions: Iterable[Question], public: set[int], hour_id: int) -> dict[int, dict[str, Any]]:
    """Every question's own words, and its answers', are read in public exactly when they may be; gives the page."""
    shown, more = published.public_list(hour_id, limit=1000)
    assert more is None
    assert {one["id"] for one in shown} == public
    promises, _more = promised.promises(limit=1000)
    everything = json.dumps([shown, promises], ensure_ascii=False)
    signed = set(Version.objects.filter(signed_at__isnull=False).values_list("question_id", flat=True))
    for question in questions:
        readable = question.id in public and visibility.shows_text(question)
        assert (f"【问{question.id}】" in everything) == readable, question.status
        answered = readable and question.status == "published"
        assert (f"【答{question.id}】" in everything) == answered
        assert not answered or question.id in signed
    assert "【内部】" not in everything
    assert set(published.get_many(question.id for question in questions)) == public
    return {one["id"]: calm(json.loads(json.dumps(one))) for one in shown}


def calm(shown: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in shown.items() if name not in WEATHER}


def apply_frames(page: dict[int, dict[str, Any]], slug: str, seq: int) -> None:
    """What a viewer's program does with the frames after ``seq``."""
    before = seq
    for frame in frames.after(slug, seq, "json"):
        assert frame.id is not None
        assert frame.id > before, "frames rise, one a number"
        before = frame.id
        if frame.event not in {"question", "answer"}:
            continue
        told = json.loads(frame.data)
        if told.get("gone"):
            page.pop(told["id"], None)
        else:
            assert (frame.event == "answer") <= bool(told["answer"])
            page[told["id"]] = calm(told)


def receipt(district: District, question_id: int) -> None:
    """The asker finds the question, at its present state, with a history that leads there."""
    question = Question.objects.get(id=question_id)
    seen = tracking.track(district.asked[question_id])
    assert seen is not None
    assert (seen["number"], seen["status"]) == (question.number, question.status)
    steps = [step["status"] for step in seen["history"]]
    assert (steps[0], steps[-1]) == ("received", question.status), steps
    decline = question.declines.first()
    if question.status == "declined" and decline is not None:
        waits = decline.needs_confirmation and decline.confirmed_at is None
        assert (seen["declined"] is None) == waits
    assert "【内部】" not in json.dumps(seen, ensure_ascii=False)
    if not question.withheld:
        assert f"【问{question_id}】" in seen["title"] + seen["text"]


def desks(district: District, questions: Iterable[Question]) -> None:
    """The moderator sees all, nobody sees a complaint about the own unit, no desk shows a receipt."""
    seen = {row["id"] for row in queries.one_line_list(district.actor("moderator"), limit=1000)}
    assert seen == {question.id for question in questions}
    for name, unit in zip(("member1", "member2", "member3"), district.units, strict=False):
        hidden = {
            question.id
            for question in questions
            if question.about_official and question.accused_unit_id == unit.id
        }
        actor = district.actor(name)
        assert not hidden & {row["id"] for row in queries.one_line_list(actor, limit=1000)}
        assert not hidden & {row["id"] for row in queries.board(actor, limit=1000)[0]}
