"""What an hour came to: told by its journal alone, the same as what is stored, at the same cost in ten years."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.commitments.conftest import Promises
from tests.fixtures import PROMISED_ANSWER, START
from townhall.commitments import clocks
from townhall.commitments.choices import Kept
from townhall.commitments.models import Commitment
from townhall.hours.models import OfficeHour
from townhall.insight import statistics, tally
from townhall.insight.models import HourTally, PastTally
from townhall.insight.replay import Passage, Replay
from townhall.insight.tallying import TallyKeeper, keep_tallies
from townhall.journal import read
from townhall.journal.models import Entry, Line
from townhall.kernel import clock
from townhall.people import actions as people
from townhall.questions import citizen_actions, published
from townhall.questions import promised as about_promises
from townhall.questions.choices import Kind, Subject, at_place, place_of
from townhall.questions.models import Question

if TYPE_CHECKING:
    from tests.fixtures import District

pytestmark = pytest.mark.both_databases


def promised(live: District, question: Question, due: str = "2026-12-15", by: str = "mayor") -> Question:
    question = live.walk("assigned", question)
    item = {"text": "12月15日前完成大门改造", "unit": live.units[0].id, "due": due}
    live.does("member1", "draft", question, text=PROMISED_ANSWER, outcome="promised", commitments=[item])
    live.does("member1", "submit", question)
    return live.does(by, "sign", question, version=1)


def an_evening(live: District) -> None:
    """One of everything that moves a number."""
    live.walk("received")
    live.walk("accepted", kind="consult")
    live.walk("submitted", kind="complaint")
    live.walk("withdrawn")
    live.walk("merged")
    published_one = live.walk("published", kind="service")
    citizen_actions.rate(live.receipt(published_one), {"level": 2})
    citizen_actions.rate(live.receipt(published_one), {"level": 4})
    promised(live, live.ask(kind="suggestion"))
    upheld = live.walk("declined")
    citizen_actions.appeal(live.receipt(upheld), {"text": "请再看"})
    live.does("moderator2", "uphold", upheld, note="看过")
    reopened = live.walk("declined")
    citizen_actions.appeal(live.receipt(reopened), {"text": "请再看"})
    live.does("moderator2", "reopen", reopened, note="看过")
    unclear = live.does("moderator", "decline", live.ask(), code="unclear", fill={"missing": "地点"})
    citizen_actions.supplement(live.receipt(unclear), {"text": "在湖滨路"})
    returned = live.walk("assigned")
    live.does("member1", "return", returned, reason_code="lacks_facts", note="请补充")
    sent_back = live.walk("submitted")
    live.does("mayor", "send_back", sent_back, note="写清日期")
    again = live.walk("submitted")
    live.does("member1", "draft", again, text="重新拟稿，12月2日前答复。", outcome="answered")
    parts = [{"title": "路灯", "text": "路灯坏了"}, {"title": "公交", "text": "公交太少"}]
    live.does("moderator", "split", live.ask(kind="consult"), parts=parts)
    live.does("moderator", "edit", live.ask(), subject="education", kind="complaint", note="归类")
    covered = live.walk("published")
    live.does("moderator", "withhold", covered, code="minor")
    restored = live.walk("published")
    live.does("moderator", "withhold", restored, code="personal_data")
    live.does("moderator", "restore", restored, note="误判")
    corrected = promised(live, live.ask())
    live.does("member1", "correct", corrected, text="更正：12月20日前完成大门改造。", note="改期")
    corrected.refresh_from_db()
    live.does("mayor", "sign", corrected, version=corrected.draft_version)
    live.does("coordinator", "designate", live.walk("accepted"), lead=live.groups[1].id)


def test_the_journal_alone_tells_the_same_as_what_is_stored(live: District) -> None:
    an_evening(live)
    told = statistics.replayed([live.hour.id])[live.hour.id].questions
    stored = {row.id: row for row in Question.objects.all()}
    assert set(told) == set(stored)
    for question_id, row in stored.items():
        one: Passage = told[question_id]
        assert (one.status, one.outcome or None) == (row.status, row.outcome), row.number
        assert (one.kind, one.subject, one.window) == (row.kind, row.subject, row.window), row.number
        assert one.unit == row.unit_id, row.number
        assert one.asked_at == row.asked_at
        if row.published_at is not None and one.signed_at is not None:  # stored in order, microseconds apart
            assert row.published_at - one.signed_at < timedelta(milliseconds=1)
        assert (row.published_at is None) == (one.signed_at is None)
        assert bool(one.covered) == bool(row.withheld)
        assert one.returns == row.returns
    whole = statistics.figures(hour_id=live.hour.id).whole()
    assert statistics.counts(whole) == published.counts([live.hour.id])[live.hour.id]
    assert statistics.promises(whole)["made"] == Commitment.objects.filter(state="open").count() == 2
    assert whole["ratings"] == {"4": 1}
    assert statistics.ledger(whole) | {"covered": None} == {
        "declined": 1, "urgent": 0, "covered": None, "restored": 1, "comments_declined": 0, "comments_shown": 0,
        "appealed": 2, "reversed": 1, "upheld": 1, "corrections": 1, "returns": 1, "sent_back": 1,
    }  # fmt: skip
    assert statistics.ledger(whole)["covered"] == [{"code": "minor", "label": "未成年人信息", "count": 1}]


def test_a_copy_of_the_journal_gives_the_same_numbers_where_nothing_else_is_left(live: District) -> None:
    an_evening(live)
    before = statistics.replayed([live.hour.id])[live.hour.id].tally()
    other = 987_654
    rows = list(Entry.objects.filter(line=live.hour.id).order_by("seq"))
    for row in rows:
        row.pk, row.line = None, other
    Line.objects.create(id=other, last_seq=len(rows))
    Entry.objects.bulk_create(rows)
    assert statistics.replayed([other])[other].tally() == before


def test_every_table_adds_up_to_the_whole(live: District) -> None:
    an_evening(live)
    found = statistics.figures()
    whole = statistics.counts(found.whole())
    for table in ("kind", "subject", "unit"):
        assert statistics.counts(tally.total(found.by(table).values())) == whole
    assert whole["asked"] == sum(whole[end] for end in tally.ENDS)


def test_times_are_counted_from_station_to_station(live: District) -> None:
    def at(minutes: float) -> Any:
        return clock.steer(START + timedelta(minutes=minutes))

    with at(10):
        question = live.ask()
    with at(11.5):
        question = live.does("moderator", "accept", question)
    with at(14):
        question = live.does("moderator", "assign", question, lead=live.groups[0].id)
    with at(20):
        question = live.does("member1", "draft", question, text=PROMISED_ANSWER, outcome="answered")
        question = live.does("lead1", "submit", question)
    with at(22):
        live.does("mayor", "sign", question, version=1)
    found = statistics.times(statistics.figures().whole())
    assert {name: one["median"] for name, one in found.items()} == {
        "screen": 1.5, "assign": 2.5, "submit": 6.0, "sign": 2.0, "answer": 12.0, "act": None,
    }  # fmt: skip


def test_a_promise_is_late_from_the_day_after_without_being_counted_again(live: District) -> None:
    promised(live, live.ask(), due="2026-12-15")
    keep_tallies()
    with clock.steer(START.replace(month=12, day=15)):
        assert statistics.promises(statistics.figures().whole())["late"] == 0
    with clock.steer(START.replace(month=12, day=16)):
        assert statistics.promises(statistics.figures().whole())["late"] == 1


def months_of_promises(live: District) -> None:
    """Promises that go every way there is, in time and too late; the day is 20 December, all were due on the 15th."""
    live.accounts["inspector2"] = people.create_account("inspector2", "督查乙", "a-long-enough-password")
    people.give_office(live.accounts["inspector2"], "inspector")
    ways = Promises(live)
    asked = {"reason_code": "weather", "text": "连日下雨。", "due": "2026-12-25"}
    rows = [ways.make() for _ in range(14)]
    (untouched, in_time, verified, kept, disputed, reworked, reopened, extended, ended, replaced, moved, late, kept_late,
     disputed_late) = rows  # fmt: skip
    assert untouched.state == "open"
    ways.report(in_time)
    ways.walk("verified", verified)
    ways.walk("closed", kept)
    ways.walk("closed", disputed)
    ways.dispute(disputed)
    ways.report(reworked)
    ways.does("inspector", "rework", reworked, text="坡道还没有做。")
    ways.walk("closed", reopened)
    ways.does("inspector", "reopen", reopened, text="又坏了。")
    for one in (extended, moved):
        ways.does("member1", "ask_extension", one, **asked)
        ways.does("mayor", "approve_extension", one)
    ways.does("member1", "progress", moved, text="已经进场。", on=clock.today().isoformat())
    ways.walk("ended", ended)
    ways.walk("replaced", replaced)
    with clock.steer(START.replace(month=12, day=18)):
        ways.report(late)
        ways.walk("closed", kept_late)
        ways.walk("closed", disputed_late)
        ways.walk("closed", moved)
        ways.dispute(disputed_late)


def test_what_is_late_kept_and_extended_is_the_same_in_the_journal_and_in_the_rows(live: District) -> None:
    months_of_promises(live)
    for day in (15, 16, 20, 26):
        with clock.steer(START.replace(month=12, day=day)):
            whole, today = statistics.figures().whole(), clock.today()
            rows = list(Commitment.objects.exclude(state="replaced"))
            how = [clocks.kept(row) for row in rows]
            stored = {
                "made": len(rows),
                "open": sum(row.state in {"open", "reported", "verified"} for row in rows),
                "late": sum(clocks.is_late(row, today) for row in rows),
                "kept": how.count(Kept.ON_TIME) + how.count(Kept.EXTENDED),
                "kept_late": how.count(Kept.LATE),
                "extended": sum(row.extensions > 0 for row in rows),
                "ended": sum(row.state == "ended" for row in rows),
            }
            assert statistics.promises(whole) == stored
            tally_of_rows = about_promises.tally()
            assert (stored["late"], stored["open"]) == (tally_of_rows["late"], tally_of_rows["owed"])
            acted = sum(row.first_action_at is not None for row in rows)
            assert statistics.time_of(whole, "act")["cases"] == acted
    assert stored == {
        "made": 14, "open": 10, "late": 6, "kept": 2, "kept_late": 1, "extended": 2, "ended": 1,
    }  # fmt: skip


def test_promises_are_counted_by_kind_and_subject_as_their_question_is(live: District) -> None:
    promised(live, live.ask(kind="suggestion"))
    asked = live.ask(kind="complaint")
    live.does("moderator", "edit", asked, subject="education", note="归类")
    promised(live, asked)
    found = statistics.of()
    assert {row["key"]: row["commitments"]["made"] for row in found["by_kind"]} == {
        "suggestion": 1, "complaint": 1,
    }  # fmt: skip
    for table in ("by_kind", "by_subject", "by_unit"):
        assert sum(row["commitments"]["made"] for row in found[table]) == found["commitments"]["made"] == 2


def test_how_content_people_were_is_not_told_of_fewer_than_five(live: District) -> None:
    for number in range(5):
        assert statistics.satisfaction(statistics.figures().whole())["share"] is None
        question = live.walk("published")
        citizen_actions.rate(live.receipt(question), {"level": 5 if number else 1})
    found = statistics.satisfaction(statistics.figures().whole())
    assert (found["cases"], found["share"]) == (5, 0.8)
    assert [one["count"] for one in found["levels"]] == [4, 0, 0, 0, 1]


def test_what_was_counted_is_kept_and_counted_anew_only_where_something_happened(live: District) -> None:
    keeper = TallyKeeper()
    live.walk("accepted")
    assert keeper.turn() == 1
    assert keeper.turn() == 0
    live.walk("accepted")
    assert keeper.turn() == 0  # a live hour waits for its minute
    assert statistics.counts(statistics.figures().whole())["asked"] == 2  # who asks does not
    with clock.steer(clock.now() + timedelta(minutes=2)):
        assert keeper.turn() == 1
    row = HourTally.objects.get()
    assert row.seq == read.head(live.hour.id)
    assert row.data == statistics.replayed([live.hour.id])[live.hour.id].tally()


def test_the_sum_of_what_is_over_is_what_its_hours_add_up_to_however_often_they_change(
    live: District,
) -> None:
    question = live.walk("published")
    live.walk("declined")
    keep_tallies()
    assert PastTally.objects.count() == 0
    live.hour_does("wrap", reason_code="other")
    live.hour_does("archive")
    for level in (5, 2, 2):
        keep_tallies()
        row = PastTally.objects.get()
        assert row.hours == {str(live.hour.id): read.head(live.hour.id)}
        assert row.data == {name: rows for name, rows in HourTally.objects.get().data.items() if rows}
        assert statistics.figures().data == row.data
        citizen_actions.rate(live.receipt(question), {"level": level})
        assert statistics.figures().whole()["ratings"] == {
            str(level): 1
        }  # what has changed since is counted anew


def test_a_rehearsal_is_in_no_numbers(live: District) -> None:
    live.walk("accepted")
    OfficeHour.objects.filter(id=live.hour.id).update(rehearsal=True)
    assert statistics.figures().hours == []
    assert keep_tallies() == (0, False)
    assert statistics.of()["counts"]["asked"] == 0
    assert statistics.of(live.hour.id)["counts"]["asked"] == 1  # by its own secret link


def test_ten_years_cost_as_many_queries_as_one_evening(
    live: District, django_assert_num_queries: Any
) -> None:
    live.walk("published")
    keep_tallies()
    with django_assert_num_queries(5):
        statistics.figures().whole()
    data = HourTally.objects.get().data
    for number in range(60):
        hour = OfficeHour.objects.create(
            slug=f"past-{number}", issue_no=100 + number, title="往期", stage="archived",
            starts_at=START - timedelta(days=60 * number), ends_at=START - timedelta(days=60 * number, hours=-1),
        )  # fmt: skip
        HourTally.objects.create(
            hour=hour, seq=0, counted_at=START, data=data, brief=tally.brief(data["all"][""])
        )
    with django_assert_num_queries(5):
        assert statistics.counts(statistics.figures().whole())["asked"] == 61


@given(st.lists(st.floats(0, 5_000), min_size=1, max_size=60), st.sampled_from([0.5, 0.9]))
def test_a_quantile_is_that_of_the_counted_times(minutes: list[float], share: float) -> None:
    counted: dict[str, Any] = {}
    for one in minutes:
        tally.count(counted, tally.span(one * 60))
    found = tally.quantile(counted, share)
    assert found is not None
    ordered = sorted(float(tally.span(one * 60)) for one in minutes)
    place = (len(ordered) - 1) * share
    assert ordered[int(place)] - 0.06 <= found <= ordered[min(int(place) + 1, len(ordered) - 1)] + 0.06


_TABLES = st.recursive(
    st.integers(0, 9), lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3), max_leaves=6
)


@given(
    st.lists(
        st.fixed_dictionaries({"t": st.dictionaries(st.sampled_from("abc"), st.integers(0, 9))}), max_size=5
    )
)
def test_adding_does_not_depend_on_the_order(rows: list[dict[str, Any]]) -> None:
    assert tally.total(rows) == tally.total(reversed(rows))


def test_a_word_keeps_its_place_in_the_journal() -> None:
    for words in (Kind, Subject):
        assert [at_place(words, place_of(words, code)) for code in ["", *words.values]] == ["", *words.values]
    # Old entries name places: a list may grow at its end, nothing else.
    assert Kind.values == ["consult", "complaint", "suggestion", "service"]
    assert Subject.values[:3] == ["housing", "construction", "transport"]
    assert Replay().tally()["all"] == {"": {}}
