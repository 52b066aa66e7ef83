"""When a transaction should have been mined by now."""

from typing import Final

from beamer_agent.clock import Clock
from beamer_agent.rpc.model import Block
from beamer_agent.transactions.fee_limits import URGENT_SECONDS
from beamer_agent.transactions.model import SentTransaction

RESEND_BLOCKS: Final = 4
RESEND_SECONDS: Final = 4.0
"""A transaction is sent again when it is older than both: block times differ a lot. Within fewer
blocks, a builder or two that does not know of it is reason enough."""
RUSH_BLOCKS: Final = 1
"""Near its deadline a transaction has no time for that: the price is taken to be the reason, and
half an hour of 12-second blocks lets it rise as far as it may."""


def is_overdue(sent: SentTransaction, head: Block, clock: Clock) -> bool:
    """Whether it is to be sent again, counted from the last time."""
    deadlines = [action.deadline for action in sent.actions if action.deadline is not None]
    now = max(head.timestamp, clock.now())
    is_rush = bool(deadlines) and min(deadlines) - now <= URGENT_SECONDS
    blocks = head.number - sent.sent_at_block
    is_old = clock.monotonic() - sent.sent_at >= RESEND_SECONDS
    return is_old and blocks >= (RUSH_BLOCKS if is_rush else RESEND_BLOCKS)
