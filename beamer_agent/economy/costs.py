"""Costs: what each transaction of a transfer costs on a chain, renewed along with its polls."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from eth_utils.crypto import keccak

from beamer_agent.actions.costs import ActionCosts
from beamer_agent.clock import Clock, SystemClock
from beamer_agent.contracts.call import ContractCall
from beamer_agent.contracts.interface import ERC20_ABI, Contract
from beamer_agent.economy.data_fee import (
    FeeFamily,
    Surcharge,
    read_surcharge,
    surcharge_questions,
)
from beamer_agent.economy.gas_book import APPROVE, CLAIM, FILL, WITHDRAW, GasBook
from beamer_agent.economy.market import MarketReader
from beamer_agent.rpc.client import Request
from beamer_agent.rpc.model import Block
from beamer_agent.types import Wei

COST_SECONDS: Final = 10.0
"""Prices of gas move by an eighth per block at most; those of data more slowly."""

_LABELS: Final = (FILL, CLAIM, WITHDRAW, APPROVE)


class CostSource:
    """Knows the costs on one chain. A `Rider`: it makes no HTTP request of its own.

    `questions` and `take` are for the monitor's thread; `costs` returns the one frozen value that
    `take` has left, to any thread.

    Args:
        calls: an example of each action, for the size of its data; see `example_calls`.
    """

    def __init__(
        self,
        family: FeeFamily,
        calls: Mapping[str, ContractCall],
        book: GasBook,
        reader: MarketReader,
        clock: Clock,
    ) -> None:
        self._family = family
        self._calls = calls
        self._book = book
        self._reader = reader
        self._clock = clock
        self._due_at = 0.0
        self._counts: list[int] = []
        """How many questions were asked last: for the market, then for each label."""
        self._costs: ActionCosts | None = None

    def costs(self) -> ActionCosts | None:
        """What actions are expected to cost; None before the chain has told."""
        return self._costs

    def questions(self) -> Sequence[Request]:
        """Prices, when they are due to be read again."""
        if self._costs is not None and self._clock.monotonic() < self._due_at:
            return ()
        parts = [self._reader.questions(), *map(self._surcharge_questions, _LABELS)]
        self._counts = [len(part) for part in parts]
        return [question for part in parts for question in part]

    def take(self, results: Sequence[Any], head: Block) -> None:
        """Take the prices; those that cannot be read are asked for again."""
        left = list(results)
        parts = [[left.pop(0) for _ in range(count)] for count in self._counts]
        market = self._reader.take(parts[0], head)
        if market is None:
            return
        fill, claim, withdraw, approve = (
            self._cost(label, part, market.price)
            for label, part in zip(_LABELS, parts[1:], strict=True)
        )
        self._costs = ActionCosts(fill, claim, withdraw, approve)
        self._due_at = self._clock.monotonic() + COST_SECONDS

    def _surcharge_questions(self, label: str) -> list[Request]:
        usage = self._book.usage(label)
        if self._family is FeeFamily.ARBITRUM and usage.is_learned:
            return []  # its receipts count the data's gas in
        return surcharge_questions(self._family, self._calls[label], usage.gas)

    def _cost(self, label: str, results: Sequence[Any], price: Wei) -> Wei:
        usage = self._book.usage(label)
        told = read_surcharge(self._family, results) if results else None
        # Without an oracle, or before it answers, the last receipts have to do.
        surcharge = told or Surcharge(wei=usage.data_fee)
        return Wei((usage.gas + surcharge.gas) * price + surcharge.wei)


def untold_costs() -> CostSource:
    """The costs on a chain where nobody asks for them."""
    return CostSource(FeeFamily.PLAIN, {}, GasBook(), MarketReader(), SystemClock())


def example_calls(request_manager: Contract, fill_manager: Contract) -> Mapping[str, ContractCall]:
    """Calls like those of a usual transfer, by label: as many bytes, as many zeros among them."""
    request_id, fill_id = keccak(b"request"), keccak(b"fill")
    amount, nonce = 1_234_567_890_123_456_789, 100_000
    fill = (42_161, request_manager.address, fill_manager.address, amount, nonce)
    token = Contract(fill_manager.address, ERC20_ABI)  # whichever: the address is not in the data
    return {
        FILL: fill_manager.call("fillRequest", *fill),
        CLAIM: request_manager.call("claimRequest", request_id, fill_id),
        WITHDRAW: request_manager.call("withdraw", nonce),
        APPROVE: token.call("approve", fill_manager.address, amount),
    }
