"""How a direction's audit is put together; see `periods`."""

from collections.abc import Callable

from beamer_agent.chain import Chain, Surroundings
from beamer_agent.contracts.interface import Contract
from beamer_agent.memory import give_back
from beamer_agent.orders import Restart
from beamer_agent.periods.auditor import AuditCounter, PeriodAuditor
from beamer_agent.periods.desk import RemainderDesk
from beamer_agent.periods.reader import AuditedContract, ContractReader


def build_auditor(
    name: str,
    source: Chain,
    target: Chain,
    desk: RemainderDesk,
    around: Surroundings,
    order: Callable[[Restart], None],
    count: AuditCounter,
) -> PeriodAuditor:
    """The auditor of a direction, by the name that orders give it."""
    connections = source.connection, target.connection
    requests = Contract(
        connections[0].deployment.request_manager, around.interfaces.request_manager
    )
    fills = Contract(connections[1].deployment.fill_manager, around.interfaces.fill_manager)
    reader = ContractReader(
        AuditedContract(connections[0].client, requests),
        AuditedContract(connections[1].client, fills),
        connections[0].terms.request_extension,
    )
    return PeriodAuditor(
        name,
        desk,
        reader,
        order=order,
        count=count,
        on_over=give_back,
        period=around.config.period,
        clock=around.clock,
        logger=around.logger.bind(
            source_chain_id=connections[0].chain_id, target_chain_id=connections[1].chain_id
        ),
    )
