"""TransactionSender: the only owner of an account's nonces on one chain.

    submit(action)            step(), in the sender's thread, on every head and every submit
        |                         1. whose block was replaced: in flight again (Orphans)
        v                         2. what is in flight: receipts (FlightWatch), resending (Renewal)
    ActionQueue  ------------->   3. waiting actions: last look, simulate, sign, send

Nothing is waited for: a transaction is looked after again when the next head arrives. While there
is nothing to do, nothing is asked.
"""

import threading
from collections.abc import Callable
from contextlib import suppress
from typing import Final

from structlog.typing import FilteringBoundLogger

from beamer_agent.actions.model import Action
from beamer_agent.clock import Clock
from beamer_agent.economy.gas_book import GasBook
from beamer_agent.errors import RpcPayloadError, RpcResponseError
from beamer_agent.events.view import Batch, ChainView
from beamer_agent.rpc.client import ChainClient
from beamer_agent.rpc.model import Block
from beamer_agent.transactions.allowances import AllowanceBook
from beamer_agent.transactions.budget import Budget
from beamer_agent.transactions.counts import Counts
from beamer_agent.transactions.delegation import Delegation
from beamer_agent.transactions.delivery import Delivery
from beamer_agent.transactions.dispatch import GATHER_SECONDS, Dispatch
from beamer_agent.transactions.drafter import Drafter
from beamer_agent.transactions.earlier_life import EarlierLife
from beamer_agent.transactions.endings import Endings
from beamer_agent.transactions.fee_limits import NO_LIMITS, FeeLimits
from beamer_agent.transactions.fees import FeeSource
from beamer_agent.transactions.flight import Flight
from beamer_agent.transactions.losses import Losses
from beamer_agent.transactions.observer import NoObserver, SenderObserver
from beamer_agent.transactions.orphans import Orphans
from beamer_agent.transactions.preparation import Prepares
from beamer_agent.transactions.putting_off import PuttingOff
from beamer_agent.transactions.queue import ActionQueue, Work
from beamer_agent.transactions.receipts import Receipts
from beamer_agent.transactions.rehearsal import Rehearsal
from beamer_agent.transactions.renewal import Renewal
from beamer_agent.transactions.room import Room
from beamer_agent.transactions.settled import Settled
from beamer_agent.transactions.signer import Signer
from beamer_agent.transactions.simulation import Simulation
from beamer_agent.transactions.strays import Strays
from beamer_agent.transactions.versions import Versions
from beamer_agent.transactions.wallet import Wallet
from beamer_agent.transactions.watch import FlightWatch
from beamer_agent.types import BlockNumber

TURN_SECONDS: Final = 1.0
"""The longest time between two turns, for chains that make no blocks by themselves."""
REMEMBER_SECONDS: Final = 3_600.0
"""How long a refusal is remembered after its pause, so that its reason is not logged anew."""


class TransactionSender:
    """Sends the actions of one account on one chain; many in flight, each obligation once.

    The lock protects what the monitor has told: the view and the dead blocks.

    Args:
        wake: set whenever the sender's thread has something to do.
        observer: is told what becomes of transactions.
        gas_book: learns what they use.
        simulation_tells_gas: whether `eth_simulateV1` tells what a transaction is charged.
        batch: whether transactions of a kind go together, where the account's code allows it.
    """

    def __init__(
        self,
        client: ChainClient,
        signer: Signer,
        preparation: Prepares,
        wallet: Wallet,
        *,
        wake: threading.Event,
        clock: Clock,
        logger: FilteringBoundLogger,
        fee_limits: FeeLimits = NO_LIMITS,
        observer: SenderObserver | None = None,
        gas_book: GasBook | None = None,
        simulation_tells_gas: bool = True,
        batch: bool = False,
    ) -> None:
        observer, gas_book = observer or NoObserver(), gas_book or GasBook()
        logger = logger.bind(chain_id=signer.chain_id)
        account = signer.address
        queue, flight, settled = ActionQueue(clock), Flight(), Settled()
        fee_source = FeeSource(client, fee_limits, clock, logger)
        budget = Budget(wallet, flight)
        versions = Versions(client, signer, fee_source, flight, budget, observer, clock, logger)
        simulation = Simulation(client, flight, account, logger, tells_gas=simulation_tells_gas)
        endings = Endings(
            flight,
            settled,
            queue,
            observer,
            gas_book,
            client.describe_revert,
            logger,
            simulation.distrust,
        )
        counts = Counts(client, account, flight, settled, observer, logger)
        strays = Strays(flight, queue, versions, logger)
        self._wallet = wallet
        self._wake = wake
        self._queue, self._flight, self._settled = queue, flight, settled
        self._observer = observer
        rehearsal = Rehearsal(client, account, simulation)
        self._orphans = Orphans(
            client, preparation, rehearsal, flight, queue, versions, clock, logger
        )
        self._receipts = Receipts(client, clock)
        self._watch = FlightWatch(self._receipts, flight, settled, endings, self._orphans, clock)
        self._renewal = Renewal(
            flight,
            settled,
            queue,
            counts,
            endings,
            Losses(client, account),
            versions,
            self._orphans,
            strays,
            clock,
        )
        book, putting_off = AllowanceBook(flight, queue), PuttingOff(queue, logger)
        self._dispatch = Dispatch(
            client,
            queue,
            flight,
            settled,
            counts,
            strays,
            EarlierLife(versions, clock, logger),
            fee_source,
            Drafter(client, preparation, simulation, book, putting_off),
            Delivery(
                client,
                signer,
                queue,
                flight,
                strays,
                fee_source,
                budget,
                book,
                putting_off,
                observer,
                clock,
                logger,
            ),
            putting_off,
            Room(flight, observer, logger),
            Delegation(account, logger, is_wanted=batch),
            wake=wake,
            clock=clock,
        )
        self._lock = threading.Lock()
        self._view: ChainView | None = None
        self._dead_above: BlockNumber | None = None
        self._is_back = False
        """Whether the chain answers again, which nobody has acted on yet."""
        self._balances_from: BlockNumber | None = None
        """The block from which on those we have are not right; None: they are."""

    def submit(self, action: Action) -> bool:
        """Have an action carried out, once; False when its key is known or paused. Never waits."""
        is_new = self._queue.submit(action)
        if is_new:
            self._wake.set()
        return is_new

    def cancel(self, key: str) -> None:
        """Drop an action, or undo it while it is not mined. Never waits."""
        if self._queue.cancel(key):
            self._wake.set()

    def drop(self, key: str) -> None:
        """Do not send an action that waits; whatever was sent goes on."""
        self._queue.drop(key)

    def drop_all(self, is_meant: Callable[[Action], bool]) -> None:
        """The same for all such actions. Never waits."""
        for action in self._queue.waiting():
            if is_meant(action):
                self._queue.drop(action.key)

    def is_working_on(self, key: str) -> bool:
        """Whether the action waits, is in flight, or is done and perhaps not folded yet."""
        return self._queue.is_working_on(key)

    def may_happen(self, key: str) -> bool:
        """The same, or a reorganisation has undone it, and another block may have it again."""
        return self._queue.may_happen(key)

    def done_at(self, key: str) -> BlockNumber | None:
        """The block in which the action was carried out; None when it was not, or long ago."""
        return self._queue.done_at(key)

    def is_contradicted(self, key: str) -> bool:
        """Whether the chain, at the last attempt, said the opposite of what it was to prove."""
        return self._queue.is_contradicted(key)

    def accepts(self, key: str) -> bool:
        """Whether `submit` would take the action now."""
        return self._queue.accepts(key)

    def underway(self) -> tuple[Action, ...]:
        """What was sent and is not done, be it undone by a reorganisation; for any thread."""
        return self._queue.underway()

    def work(self) -> Work:
        """How much there is to do still; for any thread."""
        return self._queue.work()

    def has_work(self) -> bool:
        """Whether an action waits or is in flight: without new heads, nothing becomes of it."""
        return self._queue.has_work()

    def notice(self, batch: Batch) -> None:
        """Take what a chain's monitor says of heads and dead blocks. Never waits."""
        with self._lock:
            self._view = batch.view
            if batch.dead_above is not None:
                known = self._dead_above
                dead_above = batch.dead_above
                self._dead_above = dead_above if known is None else min(known, dead_above)
        self._wake.set()

    def notice_return(self) -> None:
        """The chain answers again, and did not for a while, however short. Never waits."""
        with self._lock:
            self._is_back = True
        self._wake.set()

    def step(self) -> float:
        """One turn; see the drawing above. The seconds until the next one.

        Raises:
            RpcError: the chain does not answer; the next turn goes on where this one stopped.
        """
        with self._lock:
            view, dead_above, self._dead_above = self._view, self._dead_above, None
            is_back, self._is_back = self._is_back, False
        if view is None:
            return TURN_SECONDS
        head = view.head
        if dead_above is not None:
            self._receipts.rewind(dead_above)
            self._orphans.bring_back(self._settled.take_above(dead_above), head)
            self._balances_from = head.number
        if is_back:
            self._renewal.doubt_delivery(head)
        self._settle(head)
        self._renewal.push(head)
        self._refresh_balances(head)
        try:
            self._dispatch.send_waiting(head)
        finally:
            self._renewal.close_refused(head)
        self._observer.waits(self._queue.kinds())
        self._observer.flies(self._flight.read())
        self._forget(view)
        return GATHER_SECONDS if self._dispatch.is_gathering() else TURN_SECONDS

    def _settle(self, head: Block) -> None:
        settled_until = self._watch.settle(head)
        if settled_until is not None:
            # Receipts may already tell of a block that the monitor has not seen.
            self._balances_from = max(head.number, settled_until)

    def _refresh_balances(self, head: Block) -> None:
        """Read the balances when our own transactions have changed them, and at first."""
        if self._balances_from is None and self._wallet.funds() is None:
            self._balances_from = head.number
        if self._balances_from is not None:
            # Whoever does not tell them may take transactions: they do not wait for it.
            with suppress(RpcResponseError, RpcPayloadError):
                self._wallet.refresh(max(head.number, self._balances_from))
                self._balances_from = None

    def _forget(self, view: ChainView) -> None:
        """Drop what no reorganisation can undo, and whose event is known."""
        done_until = min(view.final_until, view.events_until)
        self._settled.forget(done_until)
        self._queue.forget(done_until, REMEMBER_SECONDS)
