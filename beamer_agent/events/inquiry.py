"""Inquiries: how one endpoint is asked about one event, and what its answer means. No I/O.

    questions:  newest block | block of the event | what the event left behind
                     |               |                      |
                deep enough?    the same hash?      the same log, or fill?
                     no: cannot tell     no: denies           no: denies        all yes: vouches

An endpoint that fails, is behind or answers with nonsense cannot tell: it does not count.
"""

from collections.abc import Sequence
from typing import Any, Final, Protocol, TypeVar

from eth_abi.exceptions import DecodingError

from beamer_agent.contracts.interface import Contract, event_topic
from beamer_agent.errors import RpcError, UndecodableLogError
from beamer_agent.events.decoder import EventDecoder
from beamer_agent.events.model import RequestCreated, RequestEvent, RequestFilled
from beamer_agent.rpc.client import LATEST
from beamer_agent.rpc.envelope import Request
from beamer_agent.rpc.model import Block, block_from_json
from beamer_agent.types import ChainId

QUESTIONS_PER_EVENT: Final = 2

HEAD_QUESTION: Final[Request] = ("eth_getBlockByNumber", (LATEST, False))
"""Asked once, before the questions about any number of events."""

E_contra = TypeVar("E_contra", bound=RequestEvent, contravariant=True)


class Inquiry(Protocol[E_contra]):
    """Questions about events of one kind."""

    def questions(self, event: E_contra) -> list[Request]:
        """`QUESTIONS_PER_EVENT` of them; the first is for the event's block."""
        ...

    def vote(self, event: E_contra, results: Sequence[Any]) -> bool | None:
        """Whether an endpoint that is deep enough has the event; None: it cannot tell."""
        ...


class RequestInquiry:
    """Does the source chain have the log of a request?

    Args:
        request_manager: the contract that emits it.
    """

    def __init__(self, chain_id: ChainId, request_manager: Contract) -> None:
        self._address = request_manager.address
        self._topic = event_topic(request_manager.abi, RequestCreated.__name__)
        self._decoder = EventDecoder(chain_id, [request_manager.abi])

    def questions(self, event: RequestCreated) -> list[Request]:
        """For the block, and for the logs of this request in it."""
        number = hex(event.block_number)
        filter_ = {
            "address": [self._address],
            "fromBlock": number,
            "toBlock": number,
            "topics": [self._topic, "0x" + event.request_id.hex()],
        }
        return [_block_question(event), ("eth_getLogs", (filter_,))]

    def vote(self, event: RequestCreated, results: Sequence[Any]) -> bool | None:
        """See `Inquiry`: equal in everything, whoever emitted it and wherever it stands."""
        block, logs = parse_block(results[0]), results[1]
        if block is None:
            return None
        if block.hash != event.block_hash:
            return False
        if not isinstance(logs, list):
            return None
        try:
            return event in self._decoder.decode(logs)
        except UndecodableLogError:
            return None


class FillInquiry:
    """Does the target chain say that a request was filled by this fill?

    Args:
        fill_manager: the contract that knows.
    """

    def __init__(self, fill_manager: Contract) -> None:
        self._fill_manager = fill_manager

    def questions(self, event: RequestFilled) -> list[Request]:
        """For the block, and for the fill that stands now."""
        return [_block_question(event), self._call(event).request(LATEST)]

    def vote(self, event: RequestFilled, results: Sequence[Any]) -> bool | None:
        """See `Inquiry`: a fill that moved to another block has another id."""
        block, fill_id = parse_block(results[0]), results[1]
        if block is None:
            return None
        if block.hash != event.block_hash:
            return False
        if not isinstance(fill_id, str):
            return None
        try:
            value = self._call(event).decode(bytes.fromhex(fill_id.removeprefix("0x")))
        except (DecodingError, ValueError):
            return None
        return bool(value == event.fill_id)

    def _call(self, event: RequestFilled) -> Any:
        return self._fill_manager.call("fills", event.request_id)


def parse_block(result: Any) -> Block | None:
    """A header; None when the endpoint did not send one."""
    if result is None or isinstance(result, RpcError):
        return None
    try:
        return block_from_json(result)
    except (KeyError, TypeError, ValueError, AttributeError):
        return None


def _block_question(event: RequestEvent) -> Request:
    return "eth_getBlockByNumber", (hex(event.block_number), False)
