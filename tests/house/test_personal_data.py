"""No field that could hold personal data is forgotten, and what says it is sealed is sealed."""

from collections import Counter

from townhall.config import inventory


def test_every_open_field_is_in_the_inventory_once() -> None:
    listed = Counter([*inventory.personal_fields(), *inventory.impersonal_fields()])
    unlisted = sorted(inventory.open_fields() - set(listed))
    assert not unlisted, f"say in config/inventory.py whether these hold personal data: {unlisted}"
    gone = sorted(set(listed) - inventory.open_fields())
    assert not gone, f"config/inventory.py names fields that are no more: {gone}"
    twice = sorted(name for name, times in listed.items() if times > 1)
    assert not twice, f"listed twice: {twice}"


def test_what_is_sealed_is_called_so() -> None:
    for held in inventory.PERSONAL:
        for name in held.fields.split():
            assert (held.how == inventory.SEALED) == name.endswith("sealed"), f"{held.table}.{name}"
