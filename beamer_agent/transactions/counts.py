"""Counts: how many transactions of the account a chain has, as far as an endpoint is believed.

A nonce made of a false count is never mined, nor is anything behind it. So a count that does not
fit what we know ourselves is believed only when the next look says about the same: an endpoint
that is wrong once, a node of another chain behind a balancer, has no say.
"""

from collections.abc import Sequence
from typing import Any, Final

from structlog.typing import FilteringBoundLogger

from beamer_agent.errors import RpcError
from beamer_agent.rpc.client import LATEST, PENDING, ChainClient, Request
from beamer_agent.rpc.model import quantity
from beamer_agent.transactions.flight import Flight
from beamer_agent.transactions.observer import SenderObserver
from beamer_agent.transactions.settled import Settled
from beamer_agent.types import Address

WIDEST_GAP: Final = 64
"""So many nonces may lie between what is mined and what is in flight, or between two looks.

After a reorganisation, as many transactions of an earlier life may be missing; after more, the
count is not that of our account, or our nonces are not.
"""


class Counts:
    """Asks for the count. Used by the sender's thread only."""

    def __init__(
        self,
        client: ChainClient,
        account: Address,
        flight: Flight,
        settled: Settled,
        observer: SenderObserver,
        logger: FilteringBoundLogger,
    ) -> None:
        self._client = client
        self._account = account
        self._flight = flight
        self._settled = settled
        self._observer = observer
        self._logger = logger
        self._has_looked = False
        self._strange: int | None = None
        """What the last look said, if that did not fit."""
        self._waiting_until = 0
        """What may be mined by now of what others, those of an earlier life, had in the pool."""
        self._is_told = False
        self._is_known = False
        """Whether a count was believed in this life."""

    def look(self) -> tuple[int, int] | None:
        """How many are mined, and how many with the pool's; None: not to be believed yet.

        Raises:
            RpcError: the chain does not answer.
        """
        return self.take(self._client.batch(self.requests()))

    def requests(self) -> list[Request]:
        """What to ask for `take`, for those who ask other things as well."""
        return [
            ("eth_getTransactionCount", (self._account, LATEST)),
            ("eth_getTransactionCount", (self._account, PENDING)),
        ]

    def take(self, results: Sequence[Any]) -> tuple[int, int] | None:
        """What the answers to `requests` say; see `look`.

        Raises:
            RpcError: one of them has failed, or the chain does not answer a second time.
        """
        counts = self._judge(results)
        if counts is None and not self._has_looked:
            # Nothing is known at the beginning of a life: the second look is at once. It confirms
            # the first and no more: the news that came along with that one are no newer, and a
            # claim of an earlier life, mined since, would be in neither.
            again = self._judge(self._client.batch(self.requests()))
            counts = again and self._believe(*map(_count, results))
        self._has_looked = True
        if counts is None and not self._is_told:
            self._logger.warning(
                "Transaction count is in doubt", mined=self._strange, expected=self._expected()
            )
        self._is_told = counts is None
        return counts

    def _judge(self, results: Sequence[Any]) -> tuple[int, int] | None:
        mined, pending = (_count(result) for result in results)
        before, self._strange = self._strange, None if self._fits(mined) else mined
        is_confirmed = before is not None and abs(mined - before) <= WIDEST_GAP
        if self._strange is not None and not is_confirmed:
            return None
        if self._is_known and mined > self._expected():
            self._tell_of_others(mined)
        self._is_known = True
        return self._believe(mined, pending)

    def _believe(self, mined: int, pending: int) -> tuple[int, int]:
        self._waiting_until = min(pending, mined + WIDEST_GAP)
        return mined, pending

    def _tell_of_others(self, mined: int) -> None:
        nonce = self._expected()
        self._observer.foreign()
        self._logger.warning(
            "Somebody else has sent transactions of this account",
            nonce=nonce,
            transactions=mined - nonce,
        )

    def _fits(self, mined: int) -> bool:
        """Whether it can be, if nobody else uses the account.

        Too low a count does no harm while nothing is in flight: what is settled is known here.
        """
        first = self._flight.first_nonce()
        is_near = first is None or mined >= first - WIDEST_GAP
        return is_near and mined <= self._expected()

    def _expected(self) -> int:
        own = self._flight.next_nonce() or self._settled.next_nonce
        return max(own, self._waiting_until)


def _count(result: Any) -> int:
    if isinstance(result, RpcError):
        raise result
    return quantity(result)
