from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from beamer_agent.config import AccountConfig, ChainConfig, Config, TokenConfig
from beamer_agent.contracts.deployments import BaseDeployment
from beamer_agent.errors import ConfigurationError, RpcError, RpcResponseError, RpcTimeoutError
from beamer_agent.preflight import Finding, check_base_chain, check_chain, check_tokens
from beamer_agent.tokens import TokenPairs
from beamer_agent.types import Address, BlockNumber, ChainId
from tests.contract_answers import INTERFACES, REVERTED, ContractsChain
from tests.doubles import ErrorObject, ScriptedTransport, make_client
from tests.factories import (
    FILL_MANAGER,
    REQUEST_MANAGER,
    SOURCE,
    SOURCE_TOKEN,
    TARGET,
    TARGET_TOKEN,
    US,
)

pytestmark = pytest.mark.unit

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
        chains={name: ChainConfig(rpc_url=SecretStr("http://h")) for name in names},
        **changes,
    )


@pytest.fixture
def chain() -> ContractsChain:
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


def test_all_is_well(chain: ContractsChain) -> None:
    """Everything that was looked at is listed, and nothing has a remedy."""
    findings = look(chain)
    assert [(finding.subject, finding.detail) for finding in findings] == [
        ("RequestManager", f"{REQUEST_MANAGER}: the account is an allowed LP"),
        ("unsafe-fill-time", "600 s of at most 172800 s validity"),
        ("native balance", "1 ether held, 0.11 ether needed (minimum and one claim stake)"),
        ("FillManager", f"{FILL_MANAGER}: the account is an allowed LP"),
        (TOKEN, "1.5 held"),
        (TOKEN, "allowance: approved for each fill"),
    ]
    assert {(f.chain, f.level, f.remedy) for f in findings} == {("l2a", "ok", "")}


def test_nothing_is_sent(chain: ContractsChain) -> None:
    """Looking costs no gas."""
    look(chain)
    assert set(chain.methods()) == {"eth_call", "eth_getCode", "eth_getBalance"}


@pytest.mark.parametrize("subject", ["RequestManager", "FillManager"])
def test_a_missing_permission_is_a_fault(chain: ContractsChain, subject: str) -> None:
    """The sentence says which contract, which address, and what to ask the owner for."""
    manager = chain.request_manager if subject == "RequestManager" else chain.fill_manager
    address = REQUEST_MANAGER if subject == "RequestManager" else FILL_MANAGER
    manager("allowedLps", US, result=False)
    (finding,) = bad(look(chain))
    assert finding.level == "fault"
    assert finding.sentence() == (
        f"l2a: {subject}: {US} is no allowed LP of the contract at {address}; "
        f"ask the contract's owner to call addAllowedLp({US})"
    )


def test_a_chain_that_is_only_watched_needs_no_permission(chain: ContractsChain) -> None:
    """Without tokens nothing is filled there, and nothing claimed."""
    chain.request_manager("allowedLps", US, result=False)
    chain.fill_manager("allowedLps", US, result=False)
    findings = bad(look(chain, TokenPairs({})))
    assert [(finding.subject, finding.level) for finding in findings] == [
        ("RequestManager", "warning"),
        ("FillManager", "warning"),
        ("tokens", "warning"),
    ]


@pytest.mark.parametrize(
    ("subject", "address"),
    [("RequestManager", REQUEST_MANAGER), ("FillManager", FILL_MANAGER)],
)
def test_a_missing_contract_is_a_fault(
    chain: ContractsChain, subject: str, address: Address
) -> None:
    """The RPC is of another chain, or the deployment file is."""
    chain.remove(address)
    assert bad(look(chain)) == [
        Finding(
            "l2a",
            subject,
            "fault",
            f"there is no contract at {address}",
            f"check chains.l2a.rpc-url and the deployment file of {SOURCE}",
        )
    ]


def test_another_contract_is_a_fault(chain: ContractsChain) -> None:
    """It does not know the functions of ours."""
    chain.request_manager("claimStake", result=REVERTED)
    (finding,) = bad(look(chain))
    assert finding.level == "fault"
    assert finding.detail == f"the contract at {REQUEST_MANAGER} does not know claimStake"


def test_an_endpoint_that_does_not_answer_is_no_finding(chain: ContractsChain) -> None:
    """The caller tries again, or says so."""
    chain.request_manager("claimStake", result=NO_ANSWER)
    with pytest.raises(RpcResponseError, match="starting"):
        look(chain)
    chain.always("eth_getCode", RpcTimeoutError("no answer in time"))
    with pytest.raises(RpcTimeoutError):
        look(chain)


def test_a_function_that_an_operators_abi_lacks_is_named(chain: ContractsChain) -> None:
    """The file in `abi-dir` is of something else."""
    interfaces = replace(INTERFACES, fill_manager=[])
    with pytest.raises(ConfigurationError) as caught:
        check_chain(
            "l2a",
            make_client(chain),
            chain.deployment,
            interfaces,
            US,
            configuration("l2a"),
            pairs(),
        )
    assert str(caught.value) == (
        "abi-dir: FillManager.json has no function allowedLps with 1 arguments"
    )


@pytest.mark.parametrize(("unsafe", "is_bad"), [(1_799, False), (1_800, True), (3_600, True)])
def test_the_unsafe_fill_time_is_below_the_validity_period(
    chain: ContractsChain, unsafe: int, is_bad: bool
) -> None:
    """Otherwise no request would ever be safe to fill."""
    chain.request_manager("MAX_VALIDITY_PERIOD", result=1_800)
    findings = bad(look(chain, config=configuration("l2a", "l2b", unsafe_fill_time=unsafe)))
    expected = Finding(
        "l2a",
        "unsafe-fill-time",
        "fault",
        f"{unsafe} s is not below the contract's MAX_VALIDITY_PERIOD, 1800 s: "
        "no request would ever be filled",
        "set unsafe-fill-time below 1800",
    )
    assert findings == ([expected] if is_bad else [])


@pytest.mark.parametrize(("balance", "is_bad"), [(11 * 10**16, False), (11 * 10**16 - 1, True)])
def test_a_low_native_balance_is_a_warning(
    chain: ContractsChain, balance: int, is_bad: bool
) -> None:
    """The minimum and one claim's stake are needed; how much is missing is said exactly."""
    chain.always("eth_getBalance", hex(balance))
    findings = bad(look(chain))
    assert [(f.subject, f.level, f.remedy) for f in findings] == (
        [("native balance", "warning", f"send at least 0.000000000000000001 ether to {US}")]
        if is_bad
        else []
    )


def test_a_target_chain_without_finality_is_a_warning(chain: ContractsChain) -> None:
    """No request to it can be made."""
    chain.target_chain(TARGET, finality_period=0)
    (finding,) = bad(look(chain))
    assert (finding.subject, finding.level) == (f"target chain id {TARGET}", "warning")


def test_a_chain_alone_is_its_own_target(chain: ContractsChain) -> None:
    """One configured chain means that chain to itself."""
    chain.target_chain(SOURCE, finality_period=0)
    (finding,) = bad(look(chain, config=configuration("l2a")))
    assert finding.subject == f"target chain id {SOURCE}"


@pytest.mark.parametrize(
    ("allowance", "current", "level", "detail"),
    [
        (None, 0, "ok", "allowance: approved for each fill"),
        (-1, 0, "ok", "allowance: unlimited, approved when needed"),
        (2_000_000, 500_000, "ok", "allowance: 0.5, limit 2"),
        (2_000_000, 2_000_001, "warning", "allowance: 2.000001, limit 2"),
        (0, 0, "warning", "allowance: 0, limit 0"),
    ],
)
def test_an_allowance_is_compared_with_the_policy(
    chain: ContractsChain, allowance: int | None, current: int, level: str, detail: str
) -> None:
    """More than the operator allows, or nothing at all, is worth a warning."""
    chain.token(SOURCE_TOKEN, balance=1, allowance=current, decimals=6)
    finding = look(chain, pairs(allowance))[-1]
    assert (finding.level, finding.detail) == (level, detail)


def test_a_token_that_is_not_held_is_a_warning(chain: ContractsChain) -> None:
    """Requests to this chain cannot be filled."""
    chain.token(SOURCE_TOKEN, balance=0)
    (finding,) = bad(look(chain))
    assert (finding.subject, finding.level, finding.detail) == (TOKEN, "warning", "none is held")


def test_a_token_without_code_is_a_warning(chain: ContractsChain) -> None:
    """The operator mistyped it, or it belongs to another chain."""
    chain.remove(SOURCE_TOKEN)
    (finding,) = bad(look(chain))
    assert (finding.level, finding.detail) == ("warning", "there is no contract")


def test_a_contract_that_is_no_token_is_a_warning(chain: ContractsChain) -> None:
    """It has no balances."""
    chain.token(SOURCE_TOKEN, balance=REVERTED)
    (finding,) = bad(look(chain))
    assert (finding.level, finding.detail) == ("warning", "it is no ERC-20 token")


def test_a_token_without_decimals_is_shown_in_base_units(chain: ContractsChain) -> None:
    """ERC-20 does not ask for decimals."""
    chain.token(SOURCE_TOKEN, balance=1_500_000, decimals=REVERTED)
    assert look(chain)[-2].detail == "1500000 held"


def test_a_token_that_an_endpoint_cannot_read_is_no_finding(chain: ContractsChain) -> None:
    """The caller tries again, or says so."""
    chain.token(SOURCE_TOKEN, allowance=NO_ANSWER)
    with pytest.raises(RpcError, match="starting"):
        look(chain)


BASE = BaseDeployment(ChainId(1), SOURCE_TOKEN, BlockNumber(1))


@pytest.mark.parametrize(
    ("deployment", "level", "detail"),
    [
        (BASE, "ok", f"Resolver {SOURCE_TOKEN}"),
        (None, "warning", "no Resolver is known: disputes cannot be resolved on L1"),
        (
            replace(BASE, resolver=None),
            "warning",
            "no Resolver is known: disputes cannot be resolved on L1",
        ),
        (
            replace(BASE, chain_id=ChainId(5)),
            "warning",
            "the RPC serves chain id 1, the Resolver is on 5",
        ),
        (
            replace(BASE, resolver=TARGET_TOKEN),
            "warning",
            f"there is no contract at {TARGET_TOKEN} (Resolver)",
        ),
    ],
)
def test_the_base_chain_is_never_in_the_way(
    deployment: BaseDeployment | None, level: str, detail: str
) -> None:
    """Transfers go on without L1 resolution."""
    chain = ScriptedTransport(eth_chainId="0x1")
    chain.on("eth_getCode", lambda address, _: "0x00" if address == SOURCE_TOKEN else "0x")
    (finding,) = check_base_chain(make_client(chain), deployment)
    assert (finding.chain, finding.level, finding.detail) == ("base-chain", level, detail)


def test_tokens_of_a_chain_that_is_not_configured_are_a_warning() -> None:
    """Existing files have them."""
    (finding,) = check_tokens(pairs(), {SOURCE})
    assert (finding.subject, finding.level) == (f"chain id {TARGET}", "warning")
    assert check_tokens(pairs(), {SOURCE, TARGET}) == []


def test_tokens_are_not_judged_before_all_chains_have_answered() -> None:
    """The chain that is silent may be theirs."""
    assert check_tokens(pairs(), None) == []


def test_no_tokens_at_all_are_a_warning() -> None:
    """Such an agent fills nothing."""
    (finding,) = check_tokens(TokenPairs({}), {SOURCE})
    assert (finding.level, finding.detail) == (
        "warning",
        "no token is configured: nothing will be filled",
    )
