"""A fold that forgets what is settled."""

from typing import Any, Final

from beamer_agent.events.model import RequestEvent
from beamer_agent.state.fold import Fold
from beamer_agent.types import BlockNumber, RequestId
from tests.factories import DIRECTION, NOW, SOURCE, TARGET, US, make_block
from tests.made_views import TERMS, make_chain_view

NOTHING: Final = frozenset[RequestId]()


def told(*events: RequestEvent) -> Fold:
    """A fold that has seen these."""
    fold = Fold(DIRECTION, US)
    for event in events:
        fold.apply(event)
    return fold


def forget(
    fold: Fold, source: dict[str, Any] | None = None, target: dict[str, Any] | None = None
) -> frozenset[RequestId]:
    """With both chains whole, read and final up to block 100, unless changed."""
    final = {"final_until": BlockNumber(100)}
    return fold.forget_settled(
        make_chain_view(SOURCE, **(final | (source or {}))),
        make_chain_view(TARGET, **(final | (target or {}))),
        TERMS.request_extension,
    )


def at(seconds: int) -> dict[str, Any]:
    """The source chain so long after now."""
    return {"head": make_block(timestamp=NOW + seconds)}
