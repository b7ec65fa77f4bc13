"""The texts of the demo: enough of them, honest, complete, and nobody's."""

import random
from collections import Counter
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from townhall.kernel import masks
from townhall.questions import answer_check, choices, phrases
from townhall.rehearsal import cast, corpus

DAY = date(2026, 11, 30)
EVERY = [card for key in (*cast.past(), "stage") for card in cast.questions(key)]
ANSWERED = [card for card in EVERY if card.answer]


def units_of(group: str) -> list[str]:
    return [cast.units()[key].short for key in cast.groups()[group].units]


def findings(answer: str, text: str, title: str, group: str) -> dict[str, str]:
    found = answer_check.check(answer, text, title, units_of(group))
    return {one.code: one.level for one in found}


def test_the_district_is_as_large_as_a_real_one() -> None:
    kinds = Counter(card.kind for card in cast.units().values())
    assert kinds["town"] + kinds["subdistrict"] + kinds["zone"] == 13
    assert kinds["department"] >= 14
    assert kinds["external"] == 4
    assert len(cast.staff()) >= 40


def test_every_external_unit_has_a_leading_unit_inside() -> None:
    for card in cast.units().values():
        if card.kind == "external":
            assert cast.units()[card.lead].kind == "department", card.name


def test_every_group_has_a_lead_and_two_members() -> None:
    assert 4 <= len(cast.groups()) <= 6
    for key in cast.groups():
        seats = Counter(person.seat for person in cast.members(key))
        assert seats["lead"] == 1
        assert seats["group"] >= 2


def test_there_are_questions_for_every_end() -> None:
    assert len(EVERY) >= 80
    assert len({card.key for card in EVERY}) == len(EVERY)
    declined = {card.decline["code"] for card in EVERY if card.decline}
    assert declined == set(phrases.DECLINE_REASONS)
    fates = {card.fate for card in cast.questions("stage")}
    assert fates == {*choices.Status.values, "drafted"}
    assert {card.verdict for card in EVERY} >= set(choices.Verdict.values)
    assert any(card.about_official for card in EVERY)
    assert sum(bool(card.clarification) for card in EVERY) >= 2
    assert sum(card.lang == "en" for card in EVERY) >= 3


def test_every_writing_system_has_its_question() -> None:
    texts = "".join(card.text + card.name for card in EVERY)
    for first, last in (("\u0600", "\u06ff"), ("\u0f00", "\u0fff"), ("\U00020000", "\U0003ffff")):
        assert any(first <= char <= last for char in texts), first


@pytest.mark.parametrize("card", EVERY, ids=lambda card: card.key)
def test_a_question_fits_the_form(card: cast.Scripted) -> None:
    assert card.kind in choices.Kind.values
    assert card.subject in choices.Subject.values
    assert not card.area or card.area in cast.units()
    assert len(card.title) <= 80
    assert len(card.name) <= 30
    assert 20 <= len(card.text) <= 400
    assert not card.unit or card.unit in cast.groups()[card.group].units
    assert not card.into or card.into in {other.key for other in EVERY}


@pytest.mark.parametrize("card", ANSWERED, ids=lambda card: card.key)
def test_an_answer_is_concrete_and_passes_the_check(card: cast.Scripted) -> None:
    answer = cast.written(card.answer, DAY)
    found = findings(answer, cast.written(card.text, DAY), card.title, card.group)
    assert not {code for code, level in found.items() if level == "held"}
    # One answer is vague on purpose, so that the signer's screen has something to point out.
    assert set(found) <= ({"vague_time"} if card.key == "swim-lessons" else set())
    assert "{" not in answer


@pytest.mark.parametrize("card", ANSWERED, ids=lambda card: card.key)
def test_a_promise_is_the_answers_own_words(card: cast.Scripted) -> None:
    assert (card.outcome == "promised") == bool(card.commitments)
    ids = {key: number for number, key in enumerate(cast.units())}
    for promise in cast.promises(card, DAY, ids):
        assert promise["text"] in cast.written(card.answer, DAY)
        assert date.fromisoformat(promise["due"]) > DAY


def test_the_empty_acknowledgement_is_held() -> None:
    [card] = [card for card in EVERY if card.held_text]
    assert "held" in findings(card.held_text, card.text, card.title, card.group).values()


def test_the_leaked_number_is_seen_and_nobodys() -> None:
    [found] = masks.find(cast.FAKE_ID)
    assert found.kind == "id_number"
    assert cast.FAKE_ID.startswith("999999")  # no region of China begins with 9
    [card] = [card for card in EVERY if card.leak_id]
    assert cast.FAKE_ID in cast.written(card.text, DAY)


@given(st.dates(date(2026, 1, 1), date(2030, 12, 31)), st.integers(1, 200))
def test_a_day_ahead_is_one_on_which_offices_work(today: date, days: int) -> None:
    day = cast.due(today, days)
    assert (day - today).days >= days
    assert cast._worked(day)


@given(st.dates(date(2026, 1, 1), date(2030, 12, 31)), st.integers(-60, 200))
def test_a_written_day_names_its_year_only_when_it_is_another(today: date, days: int) -> None:
    words = cast.written(f"{{{days:+d}}}", today)
    day = cast.due(today, days)
    assert words.endswith(f"{day.month}月{day.day}日")
    assert ("年" in words) == (day.year != today.year)


def test_the_corpus_is_the_same_for_the_same_seed() -> None:
    first = list(corpus.messages(300, seed=7))
    assert first == list(corpus.messages(300, seed=7))
    assert first != list(corpus.messages(300, seed=8))
    assert all(list(row) == ["id", "title", "text", "category", "created_at"] for row in first)


def test_the_corpus_is_as_uneven_as_real_messages() -> None:
    rows = list(corpus.messages(3000))
    assert len({(row["title"], row["text"]) for row in rows}) > 2500
    assert 0.1 < sum(not row["text"] for row in rows) / 3000 < 0.2
    assert any(len(row["text"]) > corpus.LONGEST_ASKED for row in rows)
    assert len({row["category"] for row in rows}) == 7
    assert all("{" not in row["title"] + row["text"] for row in rows)


def test_the_corpus_answers_pass_the_check() -> None:
    source = random.Random(3)
    for _number in range(300):
        made = corpus.make(source)
        answer = cast.written(made.answer, DAY)
        found = findings(answer, made.text, made.title, made.group)
        assert "held" not in found.values(), answer
        assert all(promise["text"] in answer for promise in made.commitments(DAY, 1))
