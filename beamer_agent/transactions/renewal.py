"""Renewal: what is not mined goes out again, or is undone; gaps between nonces are closed."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from beamer_agent.clock import Clock
from beamer_agent.rpc.model import Block
from beamer_agent.transactions.counts import WIDEST_GAP, Counts
from beamer_agent.transactions.endings import Endings
from beamer_agent.transactions.flight import Flight
from beamer_agent.transactions.losses import LOSS_SECONDS, Losses, Verdict
from beamer_agent.transactions.model import MinedTransaction, SentTransaction
from beamer_agent.transactions.orphans import Orphans
from beamer_agent.transactions.overdue import is_overdue
from beamer_agent.transactions.queue import ActionQueue
from beamer_agent.transactions.settled import Settled
from beamer_agent.transactions.strays import Strays
from beamer_agent.transactions.versions import Versions


@dataclass(frozen=True, slots=True)
class Renewal:
    """Pushes the transactions in flight. Used by the sender's thread only."""

    flight: Flight
    settled: Settled
    queue: ActionQueue
    counts: Counts
    endings: Endings
    losses: Losses
    versions: Versions
    orphans: Orphans
    strays: Strays
    clock: Clock
    _vacant: set[int] = field(default_factory=set)
    """Nonces between those in flight that nothing had in the turn before."""

    def doubt_delivery(self, head: Block) -> None:
        """The chain was away: whoever had what is in flight may have lost it.

        It is handed over once more, but for what is too late: whether that is to be undone will
        be known in a moment.
        """
        now = max(head.timestamp, self.clock.now())
        for sent in self.flight:
            deadlines = [action.deadline for action in sent.actions if action.deadline is not None]
            if all(now < deadline for deadline in deadlines):
                sent.is_delivered = False

    def push(self, head: Block) -> None:
        """Send again what is not mined, undo what is not wanted.

        Raises:
            RpcError: the chain does not answer.
        """
        self.orphans.look(head)
        self._undo(head)
        self._deliver_again()  # after undoing: what is cancelled must not arrive late
        self._close_vacancies(head)
        overdue = [sent for sent in self.flight if is_overdue(sent, head, self.clock)]
        if overdue:
            self._renew(overdue, head)

    def _undo(self, head: Block) -> None:
        unwanted = [sent for sent in self.flight if self._is_to_be_undone(sent)]
        if unwanted:
            self.versions.replace(unwanted, head, is_cancelling=True)

    def _is_to_be_undone(self, sent: SentTransaction) -> bool:
        if sent.is_being_undone:
            return False
        is_cancelled = any(self.queue.is_cancelled(key) for key in sent.keys)
        return sent.is_retired or (sent.is_last_of_action and is_cancelled)

    def _deliver_again(self) -> None:
        """Repeat what no node has confirmed to have, up to what is held."""
        undelivered = []
        for sent in self.flight:
            if sent.held_since is not None:
                break
            if not sent.is_delivered:
                undelivered.append(sent)
        self.versions.repeat(undelivered)

    def close_refused(self, head: Block) -> None:
        """Use up the nonces that a node has refused, if no other action of the turn took them.

        At once: pools do not count what waits behind a gap, and a next life of this process would
        do it anew in front of it.

        Raises:
            RpcError: the chain does not answer.
        """
        nonces = self.flight.vacant()
        if nonces:
            self._undo(head)  # what counts on one that was refused is free to be mined then
            self._close(nonces, head)

    def _close_vacancies(self, head: Block) -> None:
        """A nonce between others that nothing of ours has for two turns is used up."""
        vacant = self._vacancies()
        left = sorted(vacant & self._vacant)
        self._vacant.clear()
        self._vacant.update(vacant.difference(left))
        self._close(left, head)

    def _close(self, nonces: Sequence[int], head: Block) -> None:
        if nonces:
            fillers = self.versions.close(nonces, head)
            self.flight.occupy(nonces)
            self.flight.restore(fillers)

    def _vacancies(self) -> set[int]:
        first, next_ = self.flight.first_nonce(), self.flight.next_nonce()
        if first is None or next_ is None or next_ - first == len(self.flight):
            return set(self.flight.vacant())
        own = {sent.nonce for sent in self.flight}
        return set(range(first, next_)) - own - self.settled.nonces() | set(self.flight.vacant())

    def _renew(self, overdue: list[SentTransaction], head: Block) -> None:
        counts = self.counts.look()
        if counts is None:
            return
        mined, _ = counts
        self._close_gap(mined, head)
        self._judge([sent for sent in overdue if sent.nonce < mined], head)
        in_flight = set(self.flight)
        waiting = [sent for sent in overdue if sent.nonce >= mined and sent in in_flight]
        for sent in waiting:
            sent.taken_since = None
        loose = [sent for sent in waiting if sent.held_since is None]
        dear = [sent for sent in loose if sent.nonce == mined or _is_too_cheap(sent, head)]
        if dear:
            self.versions.replace(dear, head, waiting=self.queue.waiting())
        # The others only wait for the one before them, or were dropped with it.
        behind = [sent for sent in loose if sent not in dear]
        for sent in behind:
            self.versions.touch(sent, head)
        self.versions.repeat(behind)

    def _judge(self, counted: list[SentTransaction], head: Block) -> None:
        """The chain counts their nonces as used, but has shown no receipt of ours."""
        now = self.clock.monotonic()
        for sent in counted:
            self.versions.touch(sent, head)
            sent.taken_since = now if sent.taken_since is None else sent.taken_since
        for sent in counted:
            seconds = now - (sent.taken_since or now)
            if seconds < LOSS_SECONDS:
                return
            verdict = self.losses.judge(sent, head, seconds)
            if isinstance(verdict, MinedTransaction):
                self.endings.take([verdict])
            elif verdict is Verdict.LOST:
                self.endings.lose(sent, head.number)
            else:
                return  # those behind it are no more lost

    def _close_gap(self, mined: int, head: Block) -> None:
        """After a reorg, nonces may be free that were mined before: nothing behind them can be."""
        first = self.flight.first_nonce()
        gap = 0 if first is None else first - mined
        if gap <= 0:
            return
        returned = self.settled.take_from(mined)
        if returned:
            self.orphans.bring_back(returned, head)
        elif gap > WIDEST_GAP:
            self.strays.set_aside(mined, head)
            self.settled.believe(mined)
        else:
            self.flight.restore(self.versions.close(range(mined, mined + gap), head))


def _is_too_cheap(sent: SentTransaction, head: Block) -> bool:
    return sent.fees.maximum < (head.base_fee or 0)
