"""Prometheus metrics of the account on each chain: what it owns, what of it is free."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from prometheus_client import CollectorRegistry
from prometheus_client.core import Metric
from prometheus_client.registry import Collector

from beamer_agent.actions.view import Funds
from beamer_agent.service.metrics.chains import LABELS, chain_labels
from beamer_agent.service.metrics.families import gauge
from beamer_agent.service.status import ChainStatus
from beamer_agent.tokens import TokenPairs
from beamer_agent.transactions.account import ChainAccount
from beamer_agent.types import Address, ChainId, TokenAmount, Wei

TOKEN_LABELS = (*LABELS, "token")
NO_BALANCE = Wei(0)


@dataclass(frozen=True, slots=True)
class _Owned:
    """What is ours on one chain."""

    labels: tuple[str, str]
    chain_id: ChainId
    account: ChainAccount
    funds: Funds
    least: Wei
    """Below it, the operator wants nothing to be filled."""


class AccountCollector(Collector):
    """Balances as they were read last; keeps nothing itself.

    Args:
        registry: which asks.
        accounts: those on the chains at work, by the names of chains.
        chains: which tell their ids.
        least: `min-source-balance` by the names of chains.
    """

    def __init__(
        self,
        registry: CollectorRegistry,
        accounts: Callable[[], Mapping[str, ChainAccount]],
        chains: Callable[[], Iterable[ChainStatus]],
        pairs: TokenPairs,
        least: Mapping[str, Wei],
    ) -> None:
        self._accounts = accounts
        self._chains = chains
        self._pairs = pairs
        self._least = least
        registry.register(self)

    def describe(self) -> Iterable[Metric]:
        """Nothing: no account is there when the collector is made."""
        return ()

    def collect(self) -> Iterator[Metric]:
        """One value for each chain, and for each token on it."""
        owned = list(self._owned())
        yield gauge(
            "beamer_native_balance_wei",
            "Native currency of the account. Low: top it up.",
            LABELS,
            [(o.labels, o.funds.native_balance) for o in owned],
        )
        yield gauge(
            "beamer_native_free_wei",
            "Native currency that is promised to nothing: no stake, no game, no proof. "
            "Below the claim stake nothing is filled from this chain: top it up.",
            LABELS,
            [(o.labels, o.funds.native_free) for o in owned],
        )
        yield gauge(
            "beamer_native_needed_wei",
            "What the native balance must not be below: min-source-balance, or what is promised, "
            "if that is more. Above the balance: top it up.",
            LABELS,
            [
                (o.labels, max(o.least, o.funds.native_balance - o.funds.native_free))
                for o in owned
            ],
        )
        yield gauge(
            "beamer_stakes_in_games_wei",
            "Our stakes in open games, bids on their way included. Near max-total-stake: "
            "no further claim can be challenged.",
            LABELS,
            [(o.labels, o.account.stakes.total()) for o in owned],
        )
        yield gauge(
            "beamer_token_balance_base_units",
            "Tokens of the account, in the token's smallest unit. Low: bring some back.",
            TOKEN_LABELS,
            self._tokens(owned, lambda o: o.account.wallet.tokens()),
        )
        yield gauge(
            "beamer_token_free_base_units",
            "Tokens that no fill on its way takes, in the token's smallest unit. "
            "Larger requests are left to others: bring some back.",
            TOKEN_LABELS,
            self._tokens(owned, lambda o: o.funds.tokens_free),
        )

    def _owned(self) -> Iterator[_Owned]:
        ids = {chain.name: chain.chain_id for chain in self._chains()}
        for name, account in self._accounts().items():
            chain_id, funds = ids.get(name), account.wallet.funds()
            if chain_id is not None and funds is not None:
                labels, least = chain_labels(name, chain_id), self._least.get(name, NO_BALANCE)
                yield _Owned(labels, chain_id, account, funds, least)

    def _tokens(
        self, owned: Iterable[_Owned], amounts: Callable[[_Owned], Mapping[Address, TokenAmount]]
    ) -> Iterator[tuple[tuple[str, str, str], int]]:
        for one in owned:
            known = amounts(one)
            for token in self._pairs.of_chain(one.chain_id):
                if token in known:
                    symbol = self._pairs.symbol(one.chain_id, token)
                    yield (*one.labels, symbol), known[token]
