"""Gas: the most, and the least, that is paid for it; the same keys for the top and for chains."""

from collections.abc import Iterable
from typing import Final

from beamer_agent.config.fields import Gwei
from beamer_agent.config.table import Table
from beamer_agent.types import Wei

MOST_PRIORITY_FEE: Final = Wei(500 * 10**9)
"""More than any pool insists on: wei that were written for gwei, most likely."""


class GasTable(Table):
    """A table with limits of prices, in gwei per gas; kept in wei."""

    max_gas_price: Gwei | None = None
    """The most for fills, withdrawals and whatever else can wait; None: no limit."""
    max_urgent_gas_price: Gwei | None = None
    """The most for claims and bids near their deadline, and for proofs."""
    min_priority_fee: Gwei = Wei(0)
    """The least on top of the base fee."""


GAS_KEYS = tuple(GasTable.model_fields)


def gas_faults(limits: GasTable) -> Iterable[tuple[str, str]]:
    """Keys and what is wrong with them."""
    ordinary, urgent = limits.max_gas_price, limits.max_urgent_gas_price
    if ordinary == 0:
        yield "max-gas-price", "must be more than 0; without the key there is no limit"
    if limits.min_priority_fee > MOST_PRIORITY_FEE:
        yield "min-priority-fee", "must be at most 500 gwei"
    if ordinary is None and urgent is not None:
        yield "max-urgent-gas-price", "needs max-gas-price, and must be at least as much"
    if ordinary is not None and urgent is not None and urgent < ordinary:
        yield "max-urgent-gas-price", "must be at least max-gas-price"
    if ordinary is not None and limits.min_priority_fee > ordinary:
        yield "min-priority-fee", "must be at most max-gas-price"
