"""Audits of a hand agent's directions, and whatever they order."""

from dataclasses import dataclass
from itertools import permutations

from beamer_agent.auditing import build_auditor
from beamer_agent.contracts.interface import Contract, load_interfaces
from beamer_agent.orders import Restart
from beamer_agent.periods.auditor import CONFIRM_SECONDS, PeriodAuditor
from beamer_agent.periods.desk import RemainderDesk
from beamer_agent.periods.facts import Difference, compare, known_facts
from beamer_agent.periods.reader import AuditedContract, ContractReader
from beamer_agent.periods.remainder import Remainder
from beamer_agent.processor import EventProcessor
from tests.hand_agent import HandAgent


@dataclass(frozen=True, slots=True)
class HandAudit:
    """One direction of an agent that is turned by hand."""

    name: str
    processor: EventProcessor
    desk: RemainderDesk
    reader: ContractReader
    auditor: PeriodAuditor
    orders: list[Restart]

    def remainder(self) -> Remainder | None:
        """What is known now; None: not everything, or nothing."""
        self.desk.ask()
        self.processor.step()
        remainder = self.desk.take()
        return remainder if remainder and remainder.is_comparable else None

    def compare(self, remainder: Remainder) -> frozenset[Difference] | None:
        """What the contracts say otherwise at the blocks that are known; None: replaced."""
        reading = self.reader.read(remainder)
        return None if reading is None else compare(known_facts(remainder), reading.facts)


def audits(agent: HandAgent) -> list[HandAudit]:
    """Of all its directions."""
    return [_audit(agent, place) for place in range(len(agent.directions))]


def run_period(agent: HandAgent, audit: HandAudit) -> None:
    """Let a period pass, and what follows it; the agent has its turns."""
    for seconds in (agent._around.config.period, CONFIRM_SECONDS):
        audit.auditor.step()
        agent.clock.advance(seconds)
        agent.turn()
        audit.auditor.step()
        audit.processor.step()
        audit.auditor.step()


def _audit(agent: HandAgent, place: int) -> HandAudit:
    processor, desk = agent.directions[place].processor, agent.directions[place].processor._desk
    source_name, target_name = list(permutations(agent.world.l2s, 2))[place]
    source, target = agent.chains[source_name], agent.chains[target_name]
    orders: list[Restart] = []
    name = f"{source_name}->{target_name}"
    auditor = build_auditor(
        name, source, target, desk, agent._around, orders.append, lambda *_: None
    )
    interfaces = load_interfaces(None)
    deployments = source.connection.deployment, target.connection.deployment
    requests = Contract(deployments[0].request_manager, interfaces.request_manager)
    fills = Contract(deployments[1].fill_manager, interfaces.fill_manager)
    reader = ContractReader(
        AuditedContract(source.connection.client, requests),
        AuditedContract(target.connection.client, fills),
        source.connection.terms.request_extension,
    )
    return HandAudit(name, processor, desk, reader, auditor, orders)
