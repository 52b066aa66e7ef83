"""A ProofWatch over a made-up bridge, with everything around it."""

import threading

from beamer_agent.actions.proof import Proof, ProofProgress
from beamer_agent.errors import RpcConnectionError
from beamer_agent.resolution.watch import ProofWatch
from tests.doubles import FakeClock, RecordingLogger, ScriptedTransport
from tests.fake_bridge import FakeBridge

POLL_PERIOD = 1.5


class Watching:
    """A watch over a bridge."""

    def __init__(self, bridge: FakeBridge, *, is_attached: bool = True) -> None:
        self.bridge = bridge
        self.clock = FakeClock()
        self.log = RecordingLogger()
        self.wake = threading.Event()
        self.changes = 0
        self.watch = ProofWatch(
            bridge.direction,
            poll_period=POLL_PERIOD,
            wake=self.wake,
            on_change=self._count,
            clock=self.clock,
            logger=self.log.logger,
        )
        if is_attached:
            self.watch.attach_base(bridge.base)

    def look(self, proof: Proof) -> ProofProgress:
        """A turn with a proof, and what is known of it then."""
        self.watch.state_interest([proof])
        self.watch.step()
        progress = self.watch.progress(proof)
        assert progress is not None
        return progress

    def posts(self) -> int:
        """HTTP requests of one turn, to all chains."""
        chains = self.bridge.source, self.bridge.target, self.bridge.l1
        before = sum(chain.posts for chain in chains)
        self.watch.step()
        return sum(chain.posts for chain in chains) - before

    def _count(self) -> None:
        self.changes += 1


def fail(chain: ScriptedTransport, *methods: str) -> None:
    """From now on these calls fail, or all that are known."""
    for method in methods or ("eth_call", "eth_getBlockByNumber", "eth_getLogs"):
        chain.always(method, RpcConnectionError("refused"))
