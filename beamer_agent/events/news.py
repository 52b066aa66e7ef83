"""News: the lines of the log about how a chain does, each when it begins to be true."""

from typing import Final

from structlog.typing import FilteringBoundLogger

from beamer_agent.events.view import ChainView

STALE: Final = "its newest block is older than stale-after"


def say_news(
    before: ChainView | None,
    view: ChainView,
    logger: FilteringBoundLogger,
    reason: str = STALE,
) -> None:
    """Tell what a view says that the one before it did not; `reason`: why the chain is down."""
    if view.is_synced and not (before and before.is_synced):
        logger.info("Synced", block_number=view.events_until)
    if view.is_reachable == (before is None or before.is_reachable):
        return
    if view.is_reachable:
        logger.info("Chain is back", block_number=view.head.number)
    else:
        logger.warning("Chain is down", error=reason)
