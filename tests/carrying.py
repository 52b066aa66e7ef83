"""Proofs carried by hand on chains whose clocks jump."""

from beamer_agent.devnet.participant import Participant, Request
from beamer_agent.devnet.world import LocalWorld
from beamer_agent.types import FillId, Seconds

AT_ONCE = Seconds(0)
"""The native bridges do not let messages wait."""


def carry_to_l1(
    world: LocalWorld, carrier: Participant, request: Request, fill_id: FillId
) -> None:
    """Bring what a rollup says of a fill to the Resolver; jumps over the proof's maturity."""
    world.relayer(AT_ONCE).relay_once()
    carrier.prove(request, fill_id)
    world.increase_time(world.settings.proof_maturity)
    carrier.execute(request, fill_id)


def carry(world: LocalWorld, carrier: Participant, request: Request, fill_id: FillId) -> None:
    """Bring it all the way to the source chain."""
    carry_to_l1(world, carrier, request, fill_id)
    world.relayer(AT_ONCE).relay_once()


def resolution(request: Request) -> tuple[str, bytes]:
    """Filler and fill id as L1 has told the source chain."""
    source = request.source
    call = source.request_manager.contract.call("requests", request.request_id)
    filler, fill_id = source.chain.client.read(call)[9:11]
    return filler, fill_id


def is_invalidated(request: Request, fill_id: FillId) -> bool:
    """Whether L1 has told the source chain that there is no such fill."""
    source = request.source
    call = source.request_manager.contract.call("isInvalidFill", request.request_id, fill_id)
    return bool(source.chain.client.read(call))
