"""What a request and its claims have earned and cost: a pure function over its events.

our claim        valid: the LP fee, with the deposit; the challengers' stakes    invalid: our stake
another's claim  valid: our stake in it        invalid: what we are paid beyond our stake
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from beamer_agent.actions.stakes import own_stake, payout
from beamer_agent.events.model import (
    ClaimStakeWithdrawn,
    DepositWithdrawn,
    RequestCreated,
    RequestEvent,
)
from beamer_agent.state.handlers import HANDLERS, HandlerContext
from beamer_agent.state.machine import IllegalTransitionError
from beamer_agent.state.trackers import ClaimTracker, RequestTracker
from beamer_agent.types import Address, BlockNumber, ClaimId, RequestId

MONEY_EVENTS = (ClaimStakeWithdrawn, DepositWithdrawn)
"""With which something is earned or lost."""


class EarningKind(StrEnum):
    """What it is."""

    FEE = "fee"
    """In base units of the request's source token."""
    STAKE_WON = "stake_won"
    """In the source chain's native currency, as what is lost."""
    STAKE_LOST = "stake_lost"


EarningKey = tuple[EarningKind, RequestId, ClaimId | None]


@dataclass(frozen=True, slots=True)
class Earning:
    """Something that was earned or lost, in a block that may yet be replaced."""

    kind: EarningKind
    created: RequestCreated
    """The request that it belongs to."""
    claim_id: ClaimId | None
    """None: a fee."""
    amount: int
    block_number: BlockNumber

    @property
    def key(self) -> EarningKey:
        """What happens only once."""
        return self.kind, self.created.request_id, self.claim_id


def earnings_in(history: Iterable[RequestEvent], account: Address) -> Iterator[Earning]:
    """What the account has earned and lost, by the events of one request in their order.

    A loss is told with each withdrawal of the others; by its key it is one.
    """
    context = HandlerContext(account, RequestTracker(), ClaimTracker())
    for event in history:
        if isinstance(event, ClaimStakeWithdrawn):
            yield from _stakes(event, context)
        try:
            HANDLERS[type(event)](event, context)
        except IllegalTransitionError:
            continue  # as the fold keeps it
        if isinstance(event, DepositWithdrawn):
            yield from _fee(event, context)


def _stakes(event: ClaimStakeWithdrawn, context: HandlerContext) -> Iterator[Earning]:
    """To be asked before the withdrawal is applied: with it, stakes are taken off."""
    claim, request = context.claims.get(event.claim_id), context.requests.get(event.request_id)
    own = 0 if claim is None else own_stake(claim, context.account)
    if claim is None or request is None or own == 0:
        return
    is_valid = event.stake_recipient == claim.claimer
    is_ours = claim.claimer == context.account
    if not is_valid and not is_ours and event.stake_recipient != context.account:
        return  # another challenger has his part; ours is still there
    gain = payout(claim, context.account, is_valid=is_valid) - own
    if gain:
        kind = EarningKind.STAKE_WON if gain > 0 else EarningKind.STAKE_LOST
        yield Earning(kind, request.created, claim.id, abs(gain), event.block_number)


def _fee(event: DepositWithdrawn, context: HandlerContext) -> Iterator[Earning]:
    request = context.requests.get(event.request_id)
    if request is None or request.withdrawal is None or request.withdrawal.claim_id is None:
        return  # it went back to its sender
    if event.receiver == context.account:
        fee = request.created.lp_fee
        yield Earning(EarningKind.FEE, request.created, None, fee, event.block_number)
