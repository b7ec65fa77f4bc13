"""The record's key is changed by two people and the machine, in everybody's sight; one alone changes nothing."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from townhall.config import commands
from townhall.journal.models import Entry
from townhall.kernel import clock
from townhall.kernel.errors import Refused
from townhall.people import actions as people
from townhall.people.models import Account
from townhall.people.standing import Standing
from townhall.record import actions, key_changes, keys, notes, published, verifying
from townhall.record.models import Key, KeyChange, Leaf

if TYPE_CHECKING:
    from tests.fixtures import District
    from townhall.record.actions import Keeper

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

PAGE = "/desk/administration/record-key/"


@pytest.fixture
def system(live: District) -> Account:
    return people.give_office(people.create_account("system", "林系统"), "system").account


@pytest.fixture
def security(live: District) -> Account:
    return people.give_office(people.create_account("security", "安全员"), "security").account


def decide(first: Account, second: Account, what: str) -> KeyChange:
    change = key_changes.propose(first, what)
    key_changes.confirm(second, change.id)
    return change


def signing(keeper: Keeper) -> list[str]:
    """The keys that sign the newest checkpoint, the newest first."""
    keeper.turn()
    note = notes.parse_note(published.checkpoint() or b"")
    signed = {one.vkey for one in note.signed_by(published.vkeys())}
    return [one.vkey for one in published.vkeys() if one.vkey in signed]


def test_two_decide_the_machine_does_it_and_both_keys_sign_meanwhile(
    live: District, keeper: Keeper, system: Account, security: Account
) -> None:
    (old,) = signing(keeper)
    kept = published.receipt("leaf-0") or b""
    change = decide(system, security, "rotate")
    key_changes.rotate_key()
    assert len(signing(keeper)) == 2
    change.refresh_from_db()
    assert change.is_done and (change.proposed_by, change.confirmed_by) == (system, security)
    decide(security, system, "retire")
    key_changes.retire_key()
    (new,) = signing(keeper)
    assert new == published.vkeys()[0].vkey != old
    assert verifying.verify_receipt(kept, published.vkeys()).code == verifying.VERIFIED
    told = list(
        Leaf.objects.filter(kind__startswith="record.").order_by("index").values_list("kind", flat=True)
    )
    assert told == ["record.key_made", "record.key_made", "record.key_retired"]
    shown = published.keys()
    assert [(one["vkey"], bool(one["retired_at"])) for one in shown] == [(new, False), (old, True)]
    assert all(one["made_at"] == clock.now() for one in shown)
    decided = Entry.objects.filter(kind__startswith="record.key_change").order_by("id")
    assert [(one.kind, one.actor, one.facts["what"]) for one in decided] == [
        ("record.key_change_proposed", system.id, "rotate"),
        ("record.key_change_confirmed", security.id, "rotate"),
        ("record.key_change_proposed", security.id, "retire"),
        ("record.key_change_confirmed", system.id, "retire"),
    ]


@pytest.mark.parametrize("what", ["rotate", "retire"])
def test_one_person_alone_changes_nothing(
    live: District, keeper: Keeper, system: Account, security: Account, what: str
) -> None:
    keeper.turn()
    with pytest.raises(Refused, match="only_one"):
        key_changes.propose(system, "retire")
    if what == "retire":
        decide(system, security, "rotate")
        key_changes.rotate_key()
    before = (keys.path().read_bytes(), Key.objects.count())
    for _try in ("undecided", "proposed"):
        with pytest.raises(SystemExit, match="two administrators"):
            commands.main(["record-key", f"--{what}"])
        change = key_changes.open_change() or key_changes.propose(system, what)
    with pytest.raises(Refused, match="second_person"):
        key_changes.confirm(system, change.id)
    with pytest.raises(IntegrityError), transaction.atomic():
        KeyChange.objects.filter(id=change.id).update(confirmed_by=system, confirmed_at=clock.now())
    with pytest.raises(IntegrityError), transaction.atomic():
        KeyChange.objects.filter(id=change.id).update(is_done=True, ended_at=clock.now())
    with pytest.raises(keys.KeyMissing, match="two administrators"):
        key_changes.rotate_key() if what == "rotate" else key_changes.retire_key()
    assert (keys.path().read_bytes(), Key.objects.count()) == before


def test_who_may_decide_and_only_with_the_second_factor(
    live: District, keeper: Keeper, system: Account, security: Account
) -> None:
    keeper.turn()
    audit = people.give_office(people.create_account("audit", "审计员"), "audit").account
    for nobody in (audit, live.accounts["coordinator"], live.accounts["mayor"]):
        with pytest.raises(Refused, match="office"):
            key_changes.propose(nobody, "rotate")
    change = key_changes.propose(system, "rotate")
    security.standing = Standing(demanded=True)
    with pytest.raises(Refused, match="proof"):
        key_changes.confirm(security, change.id)
    with pytest.raises(Refused, match="office"):
        key_changes.confirm(audit, change.id)


def test_what_was_decided_is_for_now_and_for_the_key_of_then(
    live: District, keeper: Keeper, system: Account, security: Account
) -> None:
    keeper.turn()
    decide(system, security, "rotate")
    with pytest.raises(keys.KeyMissing, match="two administrators"):
        key_changes.retire_key()
    with pytest.raises(Refused, match="open"):
        key_changes.propose(security, "retire")
    with clock.steer(clock.now() + key_changes.LASTS + timedelta(seconds=1)):
        with pytest.raises(keys.KeyMissing, match="two administrators"):
            key_changes.rotate_key()
        change = decide(system, security, "rotate")
        key_changes.rotate_key()
        with pytest.raises(keys.KeyMissing, match="two administrators"):
            key_changes.rotate_key()
        key_changes.withdraw(security, key_changes.propose(system, "rotate").id)
        assert key_changes.open_change() is None
        with pytest.raises(Refused):
            key_changes.confirm(system, change.id)
    assert Key.objects.count() == 2


def test_a_change_that_was_cut_short_goes_on(
    live: District, keeper: Keeper, system: Account, security: Account
) -> None:
    """The new key stands in its file, and the machine died before the record knew it."""
    keeper.turn()
    decide(system, security, "rotate")
    keys.keep([notes.make_signer("wsbg.example.gov/record"), *keys.signers()])
    with pytest.raises(keys.KeyMissing, match="rotate"):
        actions.Keeper().turn()
    made = key_changes.rotate_key()
    assert len(made) == 2
    assert len(signing(actions.Keeper())) == 2


def test_a_key_in_a_setting_is_changed_there(
    live: District, keeper: Keeper, settings: Any, system: Account, security: Account
) -> None:
    old, new = (notes.make_signer("wsbg.example.gov/record").line for _number in range(2))
    settings.RECORD_KEY = old
    keeper.turn()
    assert published.checkpoint()
    assert not keys.path().exists()
    decide(system, security, "rotate")
    with pytest.raises(keys.KeyMissing, match="TOWNHALL_RECORD_KEY"):
        key_changes.rotate_key()
    settings.RECORD_KEY = f"{notes.make_signer('elsewhere.example/record').line},{old}"
    with pytest.raises(keys.KeyMissing, match="for ever"):
        key_changes.rotate_key()
    settings.RECORD_KEY = f"{new},{old}"
    key_changes.rotate_key()
    assert len(signing(keeper)) == 2
    decide(system, security, "retire")
    with pytest.raises(keys.KeyMissing, match="take the older ones out"):
        key_changes.retire_key()
    settings.RECORD_KEY = new
    key_changes.retire_key()
    assert len(signing(keeper)) == 1
    assert not keys.path().exists()


def test_a_lost_key_is_replaced_in_everybodys_sight(
    live: District, keeper: Keeper, system: Account, security: Account
) -> None:
    keeper.turn()
    keys.path().unlink()
    decide(system, security, "rotate")
    key_changes.rotate_key()
    assert len(signing(actions.Keeper())) == 1
    decide(security, system, "retire")
    key_changes.retire_key()
    shown = published.keys()
    assert [bool(one["retired_at"]) for one in shown] == [False, True]


def test_the_administrators_decide_it_on_their_page_and_everybody_reads_since_when(
    live: District, keeper: Keeper, system: Account, security: Account, settings: Any
) -> None:
    settings.STATIC_ROOT.mkdir(parents=True, exist_ok=True)
    client = Client(headers={"host": "127.0.0.1:8000"})
    keeper.turn()
    client.force_login(system)
    page = client.get(PAGE).content.decode()
    assert published.vkeys()[0].fingerprint in page
    assert "提出更换" in page
    assert client.post(f"{PAGE}propose", {"what": "sell"}).status_code == 422
    assert client.post(f"{PAGE}propose", {"what": "rotate"}).status_code == 302
    change = {"change": KeyChange.objects.get().id}
    page = client.get(PAGE).content.decode()
    assert "须由另一位管理员确认" in page
    assert f'action="{PAGE}confirm"' not in page
    assert client.post(f"{PAGE}confirm", change).status_code == 403
    client.force_login(security)
    assert f'action="{PAGE}confirm"' in client.get(PAGE).content.decode()
    assert client.post(f"{PAGE}confirm", change).status_code == 302
    assert "townhall record-key --rotate" in client.get(PAGE).content.decode()
    key_changes.rotate_key()
    client.force_login(live.accounts["mayor"])
    assert client.get(PAGE).status_code == 403
    client.logout()
    public = client.get("/record/").content.decode()
    assert public.count("起签名") == 2
