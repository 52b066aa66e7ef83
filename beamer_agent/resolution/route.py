"""The way of a direction's proofs: which messengers stand on L1, and whose adapters serve them."""

from dataclasses import dataclass
from typing import Any, Final

from beamer_agent.contracts.deployments import ChainDeployment
from beamer_agent.contracts.interface import Contract
from beamer_agent.resolution.batches import read_all
from beamer_agent.resolution.families import adapter_for
from beamer_agent.resolution.rollup import (
    NOBODY,
    BaseEnd,
    ChainEnd,
    Crossing,
    ProofDirection,
    Rollup,
    RollupFactory,
)
from beamer_agent.types import Address, Seconds

CALLER: Final = 0
MESSENGER: Final = 1
"""Indices of `callers` (`protocol.md` section 5)."""


@dataclass(frozen=True, slots=True)
class Route:
    """Adapters for both ways."""

    up: Rollup[Any]
    down: Rollup[Any]


@dataclass(frozen=True, slots=True)
class NoRoute:
    """Proofs of the direction cannot be resolved on L1; why."""

    reason: str


@dataclass(frozen=True, slots=True)
class RouteFinder:
    """Asks the contracts of a direction for its route."""

    direction: ProofDirection

    def find(self, base: BaseEnd) -> Route | NoRoute:
        """The route over this L1; sends nobody where the contracts do not trust each other.

        Raises:
            RpcError: a chain does not answer.
        """
        source, target = self.direction.source, self.direction.target
        up, down = self._messenger(target), self._messenger(source)
        if isinstance(up, NoRoute):
            return up
        if isinstance(down, NoRoute):
            return down
        gates = self._gates(base, up[0])
        if isinstance(gates, NoRoute):
            return gates
        up_gate, down_gate = gates
        return Route(
            up=up[1](Crossing(target, up[0], base, up_gate, self.direction.account)),
            down=down[1](Crossing(source, down[0], base, down_gate, self.direction.account)),
        )

    def _messenger(self, end: ChainEnd) -> tuple[Address, RollupFactory] | NoRoute:
        """The messenger that the FillManager uses, and its family's adapter."""
        deployment = end.deployment
        manager = Contract(deployment.fill_manager, self.direction.interfaces.fill_manager)
        address = end.client.read(manager.call("messenger"))
        for messenger in deployment.messengers:
            if messenger.address == address:
                adapter = adapter_for(messenger.name)
                return (
                    (address, adapter) if adapter else NoRoute(f"no adapter for {messenger.name}")
                )
        return NoRoute(
            f"chain {deployment.chain_id}'s messenger {address} is not in its deployment file"
        )

    def _gates(self, base: BaseEnd, messenger: Address) -> tuple[Address, Address] | NoRoute:
        """The messengers on L1, for the way up and the way down."""
        resolver = Contract(base.resolver, self.direction.interfaces.resolver)
        target = self.direction.target.deployment
        source = self.direction.source.deployment
        caller, gate, (request_manager, down_gate) = read_all(
            base.client,
            [
                resolver.call("callers", target.chain_id, CALLER),
                resolver.call("callers", target.chain_id, MESSENGER),
                resolver.call("sourceChainInfos", source.chain_id),
            ],
        )
        # On L1 itself the messenger calls the Resolver, and nobody has to vouch for it.
        expected, gate = (
            (messenger, messenger)
            if target.chain_id == base.chain_id
            else (target.fill_manager, gate)
        )
        if caller != expected or gate == NOBODY:
            return NoRoute(f"the Resolver does not take proofs from chain {target.chain_id}")
        if request_manager != source.request_manager or down_gate == NOBODY:
            return NoRoute(f"the Resolver does not send proofs to chain {source.chain_id}")
        return gate, down_gate


def delivery_of(deployment: ChainDeployment) -> Seconds:
    """Seconds that a message from L1 takes to a chain, by the names of its messengers alone."""
    adapters = [adapter_for(messenger.name) for messenger in deployment.messengers]
    return max((adapter.delivery for adapter in adapters if adapter), default=Seconds(0))
