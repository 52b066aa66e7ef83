"""The agent's account on one chain, as those who decide use it."""

from dataclasses import dataclass, field

from beamer_agent.economy.costs import CostSource, untold_costs
from beamer_agent.fence import Fence
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

    def behind(self, fence: Fence) -> "ChainAccount":
        """The same, as far as one generation of a direction may still use it."""
        return ChainAccount(
            fence.around(self.sender),
            fence.around(self.wallet),
            fence.around(self.stakes),
            fence.around(self.exposure),
            fence.around(self.costs),
        )
