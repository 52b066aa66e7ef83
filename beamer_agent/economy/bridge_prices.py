"""Bridge prices: what a chain's RequestManager takes one ether to be worth, in each token."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from beamer_agent.clock import Clock
from beamer_agent.contracts.interface import Contract
from beamer_agent.economy.words import words_of
from beamer_agent.rpc.client import LATEST, Request
from beamer_agent.rpc.model import Block
from beamer_agent.types import Address

BRIDGE_SECONDS: Final = 600.0
"""The bridge's owner changes them when the market has moved, by hand."""


class BridgePrices:
    """A `Rider`. `questions` and `take` are for the monitor's thread, `current` is for any.

    Args:
        known: what the contract has said just now, by token.
        request_manager: the contract.
    """

    def __init__(
        self, known: Mapping[Address, int], request_manager: Contract, clock: Clock
    ) -> None:
        self._prices = dict(known)
        self._request_manager = request_manager
        self._clock = clock
        self._due_at = clock.monotonic() + BRIDGE_SECONDS

    def current(self) -> Mapping[Address, int]:
        """What it has said last; 0 for tokens that it does not know."""
        return self._prices

    def questions(self) -> Sequence[Request]:
        """All prices, when they are due."""
        if self._clock.monotonic() < self._due_at:
            return ()
        calls = (self._request_manager.call("tokens", token) for token in self._prices)
        return [call.request(LATEST) for call in calls]

    def take(self, results: Sequence[Any], head: Block) -> None:
        """Take the prices; what is not answered stays as it was."""
        del head
        self._due_at = self._clock.monotonic() + BRIDGE_SECONDS
        settings = [words_of(result, 2) for result in results]  # limit and price come first
        told = zip(self._prices.items(), settings, strict=True)
        self._prices = {token: new[1] if new else old for (token, old), new in told}
