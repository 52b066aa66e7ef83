"""The tree of messages that `LocalL1Messenger` keeps the root of: leaves in, root or proof out.

A node is the hash of its two children, the smaller first; the odd one at the end of a level moves
up unchanged.
"""

from collections.abc import Sequence

from eth_utils.crypto import keccak


def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """The root over one or more leaves of 32 bytes."""
    level = list(leaves)
    while len(level) > 1:
        level = _parents(level)
    return level[0]


def merkle_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """The siblings on the way from a leaf up to the root; none for a single leaf."""
    siblings, level = [], list(leaves)
    while len(level) > 1:
        # The one beside it: of an even position the next, of an odd one the one before.
        siblings += level[index ^ 1 : (index ^ 1) + 1]
        level, index = _parents(level), index // 2
    return siblings


def _parents(level: list[bytes]) -> list[bytes]:
    pairs = [level[i : i + 2] for i in range(0, len(level), 2)]
    return [keccak(b"".join(sorted(pair))) if len(pair) == 2 else pair[0] for pair in pairs]
