"""What a local world is made of, as numbers."""

# ruff: noqa: RUF009 - NewTypes are plain ints, nothing that changes is shared

from dataclasses import dataclass

from beamer_agent.types import ChainId, Seconds, Wei

BASE_NAME = "base"
BASE_CHAIN_ID = ChainId(31337)
L2_CHAIN_IDS = {"l2a": ChainId(31901), "l2b": ChainId(31902)}
"""The chains that transfers run between, by name."""


@dataclass(frozen=True, slots=True)
class TokenSettings:
    """A token that exists on every chain of transfers.

    `contract` is the packaged contract's name. `eth_in_token` is the price of one ether in base
    units; `transfer_limit` and `funds` (for the agent and for the user, per chain) are base units.
    """

    symbol: str
    contract: str
    decimals: int
    eth_in_token: int
    transfer_limit: int
    funds: int


def _token(symbol: str, contract: str, decimals: int) -> TokenSettings:
    unit = 10**decimals
    return TokenSettings(
        symbol=symbol,
        contract=contract,
        decimals=decimals,
        eth_in_token=2_500 * unit,
        transfer_limit=10_000 * unit,
        funds=100_000 * unit,
    )


TOKENS = (_token("DAI", "MintableToken", 18), _token("USDT", "NonReturningToken", 6))
"""A well-behaved token, and one whose approve returns nothing and wants zero in between."""


@dataclass(frozen=True, slots=True)
class WorldSettings:
    """The choices of a world.

    The periods go into the contracts' constructors, short enough that a transfer's whole life fits
    into half a minute without touching a clock. `relay_delay` is the age at which the native
    bridges care for a message: they post a root that covers it on its way up, and deliver it on
    its way down. `proof_maturity` is the time from a message's proof on L1 to its execution there.
    """

    block_time: float | None = 1.0
    """Seconds between blocks; None mines every transaction at once."""
    claim_stake: Wei = Wei(10**16)
    claim_request_extension: Seconds = Seconds(24 * 3600)
    claim_period: Seconds = Seconds(12)
    challenge_period_extension: Seconds = Seconds(20)
    finality_period: Seconds = Seconds(30)
    relay_delay: Seconds = Seconds(10)
    proof_maturity: Seconds = Seconds(4)
    transfer_cost: Wei = Wei(3 * 10**14)
    target_weight_ppm: int = 900_000
    min_fee_ppm: int = 300_000
    lp_fee_ppm: int = 1_000
    protocol_fee_ppm: int = 500
    poll_period: float = 0.2
    """Seconds between two looks of the agent at a chain."""
    fill_wait_time: Seconds = Seconds(5)
    tokens: tuple[TokenSettings, ...] = TOKENS
    base_transfers: bool = False
    """Whether transfers go from and to the base chain as well, as `l2s["base"]`."""
