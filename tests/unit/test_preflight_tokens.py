"""Preflight of the configured tokens: balances, allowances, and chains that are theirs."""

import pytest

from beamer_agent.errors import RpcError
from beamer_agent.preflight import check_tokens
from beamer_agent.tokens import TokenPairs
from tests.contract_answers import REVERTED, ContractsChain
from tests.factories import SOURCE, SOURCE_TOKEN, TARGET
from tests.preflight_looks import (
    NO_ANSWER,
    TOKEN,
    bad,
    configuration,
    look,
    pairs,
    sound_chain,
)

pytestmark = pytest.mark.unit

BOTH = configuration("l2a", "l2b")


@pytest.fixture
def chain() -> ContractsChain:
    """A chain where all is well."""
    return sound_chain()


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


def test_a_token_without_code_is_a_fault(chain: ContractsChain) -> None:
    """The operator mistyped it, or it belongs to another chain."""
    chain.remove(SOURCE_TOKEN)
    (finding,) = bad(look(chain))
    assert (finding.level, finding.detail) == ("fault", "there is no contract")


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


def test_tokens_of_a_chain_that_is_not_configured_are_a_warning() -> None:
    """Existing files have them."""
    (finding,) = check_tokens(BOTH, pairs(), {SOURCE})
    assert (finding.subject, finding.level) == (f"chain id {TARGET}", "warning")
    assert check_tokens(BOTH, pairs(), {SOURCE, TARGET}) == []


def test_tokens_are_not_judged_before_all_chains_have_answered() -> None:
    """The chain that is silent may be theirs."""
    assert check_tokens(BOTH, pairs(), None) == []


def test_no_tokens_at_all_are_a_warning() -> None:
    """Such an agent fills nothing."""
    (finding,) = check_tokens(BOTH, TokenPairs({}), {SOURCE})
    assert (finding.level, finding.detail) == (
        "warning",
        "no token is configured: nothing will be filled",
    )


def test_a_watchtower_needs_no_tokens() -> None:
    """Nothing was to be filled."""
    assert check_tokens(configuration("l2a", "l2b", fill=False), TokenPairs({}), {SOURCE}) == []


def test_a_token_that_is_not_paid_out_needs_neither_balance_nor_allowance(
    chain: ContractsChain,
) -> None:
    """Requests to this chain are not filled, those from it are; a mistyped token is told still."""
    chain.token(SOURCE_TOKEN, balance=0, allowance=0)
    config = configuration("l2a", "l2b", directions={"l2b->l2a": {"fill": False}})
    finding = look(chain, pairs(0), config)[-1]
    assert (finding.subject, finding.level) == (TOKEN, "ok")
    assert finding.detail == "none is needed: no request to this chain is filled"
    chain.remove(SOURCE_TOKEN)
    assert look(chain, pairs(0), config)[-1].level == "fault"
