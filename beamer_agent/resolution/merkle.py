"""The tree under a local rollup's roots: pairs hashed in sorted order, an odd last node moves up.

The leaves are the hashes of the L2's messages, in the order of their nonces.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from eth_utils.crypto import keccak


@dataclass(frozen=True, slots=True)
class MerkleTree:
    """All levels, the leaves first; there is at least one leaf."""

    levels: tuple[tuple[bytes, ...], ...]

    @classmethod
    def of(cls, leaves: Sequence[bytes]) -> "MerkleTree":
        """The tree over leaves, in their order."""
        levels = [tuple(leaves)]
        while len(levels[-1]) > 1:
            levels.append(_parents(levels[-1]))
        return cls(tuple(levels))

    @property
    def root(self) -> bytes:
        """The hash over everything."""
        return self.levels[-1][0]

    def proof(self, position: int) -> list[bytes]:
        """The siblings on the way from a leaf to the root."""
        siblings = []
        for level in self.levels[:-1]:
            sibling = position ^ 1
            if sibling < len(level):
                siblings.append(level[sibling])
            position //= 2
        return siblings


def _parents(level: tuple[bytes, ...]) -> tuple[bytes, ...]:
    pairs = [level[first : first + 2] for first in range(0, len(level), 2)]
    return tuple(keccak(b"".join(sorted(pair))) if len(pair) == 2 else pair[0] for pair in pairs)
