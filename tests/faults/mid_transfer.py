"""MidTransfer: a fault strikes six transfers, each at another stage of its life."""

import time
from typing import Final

from beamer_agent.types import ClaimId, Seconds
from tests.agent_process import AgentProcess
from tests.e2e.story import resume_mining, stop_mining, wait_for_pool
from tests.faults.play import FOREIGN, Play
from tests.faults.strike import Strike

REQUESTED: Final = "requested"
FILLING: Final = "fill in flight"
CLAIMING: Final = "claim in flight"
WAITING: Final = "waiting"
WITHDRAWING: Final = "withdraw in flight"

MANY_BLOCKS: Final = 25
"""Mined at once while the fault lasts: more than a small range of logs holds."""

_FILL: Final = 2
"""Transactions of a fill: approval and payment."""

_APPROACH: Final = Seconds(400)
_RIPENING: Final = Seconds(300)
"""Jumps of the clocks: a claim that saw both has ended, one that saw one of them has not."""


class MidTransfer(Play):
    """Transactions in flight are mined while the fault lasts, and claims end."""

    stages = (REQUESTED, FILLING, CLAIMING, WAITING, WITHDRAWING, FOREIGN)
    way_back = (REQUESTED, FILLING)

    def play(self, strike: Strike) -> None:
        """Bring transfers to their stages, strike, see them through."""
        agent = self.site.agent
        self.site.note()
        self._prepare(agent)
        started = time.monotonic()
        self.strike(strike)
        self.request(REQUESTED, self.target, self.source)
        self.last_until(started + (strike.seconds or 0) / 3)
        foreign = self._go_on()
        if strike.seconds is not None:
            self.last_until(started + strike.seconds)
            self.heal()
        self._settle(agent, foreign)

    def _prepare(self, agent: AgentProcess) -> None:
        source, target = self.source, self.target
        self.request(WITHDRAWING, source, target)
        self.wait_for(agent, WITHDRAWING, "ClaimMade")
        self.world.increase_time(_APPROACH)
        self.request(WAITING, source, target)
        self.wait_for(agent, WAITING, "ClaimMade")
        # From here on the source mines the user's request and the jump, nothing of the agent's.
        stop_mining(target.chain)
        self.request(CLAIMING, source, target)
        wait_for_pool(self.world, agent, target, _FILL)
        stop_mining(source.chain)
        self.world.increase_time(_RIPENING)
        resume_mining(target.chain)
        self.request(FILLING, target, source)
        withdrawal = claim = 1
        wait_for_pool(self.world, agent, source, withdrawal + claim + _FILL)

    def _go_on(self) -> ClaimId:
        resume_mining(self.source.chain)
        foreign = self.claim_as_rival()
        for l2 in (self.source, self.target):
            l2.chain.mine(MANY_BLOCKS)
        self.world.increase_time(_APPROACH)
        return foreign

    def _settle(self, agent: AgentProcess, foreign: ClaimId) -> None:
        for stage in (REQUESTED, FILLING, CLAIMING):
            self.wait_for(agent, stage, "ClaimMade")
        self.world.increase_time(self.world.settings.claim_period)
        self.rival.withdraw(self.source, foreign)
        for stage in self.stages:
            self.wait_for(agent, stage, "DepositWithdrawn")
