"""Actions for tests: fill, claim and withdrawal of the request with a nonce."""

from beamer_agent.actions.model import ClaimFill, FillRequest, WithdrawClaim
from beamer_agent.types import BlockNumber, ClaimId, RequestId, TokenAmount
from tests.factories import (
    AMOUNT,
    RECEIVER,
    SOURCE,
    STAKE,
    TARGET_TOKEN,
    make_fill_id,
    make_request_created,
)


def request_id_of(nonce: int, amount: int = AMOUNT) -> RequestId:
    """The id of the request with a nonce, as `make_fill` speaks of it."""
    return make_request_created(nonce=nonce, amount=amount).request_id


def make_fill(nonce: int = 1, *, amount: int = AMOUNT, approval: int | None = None) -> FillRequest:
    """The fill of the request with a nonce; exact allowance unless given."""
    return FillRequest(
        request_id=request_id_of(nonce, amount),
        source_chain_id=SOURCE,
        target_token=TARGET_TOKEN,
        receiver=RECEIVER,
        amount=TokenAmount(amount),
        nonce=nonce,
        approval=TokenAmount(amount if approval is None else approval),
    )


def make_claim_fill(nonce: int = 1, *, known_until: int = 100) -> ClaimFill:
    """The claim of that fill."""
    return ClaimFill(request_id_of(nonce), make_fill_id(nonce), STAKE, BlockNumber(known_until))


def make_withdraw(claim_id: int = 1) -> WithdrawClaim:
    """The withdrawal of a claim."""
    return WithdrawClaim(request_id_of(1), ClaimId(claim_id))
