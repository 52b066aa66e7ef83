"""Actions for tests, of every kind; most are about the request with a nonce."""

from beamer_agent.actions.model import (
    ChallengeClaim,
    ClaimFill,
    FillRequest,
    InvalidateFill,
    RelayMessage,
    WithdrawClaim,
)
from beamer_agent.actions.proof import Place, RelayStep
from beamer_agent.contracts.call import ContractCall
from beamer_agent.types import BlockNumber, ClaimId, RequestId, Timestamp, TokenAmount, Wei
from tests.factories import (
    AMOUNT,
    RECEIVER,
    RESOLVER,
    SOURCE,
    STAKE,
    TARGET_TOKEN,
    make_fill_id,
    make_request_created,
)


def request_id_of(nonce: int, amount: int = AMOUNT) -> RequestId:
    """The id of the request with a nonce, as `make_fill` speaks of it."""
    return make_request_created(nonce=nonce, amount=amount).request_id


DEADLINE = Timestamp(2**32 - 1)
"""Later than anything in a test."""


def make_fill(
    nonce: int = 1,
    *,
    amount: int = AMOUNT,
    approval: int | None = None,
    known_until: int = 100,
    deadline: Timestamp = DEADLINE,
) -> FillRequest:
    """The fill of the request with a nonce; exact allowance unless given."""
    return FillRequest(
        request_id=request_id_of(nonce, amount),
        source_chain_id=SOURCE,
        target_token=TARGET_TOKEN,
        receiver=RECEIVER,
        amount=TokenAmount(amount),
        nonce=nonce,
        approval=TokenAmount(amount if approval is None else approval),
        known_until=BlockNumber(known_until),
        deadline=deadline,
    )


def make_claim_fill(
    nonce: int = 1, *, known_until: int = 100, deadline: Timestamp = DEADLINE
) -> ClaimFill:
    """The claim of that fill."""
    return ClaimFill(
        request_id_of(nonce), make_fill_id(nonce), STAKE, BlockNumber(known_until), deadline
    )


def make_withdraw(claim_id: int = 1) -> WithdrawClaim:
    """The withdrawal of a claim."""
    return WithdrawClaim(request_id_of(1), ClaimId(claim_id))


def make_invalidate(nonce: int = 1, *, known_until: int = 100) -> InvalidateFill:
    """The proof that the request with a nonce was not filled."""
    return InvalidateFill(
        request_id=request_id_of(nonce),
        fill_id=make_fill_id(nonce),
        source_chain_id=SOURCE,
        target_token=TARGET_TOKEN,
        receiver=RECEIVER,
        amount=AMOUNT,
        nonce=nonce,
        known_until=BlockNumber(known_until),
    )


def make_challenge(claim_id: int = 1, *, deadline: Timestamp = DEADLINE) -> ChallengeClaim:
    """The first bid against a claim."""
    bid = Wei(STAKE + 1)
    return ChallengeClaim(request_id_of(1), ClaimId(claim_id), STAKE, Wei(0), bid, deadline)


def make_relay(label: str = "execute", value: int = 7) -> RelayMessage:
    """A step of a proof over L1."""
    call = ContractCall(RESOLVER, label, label.encode(), ())
    return RelayMessage("0x12:0x34", RelayStep(Place.BASE, label, call, Wei(value)))
