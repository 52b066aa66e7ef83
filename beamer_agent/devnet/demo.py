"""The demo's story: a user asks for transfers in both directions, the agent serves them."""

import threading
import time
from collections.abc import Callable
from itertools import cycle, islice, product

from beamer_agent.devnet.agent_process import AgentProcess
from beamer_agent.devnet.deployment import L2Contracts
from beamer_agent.devnet.transfers import OnStage, Transfer, TransferTracker
from beamer_agent.devnet.world import LocalWorld
from beamer_agent.errors import FatalError
from beamer_agent.types import TokenAmount

TURN_SECONDS = 0.05
SENDING_BLOCKS = 8
"""All requests are sent within so many blocks."""


class Demo:
    """Sends the requests and follows them to their end.

    Args:
        world: entered.
        agent: started.
        count: how many transfers; directions and tokens take turns.
        on_stage: told about every stage that a transfer reaches.
        seconds: how long it may take; None leaves an agent in order twice the time it needs.
    """

    def __init__(
        self,
        world: LocalWorld,
        agent: AgentProcess,
        count: int,
        on_stage: OnStage,
        *,
        seconds: float | None = None,
    ) -> None:
        self._world = world
        self._agent = agent
        self._user = world.participant("user")
        self._tracker = TransferTracker(
            world.contracts, world.participant("agent").address, on_stage
        )
        self._planned = _plan(world, count)
        block_time = world.settings.block_time or 0.0
        self._interval = SENDING_BLOCKS * block_time / count
        self._seconds = 30.0 * (1.0 + block_time) + count / 10 if seconds is None else seconds

    @property
    def transfers(self) -> list[Transfer]:
        """The transfers asked for so far, in order."""
        return self._tracker.transfers

    @property
    def is_complete(self) -> bool:
        """Whether all transfers are withdrawn by the agent."""
        return not self._planned and all(transfer.is_withdrawn for transfer in self.transfers)

    def run(self, on_turn: Callable[[], None]) -> None:
        """Play until all transfers are withdrawn; `on_turn` is called several times a second.

        Raises:
            FatalError: the agent or a chain ended, a request was refunded, or it took too long.
        """
        deadline = time.monotonic() + self._seconds
        pause = threading.Event()
        self._allow_all()
        next_at = time.monotonic()
        while not self.is_complete:
            self._check(deadline)
            while self._planned and time.monotonic() >= next_at:
                next_at += self._interval
                self._send(*self._planned.pop(0))
            self._tracker.update()
            on_turn()
            pause.wait(TURN_SECONDS)

    def _allow_all(self) -> None:
        for l2 in self._world.contracts.l2s:
            for symbol in l2.tokens:
                self._user.allow(l2, symbol, l2.request_manager)

    def _check(self, deadline: float) -> None:
        self._agent.check()
        self._world.check()
        for number, transfer in enumerate(self.transfers, start=1):
            if transfer.refunded:
                raise FatalError(f"Transfer {number} was not served, the user was refunded.")
        if time.monotonic() > deadline:
            done = sum(transfer.is_withdrawn for transfer in self.transfers)
            total = len(self.transfers) + len(self._planned)
            raise FatalError(
                f"After {self._seconds:.0f} s only {done} of {total} transfers were withdrawn."
            )

    def _send(
        self, source: L2Contracts, target: L2Contracts, symbol: str, amount: TokenAmount
    ) -> None:
        sent_at = time.monotonic()
        transaction_hash = self._user.send_request(source, target, symbol, amount)
        self.transfers.append(Transfer(source, target, symbol, amount, transaction_hash, sent_at))


_Plan = list[tuple[L2Contracts, L2Contracts, str, TokenAmount]]


def _plan(world: LocalWorld, count: int) -> _Plan:
    first, second = world.pair
    kinds = product(world.settings.tokens, ((first, second), (second, first)))
    return [
        (source, target, token.symbol, TokenAmount(_units(number) * 10**token.decimals))
        for number, (token, (source, target)) in enumerate(islice(cycle(kinds), count), start=1)
    ]


def _units(number: int) -> int:
    # Different enough to tell the rows of the table apart.
    return 15 + 10 * (number % 20)
