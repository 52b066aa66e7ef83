"""Blocks of a local chain are replaced, and what was in them may be sent again.

anvil only takes blocks away: what a real chain does besides is done here. The new chain is as long
as the old one, or longer; its clock does not go back; nothing that was dropped is in the pool.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from beamer_agent.devnet.chain import LocalChain
from beamer_agent.types import Address


class Means(StrEnum):
    """How anvil does it."""

    REORG = "anvil_reorg"
    """Empty blocks stand in the place of the old ones; what waits in the pool stays there."""
    ROLLBACK = "anvil_rollback"
    """The old blocks are gone; the next transaction is mined where the first of them was."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """A transaction whose block was replaced."""

    sender: Address
    raw: bytes

    def send_again(self, chain: LocalChain) -> None:
        """The same transaction, as it would be in a real pool."""
        chain.client.send_raw_transaction(self.raw)


def replace_blocks(
    chain: LocalChain,
    depth: int,
    means: Means,
    meanwhile: Callable[[Sequence[Dropped]], None] = lambda _: None,
) -> Sequence[Dropped]:
    """Replace the newest blocks; what was in them, oldest first.

    Args:
        chain: whose.
        depth: how many.
        means: how anvil does it.
        meanwhile: called with the same when the old blocks are gone, before there are more blocks
            than before.
    """
    head = chain.client.head()
    dropped = _transactions(chain, range(head.number - depth + 1, head.number + 1))
    if means is Means.REORG:
        chain.client.call("anvil_reorg", depth, [])
    else:
        chain.client.call("anvil_rollback", depth)
    chain.client.call("anvil_setTime", head.timestamp + 1)
    meanwhile(dropped)
    missing = head.number + 1 - chain.height()
    if means is Means.ROLLBACK and missing > 0:
        chain.mine(missing)
    return dropped


def _transactions(chain: LocalChain, numbers: Sequence[int]) -> list[Dropped]:
    blocks = chain.client.batch([("eth_getBlockByNumber", (hex(n), True)) for n in numbers])
    mined: list[dict[str, Any]] = [each for block in blocks for each in block["transactions"]]
    raws = chain.client.batch([("eth_getRawTransactionByHash", (each["hash"],)) for each in mined])
    return [
        Dropped(Address(each["from"]), bytes.fromhex(raw[2:]))
        for each, raw in zip(mined, raws, strict=True)
    ]
