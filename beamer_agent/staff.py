"""Staff: which workers a line, a chain, L1 and a direction need, each in a thread of its own."""

from beamer_agent.base import BaseWorkers
from beamer_agent.chain import Chain
from beamer_agent.clock import Clock
from beamer_agent.crew import Crew
from beamer_agent.direction import DirectionWorkers
from beamer_agent.events.following import Following
from beamer_agent.line import Line
from beamer_agent.preflight import BASE_CHAIN
from beamer_agent.rpc.probe import EndpointProbe


def staff_line(crew: Crew, line: Line, clock: Clock) -> None:
    """Have the endpoints looked at that do not serve; one alone always serves."""
    if len(line.pool.endpoints) > 1:
        crew.start(f"EndpointProbe[{line.name}]", EndpointProbe(line.pool, clock).step)


def staff_chain(crew: Crew, chain: Chain) -> None:
    """Follow a chain and send on it."""
    name = chain.connection.name
    _staff_following(crew, name, chain.following)
    crew.start(f"TransactionSender[{name}]", chain.account.sender.step, wake=chain.sender_wake)


def staff_base(crew: Crew, base: BaseWorkers) -> None:
    """Follow L1 and send on it."""
    _staff_following(crew, BASE_CHAIN, base.following)
    sender = base.account.sender
    crew.start(f"TransactionSender[{BASE_CHAIN}]", sender.step, wake=base.sender_wake)


def staff_direction(crew: Crew, name: str, direction: DirectionWorkers) -> None:
    """Decide for a direction, and look at what its decisions depend on."""
    crew.start(f"EventProcessor[{name}]", direction.processor.step, wake=direction.wake)
    crew.start(f"ProofWatch[{name}]", direction.proofs.step, wake=direction.proofs_wake)
    crew.start(f"Witness[{name}]", direction.witness.step, wake=direction.witness_wake)


def _staff_following(crew: Crew, name: str, following: Following) -> None:
    monitor, history = following.monitor, following.history
    crew.start(f"EventMonitor[{name}]", monitor.step, wake=following.monitor_wake)
    crew.start(f"HistoryReader[{name}]", history.step, wake=following.history_wake)
    if following.heads is not None:
        crew.start(f"HeadSubscription[{name}]", following.heads.step)
    if following.audit is not None:
        crew.start(f"EndpointAudit[{name}]", following.audit.step)
