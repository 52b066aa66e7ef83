r"""Dispatch: waiting actions become transactions that a node has.

the most urgent, as many as may be in flight
--ONE batch: counts, prices, news, allowances, simulation--> Ready
--bundled, where the account delegates----------------------> fewer of them
--nonce, price, signed, ONE batch---------------------------> in flight
\--put off, with the reason
"""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from typing import Any, Final

from beamer_agent.actions.model import Action
from beamer_agent.clock import Clock
from beamer_agent.errors import RpcHttpError, RpcPayloadError, RpcTimeoutError
from beamer_agent.rpc.client import ChainClient, Request
from beamer_agent.rpc.model import Block
from beamer_agent.transactions.counts import Counts
from beamer_agent.transactions.delegation import Delegation
from beamer_agent.transactions.delivery import Delivery
from beamer_agent.transactions.drafter import Drafter
from beamer_agent.transactions.earlier_life import EarlierLife
from beamer_agent.transactions.fees import FeeSource
from beamer_agent.transactions.flight import Flight
from beamer_agent.transactions.nonces import Nonces
from beamer_agent.transactions.putting_off import PuttingOff
from beamer_agent.transactions.queue import ActionQueue
from beamer_agent.transactions.rejections import Rejection
from beamer_agent.transactions.room import Room
from beamer_agent.transactions.settled import Settled
from beamer_agent.transactions.strays import Strays

SENDING_SECONDS: Final = 1.0
"""The longest time for which actions are sent in one turn, in the order of its beginning."""
MOST_ACTIONS: Final = 128
"""So many are asked about together: two simulated blocks, and an answer of some 200 kilobytes."""
GATHER_SECONDS: Final = 0.03
"""Where actions share transactions, what comes right behind the newest is waited for."""
LONGEST_GATHER_SECONDS: Final = 0.2
"""However many follow each other."""


class Dispatch:
    """Sends what waits. Used by the sender's thread only.

    Args:
        wake: set when a turn has left something that may be sent at once.
    """

    def __init__(
        self,
        client: ChainClient,
        queue: ActionQueue,
        flight: Flight,
        settled: Settled,
        counts: Counts,
        strays: Strays,
        earlier_life: EarlierLife,
        fee_source: FeeSource,
        drafter: Drafter,
        delivery: Delivery,
        putting_off: PuttingOff,
        room: Room,
        delegation: Delegation,
        *,
        wake: threading.Event,
        clock: Clock,
    ) -> None:
        self._client = client
        self._queue = queue
        self._flight = flight
        self._settled = settled
        self._counts = counts
        self._strays = strays
        self._earlier_life = earlier_life
        self._fee_source = fee_source
        self._drafter = drafter
        self._delivery = delivery
        self._putting_off = putting_off
        self._room = room
        self._delegation = delegation
        self._wake = wake
        self._clock = clock
        self._most = MOST_ACTIONS

    def is_gathering(self) -> bool:
        """Whether more of what is to share transactions is about to come."""
        ages = self._queue.ages()
        if ages is None or not self._delegation.is_ours:
            return False
        newest, oldest = ages
        return newest < GATHER_SECONDS and oldest < LONGEST_GATHER_SECONDS

    def send_waiting(self, head: Block) -> None:
        """Send waiting actions, most urgent first, for some time; what is left is sent next turn.

        Raises:
            RpcError: the chain does not answer.
        """
        if self.is_gathering():
            return
        until = self._clock.monotonic() + SENDING_SECONDS
        tried: set[str] = set()
        while True:
            waiting = [action for action in self._queue.waiting() if action.key not in tried]
            if not waiting or self._flight.is_holding():
                self._room.is_enough()
                return
            actions = self._room.choose(waiting, self._most)
            tried.update(action.key for action in actions)
            if not actions or not self._send(actions, head):
                return
            if self._clock.monotonic() >= until:
                # What is more urgent may have come meanwhile, newer fees and receipts too.
                self._wake.set()
                return

    def _send(self, actions: Sequence[Action], head: Block) -> bool:
        """Send some actions; False when no other may be sent in this turn."""
        round_ = self._drafter.begin(actions, head)
        prices = self._fee_source.requests(head)
        codes = self._delegation.questions()
        with self._blaming(actions):
            counted, priced, coded, answers = self._ask(
                self._counts.requests(), prices, codes, round_.requests
            )
        self._delegation.take(coded)
        if self._delegation.is_open:
            self._delegation.take(self._client.batch(self._delegation.questions()))
        counts = self._counts.take(counted)
        if counts is None or self._is_blocked(*counts, head):
            return False
        if prices:
            self._fee_source.take(priced, head)
        with self._blaming(actions):
            drafted = self._drafter.finish(round_, answers)
        self._most = min(2 * self._most, MOST_ACTIONS)
        nonces = Nonces(self._flight, self._settled, counts[0])
        stop = self._delivery.send(self._delegation.together(drafted.ready), nonces, head)
        if stop is Rejection.DELEGATED_LIMIT:
            self._room.is_for_one()
        if drafted.has_more and stop is None:
            self._wake.set()
        return stop is None

    def _ask(self, *questions: Sequence[Request]) -> list[list[Any]]:
        """All questions in one batch; the results of each of them."""
        results = iter(self._client.batch([request for part in questions for request in part]))
        return [list(islice(results, len(part))) for part in questions]

    @contextmanager
    def _blaming(self, actions: Sequence[Action]) -> Iterator[None]:
        """The endpoint may choke on one of them: half as many next, down to the one that it is.

        Or on the simulation: the next ones go without.
        """
        try:
            yield
        except (RpcTimeoutError, RpcHttpError, RpcPayloadError) as error:
            self._drafter.doubt()
            self._most = max(1, len(actions) // 2)
            if len(actions) == 1 and self._queue.is_waiting(actions[0].key):
                self._putting_off.refuse(actions[0], error)
            raise

    def _is_blocked(self, mined: int, pending: int, head: Block) -> bool:
        """Whether others of the account come first."""
        next_nonce = Nonces(self._flight, self._settled, mined).next()
        return self._strays.bring_back(next_nonce, head) or self._is_behind_others(
            mined, pending, head
        )

    def _is_behind_others(self, mined: int, pending: int, head: Block) -> bool:
        """Whether transactions that are not ours of this life are still to be mined before ours.

        They may be those of an earlier life, carrying out the very actions that wait here: nothing
        is added behind them until they are mined or gone.
        """
        # After a reorganisation a node may count as before, or less than we saw mined: our own are
        # known here, whatever it says.
        known = max(mined, self._settled.next_nonce)
        first = self._flight.first_nonce()
        own = pending if first is None else min([first, *self._flight.vacant()])
        others = own - known
        if others > 0:
            self._earlier_life.wait_for(others, mined, head)
        else:
            self._earlier_life.end()
        return others > 0
