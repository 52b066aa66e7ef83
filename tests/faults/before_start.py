"""BeforeStart: the fault is there when the agent starts."""

import time
from typing import Final

from tests.faults.play import FOREIGN, Play
from tests.faults.strike import Strike

BEFORE: Final = "before start"
REQUESTED: Final = "requested"


class BeforeStart(Play):
    """One transfer waits for the agent, another comes while the fault lasts."""

    stages = (BEFORE, REQUESTED, FOREIGN)
    way_back = (REQUESTED,)

    def play(self, strike: Strike) -> None:
        """End the last agent, strike, start another one, see the transfers through."""
        self.site.stop_agent()
        self.request(BEFORE, self.source, self.target)
        foreign = self.claim_as_rival()
        self.site.note()
        self.strike(strike)
        agent = self.site.start_agent()
        agent.wait_for_line("Starting")
        agent.wait_until(self.is_felt, "a request that meets the fault")
        started = time.monotonic()
        self.request(REQUESTED, self.target, self.source)
        if strike.seconds is not None:
            self.last_until(started + strike.seconds)
            self.heal()
        for stage in (BEFORE, REQUESTED):
            self.wait_for(agent, stage, "ClaimMade")
        self.world.increase_time(self.world.settings.claim_period)
        self.rival.withdraw(self.source, foreign)
        for stage in self.stages:
            self.wait_for(agent, stage, "DepositWithdrawn")
