"""Looks of the preflight at a chain where all is well, or all but one thing."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from beamer_agent.config import AccountConfig, ChainConfig, Config, TokenConfig
from beamer_agent.preflight import Finding, check_chain
from beamer_agent.tokens import TokenPairs
from tests.contract_answers import INTERFACES, ContractsChain
from tests.doubles import ErrorObject, make_client
from tests.factories import SOURCE, SOURCE_TOKEN, TARGET, TARGET_TOKEN, US

TOKEN = f"USDC {SOURCE_TOKEN}"
NO_ANSWER = ErrorObject("the node is starting")


def pairs(allowance: int | None = None) -> TokenPairs:
    """One token of each chain, equivalent."""
    source = TokenConfig(chain_id=SOURCE, address=SOURCE_TOKEN, allowance=allowance)
    target = TokenConfig(chain_id=TARGET, address=TARGET_TOKEN)
    return TokenPairs({"USDC": (source, target)})


def configuration(*names: str, **changes: Any) -> Config:
    """A configuration of chains."""
    return Config(
        artifacts_dir=Path(),
        account=AccountConfig(path=Path(), password=SecretStr("")),
        chains={name: ChainConfig(rpc_url=(SecretStr("http://h"),)) for name in names},
        **changes,
    )


def sound_chain() -> ContractsChain:
    """A chain where all is well."""
    chain = ContractsChain(SOURCE, US)
    chain.target_chain(TARGET)
    chain.token(SOURCE_TOKEN, balance=1_500_000, allowance=0, decimals=6)
    return chain


def look(
    chain: ContractsChain,
    tokens: TokenPairs | None = None,
    config: Config | None = None,
) -> list[Finding]:
    """What is found on a chain called l2a."""
    return check_chain(
        "l2a",
        make_client(chain),
        chain.deployment,
        INTERFACES,
        US,
        config or configuration("l2a", "l2b"),
        tokens or pairs(),
    )


def bad(findings: Sequence[Finding]) -> list[Finding]:
    """What is not as it should be."""
    return [finding for finding in findings if finding.level != "ok"]
