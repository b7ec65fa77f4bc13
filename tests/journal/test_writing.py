"""What may stand in the journal, and in which order."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

import pytest
from django.db import DatabaseError, transaction

from townhall.journal import bell, read
from townhall.journal.kinds import KINDS
from townhall.journal.models import DISTRICT_LINE, Entry, Line
from townhall.journal.write import forget_line, record
from townhall.kernel.unit_of_work import unit_of_work
from townhall.questions import citizen_actions

if TYPE_CHECKING:
    from tests.fixtures import District

pytestmark = pytest.mark.django_db
LINE = 77


class HalfwayError(Exception):
    """A transaction that fails."""


def write(kind: str = "question.signed", **what: Any) -> Entry:
    with unit_of_work():
        return record(LINE, kind, **what)


def fail_halfway() -> None:
    with contextlib.suppress(HalfwayError), unit_of_work():
        record(LINE, "question.signed")
        raise HalfwayError


@pytest.mark.parametrize(
    "value",
    ["路灯坏了", "two words", "a,b", "line\n", "<b>", "x" * 65, "", 1.5, b"bytes", {"a": 1}, ["text"], [1, "text"], [[1]],
     object()],
    ids=lambda value: type(value).__name__ if " at 0x" in repr(value) else repr(value),
)  # fmt: skip
def test_free_text_has_no_place_in_a_fact(value: Any) -> None:
    if value == "":
        assert write(office=value).facts == {"office": ""}
        return
    with pytest.raises((ValueError, TypeError)):
        write(office=value)
    assert not Entry.objects.exists()
    assert read.head(LINE) == 0


@pytest.mark.parametrize("value", ["mayor", "2026-11-30T19:00:00+08:00", 0, 7, True, None, "f" * 64])
def test_ids_dates_and_words_of_lists_are_facts(value: Any) -> None:
    assert Entry.objects.get(id=write(office=value).id).facts == {"office": value}


def test_ids_may_be_several() -> None:
    assert write("question.convened", units=[3, 5]).facts == {"units": [3, 5]}


@pytest.mark.parametrize("subject", ["路灯坏了", "two words", "x" * 25])
def test_the_subject_is_a_word_too(subject: str) -> None:
    with pytest.raises(ValueError, match="subject"):
        write(subject=subject)


def test_undeclared_kinds_and_facts_are_refused() -> None:
    with pytest.raises(KeyError):
        write("question.vanished")
    with pytest.raises(ValueError, match="undeclared"):
        write(mobile="13800001111")
    assert not Entry.objects.exists()


def test_nothing_is_written_outside_a_unit_of_work() -> None:
    with pytest.raises(RuntimeError):
        record(LINE, "question.signed")
    assert not Entry.objects.exists()
    assert not Line.objects.exists()


def test_every_line_counts_for_itself_from_one_without_gaps() -> None:
    for line in (LINE, LINE + 1, LINE, DISTRICT_LINE, LINE):
        with unit_of_work():
            record(line, "question.signed")
    assert [entry.seq for entry in read.after(LINE, 0)] == [1, 2, 3]
    assert (read.head(LINE + 1), read.head(DISTRICT_LINE), read.head(12345)) == (1, 1, 0)


def test_a_number_taken_in_a_transaction_that_fails_is_given_again() -> None:
    write()
    fail_halfway()
    write()
    assert [entry.seq for entry in read.after(LINE, 0)] == [1, 2]


def test_reading_goes_on_after_a_number_and_can_be_narrowed_to_what_is_public() -> None:
    for number in range(6):
        write(public=number % 2 == 0)
    assert [entry.seq for entry in read.after(LINE, 2)] == [3, 4, 5, 6]
    assert [entry.seq for entry in read.after(LINE, 1, public_only=True)] == [3, 5]
    assert [entry.seq for entry in read.after(LINE, 0, limit=2)] == [1, 2]
    assert read.after(LINE, 6) == []


def test_what_happened_is_never_rewritten() -> None:
    entry = write()
    with pytest.raises(DatabaseError), transaction.atomic():
        Entry.objects.filter(id=entry.id).update(kind="question.merged")
    entry.actor = 5
    with pytest.raises(DatabaseError), transaction.atomic():
        entry.save()
    assert Entry.objects.get().kind == "question.signed"


def test_only_a_whole_line_is_forgotten() -> None:
    write()
    with unit_of_work():
        record(LINE + 1, "question.signed")
    with unit_of_work():
        forget_line(LINE)
    assert (read.head(LINE), read.head(LINE + 1)) == (0, 1)


def test_the_bell_is_heard_after_the_commit_once_and_not_at_all_when_it_fails() -> None:
    listener = bell.open_listener()
    try:
        with unit_of_work():
            record(LINE, "question.signed")
            record(LINE, "question.signed")
            with pytest.raises(BlockingIOError):
                listener.recv(16)
        assert listener.recv(16)
        with pytest.raises(BlockingIOError):
            listener.recv(16)
        fail_halfway()
        with pytest.raises(BlockingIOError):
            listener.recv(16)
    finally:
        bell.close_listener(listener)
    bell.ring()  # nobody listens: no harm


def test_a_listener_that_died_or_sleeps_does_not_keep_anybody_waiting() -> None:
    listener = bell.open_listener()
    for _ring in range(2000):  # its queue is full long before
        bell.ring()
    name = listener.getsockname()
    listener.close()
    bell.ring()
    from pathlib import Path

    assert not Path(name).exists()


def test_a_batch_of_questions_is_one_entry(live: District) -> None:
    from townhall.questions import asking

    head = read.head(live.hour.id)
    forms = [asking.parse(live.hour, {"display_name": "甲", "text": f"第 {n} 件"}) for n in range(200)]
    citizen_actions.ask_batch(forms)
    entries = read.after(live.hour.id, head)
    assert [(entry.kind, entry.actor, entry.public) for entry in entries] == [("question.asked", None, False)]
    assert (entries[0].facts["first"], entries[0].facts["last"], len(entries[0].facts["digest"])) == (
        1,
        200,
        64,
    )


def test_a_refused_batch_leaves_no_entry(live: District) -> None:
    from townhall.questions import asking

    form = asking.parse(live.hour, {"display_name": "甲", "text": "一件事"})
    live.hour_does("pause", reason_code="backlog")
    head = read.head(live.hour.id)
    citizen_actions.ask_batch([form, form])
    assert read.head(live.hour.id) == head


def test_no_entry_of_a_whole_evening_carries_words_or_contact_data(live: District) -> None:
    for status in (
        "received",
        "accepted",
        "assigned",
        "submitted",
        "published",
        "declined",
        "merged",
        "withdrawn",
    ):
        live.walk(status)
    live.does("moderator", "urgent", live.ask(), handed_to="值班室 13800001111", note="快")
    live.hour_does("pause", reason_code="backlog")
    text = "\n".join(str(row) for row in Entry.objects.values())
    assert text.isascii()
    assert "13800001111" not in text


def test_every_kind_says_what_it_means_and_names_its_facts() -> None:
    for kind in KINDS.values():
        assert kind.meaning.endswith(".")
        assert kind.name.count(".") == 1
        assert len(kind.name) <= 48
