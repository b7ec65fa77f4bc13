"""Contact data are sealed under a new key while everything goes on; old keys go when nothing needs them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from cryptography.fernet import InvalidToken

from townhall.config import inventory
from townhall.journal.models import Entry
from townhall.keeping import actions, resealing
from townhall.kernel import clock, secrets
from townhall.kernel.errors import Refused
from townhall.kernel.unit_of_work import unit_of_work
from townhall.people import identity
from townhall.people.models import Contact

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]

MANY = resealing.BATCH + 5


@pytest.fixture(autouse=True)
def own_ring(tmp_path: Path, settings: Any) -> None:
    settings.DATA_DIR = tmp_path


def keep(count: int) -> list[str]:
    mobiles = [f"138{number:08d}" for number in range(count)]
    with unit_of_work():
        for mobile in mobiles:
            identity.keep_contact(mobile)
    return mobiles


def mobiles() -> list[str]:
    return [
        secrets.decrypt(sealed)
        for sealed in Contact.objects.order_by("id").values_list("mobile_sealed", flat=True)
    ]


def waiting() -> int:
    return int(resealing.left()["waiting"])


def quiet(_table: str, _done: int) -> None:
    pass


def test_everything_is_sealed_under_the_new_key_and_read_all_along() -> None:
    kept = keep(3)
    before = set(Contact.objects.values_list("mobile_sealed", "mobile_index"))
    assert actions.rotate_seals(quiet) == resealing.Renewed(3, 0)
    assert (mobiles(), waiting()) == (kept, 0)
    after = set(Contact.objects.values_list("mobile_sealed", "mobile_index"))
    assert not {sealed for sealed, _index in before} & {sealed for sealed, _index in after}
    assert {index for _sealed, index in before} == {index for _sealed, index in after}, (
        "still found by its hash"
    )
    assert secrets.ring_path().stat().st_mode & 0o077 == 0
    assert Entry.objects.filter(kind="seal.renewed").count() == 1


def test_a_run_that_broke_off_goes_on_with_the_same_key() -> None:
    kept = keep(MANY)

    class Unplugged(Exception):  # noqa: N818 - not an error of the program
        pass

    def unplug(_table: str, _done: int) -> None:
        raise Unplugged

    with pytest.raises(Unplugged):
        actions.rotate_seals(unplug)
    assert (waiting(), len(secrets.ring())) == (5, 2)
    assert mobiles() == kept, "both keys open meanwhile"
    assert actions.rotate_seals(quiet).rows == 5
    assert (waiting(), len(secrets.ring())) == (0, 2), "no further key was made"
    assert mobiles() == kept


def test_old_keys_go_only_when_nothing_needs_them() -> None:
    kept = keep(2)
    old = secrets.encrypt("old")
    actions.rotate_seals(quiet)
    with pytest.raises(Refused, match="fresh"):
        actions.retire_seals()
    with clock.steer(clock.now() + resealing.FRESH):
        rows = Contact.objects.filter(mobile_index=secrets.keyed_hash("mobile", kept[0]))
        rows.update(mobile_sealed=old)
        with pytest.raises(Refused, match="older"):
            actions.retire_seals()
        actions.rotate_seals(quiet)
        assert len(actions.retire_seals()) == 1
    with pytest.raises(InvalidToken):
        secrets.decrypt(old)
    assert mobiles()[1:] == kept[1:]
    assert secrets.FROM_DATA_KEY not in secrets.ring()


def test_what_was_deleted_meanwhile_does_not_come_back() -> None:
    keep(1)
    row: Any = Contact.objects.get()
    rows = [(row.id, row.mobile_sealed, secrets.encrypt("13900139000"))]
    Contact.objects.update(mobile_sealed="")
    assert resealing.renew(Contact, "mobile_sealed", rows) == 0
    assert Contact.objects.get().mobile_sealed == ""


def test_what_no_key_opens_is_counted_and_left() -> None:
    keep(1)
    Contact.objects.update(mobile_sealed="of another installation")
    assert actions.rotate_seals(quiet) == resealing.Renewed(0, 1)
    assert Contact.objects.get().mobile_sealed == "of another installation"


def test_every_sealed_field_of_the_inventory_is_renewed() -> None:
    named = {
        f"{held.table}.{name}"
        for held in inventory.PERSONAL
        if held.how == "sealed"
        for name in held.fields.split()
    }
    walked = {f"{model._meta.label}.{name}" for model, name in resealing.sealed_fields()}
    assert named <= walked
    assert walked - named == {"observers.Call.secret_sealed"}
