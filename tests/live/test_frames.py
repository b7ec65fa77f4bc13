"""Old page + frames = fresh page, for every public move; replay is made from what is true now."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.fixtures import GOOD_ANSWER, START
from tests.live.moves import MOVES, UNSEEN, Move, correct, promise
from tests.live.reader import Reader, elements
from townhall.hours import planning
from townhall.journal.kinds import KINDS
from townhall.journal.models import Entry
from townhall.kernel import clock
from townhall.live import cards, frames, snapshot
from townhall.portal import hot
from townhall.questions import published as questions
from townhall.questions.models import Question

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fixtures import District

SLUG = "2026-11"


def page(lang: str = "zh") -> str:
    body = hot.render(f"/hours/{SLUG}/", lang)
    assert body is not None
    return body.decode()


def assert_same(old: Reader, lang: str = "zh") -> None:
    fresh = Reader(page(lang))
    for shelf in ("answers", "working"):
        assert old.shelf(shelf) == fresh.shelf(shelf), shelf
    assert old.rest() == fresh.rest()


def catch_up(reader: Reader, lang: str = "zh") -> None:
    fmt = f"html-{lang}"
    found = frames.after(SLUG, reader.seq, fmt)
    count = frames.counts(SLUG, fmt)
    assert count is not None
    reader.hears([*found, count])


AFTER_OPENING = frozenset({"live", "wrapping", "archived"})
# How the hour goes on once everything has been asked.
FROM_THERE: dict[str, dict[str, dict[str, str]]] = {
    "preparing": {"close_asking": {}},
    "wrapping": {"wrap": {"reason_code": "other"}},
    "archived": {"wrap": {"reason_code": "other"}, "archive": {}},
}


def begin(district: District, move: Move) -> Question:
    """Everything that comes before the page is loaded."""
    if move.stage in AFTER_OPENING:
        district.to_stage("live")
        district.walk("published")
    else:
        district.to_stage(move.stage if move.stage != "preparing" else "announced")
    if move.stage not in {"wrapping", "archived"}:
        district.walk("accepted")
    question = district.walk(move.status)
    for verb, data in FROM_THERE.get(move.stage, {}).items():
        district.hour_does(verb, **data)
    move.earlier(district, question)
    return question


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", MOVES)
def test_old_page_and_frames_equal_a_fresh_page(district: District, name: str, lang: str) -> None:
    move = MOVES[name]
    with clock.steer(START + move.at - timedelta(minutes=10)):
        question = begin(district, move)
        old = Reader(page(lang))
    before = dict(old.shown)
    with clock.steer(START + move.at):
        move.do(district, question)
        told = Entry.objects.filter(line=district.hour.id, seq__gt=old.seq, public=True)
        assert set(told.values_list("kind", flat=True)) & set(frames.EVENTS) == set(move.told.split())
        catch_up(old, lang)
        assert_same(old, lang)
        assert (old.shown != before) is (name not in UNSEEN), "what is seen of the move"


def test_every_kind_that_is_told_has_a_move() -> None:
    # Before its announcement an hour has no page that could be old.
    assert {kind for move in MOVES.values() for kind in move.told.split()} == set(frames.EVENTS) - {
        "hour.announced"
    }


def test_the_announcement_is_told_whole(district: District) -> None:
    with clock.steer(START - timedelta(days=10)):
        district.to_stage("announced")
        nothing = Reader("")
        catch_up(nothing)
        assert nothing.rest() == Reader(page()).rest()


@pytest.mark.parametrize("name", MOVES)
def test_applying_frames_twice_is_harmless(district: District, name: str) -> None:
    move = MOVES[name]
    with clock.steer(START + move.at - timedelta(minutes=10)):
        question = begin(district, move)
        old = Reader(page())
    start = old.seq
    with clock.steer(START + move.at):
        move.do(district, question)
        found = frames.after(SLUG, start, "html-zh")
        catch_up(old)
        old.seq = start
        old.hears(found)
        assert_same(old)


def test_what_stands_beside_the_hour_travels_only_when_it_may_have_changed(live: District) -> None:
    seq = frames.head(SLUG) or 0
    live.hour_does("pause", reason_code="backlog")
    (paused,) = frames.after(SLUG, seq)
    assert 'id="about"' not in paused.data
    planning.edit_words(live.hour, opening_words="各位网友，大家晚上好。")
    live.hour_does("resume")
    (both,) = frames.after(SLUG, seq)
    assert 'id="about"' in both.data
    assert "大家晚上好" in both.data


def numbers(shelf: list[str]) -> list[int]:
    """The questions of a shelf from top to bottom."""
    return [int(found[1]) for card in shelf if (found := re.search(r'id="q-(\d+)"', card))]


@pytest.mark.parametrize("most", [50, 4])
def test_a_clock_set_back_reorders_no_answers(
    live: District, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert snapshot.MOST_ANSWERS == 50
    monkeypatch.setattr(snapshot, "MOST_ANSWERS", most)
    signed = [live.walk("published").id for _number in range(3)]
    first, second, third = (live.walk("submitted") for _number in range(3))
    old = Reader(page())
    with clock.steer(clock.now() - timedelta(minutes=30)):
        for question in (second, third, first):
            live.does("mayor", "sign", question, version=question.draft_version)
            catch_up(old)
            signed.append(question.id)
        correct(live, Question.objects.get(id=signed[0]))
        catch_up(old)
    fresh = Reader(page())
    assert numbers(old.shelf("answers")) == signed[::-1], "the last one signed stands first"
    assert fresh.shelf("answers") == old.shelf("answers")[:most]


def test_pages_of_answers_follow_each_other_over_a_clock_set_back(live: District) -> None:
    signed = [live.walk("published").id for _number in range(3)]
    with clock.steer(clock.now() - timedelta(minutes=30)):
        signed += [live.walk("published").id for _number in range(3)]
    found: list[int] = []
    before = None
    while listed := questions.newest(live.hour.id, show="published", before=before, limit=2):
        found += [one["id"] for one in listed]
        before = listed[-1]["cursor"]
    assert found == signed[::-1]


def test_the_opening_releases_pre_questions(district: District) -> None:
    district.to_stage("announced")
    question = district.walk("submitted")
    district.hour_does("close_asking")
    old = Reader(page())
    assert f"q-{question.id}" not in old.shown
    district.hour_does("open_live")
    catch_up(old)
    assert_same(old)
    assert f"q-{question.id}" in old.shown


def test_a_comment_taken_down_leaves_the_pages_that_show_it(live: District) -> None:
    question = live.walk("published")
    MOVES["comment"].do(live, question)
    seq = frames.head(SLUG) or 0
    MOVES["take down a comment"].do(live, question)
    (html,), (told,) = frames.after(SLUG, seq), frames.after(SLUG, seq, "json")
    number = question.remarks.get().id
    assert (html.event, html.data) == ("comment", f'<li id="c-{number}" data-gone hidden></li>')
    assert json.loads(told.data) == {"id": number, "gone": True}


def test_every_kind_told_is_a_kind_of_the_journal() -> None:
    assert set(frames.EVENTS) <= set(KINDS)
    assert set(frames.EVENTS.values()) == {"answer", "question", "comment", "stage", "notice"}


def test_what_the_journal_marks_public_is_told_or_weighed(live: District) -> None:
    for status in ("published", "withdrawn", "declined", "merged"):
        live.walk(status)
    told = set(Entry.objects.filter(line=live.hour.id, public=True).values_list("kind", flat=True))
    assert told <= set(frames.EVENTS) | {"commitment.made", "commitment.replaced", "commitment.amended"}


def test_ids_rise_and_each_subject_is_told_once(live: District) -> None:
    for _number in range(3):
        live.walk("published")
    found = frames.after(SLUG, 0, "json")
    ids = [frame.id for frame in found if frame.id is not None]
    assert ids == sorted(set(ids))
    questions = [json.loads(frame.data)["id"] for frame in found if frame.event == "answer"]
    assert len(questions) == len(set(questions)) == 3


def test_an_answer_frame_carries_the_text_verbatim(live: District) -> None:
    question = live.walk("submitted")
    seq = frames.head(SLUG)
    assert seq is not None
    live.does("mayor", "sign", question, version=question.draft_version)
    (frame,) = frames.after(SLUG, seq, "json")
    assert frame.event == "answer"
    assert json.loads(frame.data)["answer"]["text"] == GOOD_ANSWER
    (shown,) = frames.after(SLUG, seq, "html-zh")
    assert shown.id == frame.id
    assert f'id="q-{question.id}"' in shown.data


def test_a_signature_is_told_as_an_answer_though_something_followed(live: District) -> None:
    question = live.walk("submitted")
    seq = frames.head(SLUG) or 0
    live.does("mayor", "sign", question, version=question.draft_version)
    live.does("moderator", "withhold", question, code="minor")
    live.does("moderator", "restore", question, note="")
    assert [frame.event for frame in frames.after(SLUG, seq, "json")] == ["answer"]


@pytest.mark.parametrize("fmt", ["html-zh", "html-en", "json"])
def test_what_was_covered_since_is_replayed_as_its_stub(live: District, fmt: str) -> None:
    question = live.walk("published")
    live.does("moderator", "withhold", question, code="minor")
    told = frames.after(SLUG, 0, fmt)
    assert all("64120011" not in frame.data and question.title not in frame.data for frame in told)
    (stub,) = [frame for frame in told if frame.event in {"question", "answer"}]
    assert stub.event == "question"


def test_what_is_no_longer_public_becomes_a_tombstone(live: District) -> None:
    question = live.walk("accepted")
    seq = frames.head(SLUG) or 0
    live.does("moderator", "urgent", question, handed_to="110")
    (html,) = frames.after(SLUG, seq, "html-zh")
    assert html.data == f'<article id="q-{question.id}" data-gone hidden></article>'
    (obj,) = frames.after(SLUG, seq, "json")
    assert json.loads(obj.data) == {"id": question.id, "gone": True}


def test_too_long_a_replay_is_one_reload(live: District, monkeypatch: pytest.MonkeyPatch) -> None:
    assert frames.MOST_REPLAYED >= 5000, "so far back a viewer resumes"
    monkeypatch.setattr(frames, "MOST_REPLAYED", 3)
    for _number in range(4):
        live.walk("accepted")
    (only,) = frames.after(SLUG, 0, "html-zh")
    assert (only.event, only.id) == ("reload", frames.head(SLUG))


def test_unknown_hours_have_no_head_and_no_frames(live: District) -> None:
    assert frames.head("none") is None
    assert frames.after("none", 0, "json") == []
    assert frames.counts("none", "json") is None


def test_a_count_has_no_id_and_adds_up(live: District) -> None:
    for status in ("published", "declined", "withdrawn", "merged", "received"):
        live.walk(status)
    frame = frames.counts(SLUG, "json")
    assert frame is not None
    assert frame.id is None
    counts = json.loads(frame.data)["counts"]
    assert counts["asked"] == sum(value for name, value in counts.items() if name != "asked")


def test_the_number_of_queries_does_not_grow(live: District) -> None:
    def queries(act: Callable[[], object]) -> int:
        with CaptureQueriesContext(connection) as seen:
            act()
        return len(seen)

    live.walk("published")
    live.walk("assigned")
    few_page = queries(lambda: snapshot.hour_context(SLUG))
    few_frames = queries(lambda: frames.after(SLUG, 0, "html-zh"))
    for _number in range(15):
        live.walk("published")
        live.walk("assigned")
    assert queries(lambda: snapshot.hour_context(SLUG)) == few_page == 20
    assert queries(lambda: frames.after(SLUG, 0, "html-zh")) == few_frames
    assert queries(lambda: frames.counts(SLUG, "html-zh")) == 3


def test_a_page_of_fifty_long_answers_stays_light(live: District) -> None:
    import gzip
    import random

    letters = "".join(chr(0x4E00 + number) for number in range(2500))
    pick = random.Random(1)
    for _number in range(50):
        answer = GOOD_ANSWER + "".join(pick.choice(letters) for _letter in range(250))
        question = live.walk("assigned", text="".join(pick.choice(letters) for _letter in range(150)))
        live.does("member1", "draft", question, text=answer, outcome="answered")
        question = live.does("lead1", "submit", question)
        live.does("mayor", "sign", question, version=question.draft_version)
    packed = gzip.compress(page().encode(), 6)
    static = snapshot.__file__.replace("live/snapshot.py", "portal/static/portal/")
    with open(static + "townhall.css", "rb") as css, open(static + "live.js", "rb") as script:  # noqa: PTH123
        files = len(gzip.compress(css.read(), 6)) + len(gzip.compress(script.read(), 6))
    assert len(packed) + files < 80 * 1024


def test_cards_escape_what_people_type(live: District) -> None:
    question = live.walk(
        "accepted", text="<script>alert(1)</script>孩子入园问题怎么办？", display_name="<b>我</b>"
    )
    assert "<script>alert" not in page()
    assert f"q-{question.id}" in elements(page())


def test_a_promise_says_its_date(live: District) -> None:
    question = live.walk("assigned")
    promise(live, question)
    html = Reader(page()).shown[f"q-{question.id}"]
    assert "12月15日前" in html
    assert date(2026, 12, 15).isoformat() not in html
    assert cards.tombstone(3) == '<article id="q-3" data-gone hidden></article>'


def test_an_answer_signed_while_covered_is_told_once_as_an_answer_without_its_words(live: District) -> None:
    question = live.walk("submitted")
    live.does("moderator", "withhold", question, code="personal_data")
    before = frames.head(live.hour.slug) or 0
    live.does("mayor", "sign", question, version=question.draft_version)
    told = frames.after(live.hour.slug, before, "json")
    assert [frame.event for frame in told] == ["answer"]
    assert json.loads(told[0].data)["answer"]["text"] == ""
