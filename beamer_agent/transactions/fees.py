"""What a transaction offers per gas: EIP-1559 where the chain has a base fee, else a gas price."""

from dataclasses import dataclass
from typing import Final

from structlog.typing import FilteringBoundLogger

from beamer_agent.errors import RpcResponseError
from beamer_agent.rpc.client import ChainClient
from beamer_agent.rpc.model import Block
from beamer_agent.types import Wei

REPLACEMENT_CAP: Final = 10
"""A replacement never offers more than this many times what is suggested at its time."""

TIP_CEILING: Final = Wei(50 * 10**9)
"""A tip up to this, in wei per gas, is believed on any chain, however low its base fee is.

Tips follow the base fee where it is high, so that one above both is a mistake or a lie. Where it
is low: rollups are content with less than 1 gwei, Ethereum with some gwei, and the highest that
pools insist on are Polygon's 25 to 30 gwei, which this must exceed.
"""
MOST_TIP: Final = Wei(500 * 10**9)
"""No tip above this, in wei per gas, whatever the base fee: the endpoint tells that one as well.

It is the most that geth suggests unless told otherwise (`--gpo.maxprice`). On a chain whose base
fee is above, as Polygon's was for hours, the base fee decides who is mined.
"""
GAS_PRICE_CEILING: Final = Wei(5_000 * 10**9)
"""The highest gas price, in wei per gas, that is believed on chains without a base fee.

There is nothing to compare it with, and the dearest of these chains ask for thousands of gwei of
currencies that are worth little.
"""


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


class FeeSource:
    """What a chain's endpoints suggest, within bounds. Used by the sender's thread only.

    Nobody is locked out by the bounds: what they make too cheap is taken by pools all the same,
    and replaced by an eighth more again and again, up to ten times as much.
    """

    def __init__(self, client: ChainClient, logger: FilteringBoundLogger) -> None:
        self._client = client
        self._logger = logger
        self._base_fee: Wei | None = None
        self._is_told = False

    def fees(self, head: Block) -> Fees:
        """Enough for the base fee to double before the transaction is mined.

        Raises:
            RpcError: the chain does not answer.
        """
        if head.base_fee is not None:
            # A chain that has one keeps it: a head without one is no reason to pay a gas price.
            self._base_fee = head.base_fee
        suggested = _suggested(self._client, self._base_fee)
        fees = _bounded(suggested, self._base_fee)
        if fees != suggested and not self._is_told:
            self._logger.warning(
                "Endpoint suggests a fee out of all proportion",
                suggested=_offer(suggested),
                offered=_offer(fees),
                base_fee=self._base_fee,
            )
        self._is_told = fees != suggested
        return fees


def suggest_fees(client: ChainClient, head: Block) -> Fees:
    """The same for those who only want to know what gas costs.

    Raises:
        RpcError: the chain does not answer.
    """
    return _bounded(_suggested(client, head.base_fee), head.base_fee)


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


def _suggested(client: ChainClient, base_fee: Wei | None) -> Fees:
    if base_fee is None:
        return Fees(client.gas_price(), None)
    priority = _priority(client, base_fee)
    return Fees(Wei(2 * base_fee + priority), priority)


def _bounded(fees: Fees, base_fee: Wei | None) -> Fees:
    if fees.priority is None or base_fee is None:
        return Fees(min(fees.maximum, GAS_PRICE_CEILING), None)
    priority = min(fees.priority, max(base_fee, TIP_CEILING), MOST_TIP)
    return Fees(Wei(2 * base_fee + priority), priority)


def _offer(fees: Fees) -> Wei:
    """What the endpoint has named: the tip, or the gas price."""
    return fees.maximum if fees.priority is None else fees.priority


def _priority(client: ChainClient, base_fee: Wei) -> Wei:
    try:
        return client.priority_fee()
    except RpcResponseError:
        # Some chains with a base fee do not know the method; their gas price holds the tip.
        return Wei(max(0, client.gas_price() - base_fee))


def _raised(price: Wei) -> Wei:
    return Wei(price + price // 8 + 1)
