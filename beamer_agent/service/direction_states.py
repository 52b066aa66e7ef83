"""The states of a direction, as its chains, its operator and its funds allow.

Waiting <--> Active <--> Paused        Draining is possible from each, and may be taken back
   ^                        |
   +------------------------+
"""

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from statemachine import State, StateMachine

from beamer_agent.clock import Clock
from beamer_agent.planning.report import DirectionReport, StageReport
from beamer_agent.service.chain_states import AWAY, SYNCED
from beamer_agent.service.lifecycle import Lifecycle
from beamer_agent.service.status import ChainStatus, DirectionStatus, StageStatus
from beamer_agent.switches import SwitchReading


class DirectionMachine(StateMachine):
    """Whether a direction takes new obligations; what is open goes on wherever it can."""

    waiting = State(initial=True)
    active = State()
    paused = State()
    draining = State()

    begin = waiting.to(active)
    pause = active.to(paused)
    resume = paused.to(active)
    lose_chain = active.to(waiting) | paused.to(waiting)
    drain = waiting.to(draining) | active.to(draining) | paused.to(draining)
    stop_draining = draining.to(waiting)


WEI: Final = "wei"
"""Among the values of a stage: the native currency of the source chain."""


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What a direction's state depends on, beside itself."""

    chains: tuple[ChainStatus, ...]
    """Source and target."""
    base: ChainStatus | None
    """L1; None: no proofs are carried there."""
    switches: SwitchReading
    is_built: bool
    """Whether its workers are there."""
    report: DirectionReport | None
    """Their last one."""


class DirectionTracker:
    """Keeps the state of one direction. For any thread; nobody ever waits in it.

    Args:
        name: in the configuration, `l2a->l2b`.
    """

    def __init__(self, name: str, clock: Clock) -> None:
        self.name = name
        self.lifecycle = Lifecycle(DirectionMachine, clock)
        """As of the last `status`."""
        self._lock = threading.Lock()  # protects the order of changes

    def status(self, around: Circumstances) -> DirectionStatus:
        """How it is now."""
        with self._lock:
            hindrances = tuple(_hindrances(self.name, around))
            self._turn(around)
            state = replace(self.lifecycle.look(), reason="; ".join(hindrances) or None)
        return DirectionStatus(self.name, state, not hindrances, _stages(around.report))

    def _turn(self, around: Circumstances) -> None:
        """Take the transitions that are due; those that there are none for do nothing."""
        if around.switches.draining is not None:
            self.lifecycle.advance("drain")
            return
        self.lifecycle.advance("stop_draining")
        states = {chain.state.state for chain in around.chains}
        if states & AWAY or not around.is_built:
            self.lifecycle.advance("lose_chain")
            return
        if states == {SYNCED}:  # what is read first is not stale: it is waited for
            self.lifecycle.advance("begin")
        is_free = states == {SYNCED} and self.name not in around.switches.paused
        self.lifecycle.advance("resume" if is_free and not _lacking(around.report) else "pause")


def _hindrances(name: str, around: Circumstances) -> list[str]:
    """Why a direction cannot act, each as a clause; none when it can."""
    switches = around.switches
    clauses = []
    if switches.draining is not None:
        clauses.append(f"{switches.draining.by} drains the agent")
    if name in switches.paused:
        clauses.append(f"{switches.paused[name].by} has paused it")
    chains = dict.fromkeys(around.chains if around.base is None else (*around.chains, around.base))
    clauses += [
        f"{chain.name} is {chain.state.state}: {chain.state.reason}"
        for chain in chains
        if chain.state.state != SYNCED
    ]
    if not around.is_built and not clauses:
        clauses.append("its workers are being built")
    return [*clauses, *_lacking(around.report)]


def _lacking(report: DirectionReport | None) -> Sequence[str]:
    """Without what nothing at all can be filled, as clauses."""
    if report is None:
        return ()
    return [
        f"too little {lack.token} on chain {lack.chain_id}: {lack.free} of {lack.wanted}"
        for lack in report.lacking
        if lack.is_total
    ]


def _stages(report: DirectionReport | None) -> tuple[StageStatus, ...]:
    if report is None:
        return ()
    return tuple(
        StageStatus(str(stage), open_.count, _values(open_), open_.nearest_deadline)
        for stage, open_ in report.stages.items()
    )


def _values(open_: StageReport) -> dict[str, int]:
    return {**open_.amounts, **({WEI: open_.stake} if open_.stake else {})}
