"""Limits: what a request must not exceed whatever else is paid out; for sums see `payout_book`."""

from beamer_agent.actions.depth import symbol_of
from beamer_agent.actions.model import Reason, Skip
from beamer_agent.actions.view import DirectionView
from beamer_agent.events.model import RequestCreated


def beyond_limits(created: RequestCreated, view: DirectionView) -> Skip | None:
    """Whether the operator never wants a request filled, for its receiver or its amount."""
    if created.target_address in view.policy.denied_recipients:
        figures = (("recipient", created.target_address),)
        return Skip(Reason.DENIED_RECIPIENT, is_final=True, figures=figures)
    limit = view.policy.max_request.get(symbol_of(created, view) or "")
    if limit is not None and created.amount > limit:
        amounts = (("amount", created.amount), ("limit", limit))
        return Skip(Reason.REQUEST_LIMIT, is_final=True, figures=amounts)
    return None
