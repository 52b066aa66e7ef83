"""The packaged contracts on both chains, wired and funded."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from beamer_agent.contracts.interface import Contract
from beamer_agent.types import Address
from tests.property.game.evm import EvmChain
from tests.property.game.terms import (
    CLAIM_PERIOD,
    EXTENSION,
    FINALITY,
    L1,
    LPS,
    OWNER,
    RELAYER,
    REQUEST_EXTENSION,
    RESOLVER,
    STAKE,
    TARGET,
    TOKENS,
    USER,
)

LP_FEE_PPM = 10_000
PROTOCOL_FEE_PPM = 1_000


@dataclass(frozen=True, slots=True)
class SourceSide:
    """The contracts of the source chain."""

    manager: Contract
    messenger: Contract
    """The lower end of the way down from L1."""
    token: Contract


@dataclass(frozen=True, slots=True)
class TargetSide:
    """The contracts of the target chain."""

    manager: Contract
    messenger: Contract
    """The lower end of the way up to L1."""
    token: Contract


def deploy_source(chain: EvmChain) -> SourceSide:
    """A RequestManager that listens to the Resolver."""
    manager = chain.deploy(
        "RequestManager", OWNER, STAKE, REQUEST_EXTENSION, CLAIM_PERIOD, EXTENSION
    )
    messenger = chain.deploy("LocalL2Messenger", OWNER, RELAYER)
    token = _deploy_token(chain, (USER,), manager.address)
    _own(chain, manager, "updateFees", 0, LP_FEE_PPM, PROTOCOL_FEE_PPM)
    _own(chain, manager, "updateChain", TARGET, FINALITY, 0, 0)
    _own(chain, manager, "updateToken", token.address, 10**30, 10**18)
    _own(chain, manager, "addCaller", L1, RESOLVER, messenger.address)
    for account in LPS:
        _own(chain, manager, "addAllowedLp", account)
    return SourceSide(manager, messenger, token)


def deploy_target(chain: EvmChain) -> TargetSide:
    """A FillManager that sends to the Resolver."""
    messenger = chain.deploy("LocalL2Messenger", OWNER, RELAYER)
    manager = chain.deploy("FillManager", OWNER, messenger.address)
    token = _deploy_token(chain, LPS, manager.address)
    _own(chain, messenger, "addCaller", manager.address)
    _own(chain, manager, "setResolver", RESOLVER)
    for account in LPS:
        _own(chain, manager, "addAllowedLp", account)
    return TargetSide(manager, messenger, token)


def _deploy_token(chain: EvmChain, owners: Iterable[Address], spender: Address) -> Contract:
    token = chain.deploy("MintableToken", OWNER, "Token", "TST", 18)
    for owner in owners:
        _own(chain, token, "mint", owner, TOKENS)
        chain.send(owner, token.call("approve", spender, 2**255))
    return token


def _own(chain: EvmChain, contract: Contract, name: str, *args: Any) -> None:
    chain.send(OWNER, contract.call(name, *args))
