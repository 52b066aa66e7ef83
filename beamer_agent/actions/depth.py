"""How deep an event must be, and who must vouch for it, before our money follows it.

request's block   + confirmations by amount: endpoints are asked   finality
  |-------- not filled yet --------|------- counts into max-unfinal ---|---- filled freely ----
fill's block      + claim-confirmations: endpoints are asked       refund time - margin
  |-------- not claimed yet -------|------- claimed when upheld -------|-- claimed as seen --
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from beamer_agent.actions.model import Reason, Skip
from beamer_agent.actions.testimony import Testimony
from beamer_agent.actions.view import DirectionView
from beamer_agent.events.model import RequestCreated, RequestFilled
from beamer_agent.state.request import Request
from beamer_agent.types import Timestamp

_DOUBTS: Final[Mapping[Testimony, Skip]] = MappingProxyType(
    {
        Testimony.UNKNOWN: Skip(Reason.UNATTESTED),
        Testimony.DENIED: Skip(Reason.DENIED),
    }
)


def symbol_of(created: RequestCreated, view: DirectionView) -> str | None:
    """The operator's name for a request's token; None for one that is not configured."""
    pairs, token = view.policy.pairs, created.source_token_address
    is_configured = token in pairs.of_chain(created.chain_id)
    return pairs.symbol(created.chain_id, token) if is_configured else None


def depth_wanted(created: RequestCreated, view: DirectionView) -> int:
    """How many blocks must be on top of a request's block before it is filled."""
    tiers = view.depths.by_amount.get(symbol_of(created, view) or "", ())
    return max(
        view.depths.request, *(tier.blocks for tier in tiers if created.amount >= tier.amount), 0
    )


def unconfirmed_request(created: RequestCreated, view: DirectionView) -> Skip | None:
    """Whether a request's block is not deep enough yet for its amount."""
    is_deep = view.source.depth_of(created.block_number) >= depth_wanted(created, view)
    return None if is_deep else Skip(Reason.UNCONFIRMED)


def unconfirmed_fill(request: Request, fill: RequestFilled, view: DirectionView) -> Skip | None:
    """Whether a fill's block is not deep enough yet for a claim that can still wait."""
    is_deep = view.target.depth_of(fill.block_number) >= view.depths.claim
    return None if is_deep or is_claim_urgent(request, view) else Skip(Reason.UNCONFIRMED)


def claim_deadline(request: Request, view: DirectionView) -> Timestamp:
    """From this time of the source chain on, the request cannot be claimed."""
    return Timestamp(request.created.valid_until + view.terms.request_extension)


def refund_time(request: Request) -> Timestamp:
    """From this time of the source chain on, anybody may have an unclaimed deposit sent back.

    It goes to whoever made the request (`protocol.md` section 3, withdrawExpiredRequest): what was
    filled must be claimed before, though the contract takes claims for longer.
    """
    return request.created.valid_until


def is_claim_urgent(request: Request, view: DirectionView) -> bool:
    """Whether a claim must be made now on what was seen, whoever does not answer."""
    return view.latest_time >= refund_time(request) - view.terms.answer_margin


def doubt(testimony: Testimony) -> Skip | None:
    """Why nothing is done on what one endpoint has told; None: enough of them uphold it."""
    return _DOUBTS.get(testimony)
