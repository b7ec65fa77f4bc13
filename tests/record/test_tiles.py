"""The tree as files: the same roots as the definition, whatever the sizes at which it was published."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.record import naive
from townhall.record import merkle, tiles
from townhall.record.growing import Tree

if TYPE_CHECKING:
    from pathlib import Path


def entries(size: int) -> list[bytes]:
    return [b"%d" % number for number in range(size)]


def grown(folder: Path, *sizes: int) -> Tree:
    """A tree published at each of these sizes in turn, taken up from its files every time."""
    files = tiles.Files(folder)
    whole, size = entries(sizes[-1]), 0
    tree = Tree(files)
    for goal in sizes:
        tree = Tree(files, size)
        list(tree.append(whole[size:goal]))
        list(tree.flush())
        tree.tidy()
        size = goal
    return tree


@pytest.mark.parametrize(("number", "width", "expected"), [
    (0, 256, "tile/0/000"), (67, 1, "tile/0/067.p/1"), (1234067, 256, "tile/0/x001/x234/067"),
    (1234067, 255, "tile/0/x001/x234/067.p/255"),
])  # fmt: skip
def test_the_addresses_are_those_of_the_standard(number: int, width: int, expected: str) -> None:
    assert tiles.address(0, number, width) == expected
    assert tiles.is_address(expected)


@pytest.mark.parametrize("bad", [
    "tile/64/000", "tile/00/000", "tile/0/0", "tile/0/000.p/0", "tile/0/000.p/256", "tile/0/000.p/01", "tile/0/../000",
    "tile/0/x001/x234", "tile/0/001/234", "tile/entries/000/", "tile/0/000\n", "tile/0/000.p", "/tile/0/000", "checkpoint",
])  # fmt: skip
def test_nothing_else_is_an_address(bad: str) -> None:
    assert not tiles.is_address(bad)


def test_a_tree_of_70000_has_the_tiles_of_the_standard(tmp_path: Path) -> None:
    """The example of the standard: 273 full tiles and parts of 112, 17 and 1."""
    tree = grown(tmp_path, 70_000)
    found = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    level = {name for name in found if name.startswith("tile/0/")}
    assert len(level) == 274
    assert {"tile/0/273.p/112", "tile/1/000", "tile/1/001.p/17", "tile/2/000.p/1"} <= found
    assert {"tile/entries/272", "tile/entries/273.p/112"} <= found
    assert tree.root == merkle.root(tree.files.node(70_000), 70_000)


def test_a_tree_of_256_has_a_part_of_one_above(tmp_path: Path) -> None:
    grown(tmp_path, 256)
    found = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert found == {"tile/0/000", "tile/1/000.p/1", "tile/entries/000"}


@given(st.lists(st.integers(0, 700), min_size=1, max_size=5).map(sorted))
def test_the_tree_is_the_same_however_it_grew(
    tmp_path_factory: pytest.TempPathFactory, steps: list[int]
) -> None:
    tree = grown(tmp_path_factory.mktemp("log"), *steps)
    size = steps[-1]
    whole = entries(size)
    assert tree.root == naive.root(whole)
    for step in steps:
        node = tree.files.node(step)
        assert merkle.root(node, step) == naive.root(whole[:step])
        assert merkle.consistency_proof(tree.files.node(size), step, size) == naive.proof(step, whole)
    if size:
        assert merkle.inclusion_proof(tree.files.node(size), size // 2, size) == naive.path(size // 2, whole)
    read = [entry for _first, bundle in tiles.bundles(tree.files.read, size) for entry in bundle]
    assert read == whole


def test_a_part_is_still_served_when_its_tile_is_full(tmp_path: Path) -> None:
    files = grown(tmp_path, 100, 300).files
    assert not (tmp_path / "tile/0/000.p").exists()
    assert tiles.hashes(files.read("tile/0/000.p/100")) == [merkle.leaf_hash(one) for one in entries(100)]
    assert tiles.unbundle(files.read("tile/entries/000.p/100")) == entries(100)
    with pytest.raises(FileNotFoundError):
        files.read("tile/0/001.p/200")


def test_what_was_published_is_never_written_over(tmp_path: Path) -> None:
    files = grown(tmp_path, 300).files
    tree = Tree(files)
    with pytest.raises(tiles.RecordBroken, match="tile/entries/000"):
        list(tree.append([b"another past"] * 256))
    files.write("tile/0/000", files.read("tile/0/000"))


def test_an_entry_too_long_for_a_bundle_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="65536"):
        list(Tree(tiles.Files(tmp_path)).append([bytes(65_536)]))


@pytest.mark.parametrize("data", [b"\x00", b"\x00\x05abc", b"\x00\x01a\x00\x02b"])
def test_a_bundle_that_ends_in_the_middle_is_refused(data: bytes) -> None:
    with pytest.raises(tiles.RecordBroken):
        tiles.unbundle(data)


def test_tiles_are_for_anybody_and_nothing_else_is(tmp_path: Path) -> None:
    umask = os.umask(0o077)
    try:
        files = tiles.Files(tmp_path / "public" / "record")
        files.write("tile/0/x001/234", b"hash")
        files.replace("cosigned", b"what witnesses said")
    finally:
        os.umask(umask)
    mode = {path: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "public").rglob("*")}
    for path in (files.folder / "tile/0/x001/234", files.folder / "tile/0/x001", files.folder):
        assert mode[path] & 0o044 == 0o044, path
        assert mode[path] & 0o022 == 0, path
    assert mode[files.folder / "cosigned"] == 0o600
