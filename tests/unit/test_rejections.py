"""Rejections: the words of nodes, as they were really seen."""

import pytest

from beamer_agent.errors import RpcResponseError
from beamer_agent.transactions.rejections import Rejection, rejection_of

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("words", "meaning"),
    [
        ("already known", Rejection.ALREADY_KNOWN),  # geth
        ("transaction already imported", Rejection.ALREADY_KNOWN),  # anvil
        ("nonce too low: next nonce 8, tx nonce 7", Rejection.NONCE_TOO_LOW),
        ("replacement transaction underpriced", Rejection.UNDERPRICED),
        ("Insufficient funds for gas * price + value", Rejection.INSUFFICIENT_FUNDS),
        ("max fee per gas less than block base fee: address 0x1", Rejection.FEE_TOO_LOW),
        ("txpool is full", Rejection.POOL_FULL),
        ("transaction underpriced: tip needed 1, tip permitted 0", Rejection.POOL_FULL),
        ("transaction gas price below minimum: gas tip cap 0", Rejection.POOL_FULL),
        ("AlreadyKnown", Rejection.ALREADY_KNOWN),  # Nethermind
        ("unknown transaction type", Rejection.OTHER),
        ("intrinsic gas too low", Rejection.OTHER),
        ("", Rejection.OTHER),
    ],
)
def test_words_have_one_meaning(words: str, meaning: Rejection) -> None:
    """In whatever case."""
    assert rejection_of(RpcResponseError(-32000, words)) is meaning
    assert rejection_of(RpcResponseError(-32003, words.upper())) is meaning
