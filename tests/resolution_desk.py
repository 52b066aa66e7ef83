"""A ProofWatch over the chains of a local world, and everything that turns the world by hand."""

import threading
from collections.abc import Callable
from dataclasses import replace

from beamer_agent.actions.proof import Place, Proof, ProofProgress, RelayStep
from beamer_agent.contracts.deployments import load_deployments
from beamer_agent.contracts.interface import load_interfaces
from beamer_agent.devnet.deployment import L2Contracts
from beamer_agent.devnet.logs import Log, LogReader
from beamer_agent.devnet.participant import Participant, Request
from beamer_agent.devnet.world import LocalWorld
from beamer_agent.errors import RpcConnectionError
from beamer_agent.resolution.rollup import BaseEnd, ChainEnd, ProofDirection
from beamer_agent.resolution.route import Route, RouteFinder
from beamer_agent.resolution.watch import ProofWatch
from beamer_agent.rpc.client import ChainClient
from beamer_agent.rpc.model import Receipt
from beamer_agent.rpc.transport import HttpTransport
from beamer_agent.types import FillId, Seconds
from tests.doubles import FakeClock, RecordingLogger, make_endpoint

FALSE_FILL_ID = FillId(b"\x01" * 32)


DIRECTIONS = [("l2a", "l2b"), ("l2a", "base"), ("base", "l2a")]
"""Source and target: local both ways, Ethereum up, Ethereum down."""


class Line:
    """A `Transport` to a chain that can be cut, and counts what goes over it."""

    def __init__(self, url: str) -> None:
        self._transport = HttpTransport(url)
        self.is_cut = False
        self.posts = 0

    def post(self, body: bytes, seconds: float | None = None) -> bytes:
        """Hand over, unless the line is cut."""
        self.posts += 1
        if self.is_cut:
            raise RpcConnectionError("cut")
        return self._transport.post(body, seconds)

    def close(self) -> None:
        """Give the connections back."""
        self._transport.close()


class Desk:
    """The agent's proofs from `target` to `source`, watched; steps are sent by hand."""

    def __init__(self, world: LocalWorld, source: L2Contracts, target: L2Contracts) -> None:
        self.world = world
        self.source = source
        self.target = target
        self.clock = FakeClock()
        self.log = RecordingLogger()
        self.wake = threading.Event()
        self.changes = 0
        self.agent = Participant("agent")
        self.lines = {
            name: Line(chain.url)
            for name, chain in [
                ("source", source.chain),
                ("target", target.chain),
                ("base", world.base),
            ]
        }
        clients = {
            name: ChainClient(make_endpoint(line), lambda _: "no")
            for name, line in self.lines.items()
        }
        chains = load_deployments(world.folder).chains
        self.direction = ProofDirection(
            source=ChainEnd(clients["source"], chains[source.chain.chain_id]),
            target=ChainEnd(clients["target"], chains[target.chain.chain_id]),
            interfaces=load_interfaces(None),
            account=self.agent.address,
        )
        resolver = world.contracts.resolver.address
        self.base = BaseEnd(clients["base"], world.base.chain_id, resolver)
        self.watch = self.new_watch()

    def new_watch(self, *, is_attached: bool = True) -> ProofWatch:
        """A watch that knows nothing, as after a restart."""
        watch = ProofWatch(
            self.direction,
            poll_period=1.0,
            wake=self.wake,
            on_change=self._count,
            clock=self.clock,
            logger=self.log.logger,
        )
        if is_attached:
            watch.attach_base(self.base)
        return watch

    def route(self) -> Route:
        """The way over L1."""
        route = RouteFinder(self.direction).find(self.base)
        assert isinstance(route, Route)
        return route

    def look(self, proof: Proof) -> ProofProgress:
        """What the watch says now; a watch that has just been started says the same."""
        known, fresh = look(self.watch, proof), look(self.new_watch(), proof)
        # Jumps of the clock make L1's blocks look slow to whoever measures after them.
        assert replace(known, margin=fresh.margin) == fresh
        return known

    def request(self) -> Request:
        """A user asks for a transfer."""
        user = self.world.participant("user")
        return user.create_request(self.source, self.target, "DAI", 10**18)

    def fill(self) -> Proof:
        """The agent fills a new request."""
        request = self.request()
        self.agent.fill(request)
        return self._proof(self._newest("RequestFilled"))

    def invalidate(self) -> Proof:
        """The agent proves that nobody has filled a new request so."""
        self.agent.invalidate_fill(self.request(), FALSE_FILL_ID)
        return self._proof(self._newest("FillInvalidated"))

    def send(self, step: RelayStep | None, role: str = "agent") -> Receipt:
        """Somebody sends a step."""
        assert step is not None
        chain = self.source.chain if step.place is Place.SOURCE else self.world.base
        return chain.wallet(role).execute(step.call, step.value)

    def relay(self) -> None:
        """The native bridges do everything that can be done."""
        self.world.relayer(Seconds(0)).relay_once()

    def mature(self) -> None:
        """Time passes until what was proven can be executed."""
        self.world.base.increase_time(self.world.settings.proof_maturity)

    def close(self) -> None:
        """Give the connections back."""
        for line in self.lines.values():
            line.close()

    def _count(self) -> None:
        self.changes += 1

    def _newest(self, name: str) -> Log:
        chain, manager = self.target.chain, self.target.fill_manager
        logs = LogReader(chain.client, [manager.contract], manager.block).read()
        return [log for log in logs if log.name == name][-1]

    def _proof(self, log: Log) -> Proof:
        return Proof(
            request_id=log["requestId"],
            fill_id=log["fillId"],
            filler=log.arguments.get("filler"),
            source_chain_id=self.source.chain.chain_id,
            fill_chain_id=self.target.chain.chain_id,
            block_number=log.block,
            transaction_hash=log.transaction_hash,
        )


def look(watch: ProofWatch, proof: Proof) -> ProofProgress:
    """One turn of a watch, and what it says."""
    watch.state_interest([proof])
    watch.step()
    progress = watch.progress(proof)
    assert progress is not None
    return progress


MakeDesk = Callable[[str, str], Desk]
"""A desk between two chains of the shared world, by their names."""
