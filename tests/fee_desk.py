"""A fee source with everything around it."""

from typing import Any

from beamer_agent.actions.model import Action
from beamer_agent.transactions.fee_limits import FeeLimits
from beamer_agent.transactions.fees import Fees, FeeSource
from beamer_agent.types import Wei
from tests.doubles import FakeClock, RecordingLogger, ScriptedTransport, make_client
from tests.factories import make_block

LIMITS = FeeLimits(ordinary=Wei(300), urgent=Wei(3000))


def history(*tips: int, **changes: Any) -> dict[str, Any]:
    """An `eth_feeHistory` result with the tips of blocks, the newest last."""
    return {
        "oldestBlock": "0x1",
        "baseFeePerGas": ["0x7"] * (len(tips) + 1),
        "gasUsedRatio": [0.5 if tip else 0 for tip in tips],
        "reward": [[hex(tip)] for tip in tips],
    } | changes


class FeeDesk:
    """A fee source and all around it; the chain's tip is 7 wei."""

    def __init__(self, limits: FeeLimits = LIMITS) -> None:
        self.transport = ScriptedTransport(eth_feeHistory=history(7), eth_gasPrice=hex(250))
        self.clock = FakeClock()
        self.log = RecordingLogger()
        self.source = FeeSource(make_client(self.transport), limits, self.clock, self.log.logger)

    def offer(self, *actions: Action, base_fee: int | None = 100) -> Fees | None:
        """What is offered at a head with this base fee."""
        head = make_block(base_fee=None if base_fee is None else Wei(base_fee))
        return self.source.offer(actions, head)

    def replacement(self, previous: Fees, *actions: Action, base_fee: int = 100) -> Fees | None:
        """What is offered in place of another offer at a head with this base fee."""
        return self.source.replacement(previous, actions, make_block(base_fee=Wei(base_fee)))


def fees(maximum: int, priority: int) -> Fees:
    """EIP-1559 prices."""
    return Fees(Wei(maximum), Wei(priority))
