"""Preflight of a chain that is filled in one direction only, or watched."""

import pytest

from beamer_agent.config import Config
from beamer_agent.preflight import Finding
from beamer_agent.tokens import TokenPairs
from tests.contract_answers import ContractsChain
from tests.factories import FILL_MANAGER, REQUEST_MANAGER, SOURCE, US
from tests.preflight_looks import bad, configuration, look, sound_chain

pytestmark = pytest.mark.unit

WATCHING = configuration("l2a", "l2b", fill=False)


@pytest.fixture
def chain() -> ContractsChain:
    """A chain whose contracts do not know the account."""
    chain = sound_chain()
    chain.request_manager("allowedLps", US, result=False)
    chain.fill_manager("allowedLps", US, result=False)
    return chain


def only(direction: str) -> Config:
    """A configuration in which one direction of two is filled."""
    return configuration("l2a", "l2b", fill=False, directions={direction: {"fill": True}})


def about(findings: list[Finding], subject: str) -> Finding:
    """The only finding about a subject."""
    (finding,) = (finding for finding in findings if finding.subject == subject)
    return finding


def test_a_source_of_fills_needs_the_permission_to_claim(chain: ContractsChain) -> None:
    """And none to fill, where nothing is paid out."""
    findings = look(chain, config=only("l2a->l2b"))
    assert [(finding.subject, finding.level) for finding in bad(findings)] == [
        ("RequestManager", "fault")
    ]
    assert about(findings, "FillManager").detail == (
        f"{FILL_MANAGER}: the account is no allowed LP and need not be: "
        "no request to this chain is filled"
    )


def test_a_target_of_fills_needs_the_permission_to_fill(chain: ContractsChain) -> None:
    """And none to claim, where no fill is claimed."""
    findings = look(chain, config=only("l2b->l2a"))
    assert [(finding.subject, finding.level) for finding in bad(findings)] == [
        ("FillManager", "fault")
    ]
    assert about(findings, "RequestManager").detail == (
        f"{REQUEST_MANAGER}: the account is no allowed LP and need not be: "
        "no request from this chain is filled"
    )


def test_a_lone_chain_is_both_ends_of_its_direction(chain: ContractsChain) -> None:
    """It claims and pays out on one chain, or only watches it."""
    chain.target_chain(SOURCE)
    faults = bad(look(chain, config=configuration("l2a")))
    assert [finding.subject for finding in faults] == ["RequestManager", "FillManager"]
    assert bad(look(chain, config=configuration("l2a", fill=False))) == []


@pytest.mark.parametrize("tokens", [None, TokenPairs({})])
def test_a_watched_chain_needs_no_permission_and_no_tokens(
    chain: ContractsChain, tokens: TokenPairs | None
) -> None:
    """Anyone may challenge; tokens may be configured all the same."""
    assert bad(look(chain, tokens, WATCHING)) == []


def test_a_watched_chain_has_no_unsafe_fill_time(chain: ContractsChain) -> None:
    """A bad one harms nobody there."""
    chain.request_manager("MAX_VALIDITY_PERIOD", result=1)
    assert bad(look(chain, config=WATCHING)) == []


@pytest.mark.parametrize(("balance", "is_bad"), [(10**16 + 1, False), (10**16, True)])
def test_watching_takes_the_stake_of_one_challenge(
    chain: ContractsChain, balance: int, is_bad: bool
) -> None:
    """The claim's stake and one wei: what is kept for filling does not count."""
    chain.always("eth_getBalance", hex(balance))
    finding = about(look(chain, config=WATCHING), "native balance")
    assert finding.level == ("warning" if is_bad else "ok")
    assert finding.detail.endswith(
        " held, 0.010000000000000001 ether needed "
        "(one challenge: the claim stake and 1 wei; gas comes on top)"
    )
