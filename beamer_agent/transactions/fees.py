"""What a transaction offers per gas: EIP-1559 where the chain has a base fee, else a gas price."""

from dataclasses import dataclass
from typing import Final

from beamer_agent.errors import RpcResponseError
from beamer_agent.rpc.client import ChainClient
from beamer_agent.rpc.model import Block
from beamer_agent.types import Wei

REPLACEMENT_CAP: Final = 10
"""A replacement never offers more than this many times what is suggested at its time."""


@dataclass(frozen=True, slots=True)
class Fees:
    """Wei per gas. `priority` is None on chains without a base fee."""

    maximum: Wei
    priority: Wei | None

    def fields(self) -> dict[str, int]:
        """The fields of a transaction dictionary."""
        if self.priority is None:
            return {"gasPrice": self.maximum}
        return {
            "type": 2,
            "maxFeePerGas": self.maximum,
            "maxPriorityFeePerGas": self.priority,
        }


def suggest_fees(client: ChainClient, head: Block) -> Fees:
    """Enough for the base fee to double before the transaction is mined.

    Raises:
        RpcError: the chain does not answer.
    """
    if head.base_fee is None:
        return Fees(client.gas_price(), None)
    priority = _priority(client, head.base_fee)
    return Fees(Wei(2 * head.base_fee + priority), priority)


def replacement_fees(previous: Fees, suggested: Fees) -> Fees | None:
    """What nodes accept in place of `previous`: an eighth more (they ask for a tenth), or more.

    None when that is beyond the cap: a transaction that is not mined at such a price is not kept
    out by its price.
    """
    maximum = max(_raised(previous.maximum), suggested.maximum)
    if maximum > REPLACEMENT_CAP * suggested.maximum:
        return None
    if previous.priority is None or suggested.priority is None:
        return Fees(maximum, None)
    return Fees(maximum, max(_raised(previous.priority), suggested.priority))


def _priority(client: ChainClient, base_fee: Wei) -> Wei:
    try:
        return client.priority_fee()
    except RpcResponseError:
        # Some chains with a base fee do not know the method; their gas price holds the tip.
        return Wei(max(0, client.gas_price() - base_fee))


def _raised(price: Wei) -> Wei:
    return Wei(price + price // 8 + 1)
