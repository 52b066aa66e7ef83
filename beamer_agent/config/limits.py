"""Limits: `[limits.SYMBOL]`, what is paid out at most, by the operator's names of tokens."""

from beamer_agent.config.fields import Amount
from beamer_agent.config.table import Table


class LimitConfig(Table):
    """`[limits.SYMBOL]`: base units of a token, over all chains; None: no limit."""

    max_request: Amount | None = None
    """The largest request that is filled."""
    max_per_hour: Amount | None = None
    """What is paid out within an hour."""
    max_open: Amount | None = None
    """What is paid out and not withdrawn yet."""
