"""Old page + frames = fresh page, for every public move; replay is made from what is true now."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.fixtures import GOOD_ANSWER, PROMISED_ANSWER, START
from tests.live.reader import Reader, elements
from townhall.journal.kinds import KINDS
from townhall.journal.models import Entry
from townhall.kernel import clock
from townhall.live import cards, frames, snapshot
from townhall.portal import hot
from townhall.questions import citizen_actions, remarks
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


def _promise(live: District, question: Question) -> None:
    live.does("member1", "draft", question, text=PROMISED_ANSWER, outcome="promised",
              commitments=[{"text": "完成大门改造", "due": "2026-12-15"}])  # fmt: skip
    question = live.does("lead1", "submit", question)
    live.does("mayor", "sign", question, version=question.draft_version)


def _correct(live: District, question: Question) -> None:
    question = live.does("lead1", "correct", question, text=GOOD_ANSWER + "（更正：9月2日）", note="日期写错")
    live.does("deputy", "sign", question, version=question.draft_version)


def _change_and_sign(live: District, question: Question) -> None:
    question = live.does(
        "mayor", "change", question, version=question.draft_version, text=GOOD_ANSWER + "请放心。"
    )
    live.does("mayor", "sign", question, version=question.draft_version)


def _sign_on_paper(live: District, question: Question) -> None:
    version, signer = question.draft_version, live.accounts["mayor"].username
    when = clock.now().isoformat()
    live.does("clerk", "enter_paper", question, version=version, signer=signer, signed_at=when)
    live.does("moderator", "confirm_paper", question, version=version)


def _comment(live: District, question: Question) -> None:
    row = citizen_actions.comment(question.id, {"display_name": "路人", "text": "说得明白。"})
    remarks.screen_comment(live.actor("moderator"), "accept", row.id)


def _clarify(live: District, question: Question) -> None:
    words = {"rumour": "幼儿园要停办", "fact": "照常开园。", "source": "区教育局", "dated": "2026-11-29"}
    row = remarks.draft_clarification(live.actor("moderator"), words)
    remarks.sign_clarification(live.actor("deputy"), row.id)


def _confirm(live: District, question: Question) -> None:
    live.does("moderator", "withhold", question, code="minor")
    live.does("coordinator", "confirm_withhold", question)


def _return(live: District, question: Question) -> None:
    live.does("lead1", "return", question, reason_code="not_ours", proposed_unit=live.units[1].id)


def _merge(live: District, question: Question) -> None:
    live.does("moderator", "merge", question, into=live.walk("published").id)


# name: (the status it starts from, what is done)
MOVES: dict[str, tuple[str, Callable[[District, Question], object]]] = {
    "accept": ("received", lambda live, q: live.does("moderator", "accept", q)),
    "assign": ("accepted", lambda live, q: live.does("moderator", "assign", q, lead=live.groups[0].id)),
    "reroute": ("assigned", lambda live, q: live.does("moderator", "assign", q, lead=live.groups[2].id)),
    "designate": ("assigned", lambda live, q: live.does("coordinator", "designate", q, lead=live.groups[1].id)),
    "return": ("assigned", _return),
    "submit": ("assigned", lambda live, q: (
        live.does("member1", "draft", q, text=GOOD_ANSWER, outcome="answered"), live.does("lead1", "submit", q))),
    "take back": ("submitted", lambda live, q: live.does("member1", "draft", q, text=GOOD_ANSWER, outcome="answered")),
    "send back": ("submitted", lambda live, q: live.does("mayor", "send_back", q, note="再想想")),
    "sign": ("submitted", lambda live, q: live.does("mayor", "sign", q, version=q.draft_version)),
    "sign on paper": ("submitted", _sign_on_paper),
    "change and sign": ("submitted", _change_and_sign),
    "promise": ("assigned", _promise),
    "correct": ("published", _correct),
    "withhold": ("published", lambda live, q: live.does("moderator", "withhold", q, code="personal_data")),
    "confirm the withholding": ("published", _confirm),
    "restore": ("published", lambda live, q: live.does("moderator", "restore", q, note="看错了")),
    "decline": ("accepted", lambda live, q: live.does("moderator", "decline", q, code="unrelated")),
    "merge": ("accepted", _merge),
    "edit": ("accepted", lambda live, q: live.does("moderator", "edit", q, title="新的标题")),
    "split": ("accepted", lambda live, q: live.does(
        "moderator", "split", q, parts=[{"title": "一", "text": "第一件事"}, {"title": "二", "text": "第二件事"}])),
    "urgent": ("assigned", lambda live, q: live.does("moderator", "urgent", q, handed_to="110")),
    "release": ("assigned", lambda live, q: live.does("moderator", "release", q)),
    "withdraw": ("assigned", lambda live, q: citizen_actions.withdraw(live.receipt(q))),
    "support": ("accepted", lambda live, q: citizen_actions.support(q.id, browser="one")),
    "comment": ("published", _comment),
    "clarify": ("accepted", _clarify),
    "pause": ("accepted", lambda live, q: live.hour_does("pause", reason_code="backlog")),
    "resume": ("accepted", lambda live, q: (
        live.hour_does("pause", reason_code="backlog"), live.hour_does("resume"))),
    "extend": ("accepted", lambda live, q: live.hour_does("extend", minutes=20, reason_code="backlog")),
    "hold signing": ("accepted", lambda live, q: live.hour_does("hold_signing", reason_code="technical")),
    "release signing": ("accepted", lambda live, q: (
        live.hour_does("hold_signing", reason_code="technical"), live.hour_does("release_signing"))),
    "wrap": ("accepted", lambda live, q: live.hour_does("wrap", reason_code="other")),
    "change signer": ("accepted", lambda live, q: live.hour_does("change_signer", by="deputy", username="deputy")),
}  # fmt: skip


# What has happened before the old page was loaded.
EARLIER: dict[str, Callable[[District, Question], object]] = {
    "restore": lambda live, q: live.does("moderator", "withhold", q, code="minor"),
    "release": lambda live, q: live.does("moderator", "urgent", q, handed_to="110"),
}


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("name", MOVES)
def test_old_page_and_frames_equal_a_fresh_page(live: District, name: str, lang: str) -> None:
    status, do = MOVES[name]
    live.walk("published")
    live.walk("accepted")
    question = live.walk(status)
    if name in EARLIER:
        EARLIER[name](live, question)
    old = Reader(page(lang))
    before = dict(old.shown)
    with clock.steer(START + timedelta(minutes=20)):
        do(live, question)
        catch_up(old, lang)
        assert_same(old, lang)
        assert name == "support" or old.shown != before, "the move changed nothing anybody can see"


@pytest.mark.parametrize("name", MOVES)
def test_applying_frames_twice_is_harmless(live: District, name: str) -> None:
    status, do = MOVES[name]
    question = live.walk(status)
    if name in EARLIER:
        EARLIER[name](live, question)
    old = Reader(page())
    start = old.seq
    with clock.steer(START + timedelta(minutes=20)):
        do(live, question)
        found = frames.after(SLUG, start, "html-zh")
        catch_up(old)
        old.seq = start
        old.hears(found)
        assert_same(old)


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
    assert queries(lambda: snapshot.hour_context(SLUG)) == few_page == 17
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
    _promise(live, question)
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
