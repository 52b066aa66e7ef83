"""The account on one chain: what it owns, and what is promised already."""

import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from beamer_agent.actions.view import Funds
from beamer_agent.clock import Clock, SystemClock
from beamer_agent.contracts.interface import ERC20_ABI, Contract
from beamer_agent.errors import RpcError, RpcPayloadError
from beamer_agent.rpc.client import LATEST, ChainClient, Request
from beamer_agent.rpc.model import WORD_BITS, Block, quantity
from beamer_agent.types import Address, BlockNumber, TokenAmount, Wei

BALANCE_SECONDS: Final = 30.0
"""Balances change by others' transfers too; this often we look."""


@dataclass(frozen=True, slots=True)
class Promise:
    """Funds that an open obligation will need."""

    token: Address | None
    """None: native currency."""
    amount: int
    """Base units of the token, or wei."""


@dataclass(frozen=True, slots=True)
class _Balances:
    block_number: BlockNumber
    native: Wei
    tokens: Mapping[Address, TokenAmount]


class Wallet:
    """Balances of the account and the promises made on them by all directions of the chain.

    Each direction states its promises anew on every turn; between two turns it may only add one
    with `promise`, which fails when another direction has been faster. So no two directions ever
    count on the same tokens. Balances are asked along with the monitor's polls, as a `Rider`;
    after a transaction the sender has them read at once. Thread-safe; the lock protects
    what is below it, and is never held while the chain is asked.

    Args:
        tokens: whose balances count, besides native currency.
        on_change: called after balances were read; must not wait.
    """

    def __init__(
        self,
        client: ChainClient,
        account: Address,
        tokens: Sequence[Address],
        *,
        on_change: Callable[[], None] = lambda: None,
        clock: Clock | None = None,
    ) -> None:
        self._client = client
        self._account = account
        self._tokens = tuple(tokens)
        self._calls = [Contract(token, ERC20_ABI).call("balanceOf", account) for token in tokens]
        self._on_change = on_change
        self._clock = clock or SystemClock()
        self._lock = threading.Lock()
        self._balances: _Balances | None = None
        self._due_at = 0.0
        self._promises: dict[str, dict[str, Promise]] = {}

    def questions(self) -> Sequence[Request]:
        """Balances, when they are due to be read again."""
        with self._lock:
            is_due = self._balances is None or self._clock.monotonic() >= self._due_at
        return self._requests() if is_due else ()

    def take(self, results: Sequence[Any], head: Block) -> None:
        """Take the balances, unless newer ones are known; unreadable ones are asked for again."""
        with self._lock:
            known = self._balances
        balances = self._balances_of(results, head.number)
        if balances is not None and (known is None or known.block_number <= head.number):
            self._learn(balances)

    def refresh(self, block_number: BlockNumber) -> None:
        """Read the balances; they are at least as new as this block.

        Raises:
            RpcError: the chain does not answer.
        """
        results = self._client.batch(self._requests())
        balances = self._balances_of(results, block_number)
        if balances is None:
            error = results[0]
            raise error if isinstance(error, RpcError) else RpcPayloadError("no balance")
        self._learn(balances)

    def _requests(self) -> list[Request]:
        balance: Request = ("eth_getBalance", (self._account, LATEST))
        return [balance, *(call.request(LATEST) for call in self._calls)]

    def _balances_of(self, results: Sequence[Any], block_number: BlockNumber) -> _Balances | None:
        native = _number(results[0])
        if native is None:
            return None
        # A token that does not answer is worth nothing to us; the others go on.
        amounts = {
            token: TokenAmount(amount)
            for token, result in zip(self._tokens, results[1:], strict=True)
            if (amount := _number(result)) is not None
        }
        return _Balances(block_number, Wei(native), amounts)

    def _learn(self, balances: _Balances) -> None:
        with self._lock:
            self._balances = balances
            self._due_at = self._clock.monotonic() + BALANCE_SECONDS
        self._on_change()

    def funds(self) -> Funds | None:
        """What is there and what of it is free; None before the first `refresh`."""
        with self._lock:
            if self._balances is None:
                return None
            return self._funds(self._balances)

    def tokens(self) -> Mapping[Address, TokenAmount]:
        """What is there of each token, promised or not; nothing before the first `refresh`."""
        with self._lock:
            return {} if self._balances is None else self._balances.tokens

    def state_promises(self, direction: str, promises: Mapping[str, Promise]) -> None:
        """Replace everything that a direction has promised; keys name the obligations."""
        with self._lock:
            self._promises[direction] = dict(promises)

    def promise(self, direction: str, key: str, promise: Promise) -> bool:
        """Add one promise if what is free covers it."""
        with self._lock:
            if self._balances is None or not self._covers(self._funds(self._balances), promise):
                return False
            self._promises.setdefault(direction, {})[key] = promise
            return True

    def release(self, direction: str, key: str) -> None:
        """Take a promise back: nothing will come of its obligation."""
        with self._lock:
            self._promises.get(direction, {}).pop(key, None)

    def _funds(self, balances: _Balances) -> Funds:
        native, tokens = balances.native, dict(balances.tokens)
        for promises in self._promises.values():
            for promise in promises.values():
                if promise.token is None:
                    native = Wei(native - promise.amount)
                else:
                    left = tokens.get(promise.token, 0) - promise.amount
                    tokens[promise.token] = TokenAmount(left)
        return Funds(balances.block_number, balances.native, native, tokens)

    @staticmethod
    def _covers(funds: Funds, promise: Promise) -> bool:
        if promise.token is None:
            return funds.native_free >= promise.amount
        return funds.tokens_free.get(promise.token, 0) >= promise.amount


def _number(result: Any) -> int | None:
    """What an endpoint wrote as a number; None: it wrote something else, or an error."""
    try:
        return quantity(result, WORD_BITS)
    except RpcPayloadError:
        return None
