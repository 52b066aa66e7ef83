"""Climb: carries proofs' journeys along a route, as far as L1 says that they have come."""

import logging
from collections.abc import Callable, Sequence
from typing import Any, Final

from structlog.typing import FilteringBoundLogger

from beamer_agent.actions.proof import Place, RelayStep, Stage
from beamer_agent.clock import Clock
from beamer_agent.errors import CallRevertedError, RpcError, RpcPayloadError
from beamer_agent.resolution.batches import ask_all
from beamer_agent.resolution.fares import Fares
from beamer_agent.resolution.journey import Journey
from beamer_agent.resolution.rollup import BaseEnd, Mismatch, ProofDirection, Waiting
from beamer_agent.resolution.route import Route
from beamer_agent.rpc.model import Block, quantity
from beamer_agent.types import Seconds

SIMULATED_SECONDS: Final = 60.0
"""How long a simulation is good for."""

_Outcome = RelayStep | Waiting | Mismatch


class Climb:
    """The steps of proofs: found, checked, simulated, priced; nothing is sent."""

    def __init__(
        self,
        base: BaseEnd,
        route: Route,
        direction: ProofDirection,
        clock: Clock,
        logger: FilteringBoundLogger,
    ) -> None:
        self._route = route
        self._fares = Fares(base, route, direction.source, clock)
        self._clients = {Place.BASE: base.client, Place.SOURCE: direction.source.client}
        self._account = direction.account
        self._clock = clock
        self._logger = logger
        self._ripening: Seconds | None = None

    def ripening(self, journey: Journey) -> Seconds:
        """How long L1 would let a proof wait that is proven now; 0 once it is."""
        if self._ripening is None or journey.stage >= Stage.PROVEN:
            return Seconds(0)
        return self._ripening

    def advance(self, journeys: Sequence[Journey], head: Block) -> None:
        """Bring journeys up to what the chains say at this head of L1.

        Raises:
            RpcError: L1 does not answer.
        """
        if self._ripening is None:
            self._ripening = self._route.up.ripening()
        self._locate([journey for journey in journeys if journey.message is None])
        located = [journey for journey in journeys if journey.message is not None]
        self._stand([j for j in located if _can_change(j, head)], head)
        self._choose([j for j in located if not j.is_confirmed])
        self._simulate([j for j in located if j.step and self._is_unsure(j)])
        self._fares.renew(head)
        for journey in journeys:
            journey.fare = self._fares.of(journey)

    def _locate(self, journeys: Sequence[Journey]) -> None:
        if not journeys:
            return
        try:
            found = self._route.up.locate([journey.proof for journey in journeys])
        except RpcError as error:
            found = [Waiting(str(error))] * len(journeys)
        for journey, message in zip(journeys, found, strict=True):
            if isinstance(message, Waiting | Mismatch):
                self._stop(journey, message)
            else:
                journey.message, journey.trouble = message, None

    def _stand(self, journeys: Sequence[Journey], head: Block) -> None:
        if not journeys:
            return
        standings = self._route.up.standings([journey.message for journey in journeys], head)
        for journey, standing in zip(journeys, standings, strict=True):
            journey.stand(standing)

    def _choose(self, journeys: Sequence[Journey]) -> None:
        """Find the next step of each."""
        up, down = self._route.up, self._route.down
        at = {stage: [j for j in journeys if j.stage is stage] for stage in Stage}
        # A proof stays good: L1 does not take roots back. If it does, the simulation fails.
        unproven = [journey for journey in at[Stage.PROVABLE] if journey.step is None]
        self._take(unproven, lambda: up.prove([journey.message for journey in unproven]))
        ready = at[Stage.EXECUTABLE]
        payment = down.prepay() if ready else None
        if payment is not None:
            self._take(ready, lambda: [payment] * len(ready))
        else:
            self._take(ready, lambda: up.execute([journey.message for journey in ready]))
        sent = at[Stage.EXECUTED]
        self._take(sent, lambda: down.deliver([journey.proof for journey in sent]))

    def _take(self, journeys: Sequence[Journey], ask: Callable[[], Sequence[_Outcome]]) -> None:
        if not journeys:
            return
        try:
            outcomes: Sequence[_Outcome] = ask()
        except RpcError as error:
            outcomes = [Waiting(str(error))] * len(journeys)
        for journey, outcome in zip(journeys, outcomes, strict=True):
            if isinstance(outcome, RelayStep):
                journey.take(outcome)
            else:
                self._stop(journey, outcome)

    def _is_unsure(self, journey: Journey) -> bool:
        age = self._clock.monotonic() - journey.simulated_at
        return journey.gas is None or age >= SIMULATED_SECONDS

    def _simulate(self, journeys: Sequence[Journey]) -> None:
        for place, client in self._clients.items():
            there = [j for j in journeys if j.step and j.step.place is place]
            requests = [("eth_estimateGas", [self._transaction(j.step)]) for j in there if j.step]
            for journey, result in zip(there, ask_all(client, requests), strict=True):
                self._judge(journey, _gas(result))

    def _judge(self, journey: Journey, result: int | str) -> None:
        if isinstance(result, str):
            self._refuse(journey, result)
            return
        journey.gas, journey.simulated_at, journey.reason = result, self._clock.monotonic(), ""

    def _transaction(self, step: RelayStep) -> dict[str, str]:
        return {
            "from": self._account,
            "to": step.call.address,
            "data": "0x" + step.call.data.hex(),
            "value": hex(step.value),
        }

    def _stop(self, journey: Journey, why: Waiting | Mismatch) -> None:
        journey.take(None)
        if isinstance(why, Waiting):
            self._tell(journey, logging.DEBUG, "Proof waits", why.reason)
            return
        # Whatever was read before may be the wrong half: begin anew at the next look.
        journey.message, journey.trouble = None, why.reason
        self._tell(journey, logging.WARNING, "Chains contradict each other", why.reason)

    def _refuse(self, journey: Journey, reason: str) -> None:
        label = journey.step.label if journey.step else ""
        journey.take(None)
        self._tell(journey, logging.WARNING, "Step would fail", f"{label}: {reason}")

    def _tell(self, journey: Journey, level: int, sentence: str, reason: str) -> None:
        if reason == journey.reason:
            return
        journey.reason = reason
        proof = journey.proof
        self._logger.log(
            level,
            sentence,
            chain_id=proof.fill_chain_id,
            request_id=proof.request_id,
            fill_id=proof.fill_id,
            error=reason,
        )


def _can_change(journey: Journey, head: Block) -> bool:
    until = journey.standing.until
    return until is None or head.timestamp >= until


def _gas(result: Any) -> int | str:
    """The gas of a simulation, or why it failed."""
    if isinstance(result, CallRevertedError):
        return result.reason
    if isinstance(result, RpcError):
        return str(result)
    try:
        return quantity(result)
    except RpcPayloadError:
        return "the simulation was not answered with a number"
