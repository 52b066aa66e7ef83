"""What an attack came to: who has won which game, who is richer, and what is wrong about it."""

from collections.abc import Sequence
from dataclasses import dataclass

from beamer_agent.devnet.expenses import Expenses
from beamer_agent.devnet.games import Game
from beamer_agent.devnet.ploys import Ploy
from beamer_agent.devnet.summary import Holdings
from beamer_agent.types import Address, Wei
from beamer_agent.units import ether


@dataclass(frozen=True, slots=True)
class Outcome:
    """The end of one ploy."""

    ploy: Ploy
    game: Game
    agent: Address

    @property
    def is_won(self) -> bool:
        """Whether the agent has the stakes, and the deposit of what it filled."""
        payout = self.game.payout
        has_stakes = payout is not None and payout.receiver == self.agent
        has_deposit = self.ploy.deposit_receiver == self.agent
        return has_stakes and has_deposit is self.ploy.is_fillable

    @property
    def won_stake(self) -> Wei:
        """What the agent has of others' stakes; below zero: what it has lost."""
        payout = self.game.payout
        is_taken = payout is not None and payout.receiver == self.agent
        taken = payout.amount if payout is not None and is_taken else 0
        return Wei(taken - self.game.stake_of(self.agent))


@dataclass(frozen=True, slots=True)
class AttackSummary:
    """In numbers, over all chains."""

    outcomes: Sequence[Outcome]
    thief: Holdings
    """What the thief has more (or, negative, less) than before."""
    agent: Holdings
    """The same of the agent."""
    expenses: Expenses
    """The agent's, with those on L1."""

    @property
    def stakes_won(self) -> Wei:
        """By the agent, in all games."""
        return Wei(sum(outcome.won_stake for outcome in self.outcomes))

    def faults(self) -> list[str]:
        """What should not have come to pass, one sentence each."""
        return [*self._lost_games(), *self._thief_gains(), *self._agent_losses()]

    def _lost_games(self) -> list[str]:
        numbered = enumerate(self.outcomes, start=1)
        return [f"The agent did not win game {n}." for n, o in numbered if not o.is_won]

    def _thief_gains(self) -> list[str]:
        faults = [
            f"The thief has {symbol} that were not his."
            for symbol, amount in self.thief.tokens.items()
            if amount > 0
        ]
        if self.thief.native >= 0:
            faults.append("The thief has lost no stake.")
        return faults

    def _agent_losses(self) -> list[str]:
        faults = [
            f"The agent has lost {symbol}."
            for symbol, amount in self.agent.tokens.items()
            if amount < 0
        ]
        if self.agent.native <= 0:
            faults.append("The agent has not gained.")
        lost = self.stakes_won - self.expenses.gas - self.agent.native
        if lost > 0:
            faults.append(f"The agent misses {ether(lost)}: neither stakes nor gas.")
        return faults
