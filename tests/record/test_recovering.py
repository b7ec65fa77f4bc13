"""After a disaster: the record goes on where the world saw it last, every proof holds, and texts open where they are known."""

from __future__ import annotations

import json
import shutil
from typing import TYPE_CHECKING, Any

import pytest

from townhall.backups.facts import Place as State
from townhall.config import proven
from townhall.journal.models import Entry, Line
from townhall.people import actions as people
from townhall.questions import remarks
from townhall.record import (
    actions,
    copies,
    key_changes,
    keys,
    merkle,
    notes,
    published,
    recovering,
    tiles,
    verifying,
)
from townhall.record.growing import Tree
from townhall.record.models import Key, Leaf, Opening, Place, Sealed

if TYPE_CHECKING:
    from pathlib import Path

    from tests.fixtures import District
    from townhall.record.actions import Keeper

pytestmark = [pytest.mark.django_db, pytest.mark.both_databases]


class Night:
    """The record's tables as last night's backup has them; the rooms below keep what they have, unless a test says."""

    def __init__(self) -> None:
        self.kept: list[tuple[Any, list[Any]]] = [
            (model, list(model.objects.all())) for model in (Leaf, Opening, Place, Sealed, Key)
        ]

    def comes_back(self) -> None:
        """The database is that of last night; the files are those of now."""
        for model, _rows in reversed(self.kept):
            model.objects.all().delete()
        for model, rows in self.kept:
            model.objects.bulk_create(rows)


def forget_entries(after: dict[int, int]) -> None:
    """The journal of last night, too."""
    for line, last in after.items():
        Entry.objects.filter(line=line, seq__gt=last).delete()
        Line.objects.filter(id=line).update(last_seq=last)


def heads() -> dict[int, int]:
    return dict(Line.objects.values_list("id", "last_seq"))


def every_proof_holds() -> list[str]:
    """Verify each leaf's receipt, and the whole log, as a stranger does; what each finding was."""
    files = tiles.Files(actions.folder())
    checkpoint = notes.open_checkpoint(published.checkpoint() or b"", published.vkeys())[0]
    assert verifying.verify_whole(files.read, checkpoint).code == verifying.VERIFIED
    found = []
    for index in range(checkpoint.size):
        receipt = published.receipt(f"leaf-{index}")
        assert receipt is not None
        found.append(verifying.verify_receipt(receipt, published.vkeys()).code)
    assert set(found) <= {verifying.VERIFIED, verifying.REMOVED}
    return found


def test_what_the_database_lost_comes_back_and_every_proof_holds(live: District, keeper: Keeper) -> None:
    first = live.walk("published")
    keeper.turn()
    night, then = Night(), heads()
    live.walk("published")
    keeper.turn()
    before = list(Leaf.objects.order_by("index").values_list("data", flat=True))
    kept = published.checkpoint() or b""
    night.comes_back()
    forget_entries(then)
    with pytest.raises(tiles.RecordBroken, match="record-recover"):
        actions.Keeper().turn()
    done = recovering.recover()
    assert (done.last, done.taken_down) == (len(before), set())
    assert list(Leaf.objects.order_by("index").values_list("data", flat=True)) == before
    assert published.state()["at"] is not None
    live.walk("published")
    actions.Keeper().turn()
    now = verifying.verify_checkpoint(tiles.Files(actions.folder()).read, published.vkeys(), kept)[1]
    assert now.code == verifying.VERIFIED, (
        "what was signed before the disaster is the beginning of what is signed now"
    )
    codes = every_proof_holds()
    assert codes.count(verifying.REMOVED) > 0, "texts that went with the database are not there"
    finding = verifying.verify_receipt(published.receipt(str(first.id)) or b"", published.vkeys())
    assert finding.code == verifying.VERIFIED
    again = recovering.recover()
    assert again.first == again.last


def test_texts_that_the_database_has_open_again_and_nothing_stands_twice_for_nothing(
    live: District, keeper: Keeper
) -> None:
    """The copy of the database was made between an act and its leaf: the act is known, the leaf is not."""
    keeper.turn()
    night = Night()
    question = live.walk("published")
    live.hour_does("pause", reason_code="backlog")
    keeper.turn()
    before = Leaf.objects.count()
    night.comes_back()
    recovering.recover()
    actions.Keeper().turn()
    every_proof_holds()
    finding = verifying.verify_receipt(published.receipt(str(question.id)) or b"", published.vkeys())
    assert finding.code == verifying.VERIFIED
    assert dict(finding.texts)["title"] == question.title
    told = [json.loads(data) for data in Leaf.objects.order_by("index").values_list("data", flat=True)]
    assert {one["kind"] for one in told[before:] if not one["texts"]} == {"record.recovered"}
    assert [one["kind"] for one in told].count("hour.paused") == 1
    actions.Keeper().turn()
    assert Leaf.objects.count() == len(told)


def test_what_was_taken_down_since_is_taken_down_again_and_named(live: District, keeper: Keeper) -> None:
    question = live.walk("published")
    keeper.turn()
    night, then = Night(), heads()
    live.does("moderator", "withhold", question, code="personal_data")
    live.does("coordinator", "confirm_withhold", question)
    keeper.turn()
    night.comes_back()
    forget_entries(then)
    question.withholdings.all().delete()
    type(question).objects.filter(id=question.id).update(withheld="")
    assert Opening.objects.filter(question=question.id).exists()
    assert recovering.recover().taken_down == {question.id}
    assert not Opening.objects.filter(question=question.id).exists()
    actions.Keeper().turn()
    every_proof_holds()


def test_a_clarification_taken_down_since_is_named_too(live: District, keeper: Keeper) -> None:
    words = {"rumour": "幼儿园要停办", "fact": "没有停办", "source": "区教育局", "dated": "2026-11-30"}
    row = remarks.draft_clarification(live.actor("editor"), words)
    remarks.sign_clarification(live.actor("mayor"), row.id)
    keeper.turn()
    night, then = Night(), heads()
    remarks.cover_clarification(live.actor("moderator"), "withhold", row.id, {"code": "minor"})
    remarks.cover_clarification(live.actor("coordinator"), "confirm_withhold", row.id, {})
    keeper.turn()
    night.comes_back()
    forget_entries(then)
    nobody: dict[str, Any] = dict.fromkeys(("withheld_by", "withheld_at", "confirmed_by", "confirmed_at"))
    type(row).objects.filter(id=row.id).update(withheld="", **nobody)
    about = {"leaf__subject": "clarification", "leaf__subject_id": row.id}
    assert Opening.objects.filter(**about).exists()
    done = recovering.recover()
    assert (done.taken_down, done.things) == (set(), {("clarification", row.id)})
    assert not Opening.objects.filter(**about).exists()


def test_a_key_made_since_is_known_by_its_kept_half(live: District, keeper: Keeper) -> None:
    first, second = (
        people.give_office(people.create_account(office, office), office).account
        for office in ("system", "security")
    )
    keeper.turn()
    night = Night()
    then = heads()
    for what, act in (("rotate", key_changes.rotate_key), ("retire", key_changes.retire_key)):
        key_changes.confirm(second, key_changes.propose(first, what).id)
        act()
        keeper.turn()
    old, new = Key.objects.order_by("id").values_list("vkey", flat=True)
    night.comes_back()
    forget_entries(then)
    recovering.recover()
    assert dict(Key.objects.values_list("vkey", "retired_at"))[new] is None
    assert dict(Key.objects.values_list("vkey", "retired_at"))[old] is not None
    actions.Keeper().turn()
    every_proof_holds()


def test_another_record_is_never_joined(live: District, keeper: Keeper, tmp_path: Path) -> None:
    live.walk("published")
    keeper.turn()
    ours = tmp_path / "ours"
    shutil.copytree(actions.folder(), ours)
    signer = keys.signers()[0]
    size = Leaf.objects.count()
    shutil.rmtree(actions.folder())
    tree = Tree(tiles.Files(actions.folder()))
    list(tree.append(b'{"kind":"x"}' for _number in range(size + 5)))
    list(tree.flush())
    forged = notes.Checkpoint(signer.name, tree.size, tree.root)
    tree.files.replace(tiles.CHECKPOINT, bytes(forged.signed([signer])))
    with pytest.raises(tiles.RecordBroken, match="another record"):
        recovering.recover()
    assert Leaf.objects.count() == size
    assert "part within" in copies.part(ours)


@pytest.mark.parametrize("size", [0, 1, 2, 3, 255, 256, 257, 700])
def test_an_edge_gives_the_root_by_definition(size: int) -> None:
    hashes = [merkle.leaf_hash(b"%d" % number) for number in range(size)]
    edge = merkle.Edge()
    for one in hashes:
        edge.push(one)
    assert edge.root == merkle.root(
        lambda height, at: merkle.fold(hashes[at << height : at + 1 << height]), size
    )


@pytest.mark.parametrize("size", [1, 255, 256, 257, 70_000])
def test_the_addresses_of_a_size_are_the_files_that_a_tree_of_it_has(size: int, tmp_path: Path) -> None:
    tree = Tree(tiles.Files(tmp_path))
    written = set(tree.append(b"x" for _number in range(size))) | set(tree.flush())
    assert set(tiles.addresses(size)) == written


def test_a_copy_is_the_log_of_its_checkpoint_also_when_the_record_has_grown(
    live: District, keeper: Keeper, tmp_path: Path
) -> None:
    keeper.turn()
    then = copies.read_checkpoint() or b""
    told: dict[str, Any] = {}
    live.walk("published")
    keeper.turn()
    for where, content in copies.files_of(then):
        (tmp_path / where).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / where).write_bytes(content)
    (tmp_path / tiles.CHECKPOINT).write_bytes(then)
    assert copies.examine(tmp_path, "default") == ""
    assert copies.part(tmp_path) == ""
    assert "record-recover" in copies.settle(tmp_path)
    assert copies.read_checkpoint() != then, "what the world has seen is not cut short"
    told["log"] = proven.log(State("default", tmp_path, tmp_path))
    assert proven.log_goes_on(told["log"], State("default", tmp_path, actions.folder())) == ""
    row = Leaf.objects.get(index=0)
    Leaf.objects.filter(index=0).delete()
    Leaf.objects.create(index=0, kind=row.kind, data="{}")
    assert copies.examine(tmp_path, "default")


def test_stamps_of_another_clock_come_along(
    live: District, keeper: Keeper, tmp_path: Path, settings: Any
) -> None:
    live.walk("published")
    keeper.turn()
    checkpoint = copies.read_checkpoint() or b""
    size = notes.parse_checkpoint(notes.parse_note(checkpoint)).size
    files = tiles.Files(actions.folder())
    for name, content in ((f"stamps/{size}", checkpoint), (f"stamps/{size}.tsr", b"token")):
        files.write(name, content)
        files.write(f"stamps/{size + 1}{name[len(f'stamps/{size}') :]}", content)
    found = dict(copies.files_of(checkpoint))
    assert {name for name in found if "stamps" in name} == {f"stamps/{size}", f"stamps/{size}.tsr"}
    assert all(copies.is_file(name) for name in found)
    assert not any(
        copies.is_file(name) for name in ("stamps/x", "stamps/../record.key", "stamps.json", "stamps/1.tsr/x")
    )
    for name, content in (found | {tiles.CHECKPOINT: checkpoint}).items():
        (tmp_path / "backup" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "backup" / name).write_bytes(content)
    settings.RECORD_DIR = tmp_path / "again"
    for _time in range(2):
        assert copies.settle(tmp_path / "backup") == ""
    assert (tmp_path / "again" / "stamps" / f"{size}.tsr").read_bytes() == b"token"
    assert copies.examine(actions.folder(), "default") == ""
