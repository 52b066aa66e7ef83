"""Inquiries: how one endpoint is asked about one event, and what its answer means. No I/O.

    questions:  newest block | block of the event | what the event left behind
                     |               |                      |
                deep enough?    the same hash?      the same log, or fill?
                     no: cannot tell     no: denies           no: denies        all yes: vouches

Of a fill that should be absent, only the newest block and the fill that stands now are asked.
An endpoint that fails, is behind or answers with nonsense cannot tell: it does not count.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol, TypeVar

from eth_abi.exceptions import DecodingError

from beamer_agent.contracts.interface import Contract, event_topic
from beamer_agent.errors import RpcPayloadError, UndecodableLogError
from beamer_agent.events.decoder import EventDecoder
from beamer_agent.events.model import RequestCreated, RequestEvent, RequestFilled
from beamer_agent.rpc.client import LATEST
from beamer_agent.rpc.envelope import Request
from beamer_agent.rpc.model import Block, block_from_json, octets
from beamer_agent.types import BlockNumber, ChainId, FillId, RequestId

HEAD_QUESTION: Final[Request] = ("eth_getBlockByNumber", (LATEST, False))
"""Asked once, before the questions about any number of events."""

_ANYTHING: Final = ""
"""What a log is about that is no log of a request."""

LACKS: Final = "denies an event that others have"
INVENTS: Final = "has an event that others deny"


class Subject(Protocol):
    """What can be asked about."""

    @property
    def chain_id(self) -> ChainId:
        """Of the chain that is asked."""
        ...

    @property
    def request_id(self) -> RequestId:
        """The request it belongs to."""
        ...

    @property
    def block_number(self) -> BlockNumber:
        """An endpoint that is not here yet is behind."""
        ...


@dataclass(frozen=True, slots=True)
class Absence:
    """That a fill is not there, on a target chain that has come as far as a block."""

    chain_id: ChainId
    request_id: RequestId
    fill_id: FillId
    block_number: BlockNumber


S_contra = TypeVar("S_contra", bound=Subject, contravariant=True)


class Inquiry(Protocol[S_contra]):
    """Questions about subjects of one kind."""

    @property
    def blames(self) -> tuple[str, str]:
        """What is wrong with an endpoint that vouches alone, and with one that denies alone."""
        ...

    def questions(self, subject: S_contra) -> list[Request]:
        """What one endpoint is asked; as many for each subject."""
        ...

    def vote(self, subject: S_contra, results: Sequence[Any], *, is_deep: bool) -> bool | None:
        """Whether an endpoint vouches for a subject; None: it cannot tell.

        `results` are in the order of the questions; `is_deep`: whether the endpoint has enough
        blocks on top of the subject's.
        """
        ...


class RequestInquiry:
    """Does the source chain have the log of a request?

    Args:
        request_manager: the contract that emits it.
    """

    def __init__(self, chain_id: ChainId, request_manager: Contract) -> None:
        self._logs = _LogInquiry(chain_id, request_manager, RequestCreated)

    @property
    def blames(self) -> tuple[str, str]:
        """See `Inquiry`."""
        return INVENTS, LACKS

    def questions(self, subject: RequestCreated) -> list[Request]:
        """For the block, and for the logs of requests in it."""
        return [_block_question(subject), self._logs.question(subject)]

    def vote(
        self, subject: RequestCreated, results: Sequence[Any], *, is_deep: bool
    ) -> bool | None:
        """See `Inquiry`: equal in everything, whoever emitted it and wherever it stands."""
        block = parse_block(results[0])
        if block is None or not is_deep:
            return None
        if block.hash != subject.block_hash:
            return False
        return self._logs.has(subject, results[1])


class FillInquiry:
    """Does the target chain say that a request was filled by this fill, of this filler?

    Args:
        fill_manager: the contract that knows which fill, and whose log tells by whom.
    """

    def __init__(self, chain_id: ChainId, fill_manager: Contract) -> None:
        self._fill_manager = fill_manager
        self._logs = _LogInquiry(chain_id, fill_manager, RequestFilled)

    @property
    def blames(self) -> tuple[str, str]:
        """See `Inquiry`."""
        return INVENTS, LACKS

    def questions(self, subject: RequestFilled) -> list[Request]:
        """For the block, the fill that stands now, and the logs of fills in the block."""
        return [
            _block_question(subject),
            _fill_question(self._fill_manager, subject),
            self._logs.question(subject),
        ]

    def vote(
        self, subject: RequestFilled, results: Sequence[Any], *, is_deep: bool
    ) -> bool | None:
        """See `Inquiry`: a fill that moved to another block has another id."""
        block = parse_block(results[0])
        if block is None or not is_deep:
            return None
        if block.hash != subject.block_hash:
            return False
        fill_id = _parse_fill_id(self._fill_manager, subject, results[1])
        if fill_id is None:
            return None
        if fill_id != subject.fill_id:
            return False
        return self._logs.has(subject, results[2])


class AbsenceInquiry:
    """Does the target chain say that a request was not filled by this fill?

    Args:
        fill_manager: the contract that knows.
    """

    def __init__(self, fill_manager: Contract) -> None:
        self._fill_manager = fill_manager

    @property
    def blames(self) -> tuple[str, str]:
        """See `Inquiry`: who vouches alone for an absence lacks what others have."""
        return LACKS, INVENTS

    def questions(self, subject: Absence) -> list[Request]:
        """For the fill that stands now; none has a block of its own."""
        return [_fill_question(self._fill_manager, subject)]

    def vote(self, subject: Absence, results: Sequence[Any], *, is_deep: bool) -> bool | None:
        """See `Inquiry`: an endpoint that has the fill knows, however far behind it seems.

        Otherwise one that invents a high block would make all others count for nothing.
        """
        fill_id = _parse_fill_id(self._fill_manager, subject, results[0])
        if fill_id == subject.fill_id:
            return False
        return None if fill_id is None or not is_deep else True


class _LogInquiry:
    """Is the log of an event of one type in the event's block?"""

    def __init__(
        self, chain_id: ChainId, emitter: Contract, event_type: type[RequestEvent]
    ) -> None:
        self._address = emitter.address
        self._topic = event_topic(emitter.abi, event_type.__name__)
        self._decoder = EventDecoder(chain_id, [emitter.abi])
        self._sorted: tuple[Any, dict[str, list[Any]]] = (None, {})
        """The answer that was looked at last, by what its logs are about: many ask about it."""

    def question(self, event: RequestEvent) -> Request:
        """For all such logs of its block: one question serves all of them."""
        number = hex(event.block_number)
        filter_ = {
            "address": [self._address],
            "fromBlock": number,
            "toBlock": number,
            "topics": [self._topic],
        }
        return "eth_getLogs", (filter_,)

    def has(self, event: RequestEvent, logs: Any) -> bool | None:
        """Whether one is equal in everything; None: what came are no such logs."""
        if not isinstance(logs, list):
            return None
        about = self._by_request(logs)
        own = [*about.get(_ANYTHING, ()), *about.get("0x" + event.request_id.hex(), ())]
        try:
            return event in self._decoder.decode(own)
        except UndecodableLogError:
            return None

    def _by_request(self, logs: list[Any]) -> dict[str, list[Any]]:
        if self._sorted[0] is not logs:
            about: dict[str, list[Any]] = {}
            for log in logs:
                about.setdefault(_subject_of(log), []).append(log)
            self._sorted = logs, about
        return self._sorted[1]


def parse_block(result: Any) -> Block | None:
    """A header; None when the endpoint did not send one."""
    try:
        return block_from_json(result)
    except RpcPayloadError:
        return None


def _subject_of(log: Any) -> str:
    """The request that a log is about; what is no such log is left to the decoder."""
    if not isinstance(log, dict) or not isinstance(log.get("topics"), list):
        return _ANYTHING
    return "".join(map(str, log["topics"][1:2])).lower()


def _block_question(event: RequestEvent) -> Request:
    return "eth_getBlockByNumber", (hex(event.block_number), False)


def _fill_question(fill_manager: Contract, subject: Subject) -> Request:
    return fill_manager.call("fills", subject.request_id).request(LATEST)


def _parse_fill_id(fill_manager: Contract, subject: Subject, result: Any) -> FillId | None:
    """The fill of a request, zero for none; None when the endpoint did not tell."""
    try:
        return FillId(fill_manager.call("fills", subject.request_id).decode(octets(result)))
    except (DecodingError, RpcPayloadError):
        return None
