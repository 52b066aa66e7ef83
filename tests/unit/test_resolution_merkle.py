"""MerkleTree: roots and proofs as the contracts on L1 verify them."""

import pytest
from eth_utils.crypto import keccak

from beamer_agent.devnet.merkle import merkle_root
from beamer_agent.resolution.merkle import MerkleTree

pytestmark = pytest.mark.unit


def leaves(count: int) -> list[bytes]:
    """So many different hashes."""
    return [keccak(number.to_bytes(32, "big")) for number in range(count)]


@pytest.mark.parametrize("count", range(1, 18))
def test_every_leafs_proof_leads_to_the_root(count: int) -> None:
    """Pairs are hashed in sorted order; an odd last node has no sibling on its level."""
    tree = MerkleTree.of(leaves(count))
    for position, leaf in enumerate(leaves(count)):
        node = leaf
        for sibling in tree.proof(position):
            node = keccak(min(node, sibling) + max(node, sibling))
        assert node == tree.root


@pytest.mark.parametrize("count", range(1, 18))
def test_the_root_is_that_of_the_native_bridge(count: int) -> None:
    """Two people have written it down, from the same sentence."""
    assert MerkleTree.of(leaves(count)).root == merkle_root(leaves(count))
