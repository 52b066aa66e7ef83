r"""Strays: transactions whose nonces are far above what the chain counts.

    in flight --the gap is too wide--> set aside, undone in the pools; its action waits again
                                          |
        our nonces come to be as high --> in flight again, for as long as its nonce is open

Nobody will close such a gap, and closing it nonce by nonce would cost a transaction each. So the
actions are planned anew, at the nonces that the chain counts. One of the strays could be mined
after all, and its obligation be met twice, only when the account has used every nonce below it.
Against that:

- The stray is undone before its action is planned anew: every pool is handed a dearer transaction
  that does nothing, at the same nonce.
- The stray is not forgotten. Before we use its nonce, or one above, it is back in flight: if its
  action waits still, the stray stands for it again, and nothing is sent anew until its nonce is
  used; if another transaction stands for it by now, all the stray may do is to use up its nonce.
- When the count was the lie, and the strays were right, that happens at once: no pool takes the
  new transactions, since their nonces are used, and the true count brings the strays back.

What remains is a pool that missed the empty transaction, and an account that makes more than
`WIDEST_GAP` others while the first claim can still be made: a second claim for a true fill then,
whose stake comes back at its end like that of the first.
"""

from dataclasses import dataclass, field

from structlog.typing import FilteringBoundLogger

from beamer_agent.rpc.model import Block
from beamer_agent.transactions.flight import Flight
from beamer_agent.transactions.model import SentTransaction
from beamer_agent.transactions.queue import ActionQueue
from beamer_agent.transactions.standing import reduce
from beamer_agent.transactions.versions import Versions


@dataclass(frozen=True, slots=True)
class Strays:
    """Keeps what was taken out of flight. Used by the sender's thread only."""

    flight: Flight
    queue: ActionQueue
    versions: Versions
    logger: FilteringBoundLogger
    _aside: list[SentTransaction] = field(default_factory=list)

    def set_aside(self, mined: int, head: Block) -> None:
        """Undo all that is in flight, as far as pools go, and plan its actions anew.

        Raises:
            RpcError: an endpoint may or may not have taken it; nothing is set aside yet.
        """
        open_ = [sent for sent in self.flight if not sent.is_being_undone]
        self.versions.replace(open_, head, is_cancelling=True)
        self.logger.warning(
            "Nonces are far above those of the chain",
            transactions=len(self.flight),
            nonce=self.flight.first_nonce(),
            mined=mined,
        )
        for sent in self.flight:
            self.flight.remove(sent)
            self._aside.append(sent)
            if sent.is_last_of_action and not sent.is_retired:
                for action in sent.actions:
                    self.queue.mark_waiting(self.queue.in_flight(action.key) or action)
            sent.held_since = None

    def is_reached(self, nonce: int) -> bool:
        """Whether one of them has this nonce, or a lower one."""
        return any(sent.nonce <= nonce for sent in self._aside)

    def bring_back(self, nonce: int, head: Block) -> bool:
        """Put those in flight again that have this nonce or a lower one; whether there are any."""
        reached = [sent for sent in self._aside if sent.nonce <= nonce]
        self._aside[:] = [sent for sent in self._aside if sent.nonce > nonce]
        self.flight.restore(reached)
        for sent in reached:
            if sent.is_last_of_action and not sent.is_retired:
                self._reclaim(sent)
            sent.is_delivered, sent.taken_since = False, None
            self.versions.touch(sent, head)
        return bool(reached)

    def _reclaim(self, sent: SentTransaction) -> None:
        """It stands again for those of its actions that no other transaction stands for."""
        reduce(sent, [a for a in sent.actions if self.queue.reclaim(a)], self.queue)
