"""What the rules decide, with a view whose fields can be changed."""

from typing import Any

from beamer_agent.actions.model import Decision
from beamer_agent.actions.rules import plan_claim_end, plan_request
from beamer_agent.state.claim import Claim
from beamer_agent.state.request import Request
from beamer_agent.state.trackers import ClaimTracker
from tests.factories import SOURCE, VALID_UNTIL, make_block, make_request, make_request_filled
from tests.made_views import make_chain_view, make_direction_view

UNSAFE_FROM = VALID_UNTIL - 600
"""With the default policy's unsafe fill time."""
CLAIM_DEADLINE = VALID_UNTIL + 86_400


def claims_of(*claims: Claim) -> ClaimTracker:
    """A tracker with these claims."""
    tracker = ClaimTracker()
    for claim in claims:
        tracker.add(claim)
    return tracker


def decide(request: Request, *claims: Claim, **view: Any) -> Decision:
    """What `plan_request` says with a view whose fields can be changed."""
    return plan_request(request, claims_of(*claims), make_direction_view(**view))


def decide_end(claim: Claim, request: Request | None = None, **view: Any) -> Decision:
    """What `plan_claim_end` says of a claim on a filled request."""
    request = request or make_request(fill=make_request_filled(), state="claimed")
    return plan_claim_end(claim, request, claims_of(claim), make_direction_view(**view))


def source_at(timestamp: int, **changes: Any) -> Any:
    """The source chain with a head of this time."""
    return make_chain_view(SOURCE, head=make_block(timestamp=timestamp), **changes)
