"""The agent's configuration as one frozen value (`protocol.md` section 9).

Keys are written in kebab case in files; Python code may use the field names.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from pydantic import Field, SecretStr, ValidationInfo, field_validator, model_validator

from beamer_agent.checksums import ChecksumAddressField
from beamer_agent.config.alerts import AlertsConfig
from beamer_agent.config.chain import (
    DEFAULT_FINALITY_BLOCKS,
    DEFAULT_MAX_CLAIM_STAKE,
    DEFAULT_MAX_TOTAL_STAKE,
    DEFAULT_MIN_SOURCE_BALANCE,
    DEFAULT_POLL_PERIOD,
    BaseChainConfig,
    ChainConfig,
)
from beamer_agent.config.directions import (
    DirectionConfig,
    direction_faults,
    direction_key,
    directions_between,
)
from beamer_agent.config.fields import (
    Allowance,
    ChainIdField,
    Count,
    Ether,
    Flag,
    IpAddress,
    LogFormat,
    LogLevel,
    Period,
    Port,
    Positive,
    PositiveSpan,
    Ppm,
    Span,
)
from beamer_agent.config.gas import GAS_KEYS, GasTable, gas_faults
from beamer_agent.config.limits import LimitConfig
from beamer_agent.config.table import Table
from beamer_agent.faults import Location, SeveralFaultsError, dotted, nearest
from beamer_agent.types import Address, ChainId, Seconds

LOOPBACK: Final = "127.0.0.1"
_INHERITED: Final = (
    "confirmation_blocks",
    "finality_blocks",
    "stale_after",
    "poll_period",
    "fill",
    "min_source_balance",
    "max_claim_stake",
    "max_total_stake",
    "risk_ppm",
    "batch",
    *GAS_KEYS,
)
_TOKEN_KEYS: Final = ("chain-id", "address", "allowance")


class AccountConfig(Table):
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


class MetricsConfig(Table):
    """`[metrics]`: where the agent's HTTP server listens."""

    prometheus_port: Port | None = None
    """None: there is no server."""
    host: IpAddress = LOOPBACK


class TokenConfig(Table):
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


class Config(GasTable):
    """Everything an operator decides. Native currency is given in ether and kept in wei."""

    artifacts_dir: Path
    abi_dir: Path | None = None
    log_level: LogLevel = "info"
    log_format: LogFormat = "auto"
    control_socket: Path | None = None
    """Where `beamer-agent ctl` is listened to; None: nowhere."""
    fill_wait_time: Span = Seconds(120)
    unsafe_fill_time: Span = Seconds(600)
    confirmation_blocks: Count = 0
    claim_confirmations: Count | None = None
    """None: as many as the chain's confirmation-blocks."""
    finality_blocks: Positive = DEFAULT_FINALITY_BLOCKS
    stale_after: PositiveSpan | None = None
    poll_period: Period = DEFAULT_POLL_PERIOD
    period: PositiveSpan = Seconds(3_600)
    """After so many seconds what is known is compared with the contracts, again and again."""
    fill: Flag = True
    batch: Flag = False
    min_source_balance: Ether = DEFAULT_MIN_SOURCE_BALANCE
    max_claim_stake: Ether = DEFAULT_MAX_CLAIM_STAKE
    max_total_stake: Ether = DEFAULT_MAX_TOTAL_STAKE
    risk_ppm: Ppm = 0
    max_exposure: Ether | None = None
    """The most that is paid out and not withdrawn yet, over all tokens; None: no limit."""
    denied_recipients: tuple[ChecksumAddressField, ...] = ()
    """Nothing is paid out to these."""
    account: AccountConfig
    metrics: MetricsConfig = Field(default_factory=MetricsConfig)
    alerts: AlertsConfig = Field(default_factory=AlertsConfig)
    base_chain: BaseChainConfig | None = None
    # After the values that they inherit.
    chains: Mapping[str, ChainConfig] = Field(default_factory=dict, validate_default=True)
    # After the chains that they name.
    directions: Mapping[str, DirectionConfig] = Field(default_factory=dict)
    tokens: Mapping[str, tuple[TokenConfig, ...]] = Field(default_factory=dict)
    limits: Mapping[str, LimitConfig] = Field(default_factory=dict)

    @field_validator("chains", mode="after")
    @classmethod
    def _inherit(
        cls, chains: Mapping[str, ChainConfig], info: ValidationInfo
    ) -> Mapping[str, ChainConfig]:
        if not chains:
            raise ValueError("no chain is configured; add [chains.NAME] with its rpc-url")
        top = {name: info.data[name] for name in _INHERITED if name in info.data}
        return {
            name: _with_claim_depth(
                chain.model_copy(
                    update={key: top[key] for key in top.keys() - chain.model_fields_set}
                ),
                info.data.get("claim_confirmations"),
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
    def _parts_agree(self) -> "Config":
        faults = [*_limit_faults(self), *_gas_faults(self), *_symbol_faults(self)]
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
        own = self.direction(source, target).fill
        return self.chains[target].fill if own is None else own

    def direction(self, source: str, target: str) -> DirectionConfig:
        """What the file says of a direction; by chains' names."""
        return self.directions.get(direction_key(source, target), DirectionConfig())


def _with_claim_depth(chain: ChainConfig, top: int | None) -> ChainConfig:
    if "claim_confirmations" in chain.model_fields_set:
        return chain
    depth = chain.confirmation_blocks if top is None else top
    return chain.model_copy(update={"claim_confirmations": depth})


def _limit_faults(config: Config) -> list[tuple[Location, str]]:
    places: list[tuple[Location, Config | ChainConfig]] = [((), config)]
    if _limits_fit(config):  # a fault of the top is not repeated for each chain
        places = [(("chains", name), chain) for name, chain in config.chains.items()]
    return [
        ((*place, "max-total-stake"), "must be at least max-claim-stake")
        for place, limits in places
        if not _limits_fit(limits)
    ]


def _gas_faults(config: Config) -> list[tuple[Location, str]]:
    top: list[tuple[Location, str]] = [((key,), fault) for key, fault in gas_faults(config)]
    return top or [
        (("chains", name, key), fault)
        for name, chain in config.chains.items()
        for key, fault in gas_faults(chain)
    ]


def _symbol_faults(config: Config) -> list[tuple[Location, str]]:
    # A misspelt one would take a limit away without a word.
    named: list[Location] = [("limits", symbol) for symbol in config.limits]
    for name, chain in config.chains.items():
        named += [("chains", name, "confirmations", symbol) for symbol in chain.confirmations]
        named += [("chains", name, "max-unfinal", symbol) for symbol in chain.max_unfinal]
        named += [("chains", name, "prices", symbol) for symbol in chain.prices]
    return [
        (place, f"is no list of [tokens]{nearest(str(place[-1]), config.tokens)}")
        for place in named
        if place[-1] not in config.tokens
    ]


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
