"""EventFetcher: the next block range of a chain, decoded. No thread of its own; may block."""

from collections.abc import Sequence

from structlog.typing import FilteringBoundLogger

from beamer_agent.clock import Clock
from beamer_agent.errors import RpcError, RpcHttpError, RpcResponseError
from beamer_agent.events.decoder import EventDecoder
from beamer_agent.events.model import Event
from beamer_agent.events.ranges import BlockRange, RangeSize
from beamer_agent.rpc.client import ChainClient
from beamer_agent.types import Address, BlockNumber

PAYLOAD_TOO_LARGE = 413
TOO_MANY_REQUESTS = 429


class EventFetcher:
    """Reads the events of some contracts, range after range.

    A range counts as read only when its events are handed out; after an error the next call asks
    for the same first block again, with a smaller range where size may be the cause. The caller
    waits between errors.

    Args:
        client: the chain.
        decoder: for the logs of these contracts.
        addresses: the contracts that are listened to.
        first_block: where their history starts.
    """

    def __init__(
        self,
        client: ChainClient,
        decoder: EventDecoder,
        addresses: Sequence[Address],
        first_block: BlockNumber,
        clock: Clock,
        logger: FilteringBoundLogger,
    ) -> None:
        self._client = client
        self._decoder = decoder
        self._addresses = tuple(addresses)
        self._next_block = first_block
        self._size = RangeSize()
        self._clock = clock
        self._logger = logger

    @property
    def next_block(self) -> BlockNumber:
        """The first block whose events have not been handed out."""
        return self._next_block

    def fetch(self, newest: BlockNumber) -> tuple[Event, ...] | None:
        """The events of the next range up to `newest` in chain order; None when all is read.

        An empty range is handed out when the endpoint refused one that can be made smaller: the
        next call asks for less, and need not wait.

        Raises:
            RpcError: the endpoint failed.
            UndecodableLogError: a contract's log does not fit its ABI.
        """
        asked = self._size.range_from(self._next_block, newest)
        if asked is None:
            return None
        started = self._clock.monotonic()
        try:
            logs = self._client.logs(self._addresses, asked.first, asked.last)
        except RpcError as error:
            if self._shrink(asked, error) and _is_refusal(error):
                return ()
            raise
        events = self._decoder.decode(logs)
        self._size = self._size.after_success(asked, self._clock.monotonic() - started)
        self._next_block = BlockNumber(asked.last + 1)
        return tuple(sorted(events, key=lambda event: (event.block_number, event.log_index)))

    def _shrink(self, asked: BlockRange, error: RpcError) -> bool:
        # Too much to answer has many faces: a refusal, 413, a gateway's 5xx, a time-out, a body
        # cut short, a closed connection. A range shrunk without need soon grows again.
        if _has_status(error, TOO_MANY_REQUESTS) or asked.first == asked.last:
            return False
        self._size = self._size.after_refusal(asked)
        self._logger.info(
            "Shrank the block range",
            blocks=self._size.blocks,
            block_number=asked.first,
            error=str(error),
        )
        return True


def _is_refusal(error: RpcError) -> bool:
    return isinstance(error, RpcResponseError) or _has_status(error, PAYLOAD_TOO_LARGE)


def _has_status(error: RpcError, status: int) -> bool:
    return isinstance(error, RpcHttpError) and error.status == status
