"""The tree of messages: its shape, and that every proof leads to the root."""

import pytest
from eth_utils.crypto import keccak

from beamer_agent.devnet.merkle import merkle_proof, merkle_root

pytestmark = pytest.mark.unit

LEAVES = [keccak(bytes([number])) for number in range(20)]


def parent(one: bytes, other: bytes) -> bytes:
    """A node as the contract computes it."""
    return keccak(min(one, other) + max(one, other))


def climbed(leaf: bytes, siblings: list[bytes]) -> bytes:
    """Where a proof leads to."""
    node = leaf
    for sibling in siblings:
        node = parent(node, sibling)
    return node


def test_single_leaf_is_its_own_root() -> None:
    """There is nothing to prove."""
    assert merkle_root(LEAVES[:1]) == LEAVES[0]
    assert merkle_proof(LEAVES[:1], 0) == []


def test_odd_leaf_moves_up_unchanged() -> None:
    """The third of three leaves stands beside the node of the first two."""
    pair = parent(LEAVES[0], LEAVES[1])
    assert merkle_root(LEAVES[:3]) == parent(pair, LEAVES[2])
    assert merkle_proof(LEAVES[:3], 2) == [pair]


def test_odd_leaf_moves_up_over_several_levels() -> None:
    """The fifth of five leaves stands beside the node of the first four."""
    four = parent(parent(*LEAVES[0:2]), parent(*LEAVES[2:4]))
    assert merkle_root(LEAVES[:5]) == parent(four, LEAVES[4])
    assert merkle_proof(LEAVES[:5], 4) == [four]


@pytest.mark.parametrize("count", range(1, len(LEAVES) + 1))
def test_every_proof_leads_to_the_root(count: int) -> None:
    """Whatever the number of leaves, and for each of them."""
    leaves = LEAVES[:count]
    root = merkle_root(leaves)
    assert [climbed(leaf, merkle_proof(leaves, i)) for i, leaf in enumerate(leaves)] == (
        [root] * count
    )


def test_leaves_given_stay_as_they_are() -> None:
    """A caller's list is not the tree's to change."""
    leaves = list(LEAVES)
    merkle_root(leaves)
    merkle_proof(leaves, 3)
    assert leaves == LEAVES
