"""The record on the other machines: the same files, and whichever machine is left goes on with them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from townhall.record import published
from townhall.record.actions import Keeper, folder, make_key
from townhall.record.copying import Copyist
from townhall.record.models import Sealed
from townhall.record.tiles import RecordBroken

if TYPE_CHECKING:
    from tests.fixtures import District

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


@pytest.fixture
def machines(settings: Any, tmp_path: Path) -> Any:
    """Be on one of several machines that have the record's key."""
    settings.RECORD_KEY_FILE = tmp_path / "record.key"
    make_key()

    def be_on(name: str) -> None:
        settings.RECORD_DIR = tmp_path / name

    return be_on


def files() -> dict[str, bytes]:
    return {
        str(path.relative_to(folder())): path.read_bytes() for path in folder().rglob("*") if path.is_file()
    }


def test_another_machine_has_the_same_files_and_can_go_on_with_them(live: District, machines: Any) -> None:
    machines("one")
    live.walk("published")
    Keeper().turn()
    one = files()
    machines("two")
    copyist = Copyist()
    assert copyist.turn() > 0
    assert files() == one
    assert copyist.turn() == 0
    machines("one")
    live.walk("published")
    Keeper().turn()
    one = files()
    machines("two")
    assert copyist.turn() > 0
    assert files()["checkpoint"] == one["checkpoint"]
    # The first machine is gone, and this one keeps the record from now on.
    question = live.walk("published")
    Keeper().turn()
    assert published.receipt(str(question.id)) is not None
    two = files()
    machines("one")
    Copyist().turn()
    assert files()["checkpoint"] == two["checkpoint"]


def test_a_copy_draws_no_leaf_and_decides_nothing(live: District, machines: Any) -> None:
    machines("two")
    live.walk("published")
    assert Copyist().turn() == 0
    assert not Sealed.objects.exists()
    assert not folder().exists()


def test_leaves_that_lead_elsewhere_are_not_signed(live: District, machines: Any) -> None:
    machines("one")
    live.walk("published")
    Keeper().turn()
    machines("two")
    copyist = Copyist()
    copyist.turn()
    before = files()["checkpoint"]
    assert copyist._tree is not None
    copyist._tree._edge[0][0] = bytes(32)
    machines("one")
    live.walk("published")
    Keeper().turn()
    machines("two")
    with pytest.raises(RecordBroken, match="do not lead"):
        copyist.turn()
    assert files()["checkpoint"] == before
