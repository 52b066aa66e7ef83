"""Draft: what is to be sent for an action, as far as it is known before the chain is asked.

Action --plan--> Draft --simulate--> Ready --nonce, price, sign--> SentTransaction
"""

from dataclasses import dataclass

from beamer_agent.actions.model import Action
from beamer_agent.transactions.model import PlannedTransaction
from beamer_agent.types import Address


@dataclass(frozen=True, slots=True)
class Draft:
    """An action, and its transactions in the order they must be mined."""

    action: Action
    planned: tuple[PlannedTransaction, ...]
    trial: PlannedTransaction | None = None
    """What is simulated in place of the last one where that cannot be, before an earlier one is
    mined. It is never sent."""

    @property
    def token(self) -> Address | None:
        """The token whose allowance it needs or changes."""
        after = self.planned[-1].allowance_after
        return None if after is None else after.token

    @property
    def has_approval(self) -> bool:
        """Whether it changes the allowance other than by using it."""
        return self.planned[0].is_approval
