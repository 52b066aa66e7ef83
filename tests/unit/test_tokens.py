import pytest

from beamer_agent.config import TokenConfig
from beamer_agent.tokens import EXACT, MAX_ALLOWANCE, NO_LIMIT, AllowancePolicy, TokenPairs
from beamer_agent.types import Address, ChainId, TokenAmount

pytestmark = pytest.mark.unit

A = Address("0x5FbDB2315678afecb367f032d93F642f64180aa3")  # type: ignore[arg-type]
B = Address("0xe7f1725E7734CE288F8367e1Bb143E90bb3F0512")  # type: ignore[arg-type]
ONE, TWO, THREE = ChainId(1), ChainId(2), ChainId(3)


def token(chain_id: ChainId, address: Address, allowance: int | None = None) -> TokenConfig:
    """An entry of a list."""
    return TokenConfig(chain_id=chain_id, address=address, allowance=allowance)


@pytest.fixture
def tokens() -> TokenPairs:
    """Two lists over three chains."""
    return TokenPairs(
        {
            "USDC": (token(ONE, A), token(TWO, B, -1)),
            "DAI": (token(ONE, B, 500), token(THREE, A)),
        }
    )


@pytest.mark.parametrize(
    ("source", "target", "expected"),
    [
        ((ONE, A), (TWO, B), True),
        ((TWO, B), (ONE, A), True),
        ((ONE, A), (ONE, A), True),
        ((ONE, A), (ONE, B), False),
        ((ONE, A), (THREE, A), False),
        ((TWO, A), (TWO, A), False),
        ((ONE, A), (TWO, A), False),
    ],
)
def test_tokens_of_one_list_are_pairs(
    tokens: TokenPairs,
    source: tuple[ChainId, Address],
    target: tuple[ChainId, Address],
    expected: bool,
) -> None:
    """Both must be configured, on their chains, in the same list."""
    assert tokens.is_pair(*source, *target) is expected


def test_an_allowance_says_what_a_fill_may_approve(tokens: TokenPairs) -> None:
    """Exact, unlimited, or a limit below which requests are filled."""
    exact, unlimited = tokens.allowance(ONE, A), tokens.allowance(TWO, B)
    limited = tokens.allowance(ONE, B)
    assert (exact, unlimited) == (EXACT, NO_LIMIT)
    assert limited == AllowancePolicy(TokenAmount(500))
    assert exact.limit is None
    assert unlimited.is_unlimited
    assert not limited.is_unlimited
    amount = TokenAmount(500)
    assert (exact.approval(amount), unlimited.approval(amount)) == (500, MAX_ALLOWANCE)
    assert limited.approval(TokenAmount(3)) == 500
    assert limited.permits(amount)
    assert not limited.permits(TokenAmount(501))
    assert exact.permits(MAX_ALLOWANCE)
    assert unlimited.permits(MAX_ALLOWANCE)


def test_an_unknown_token_has_no_allowance(tokens: TokenPairs) -> None:
    """Asking for it is a mistake of the caller."""
    with pytest.raises(KeyError):
        tokens.allowance(THREE, B)


def test_tokens_are_known_by_chain(tokens: TokenPairs) -> None:
    """Which tokens a chain has, what they are called, and which chains there are."""
    assert tokens.of_chain(ONE) == (A, B)
    assert tokens.of_chain(ChainId(9)) == ()
    assert tokens.symbol(ONE, B) == "DAI"
    assert tokens.chain_ids() == {ONE, TWO, THREE}


def test_partners_are_the_chains_with_an_equivalent_token(tokens: TokenPairs) -> None:
    """A chain is not its own partner."""
    assert tokens.partners(ONE) == {TWO, THREE}
    assert tokens.partners(TWO) == {ONE}
    assert tokens.partners(ChainId(9)) == frozenset()
