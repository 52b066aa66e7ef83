"""Staff: which workers a line, a chain, L1 and a direction need, each in a thread of its own."""

from typing import Final

from beamer_agent.base import BaseWorkers
from beamer_agent.chain import Chain
from beamer_agent.clock import Clock
from beamer_agent.direction import DirectionWorkers
from beamer_agent.events.following import Following
from beamer_agent.line import Line
from beamer_agent.preflight import BASE_CHAIN
from beamer_agent.pulse import PulseReading
from beamer_agent.rpc.probe import EndpointProbe
from beamer_agent.team import Team

KEEPERS: Final = ("EventMonitor", "HistoryReader", "EventProcessor", "TransactionSender")
"""Workers that keep what is known of a chain or a direction: when one of them has ended in the
middle of a step, what it keeps may be half written, and what it tells be heard by some only."""

COMPARING_SECONDS: Final = 900.0
"""After so long an audit counts as hanging: of thousands of transfers, a slow endpoint has much to
say, and nobody waits for it."""


def is_broken(reading: PulseReading) -> bool:
    """Whether a worker is one of those, and has ended so."""
    return reading.has_died and reading.worker.partition("[")[0] in KEEPERS


def staff_line(team: Team, line: Line, clock: Clock) -> None:
    """Have the endpoints looked at that do not serve; one alone always serves."""
    if len(line.pool.endpoints) > 1:
        team.start(f"EndpointProbe[{line.name}]", EndpointProbe(line.pool, clock).step)


def staff_chain(team: Team, chain: Chain) -> None:
    """Follow a chain and send on it."""
    name = chain.connection.name
    _staff_following(team, name, chain.following)
    team.start(f"TransactionSender[{name}]", chain.account.sender.step, wake=chain.sender_wake)


def staff_base(team: Team, base: BaseWorkers) -> None:
    """Follow L1 and send on it."""
    _staff_following(team, BASE_CHAIN, base.following)
    sender = base.account.sender
    team.start(f"TransactionSender[{BASE_CHAIN}]", sender.step, wake=base.sender_wake)


def staff_direction(team: Team, name: str, direction: DirectionWorkers) -> None:
    """Decide for a direction, and look at what its decisions depend on."""
    team.start_thinking(f"EventProcessor[{name}]", direction.processor.step, wake=direction.wake)
    team.start(f"ProofWatch[{name}]", direction.proofs.step, wake=direction.proofs_wake)
    team.start(f"Witness[{name}]", direction.witness.step, wake=direction.witness_wake)
    auditor, auditor_wake = direction.auditor, direction.auditor_wake
    team.start(f"PeriodAuditor[{name}]", auditor.step, wake=auditor_wake, limit=COMPARING_SECONDS)


def _staff_following(team: Team, name: str, following: Following) -> None:
    monitor, history = following.monitor, following.history
    team.start(f"EventMonitor[{name}]", monitor.step, wake=following.monitor_wake)
    team.start(f"HistoryReader[{name}]", history.step, wake=following.history_wake)
    if following.heads is not None:
        heads = following.heads
        team.start(f"HeadSubscription[{name}]", heads.step, wake=heads.wake)
    if following.audit is not None:
        team.start(f"EndpointAudit[{name}]", following.audit.step)
