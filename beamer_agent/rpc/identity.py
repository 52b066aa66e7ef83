"""Which chain an endpoint serves."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from beamer_agent.errors import RpcError, RpcPayloadError
from beamer_agent.rpc.envelope import Request
from beamer_agent.rpc.model import hash_of, quantity
from beamer_agent.types import BlockHash, ChainId

QUESTIONS: Final[tuple[Request, ...]] = (
    ("eth_chainId", ()),
    ("eth_getBlockByNumber", ("0x0", False)),
)


@dataclass(frozen=True, slots=True)
class Identity:
    """What tells chains apart: a copy of a chain may have its id."""

    chain_id: ChainId
    genesis: BlockHash | None
    """Hash of block 0; None where an endpoint does not have it."""

    def is_same(self, other: "Identity") -> bool:
        """Whether both may be one chain."""
        is_one = self.genesis == other.genesis or None in (self.genesis, other.genesis)
        return self.chain_id == other.chain_id and is_one

    def sentence(self) -> str:
        """In words, for an operator."""
        genesis = "unknown" if self.genesis is None else "0x" + self.genesis.hex()
        return f"chain id {self.chain_id}, block 0 {genesis}"


def identity_of(results: Sequence[Any]) -> Identity:
    """What an endpoint answered to `QUESTIONS`.

    Raises:
        RpcError: it did not tell its chain id.
    """
    chain_id, block = results
    if isinstance(chain_id, RpcError):
        raise chain_id
    try:
        return Identity(ChainId(quantity(chain_id)), _hash(block))
    except RpcPayloadError:
        raise RpcPayloadError("the endpoint does not tell its chain id") from None


def _hash(block: Any) -> BlockHash | None:
    # Pruned nodes have no old blocks, and some providers say so with an error.
    if not isinstance(block, dict):
        return None
    try:
        return BlockHash(hash_of(block.get("hash")))
    except RpcPayloadError:
        return None
