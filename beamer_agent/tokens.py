"""Which tokens are worth the same, and how much of each the agent lets be spent."""

from collections.abc import Mapping
from dataclasses import dataclass

from beamer_agent.config import TokenConfig
from beamer_agent.config.fields import UNLIMITED
from beamer_agent.types import Address, ChainId, TokenAmount

MAX_ALLOWANCE = TokenAmount(2**256 - 1)
"""What an unlimited allowance approves."""


@dataclass(frozen=True, slots=True)
class AllowancePolicy:
    """How much of a token the FillManager may be allowed to take."""

    limit: TokenAmount | None
    """The amount approved, in base units; None: exactly the amount of each fill."""

    @property
    def is_exact(self) -> bool:
        """Whether every fill needs an approval of its own."""
        return self.limit is None

    @property
    def is_unlimited(self) -> bool:
        """Whether one approval serves all fills."""
        return self.limit == MAX_ALLOWANCE

    def permits(self, amount: TokenAmount) -> bool:
        """Whether a fill of this amount may be made at all."""
        return self.limit is None or amount <= self.limit

    def approval(self, amount: TokenAmount) -> TokenAmount:
        """What to approve when the current allowance is below the amount of a permitted fill."""
        return amount if self.limit is None else self.limit


EXACT = AllowancePolicy(limit=None)
NO_LIMIT = AllowancePolicy(limit=MAX_ALLOWANCE)


def policy_of(allowance: int | None) -> AllowancePolicy:
    """The policy that a configured allowance stands for."""
    if allowance is None:
        return EXACT
    return NO_LIMIT if allowance == UNLIMITED else AllowancePolicy(TokenAmount(allowance))


class TokenPairs:
    """The configured tokens. All tokens of one list are equivalent; no token is in two lists."""

    def __init__(self, tokens: Mapping[str, tuple[TokenConfig, ...]]) -> None:
        self._symbols: dict[tuple[ChainId, Address], str] = {}
        self._policies: dict[tuple[ChainId, Address], AllowancePolicy] = {}
        for symbol, entries in tokens.items():
            for entry in entries:
                key = (entry.chain_id, entry.address)
                self._symbols[key] = symbol
                self._policies[key] = policy_of(entry.allowance)

    def is_pair(
        self,
        source_chain_id: ChainId,
        source_token: Address,
        target_chain_id: ChainId,
        target_token: Address,
    ) -> bool:
        """Whether both tokens are configured, and as equivalent."""
        source = self._symbols.get((source_chain_id, source_token))
        return source is not None and source == self._symbols.get((target_chain_id, target_token))

    def allowance(self, chain_id: ChainId, token: Address) -> AllowancePolicy:
        """How much of a token may be spent. Raises KeyError for one that is not configured."""
        return self._policies[chain_id, token]

    def symbol(self, chain_id: ChainId, token: Address) -> str:
        """The operator's name for a token. Raises KeyError for one that is not configured."""
        return self._symbols[chain_id, token]

    def has_partner(self, chain_id: ChainId, token: Address) -> bool:
        """Whether there is an equivalent token on another chain. Raises KeyError, as `symbol`."""
        symbol = self.symbol(chain_id, token)
        return any(
            other == symbol for (chain, _), other in self._symbols.items() if chain != chain_id
        )

    def of_chain(self, chain_id: ChainId) -> tuple[Address, ...]:
        """All configured tokens of a chain, in the order of the configuration."""
        return tuple(token for chain, token in self._symbols if chain == chain_id)

    def chain_ids(self) -> frozenset[ChainId]:
        """The chains of which tokens are configured."""
        return frozenset(chain_id for chain_id, _ in self._symbols)

    def partners(self, chain_id: ChainId) -> frozenset[ChainId]:
        """The other chains that have a token equivalent to one of this chain."""
        symbols = {symbol for (chain, _), symbol in self._symbols.items() if chain == chain_id}
        chains = {chain for (chain, _), symbol in self._symbols.items() if symbol in symbols}
        return frozenset(chains - {chain_id})
