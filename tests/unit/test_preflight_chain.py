"""Preflight of a chain: contracts, permissions, periods and native balance."""

from dataclasses import replace

import pytest

from beamer_agent.errors import ConfigurationError, RpcResponseError, RpcTimeoutError
from beamer_agent.preflight import Finding, check_chain
from beamer_agent.tokens import TokenPairs
from beamer_agent.types import Address
from tests.contract_answers import INTERFACES, REVERTED, ContractsChain
from tests.doubles import make_client
from tests.factories import FILL_MANAGER, REQUEST_MANAGER, SOURCE, TARGET, US
from tests.preflight_looks import NO_ANSWER, TOKEN, bad, configuration, look, pairs, sound_chain

pytestmark = pytest.mark.unit


@pytest.fixture
def chain() -> ContractsChain:
    """A chain where all is well."""
    return sound_chain()


def test_all_is_well(chain: ContractsChain) -> None:
    """Everything that was looked at is listed, and nothing has a remedy."""
    findings = look(chain)
    assert [(finding.subject, finding.detail) for finding in findings] == [
        ("RequestManager", f"{REQUEST_MANAGER}: the account is an allowed LP"),
        ("unsafe-fill-time", "600 s of at most 172800 s validity"),
        ("fill-wait-time", "120 s of 3600 s claim period"),
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
        f"ask the contract's owner to call addAllowedLp({US}); "
        "until then, run with --no-fill to play and withdraw what is open"
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
