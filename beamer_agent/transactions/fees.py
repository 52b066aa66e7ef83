"""What a transaction offers per gas: EIP-1559 where the chain has a base fee, else a gas price."""

from dataclasses import dataclass

from beamer_agent.rpc.client import ChainClient
from beamer_agent.rpc.model import Block
from beamer_agent.types import Wei


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
    priority = client.priority_fee()
    return Fees(Wei(2 * head.base_fee + priority), priority)


def replacement_fees(previous: Fees, suggested: Fees) -> Fees:
    """What nodes accept in place of `previous`: an eighth more (they ask for a tenth), or more."""
    maximum = max(_raised(previous.maximum), suggested.maximum)
    if previous.priority is None or suggested.priority is None:
        return Fees(maximum, None)
    return Fees(maximum, max(_raised(previous.priority), suggested.priority))


def _raised(price: Wei) -> Wei:
    return Wei(price + price // 8 + 1)
