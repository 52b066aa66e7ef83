"""RangeReader: one block range, decoded; learns how large a range an endpoint answers for."""

from collections.abc import Mapping, Sequence
from typing import Final

from structlog.typing import FilteringBoundLogger

from beamer_agent.clock import Clock
from beamer_agent.errors import (
    RpcError,
    RpcHttpError,
    RpcPausedError,
    RpcResponseError,
    RpcTooLongError,
    RpcUnreachableError,
    RpcWrongChainError,
)
from beamer_agent.events.decoder import EventDecoder
from beamer_agent.events.model import Event
from beamer_agent.events.poll import blocks_at
from beamer_agent.events.ranges import BlockRange, RangeSize
from beamer_agent.rpc.client import ChainClient
from beamer_agent.rpc.model import RawLog
from beamer_agent.types import Address, BlockHash, BlockNumber

PAYLOAD_TOO_LARGE: Final = 413
TOO_MANY_REQUESTS: Final = 429

SUSPICIOUS_LOGS: Final = 1_000
"""Endpoints that cut answers short do it at a round number of logs."""
SAMPLE: Final = 64
"""Of so many ranges with events, one is read in halves as well."""

_NOT_OF_SIZE: Final = (RpcPausedError, RpcUnreachableError, RpcWrongChainError)
"""The question was not even asked."""


class RangeReader:
    """Reads the events of some contracts, for one thread.

    An answer that may have been cut short is compared with those for both halves of its range;
    one that has fewer logs than they have, or than they may have, counts as refused.

    Args:
        decoder: for the logs of these contracts.
        addresses: the contracts that are listened to.
    """

    def __init__(
        self,
        client: ChainClient,
        decoder: EventDecoder,
        addresses: Sequence[Address],
        clock: Clock,
        logger: FilteringBoundLogger,
    ) -> None:
        self._client = client
        self._decoder = decoder
        self.addresses = tuple(addresses)
        self.size = RangeSize()
        self._clock = clock
        self._logger = logger
        self._read = 0
        """Ranges with events so far."""

    def read(self, asked: BlockRange) -> tuple[Event, ...] | None:
        """The events of a range in chain order; None when the endpoint wants a smaller one.

        Raises:
            RpcError: the endpoint failed; the size is smaller where that may be the cause.
            UndecodableLogError: a contract's log does not fit its ABI.
        """
        started = self._clock.monotonic()
        try:
            logs = self._client.logs(self.addresses, asked.first, asked.last)
            is_short = self._is_suspicious(logs, asked) and self._is_cut_short(logs, asked)
        except RpcError as error:
            if self._refuse(asked, error) and _is_refusal(error):
                return None
            raise
        if is_short:
            self.size = self.size.after_refusal(asked)
            return None
        seconds = self._clock.monotonic() - started
        self.size = self.size.after_success(asked, seconds, len(logs))
        return self.decode(logs)

    def decode(self, logs: Sequence[RawLog]) -> tuple[Event, ...]:
        """The events among logs, in chain order.

        Raises:
            UndecodableLogError: a contract's log does not fit its ABI.
        """
        events = self._decoder.decode(logs)
        return tuple(sorted(events, key=lambda event: (event.block_number, event.log_index)))

    def replaced(self, known: Mapping[BlockNumber, BlockHash]) -> BlockNumber | None:
        """The lowest of some blocks that has another hash by now; None: they are all there.

        Raises:
            RpcError: the endpoint does not answer.
        """
        numbers = sorted(known)
        for number, block in zip(numbers, blocks_at(self._client, numbers), strict=True):
            if block is not None and block.hash != known[number]:
                return number
        return None

    def _refuse(self, asked: BlockRange, error: RpcError) -> bool:
        """Ask for less from now on, if size may be the cause of an error; whether it may."""
        # Too much to answer has many faces: a refusal, 413, a gateway's 5xx, a time-out, a body
        # cut short, a closed connection. A range shrunk without need soon grows again.
        if isinstance(error, _NOT_OF_SIZE) or _has_status(error, TOO_MANY_REQUESTS):
            return False
        if asked.first == asked.last:
            return False
        is_refusal = _is_refusal(error)
        self.size = (self.size.after_refusal if is_refusal else self.size.after_failure)(asked)
        self._logger.info(
            "Shrank the block range",
            blocks=self.size.blocks,
            block_number=asked.first,
            error=str(error),
        )
        return True

    def _is_suspicious(self, logs: Sequence[RawLog], asked: BlockRange) -> bool:
        if not logs or asked.first == asked.last:
            return False
        self._read += 1
        return may_be_cut_short(logs) or self._read % SAMPLE == 0

    def _is_cut_short(self, logs: Sequence[RawLog], asked: BlockRange) -> bool:
        middle = BlockNumber((asked.first + asked.last) // 2)
        lower = self._client.logs(self.addresses, asked.first, middle)
        upper = self._client.logs(self.addresses, BlockNumber(middle + 1), asked.last)
        if len(lower) + len(upper) > len(logs):
            self._logger.error(
                "Endpoint misses logs", first=asked.first, last=asked.last, logs=len(logs)
            )
            return True
        # A half that is as round may have been cut short itself and proves nothing.
        return may_be_cut_short(lower) or may_be_cut_short(upper)


def may_be_cut_short(logs: Sequence[RawLog]) -> bool:
    """Whether there are as many logs as endpoints stop at."""
    return bool(logs) and len(logs) % SUSPICIOUS_LOGS == 0


def _is_refusal(error: RpcError) -> bool:
    is_refused = isinstance(error, (RpcResponseError, RpcTooLongError))
    return is_refused or _has_status(error, PAYLOAD_TOO_LARGE)


def _has_status(error: RpcError, status: int) -> bool:
    return isinstance(error, RpcHttpError) and error.status == status
