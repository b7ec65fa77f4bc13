"""What is withdrawn is really gone, what is kept goes in time, and the journal never knew a name."""

from __future__ import annotations

import json
import sqlite3
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction

from tests.observers.conftest import ASKED, CLOSES, OPENED, mobile_of, searching
from townhall.hours import planning
from townhall.hours.models import OfficeHour
from townhall.journal.models import Entry
from townhall.kernel import clock, secrets, unit_of_work
from townhall.kernel.errors import Refused
from townhall.observers import actions, lot, published
from townhall.observers.models import Application, Call
from townhall.people import identity
from townhall.people.models import Contact, Verification
from townhall.questions import asking, citizen_actions

if TYPE_CHECKING:
    from pathlib import Path

    from tests.observers.conftest import Search

NAME, WORDS = "欧阳无名", "我想看看区长怎么答复"


def stored() -> str:
    """Every row of every table, with whatever this installation's key can open."""
    found = []
    for model in apps.get_models():
        for row in model._default_manager.values():
            for value in row.values():
                found.append(str(value))
                if isinstance(value, str) and value.startswith("gAAAA"):
                    found.append(secrets.decrypt(value))
    return "\n".join(found)


def verified_by_code(mobile: str) -> str:
    codes: list[str] = []
    keep: Any = lambda _mobile, code, _key: codes.append(code)  # noqa: E731 - one line of a sender
    before, identity.CODE_SENDER[:] = list(identity.CODE_SENDER), [keep]
    try:
        identity.start_verification(mobile)
        return identity.confirm_verification(mobile, codes[0])[0]
    finally:
        identity.CODE_SENDER[:] = before


def test_withdrawn_before_closing_leaves_nothing(search: Search) -> None:
    search.open()
    token = verified_by_code(mobile_of(1))
    search.apply(1, NAME, words=WORDS, verification=token)
    assert all(word in stored() for word in (NAME, WORDS, mobile_of(1)))
    index = identity.keyed_hash("mobile", mobile_of(1))
    entry = search.row(1).entry
    search.answers(1, "withdraw")
    left = stored()
    for word in (NAME, WORDS, mobile_of(1), mobile_of(1)[-8:], search.receipts[1]):
        assert word not in left, word
    assert not Contact.objects.filter(mobile_index=index).exists()
    with clock.steer(CLOSES):
        search.does("close")
    assert entry not in search.call.listed
    with clock.steer(CLOSES + timedelta(days=1)):
        identity.forget_spent_codes()
    assert not Verification.objects.exists()


def test_withdrawn_after_closing_leaves_the_hash_alone(search: Search) -> None:
    call = search.drawn(5)
    row = search.row(3)
    salt = secrets.decrypt(row.salt_sealed)
    sheet = published.lot_sheet(search.district.hour)
    with clock.steer(ASKED):
        search.answers(3, "withdraw")
    assert published.lot_sheet(search.district.hour) == sheet
    assert lot.check(sheet or {}) == []
    assert row.entry in search.call.listed
    left = stored()
    assert salt not in left  # without it nobody can try mobiles against the hash
    assert mobile_of(3) not in left
    assert call.list_digest == search.call.list_digest
    found = published.mine(search.district.hour, search.receipts[3])
    assert found is not None
    assert (found["state"], found["name"], found["salt"], found["mobile"], found["gone"]) == (
        "withdrawn",
        "",
        "",
        "",
        True,
    )


@pytest.mark.django_db(transaction=True)
def test_nothing_withdrawn_can_be_read_from_the_disk(on_disk: Path | None) -> None:
    """Neither in the file, where deleted rows would lie in free pages, nor in the log beside it."""
    if on_disk is None:
        return  # PostgreSQL writes elsewhere and vacuums by itself

    def lies_there(sealed: str) -> bool:
        beside = [on_disk, on_disk.with_name(f"{on_disk.name}-wal")]
        return any(sealed.encode() in one.read_bytes() for one in beside if one.exists())

    with searching() as search:
        search.open()
        for number in range(3):
            search.apply(number, NAME, words=WORDS * 20)
        row = search.row(1)
        contact = Contact.objects.get(mobile_index=identity.keyed_hash("mobile", mobile_of(1)))
        sealed = [
            row.name_sealed,
            row.words_sealed,
            row.mobile_sealed,
            row.mobile_index,
            contact.mobile_sealed,
        ]
        unit_of_work.wipe_traces()
        assert all(map(lies_there, sealed))
        search.answers(1, "withdraw")
        assert unit_of_work.wipe_traces()
        assert not [one for one in sealed if lies_there(one)]
        assert lies_there(search.row(2).name_sealed)
        assert not unit_of_work.wipe_traces(), "and there is nothing left to do"


@pytest.mark.django_db(transaction=True)
def test_a_reader_in_the_middle_of_a_page_puts_wiping_off(on_disk: Path | None) -> None:
    if on_disk is None:
        return  # PostgreSQL writes elsewhere and vacuums by itself
    with searching() as search:
        search.open()
        search.apply(1)
        with sqlite3.connect(on_disk, isolation_level=None) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM observers_application").fetchone()
            search.answers(1, "withdraw")
            assert not unit_of_work.wipe_traces()
            reader.execute("COMMIT")
        reader.close()
        assert unit_of_work.wipe_traces()


def test_withdrawing_twice_says_so(search: Search) -> None:
    search.open()
    search.apply(1)
    search.answers(1, "withdraw")
    with pytest.raises(Refused) as caught:
        search.answers(1, "withdraw")
    assert caught.value.code == "state"


def test_who_withdrew_in_time_may_apply_again(search: Search) -> None:
    search.open()
    search.apply(1)
    search.answers(1, "withdraw")
    search.apply(1, form_key="again")
    with clock.steer(CLOSES):
        search.does("close")
    assert len(search.call.listed) == 1


def test_what_another_room_needs_stays(search: Search) -> None:
    """Somebody who has asked a question with the same mobile keeps that question's contact."""
    search.open()
    search.apply(1)
    contact = Contact.objects.get()
    token = identity.token_for(contact, clock.now() + timedelta(hours=1))
    search.district.hour.refresh_from_db()
    asking_ = asking.parse(
        search.district.hour, {"display_name": "甲", "text": "一件事", "verification": token}
    )
    citizen_actions.ask(asking_)
    search.answers(1, "withdraw")
    assert Contact.objects.filter(id=contact.id).exists()
    assert search.row(1).mobile_sealed == ""


def test_after_forgetting_the_old_token_opens_nothing(search: Search) -> None:
    search.open()
    token = verified_by_code(mobile_of(1))
    search.apply(1, verification=token)
    search.answers(1, "withdraw")
    assert published.lost_receipt(search.district.hour, token) is None
    with pytest.raises(Exception, match="verification"):
        search.apply(1, verification=token, form_key="again")


@pytest.mark.both_databases
def test_the_database_keeps_no_withdrawn_person(search: Search) -> None:
    search.open()
    search.apply(1)
    with pytest.raises(IntegrityError), transaction.atomic():
        Application.objects.update(state="withdrawn")


@pytest.mark.both_databases
def test_the_database_takes_one_person_once(search: Search) -> None:
    search.open()
    search.apply(1)
    search.apply(2)
    with pytest.raises(IntegrityError), transaction.atomic():
        Application.objects.update(mobile_index=search.row(1).mobile_index)


def archive(search: Search, at: Any) -> None:
    OfficeHour.objects.filter(id=search.district.hour.id).update(stage="archived", archived_at=at)


def test_personal_data_go_when_applicants_were_told(search: Search, settings: Any) -> None:
    settings.OBSERVER_DAYS = 10
    search.drawn(5)
    settings.OBSERVER_DAYS = 400  # whoever changes it later does not change what these were told
    over = search.district.hour.ends_at
    archive(search, over)
    with clock.steer(over + timedelta(days=10, seconds=-1)):
        assert actions.erase_due() == 0
    with clock.steer(over + timedelta(days=10)):
        assert actions.erase_due() == 1
        assert actions.erase_due() == 0
    entry = Entry.objects.get(kind="observer.data_erased")
    assert entry.facts == {"people": 5}
    left = stored()
    assert not [number for number in range(5) if mobile_of(number) in left]
    assert lot.check(published.lot_sheet(search.district.hour) or {}) == []


def test_a_cancelled_hours_applicants_go_too(search: Search) -> None:
    search.open()
    search.apply(1)
    search.district.hour_does("cancel", reason_code="other")
    with clock.steer(search.district.hour.starts_at + timedelta(days=29)):
        assert actions.erase_due() == 0
    with clock.steer(search.district.hour.starts_at + timedelta(days=30)):
        assert actions.erase_due() == 1


def test_the_journal_knows_ids_only(search: Search, told: list[Any]) -> None:
    with clock.steer(OPENED):
        search.open(quota="1")
        for number in range(3):
            search.apply(number, NAME + str(number), words=WORDS)
    with clock.steer(CLOSES):
        search.does("close")
    actor = search.district.actor("coordinator")
    found = actions.look(actor, search.row(1).id)
    assert found == {"name": f"{NAME}1", "mobile": mobile_of(1), "words": WORDS}
    search.answers(2, "withdraw")
    journal = "\n".join(f"{entry.kind} {json.dumps(entry.facts)}" for entry in Entry.objects.all())
    for word in (NAME, WORDS, "1380000", *search.receipts.values()):
        assert word not in journal
    looked = Entry.objects.get(kind="observer.contact_seen")
    assert (looked.actor, looked.subject_id) == (actor.account_id, search.row(1).id)


def test_only_the_coordinator_looks(search: Search) -> None:
    search.open()
    search.apply(1)
    for name in ("moderator", "mayor", "clerk"):
        with pytest.raises(Refused) as caught:
            actions.look(search.district.actor(name), search.row(1).id)
        assert caught.value.status == 403
    assert not Entry.objects.filter(kind="observer.contact_seen").exists()


def test_a_rehearsal_is_thrown_away_whole(search: Search) -> None:
    rehearsed = planning.create_hour(
        slug="try", title="预演", starts_at=search.district.hour.starts_at, rehearsal=True
    )
    OfficeHour.objects.filter(id=rehearsed.id).update(stage="announced")
    search.open()
    search.apply(1)
    Call.objects.update(hour=rehearsed)
    rehearsed.refresh_from_db()
    planning.forget_rehearsal(rehearsed)
    assert not Call.objects.exists()
    assert mobile_of(1) not in stored()
