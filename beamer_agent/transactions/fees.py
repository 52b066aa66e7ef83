"""What a transaction offers per gas: EIP-1559 where the chain has a base fee, else a gas price."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from structlog.typing import FilteringBoundLogger

from beamer_agent.actions.model import Action
from beamer_agent.clock import Clock
from beamer_agent.economy.market import Market, MarketReader, ask_market
from beamer_agent.rpc.client import ChainClient, Request
from beamer_agent.rpc.model import Block
from beamer_agent.transactions.fee_limits import FeeLimits
from beamer_agent.types import Timestamp, Wei

REPLACEMENT_CAP: Final = 10
"""A replacement never offers more than this many times what is offered at its time."""


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
    """What is offered on one chain, within the operator's limits. Of the sender's thread.

    The chain is asked at most once for a head; `requests` may go along in a batch of the sender.

    Nobody is locked out by the bounds on what endpoints say: what they make too cheap is taken by
    pools all the same, and replaced by an eighth more again and again, up to ten times as much.
    Where pools do not take it, `doubt`.
    """

    def __init__(
        self, client: ChainClient, limits: FeeLimits, clock: Clock, logger: FilteringBoundLogger
    ) -> None:
        self._client = client
        self._limits = limits
        self._clock = clock
        self._logger = logger
        self._reader = MarketReader(limits.least_tip)
        self._known: tuple[Block, Market] | None = None
        self._is_lie_told = False
        self._told_caps: set[Wei] = set()

    def requests(self, head: Block) -> list[Request]:
        """What to ask for the prices of this head; empty when they are known."""
        if self._market_of(head) is not None:
            return []
        self._reader.know(head)
        return self._reader.questions()

    def take(self, results: Sequence[Any], head: Block) -> None:
        """Take the results of `requests`; an RpcError where one failed.

        When they are of no use, the chain is asked again by whoever needs the prices.
        """
        if self._market_of(head) is not None:
            return  # somebody needed them meanwhile
        market = self._reader.take(results, head)
        if market is not None:
            self._learn(market, head)

    def doubt(self) -> None:
        """A pool has refused what was offered, as too cheap: it is asked for anew."""
        self._reader.doubt()
        self._known = None

    def fees(self, head: Block) -> Fees:
        """Enough for the base fee to double before the transaction is mined, whatever it costs.

        Raises:
            RpcError: the chain does not answer.
        """
        return _fees(self._market(head))

    def offer(self, actions: Sequence[Action], head: Block) -> Fees | None:
        """The same within the highest cap of these actions; None: gas is too dear for them.

        `actions` are those that the transaction carries out, and those that wait behind its nonce.

        Raises:
            RpcError: the chain does not answer.
        """
        fees = self.fees(head)
        cap = self._limits.cap(actions, self._now(head))
        if cap is None:
            return fees
        least = self._least(self._market(head))
        if least > cap:
            self._tell_of_cap(least, cap)
            return None
        self._told_caps.discard(cap)
        return _capped(fees, cap)

    def replacement(self, previous: Fees, actions: Sequence[Action], head: Block) -> Fees | None:
        """What to offer in place of `previous`; None: no more than that for now.

        At least an eighth more, for pools insist on it: geth, Erigon, Nethermind, Besu, Reth and
        Bor want a tenth more of both prices, OpenEthereum and its heirs an eighth. The wei on top
        is for prices so small that an eighth of them is nothing.

        Raises:
            RpcError: the chain does not answer.
        """
        offered = self.offer(actions, head)
        if offered is None:
            return None
        fees = replacement_fees(previous, offered)
        cap = self._limits.cap(actions, self._now(head))
        if fees is None or (cap is not None and fees.maximum > cap):
            return None
        return fees

    def _now(self, head: Block) -> Timestamp:
        # Some chains make no block for a while: their next one has the clock's time.
        return max(head.timestamp, self._clock.now())

    def _least(self, market: Market) -> Wei:
        """What must be offered at least for being mined at all."""
        if market.base_fee is None:
            return market.tip
        return Wei(market.base_fee + self._limits.least_tip)

    def _market(self, head: Block) -> Market:
        known = self._market_of(head)
        return known or self._learn(ask_market(self._client, self._reader, head), head)

    def _market_of(self, head: Block) -> Market | None:
        return self._known[1] if self._known and self._known[0] == head else None

    def _learn(self, market: Market, head: Block) -> Market:
        self._known = head, market
        self._tell_of_lies(market)
        return market

    def _tell_of_lies(self, market: Market) -> None:
        is_lie = market.suggested > market.tip
        if is_lie and not self._is_lie_told:
            self._logger.warning(
                "Endpoint suggests a fee out of all proportion",
                suggested=market.suggested,
                offered=market.tip,
                base_fee=market.base_fee,
            )
        self._is_lie_told = is_lie

    def _tell_of_cap(self, least: Wei, cap: Wei) -> None:
        if cap not in self._told_caps:
            self._told_caps.add(cap)
            self._logger.warning("Gas is too dear to send", gas_price=least, max_gas_price=cap)


def suggest_fees(client: ChainClient, head: Block) -> Fees:
    """The same without limits, for those who only want to know what gas costs.

    Raises:
        RpcError: the chain does not answer.
    """
    return _fees(ask_market(client, MarketReader(), head))


def replacement_fees(previous: Fees, offered: Fees) -> Fees | None:
    """What nodes accept in place of `previous`: an eighth more, or what is offered now.

    None when that is beyond the cap: a transaction that is not mined at such a price is not kept
    out by its price.
    """
    maximum = max(_raised(previous.maximum), offered.maximum)
    if maximum > REPLACEMENT_CAP * offered.maximum:
        return None
    if previous.priority is None or offered.priority is None:
        return Fees(maximum, None)
    return Fees(maximum, max(_raised(previous.priority), offered.priority))


def _fees(market: Market) -> Fees:
    if market.base_fee is None:
        return Fees(market.tip, None)
    return Fees(Wei(2 * market.base_fee + market.tip), market.tip)


def _capped(fees: Fees, cap: Wei) -> Fees:
    maximum = min(fees.maximum, cap)
    return Fees(maximum, None if fees.priority is None else min(fees.priority, maximum))


def _raised(price: Wei) -> Wei:
    return Wei(price + price // 8 + 1)
