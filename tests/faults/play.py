"""Play: transfers under a strike of a fault, and what the chains say about them at the end."""

import threading
import time
from abc import ABC, abstractmethod
from collections import Counter
from dataclasses import dataclass, replace
from typing import Final

from beamer_agent.devnet.deployment import L2Contracts
from beamer_agent.devnet.logs import Log
from beamer_agent.devnet.participant import Request
from beamer_agent.types import Address, ClaimId, RequestId
from tests.agent_process import AgentProcess
from tests.e2e.story import WHOLE_LIFE, resume_mining
from tests.faults.proxy import Proxy
from tests.faults.site import Site
from tests.faults.strike import Strike

FOREIGN: Final = "another's"
"""The stage of a transfer that the rival fills and claims, honestly."""

SETTLE_SECONDS: Final = 100.0
"""Deadline of every wait; above it is pytest's own, for the whole play."""

_AMOUNT = 10**18
_SYMBOL = "DAI"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is wrong at the end; nothing, if all went well."""

    of_stages: dict[str, str]
    """What happened to each transfer that is not settled exactly once."""
    of_agent: list[str]
    """What the agent did that it must not do."""

    def complaint(self, stage: str | None = None) -> str:
        """What is wrong, with one stage or with any; empty when nothing is."""
        wrong = [f"{name}: {what}" for name, what in self.of_stages.items()]
        if stage is not None:
            wrong = [f"{stage}: {self.of_stages[stage]}"] if stage in self.of_stages else []
        return "\n".join([*wrong, *self.of_agent])


class Play(ABC):
    """One strike, from healthy endpoints to healthy endpoints; a subclass tells what happens.

    Transfers go by the name of the stage at which the fault strikes them.
    """

    stages: tuple[str, ...]
    way_back: tuple[str, ...] = ()
    """Of the stages, whose transfers go from target to source: the other side is struck there."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.world = site.world
        self.source, self.target = site.world.pair
        self.rival = site.world.participant("rival")
        self._user = site.world.participant("user")
        self._us = site.world.participant("agent").address
        self._requests: dict[str, Request] = {}
        self._faulty: list[Proxy] = []
        self._was_felt = False
        self._told_before = len(site.ledger.logs())

    def run(self, strike: Strike) -> Outcome:
        """Play it to its end, and ask the chains."""
        wrong: list[str] = []
        try:
            self.play(strike)
        except AssertionError as error:
            wrong.append(str(error))
        finally:
            self.heal()
            if strike.side != "L1" and not self._was_felt:
                wrong.append("no request met the fault")
            for l2 in (self.source, self.target):
                resume_mining(l2.chain)
        wrong += [*self.site.troubles, *self._dishonesties()]
        unsettled = self._unsettled()
        vain = self._transactions() - self._steps()
        if vain and not unsettled and not strike.fault.hides:
            wrong.append(f"{vain} transactions more than there was to do")
        return Outcome(unsettled, wrong)

    @abstractmethod
    def play(self, strike: Strike) -> None:
        """Begin and end the strike, see all transfers through.

        Raises:
            AssertionError: something was waited for in vain.
        """

    def strike(self, strike: Strike) -> None:
        """Begin it."""
        self._faulty = strike.begin(self.site)

    def is_felt(self) -> bool:
        """Whether the agent came upon the fault; a closed port does not tell."""
        return any(proxy.is_closed or proxy.hits for proxy in self._faulty)

    def heal(self) -> None:
        """End the strike; nothing happens when it has ended."""
        self._was_felt = self._was_felt or self.is_felt()
        for proxy in self._faulty:
            proxy.heal()

    def request(self, stage: str, source: L2Contracts, target: L2Contracts) -> Request:
        """A user asks for a transfer."""
        request = self._user.create_request(source, target, _SYMBOL, _AMOUNT)
        self._requests[stage] = request
        return request

    def claim_as_rival(self) -> ClaimId:
        """The rival fills a request from source to target, which is then made, and claims it."""
        manager = self.source.request_manager.contract
        nonce = 1 + self.source.chain.client.read(manager.call("currentNonce"))
        # Filled before it is there, so that the agent cannot be the first.
        known = next(r for r in self._requests.values() if r.source is self.source)
        fill_id = self.rival.fill(replace(known, request_id=RequestId(b""), nonce=nonce))
        request = self.request(FOREIGN, self.source, self.target)
        assert request.nonce == nonce
        return self.rival.claim(request, fill_id)

    def wait_for(self, agent: AgentProcess, stage: str, name: str) -> None:
        """Wait until the agent has made an event happen to a transfer."""
        request = self._requests[stage]
        agent.wait_until(
            lambda: self.site.ledger.has(request, name), f"{name} of {stage!r}", SETTLE_SECONDS
        )

    def last_until(self, moment: float) -> None:
        """Let a fault take its time, until this monotonic moment."""
        threading.Event().wait(max(0.0, moment - time.monotonic()))

    def _unsettled(self) -> dict[str, str]:
        wrong = {stage: self._wrong(stage) for stage in self.stages}
        return {stage: what for stage, what in wrong.items() if what}

    def _wrong(self, stage: str) -> str:
        request = self._requests.get(stage)
        if request is None:
            return "never came so far"
        logs = self.site.ledger.of(request)
        counts = Counter(log.name for log in logs)
        if counts != WHOLE_LIFE:
            return f"{dict(counts)}"
        owner = self.rival.address if stage == FOREIGN else self._us
        return "" if _actors(logs) == {owner} else f"by {_actors(logs)}"

    def _transactions(self) -> int:
        """How many the agent has sent, in all its lives on this site."""
        chains = [l2.chain.client for l2 in self.world.contracts.l2s]
        return sum(client.transaction_counts(self._us)[1] for client in chains)

    def _steps(self) -> int:
        """How many it takes to do what the agent has done."""
        done = Counter(
            log.name
            for log in self.site.ledger.logs()
            for key in ("filler", "claimer", "stakeRecipient")
            if log.arguments.get(key) == self._us
        )
        approvals = fills = done["RequestFilled"]
        return approvals + fills + done["ClaimMade"] + done["ClaimStakeWithdrawn"]

    def _dishonesties(self) -> list[str]:
        logs = self.site.ledger.logs()
        created = {log["requestId"] for log in logs if log.name == "RequestCreated"}
        said = [self._dishonesty(log, created) for log in logs[self._told_before :]]
        return [sentence for sentence in said if sentence]

    def _dishonesty(self, log: Log, created: set[bytes]) -> str:
        match log.name:
            case "RequestFilled" if log["requestId"] not in created:
                return "a request was filled that does not exist"
            case "FillInvalidated":
                return "the absence of a fill was proven that is there"
            case "ClaimMade" if log["lastChallenger"] == self._us:
                return "an honest claim was challenged"
        return ""


def _actors(logs: list[Log]) -> set[Address]:
    told = [log.arguments.get(key) for log in logs for key in ("filler", "claimer")]
    told += [log["receiver"] for log in logs if log.name == "DepositWithdrawn"]
    return {actor for actor in told if actor is not None}
