"""The agent's configuration as one frozen value (`protocol.md` section 9).

Keys are written in kebab case in files; Python code may use the field names.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)

from beamer_agent.checksums import ChecksumAddressField
from beamer_agent.config.directions import direction_faults, direction_key, directions_between
from beamer_agent.config.fields import (
    Allowance,
    ChainIdField,
    Count,
    Ether,
    Flag,
    LogFormat,
    LogLevel,
    Period,
    Port,
    Span,
    Url,
)
from beamer_agent.faults import Location, SeveralFaultsError, dotted
from beamer_agent.types import Address, ChainId, Seconds, Wei

DEFAULT_MIN_SOURCE_BALANCE: Final = Wei(10**17)
DEFAULT_MAX_CLAIM_STAKE: Final = Wei(10**18)
DEFAULT_MAX_TOTAL_STAKE: Final = Wei(5 * 10**18)
DEFAULT_POLL_PERIOD: Final = 5.0

_INHERITED: Final = (
    "confirmation_blocks",
    "poll_period",
    "fill",
    "min_source_balance",
    "max_claim_stake",
    "max_total_stake",
)
_TOKEN_KEYS: Final = ("chain-id", "address", "allowance")


def _kebab(name: str) -> str:
    return name.replace("_", "-")


class _Table(BaseModel):
    """A table of the file: only known keys, nothing changes afterwards, inputs never shown."""

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        alias_generator=_kebab,
        validate_by_alias=True,
        validate_by_name=True,
        hide_input_in_errors=True,
    )


class AccountConfig(_Table):
    """`[account]`: the keystore and what opens it."""

    path: Path
    password: SecretStr | None = None
    password_file: Path | None = None

    @model_validator(mode="after")
    def _one_password(self) -> "AccountConfig":
        given = (self.password is not None) + (self.password_file is not None)
        if given == 2:
            raise ValueError("give either password or password-file, not both")
        if given == 0:
            raise ValueError(
                "give password or password-file here, or one of the environment variables "
                "BEAMER_AGENT_ACCOUNT_PASSWORD and BEAMER_AGENT_ACCOUNT_PASSWORD_FILE"
            )
        return self


class MetricsConfig(_Table):
    """`[metrics]`: where the agent's HTTP server listens."""

    prometheus_port: Port | None = None


class BaseChainConfig(_Table):
    """`[base-chain]`: the L1, for resolution."""

    rpc_url: Url


class ChainConfig(_Table):
    """`[chains.NAME]`: one L2. What is not given comes from the top of the file."""

    rpc_url: Url
    confirmation_blocks: Count = 0
    poll_period: Period = DEFAULT_POLL_PERIOD
    fill: Flag = True
    """Whether fills are paid out on this chain."""
    min_source_balance: Ether = DEFAULT_MIN_SOURCE_BALANCE
    max_claim_stake: Ether = DEFAULT_MAX_CLAIM_STAKE
    """The most of the agent's own money in the game of one claim."""
    max_total_stake: Ether = DEFAULT_MAX_TOTAL_STAKE
    """The most of the agent's own money in all open games of this chain."""


class DirectionConfig(_Table):
    """`[directions."SOURCE->TARGET"]`: what holds for one direction only."""

    fill: Flag
    """Whether its requests are filled, whatever the target chain says."""


class TokenConfig(_Table):
    """A token: `[chain id, address]` or `[chain id, address, allowance]`."""

    chain_id: ChainIdField
    address: ChecksumAddressField
    allowance: Allowance = None
    """Base units; -1 is unlimited, None is exactly the amount of each fill."""

    @model_validator(mode="before")
    @classmethod
    def _from_list(cls, value: object) -> object:
        if isinstance(value, Mapping | TokenConfig):
            return value
        if not isinstance(value, list | tuple) or len(value) not in (2, 3):
            raise ValueError("must be [chain id, address] or [chain id, address, allowance]")
        return dict(zip(_TOKEN_KEYS, value, strict=False))


class Config(_Table):
    """Everything an operator decides. Native currency is given in ether and kept in wei."""

    artifacts_dir: Path
    abi_dir: Path | None = None
    log_level: LogLevel = "info"
    log_format: LogFormat = "auto"
    fill_wait_time: Span = Seconds(120)
    unsafe_fill_time: Span = Seconds(600)
    confirmation_blocks: Count = 0
    poll_period: Period = DEFAULT_POLL_PERIOD
    fill: Flag = True
    min_source_balance: Ether = DEFAULT_MIN_SOURCE_BALANCE
    max_claim_stake: Ether = DEFAULT_MAX_CLAIM_STAKE
    max_total_stake: Ether = DEFAULT_MAX_TOTAL_STAKE
    account: AccountConfig
    metrics: MetricsConfig = Field(default_factory=MetricsConfig)
    base_chain: BaseChainConfig | None = None
    # After the values that they inherit.
    chains: Mapping[str, ChainConfig] = Field(default_factory=dict, validate_default=True)
    # After the chains that they name.
    directions: Mapping[str, DirectionConfig] = Field(default_factory=dict)
    tokens: Mapping[str, tuple[TokenConfig, ...]] = Field(default_factory=dict)

    @field_validator("chains", mode="after")
    @classmethod
    def _inherit(
        cls, chains: Mapping[str, ChainConfig], info: ValidationInfo
    ) -> Mapping[str, ChainConfig]:
        if not chains:
            raise ValueError("no chain is configured; add [chains.NAME] with its rpc-url")
        top = {name: info.data[name] for name in _INHERITED if name in info.data}
        return {
            name: chain.model_copy(
                update={key: top[key] for key in top.keys() - chain.model_fields_set}
            )
            for name, chain in chains.items()
        }

    @field_validator("directions", mode="after")
    @classmethod
    def _between_known_chains(
        cls, directions: Mapping[str, DirectionConfig], info: ValidationInfo
    ) -> Mapping[str, DirectionConfig]:
        chains = info.data.get("chains", {})
        faults: list[tuple[Location, str]] = [
            ((key,), sentence) for key in directions for sentence in direction_faults(key, chains)
        ]
        if faults and chains:
            raise SeveralFaultsError(faults)
        return directions

    @field_validator("tokens", mode="after")
    @classmethod
    def _each_token_once(
        cls, tokens: Mapping[str, tuple[TokenConfig, ...]]
    ) -> Mapping[str, tuple[TokenConfig, ...]]:
        faults = _repeated_tokens(tokens)
        if faults:
            raise SeveralFaultsError(faults)
        return tokens

    @model_validator(mode="after")
    def _limits_agree(self) -> "Config":
        places: list[tuple[Location, Config | ChainConfig]] = [((), self)]
        if _limits_fit(self):  # a fault of the top is not repeated for each chain
            places = [(("chains", name), chain) for name, chain in self.chains.items()]
        faults = [
            ((*place, "max-total-stake"), "must be at least max-claim-stake")
            for place, limits in places
            if not _limits_fit(limits)
        ]
        if faults:
            raise SeveralFaultsError(faults)
        return self

    def served_directions(self) -> tuple[tuple[str, str], ...]:
        """The names of source and target of every direction: all pairs, or a lone chain's own."""
        return directions_between(self.chains)

    def fills(self, source: str, target: str) -> bool:
        """Whether requests of a direction are filled, or it is only watched; by chains' names.

        Raises:
            KeyError: no such target chain is configured.
        """
        direction = self.directions.get(direction_key(source, target))
        return self.chains[target].fill if direction is None else direction.fill


def _limits_fit(limits: Config | ChainConfig) -> bool:
    # Otherwise a game would be begun with a claim's limit in mind that it could not reach.
    return limits.max_claim_stake <= limits.max_total_stake


def _repeated_tokens(
    tokens: Mapping[str, tuple[TokenConfig, ...]],
) -> list[tuple[Location, str]]:
    # A token in two lists would make two lists equivalent that the operator keeps apart.
    places: dict[tuple[ChainId, Address], Location] = {}
    faults: list[tuple[Location, str]] = []
    for symbol, entries in tokens.items():
        for position, token in enumerate(entries):
            place: Location = (symbol, position)
            first = places.setdefault((token.chain_id, token.address), place)
            if first != place:
                sentence = f"{token.address} of chain {token.chain_id} is already at"
                faults.append((place, f"{sentence} {dotted(('tokens', *first))}"))
    return faults
