"""Hashes and proofs: the values of RFC 6962, and the same as the definition written down naively."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.record import naive
from townhall.record import merkle

# The eight leaves by which implementations of Certificate Transparency are compared, and the roots over them.
CLASSIC = [bytes.fromhex(text) for text in (
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
)]  # fmt: skip
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
sizes = st.integers(1, 300)


def leaves(size: int) -> list[bytes]:
    return [b"leaf %d" % number for number in range(size)]


def node_of(entries: list[bytes]) -> merkle.Node:
    def node(height: int, place: int) -> bytes:
        first = place << height
        return merkle.fold([merkle.leaf_hash(one) for one in entries[first : first + (1 << height)]])

    return node


@pytest.mark.parametrize("size", range(1, 9))
def test_the_roots_of_the_classic_leaves(size: int) -> None:
    assert merkle.root(node_of(CLASSIC), size).hex() == ROOTS[size - 1]


def test_an_empty_tree_has_the_hash_of_nothing() -> None:
    assert merkle.root(node_of([]), 0).hex() == (
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    )


def test_the_paths_of_rfc_6962_section_2_1_3() -> None:
    """The tree of seven leaves that the RFC draws."""
    data = [b"d%d" % number for number in range(7)]
    a, b, c, d, e, f, j = (merkle.leaf_hash(one) for one in data)
    g, h, i = merkle.node_hash(a, b), merkle.node_hash(c, d), merkle.node_hash(e, f)
    k, l_ = merkle.node_hash(g, h), merkle.node_hash(i, j)
    node = node_of(data)
    assert merkle.inclusion_proof(node, 0, 7) == [b, h, l_]
    assert merkle.inclusion_proof(node, 3, 7) == [c, g, l_]
    assert merkle.inclusion_proof(node, 4, 7) == [f, j, k]
    assert merkle.inclusion_proof(node, 6, 7) == [i, k]
    assert merkle.consistency_proof(node, 3, 7) == [c, d, g, l_]
    assert merkle.consistency_proof(node, 4, 7) == [l_]
    assert merkle.consistency_proof(node, 6, 7) == [i, j, k]


@given(st.data())
def test_an_inclusion_proof_is_the_naive_one_and_holds(data: st.DataObject) -> None:
    size = data.draw(sizes)
    index = data.draw(st.integers(0, size - 1))
    entries = leaves(size)
    found = merkle.inclusion_proof(node_of(entries), index, size)
    assert found == naive.path(index, entries)
    assert merkle.included(merkle.leaf_hash(entries[index]), index, size, found, naive.root(entries))


@given(st.data())
def test_a_consistency_proof_is_the_naive_one_and_holds(data: st.DataObject) -> None:
    new = data.draw(sizes)
    old = data.draw(st.integers(0, new))
    entries = leaves(new)
    found = merkle.consistency_proof(node_of(entries), old, new)
    assert found == naive.proof(old, entries)
    assert merkle.consistent(old, naive.root(entries[:old]), new, naive.root(entries), found)


@given(st.data())
def test_a_changed_inclusion_proof_does_not_hold(data: st.DataObject) -> None:
    size = data.draw(sizes)
    index = data.draw(st.integers(0, size - 1))
    entries = leaves(size)
    leaf, root = merkle.leaf_hash(entries[index]), naive.root(entries)
    found = naive.path(index, entries)
    other = data.draw(st.integers(0, size - 1).filter(lambda one: one != index)) if size > 1 else size
    assert not merkle.included(leaf, other, size, found, root)
    assert not merkle.included(leaf, index, size, [*found, bytes(32)], root)
    assert not merkle.included(merkle.leaf_hash(b"other"), index, size, found, root)
    if found:
        place = data.draw(st.integers(0, len(found) - 1))
        assert not merkle.included(leaf, index, size, found[:place] + found[place + 1 :], root)
        assert not merkle.included(leaf, index, size, [*found[:place], bytes(32), *found[place + 1 :]], root)


@given(st.data())
def test_a_fork_has_no_consistency_proof(data: st.DataObject) -> None:
    """One leaf of the past is another: no proof made from the new tree leads to the old root."""
    new = data.draw(sizes)
    old = data.draw(st.integers(1, new))
    entries = leaves(new)
    forked = list(entries)
    forked[data.draw(st.integers(0, old - 1))] = b"rewritten"
    found = merkle.consistency_proof(node_of(forked), old, new)
    assert not merkle.consistent(old, naive.root(entries[:old]), new, naive.root(forked), found)


@pytest.mark.parametrize(("index", "size"), [(-1, 4), (4, 4), (0, 0)])
def test_there_is_no_proof_of_what_is_not_there(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="no leaf"):
        merkle.inclusion_proof(node_of(leaves(8)), index, size)
    assert not merkle.included(bytes(32), index, size, [], bytes(32))


def test_a_larger_tree_is_no_beginning() -> None:
    with pytest.raises(ValueError, match="no beginning"):
        merkle.consistency_proof(node_of(leaves(8)), 5, 4)
    assert not merkle.consistent(5, bytes(32), 4, bytes(32), [])
