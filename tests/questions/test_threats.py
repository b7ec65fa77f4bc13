"""A threat is kept as it was made, sealed, for one seat: each look has a reason and is told, and it ends."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.keeping.test_retention import verified
from townhall.hours.models import OfficeHour
from townhall.journal.models import Entry
from townhall.keeping import actions as keeping
from townhall.keeping import casefile
from townhall.keeping import citizen_actions as own_data
from townhall.keeping.models import LegalHold
from townhall.kernel import clock
from townhall.kernel.errors import InvalidFields, Refused
from townhall.questions import actions, asking, citizen_actions, connections, kept_threats
from townhall.questions.models import Asker, KeptThreat, Question

if TYPE_CHECKING:
    from tests.fixtures import District

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

ADDRESS, AGENT, WORDS = "203.0.113.7", "Browser/1.0 (夜)", "再不修好路灯，我就烧了你们办公室。"


def online(live: District, words: str = WORDS, verification: str = "", key: str = "") -> asking.Asking:
    payload = {
        "display_name": "湖边居民",
        "text": words,
        "verification": verification,
        "idempotency_key": key,
    }
    parsed = asking.parse(OfficeHour.objects.get(id=live.hour.id), payload)
    parsed.address, parsed.agent = ADDRESS, AGENT
    return parsed


def threatened(live: District) -> Question:
    return Question.objects.get(id=citizen_actions.ask(online(live)).id)


def declined(live: District) -> Question:
    return live.does("moderator", "decline", threatened(live), code="abusive", threat=True)


def test_from_where_a_question_was_asked_is_sealed_in_its_askers_row(live: District) -> None:
    asker = Asker.objects.get(question=threatened(live))
    assert ADDRESS not in asker.connection_sealed and asker.connection_sealed
    assert connections.opened(asker) == {"address": ADDRESS, "agent": AGENT}


def test_it_costs_no_statement_more(live: District) -> None:
    def statements(*batch: asking.Asking) -> int:
        with CaptureQueriesContext(connection) as found:
            citizen_actions.ask_batch(batch)
        return len(found)

    plain = online(live)
    plain.address = plain.agent = ""
    statements(online(live))  # what is only looked up once is known now
    assert statements(online(live)) == statements(plain)


def test_what_a_clerk_types_in_says_nothing_about_the_clerks_machine(live: District) -> None:
    typed = online(live)
    typed.typed_by = live.accounts["clerk"].id
    assert connections.sealed([typed]) == [""]


def test_it_is_forgotten_after_a_fortnight(live: District) -> None:
    question = threatened(live)
    assert actions.forget_connections() == 0
    with clock.steer(clock.now() + connections.KEPT):
        assert actions.forget_connections() == 1
        assert actions.forget_connections() == 0
    assert Asker.objects.get(question=question).connection_sealed == ""


def test_its_owner_is_given_it_and_may_have_it_deleted(live: District) -> None:
    person = verified()
    asked = citizen_actions.ask(online(live, "请修好路灯，谢谢。", person))
    told = own_data.export_own(asked.receipt, person)
    assert told["questions"][0]["connection"] == {"address": ADDRESS, "agent": AGENT}
    own_data.erase_own(asked.receipt, person)
    assert Asker.objects.get(question=asked.id).connection_sealed == ""


def test_declining_a_threat_keeps_its_words_and_its_connection_sealed(live: District) -> None:
    question = declined(live)
    row = KeptThreat.objects.get(question=question)
    assert WORDS not in row.sealed and ADDRESS not in row.sealed
    assert row.until - row.at == timedelta(days=180)
    entry = Entry.objects.get(kind="threat.kept")
    assert entry.facts == {"days": 180, "connection": True} and not entry.public


def test_an_insult_is_declined_without_keeping_anything(live: District) -> None:
    live.does("moderator", "decline", threatened(live), code="abusive")
    assert not KeptThreat.objects.exists()


def test_only_the_reason_for_threats_keeps(live: District) -> None:
    with pytest.raises(InvalidFields) as wrong:
        live.does("moderator", "decline", threatened(live), code="unrelated", threat=True)
    assert "threat" in wrong.value.errors


def test_a_threat_covered_later_is_kept_as_it_was_asked(live: District) -> None:
    question = live.does("moderator", "accept", threatened(live))
    question = live.does("moderator", "edit", question, text="路灯坏了。")
    live.does("moderator", "withhold", question, code="threat")
    found = actions.look_at_threat(live.actor("coordinator"), question.id, "safety")
    assert found["text"] == WORDS


def test_banning_for_a_threat_keeps_it_too(live: District) -> None:
    asked = citizen_actions.ask(online(live, WORDS, verified()))
    fields = {"reason": "threat", "days": "30", "note": "扬言放火"}
    actions.ban(live.actor("coordinator"), asked.id, fields)
    assert KeptThreat.objects.get().question_id == asked.id


def test_a_look_asks_a_reason_and_is_told(live: District) -> None:
    question, coordinator = declined(live), live.actor("coordinator")
    with pytest.raises(InvalidFields):
        actions.look_at_threat(coordinator, question.id, "curious")
    assert not Entry.objects.filter(kind="threat.seen").exists()
    found = actions.look_at_threat(coordinator, question.id, "police")
    assert (found["text"], found["address"], found["agent"]) == (WORDS, ADDRESS, AGENT)
    entry = Entry.objects.get(kind="threat.seen")
    assert (entry.actor, entry.facts, entry.public) == (coordinator.id, {"reason": "police"}, False)
    standing = kept_threats.standing(coordinator, question.id)
    assert standing is not None
    assert [one["name"] for one in standing["looks"]] == [coordinator.name]


@pytest.mark.parametrize("who", ["moderator", "mayor", "inspector"])
def test_no_other_seat_may_look(live: District, who: str) -> None:
    question = declined(live)
    with pytest.raises(Refused) as refused:
        actions.look_at_threat(live.actor(who), question.id, "police")
    assert refused.value.status in {403, 404}
    assert kept_threats.standing(live.actor(who), question.id) is None


def test_it_is_in_no_case_file_and_in_no_entry(live: District) -> None:
    question = declined(live)
    row = KeptThreat.objects.get()
    assert ADDRESS not in str(list(Entry.objects.values_list("facts", flat=True)))
    written = json.dumps(casefile.of(question), ensure_ascii=False)
    asker = Asker.objects.get(question=question)
    assert row.sealed not in written and asker.connection_sealed not in written and ADDRESS not in written


def test_it_is_deleted_after_half_a_year_unless_it_is_on_hold(live: District) -> None:
    question = declined(live)
    assert keeping.erase_threats() == 0
    hold = keeping.perform(
        live.actor("coordinator"), "place", question.id, {"reason": "investigation", "note": "公安函 1 号"}
    )
    with clock.steer(clock.now() + timedelta(days=180)):
        assert keeping.erase_threats() == 0
        LegalHold.objects.filter(id=hold.id).update(lifted_at=clock.now(), lifted_by=hold.placed_by)
        assert keeping.erase_threats() == 1
    assert not KeptThreat.objects.exists()
    assert Entry.objects.get(kind="threats.erased").facts == {"threats": 1, "held": 0}
