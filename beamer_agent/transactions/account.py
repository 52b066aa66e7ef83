"""The agent's account on one chain, as those who decide use it."""

from dataclasses import dataclass, field

from beamer_agent.economy.costs import CostSource, untold_costs
from beamer_agent.transactions.exposure import ExposureBook
from beamer_agent.transactions.sender import TransactionSender
from beamer_agent.transactions.stake_book import StakeBook
from beamer_agent.transactions.wallet import Wallet


@dataclass(frozen=True, slots=True)
class ChainAccount:
    """Where actions go, and what they are paid from."""

    sender: TransactionSender
    wallet: Wallet
    stakes: StakeBook
    exposure: ExposureBook = field(default_factory=lambda: ExposureBook({}))
    """On other chains, for requests from this one."""
    costs: CostSource = field(default_factory=untold_costs)
    """Of what is done on this chain."""
