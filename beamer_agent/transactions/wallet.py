"""The account on one chain: what it owns, and what is promised already."""

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from beamer_agent.actions.view import Funds
from beamer_agent.contracts.interface import ERC20_ABI, Contract
from beamer_agent.errors import RpcError
from beamer_agent.rpc.client import ChainClient
from beamer_agent.types import Address, BlockNumber, TokenAmount, Wei


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
    count on the same tokens. Thread-safe; the lock protects `_balances` and `_promises`, and is
    never held while the chain is asked.
    """

    def __init__(self, client: ChainClient, account: Address, tokens: Sequence[Address]) -> None:
        self._client = client
        self._account = account
        self._tokens = tuple(tokens)
        self._calls = [Contract(token, ERC20_ABI).call("balanceOf", account) for token in tokens]
        self._lock = threading.Lock()
        self._balances: _Balances | None = None
        self._promises: dict[str, dict[str, Promise]] = {}

    def refresh(self, block_number: BlockNumber) -> None:
        """Read the balances; they are at least as new as this block.

        Raises:
            RpcError: the chain does not answer.
        """
        native = self._client.balance(self._account)
        # A token that does not answer is worth nothing to us; the others go on.
        amounts = {
            token: amount
            for token, amount in zip(
                self._tokens, self._client.read_many(self._calls), strict=True
            )
            if not isinstance(amount, RpcError)
        }
        with self._lock:
            self._balances = _Balances(block_number, native, amounts)

    def funds(self) -> Funds | None:
        """What is there and what of it is free; None before the first `refresh`."""
        with self._lock:
            if self._balances is None:
                return None
            return self._funds(self._balances)

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
