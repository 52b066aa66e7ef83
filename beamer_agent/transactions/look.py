"""A last look at the chain, for all actions of a turn at once: questions out, answers in.

known_until of the oldest            the head of the node that answers
------|=======================================|---> one eth_getLogs for all of them
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from beamer_agent.contracts.call import ContractCall
from beamer_agent.errors import RpcError, RpcPayloadError, UndecodableLogError
from beamer_agent.events.decoder import EventDecoder
from beamer_agent.events.model import Event
from beamer_agent.rpc.client import Request
from beamer_agent.rpc.model import RawLog, quantity
from beamer_agent.types import BlockNumber, RequestId

REQUEST_TOPIC: Final = 1
"""Among the topics of all events that are news: the request's id."""


@dataclass(frozen=True, slots=True)
class Questions:
    """What to ask for a look at some actions."""

    requests: tuple[Request, ...] = ()
    first: BlockNumber | None = None
    """The block from which on news are asked, by the first two requests; None: they are not."""
    own: tuple[tuple[str, ContractCall], ...] = ()
    """Questions of single actions, by their keys, in the order of the other requests."""


@dataclass(frozen=True, slots=True)
class News:
    """What has happened to requests in blocks that planners may not have known."""

    decoder: EventDecoder
    logs: Sequence[RawLog] = ()
    _by_request: dict[str, list[RawLog]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Only those that are asked for are decoded."""
        for log in self.logs:
            for request_id in log["topics"][REQUEST_TOPIC : REQUEST_TOPIC + 1]:
                self._by_request.setdefault(request_id.lower(), []).append(log)

    def of(self, request_id: RequestId, known_until: BlockNumber) -> list[Event]:
        """The events of a request that its planner did not know.

        Raises:
            RpcPayloadError: the endpoint sent what is no event.
        """
        try:
            events = self.decoder.decode(self._by_request.get("0x" + request_id.hex(), ()))
        except UndecodableLogError as error:
            raise RpcPayloadError(str(error)) from None
        return [event for event in events if event.block_number > known_until]


@dataclass(frozen=True, slots=True)
class Look:
    """What the chain says of the actions of a turn."""

    news: News | RpcError
    states: Mapping[str, Any] = field(default_factory=dict)
    """By the keys of those actions that had a question of their own; an RpcError if it failed."""

    def events(self, request_id: RequestId, known_until: BlockNumber) -> list[Event]:
        """News of a request.

        Raises:
            RpcError: they are not known.
        """
        if isinstance(self.news, RpcError):
            raise self.news
        return self.news.of(request_id, known_until)

    def state(self, key: str) -> Any:
        """The answer to an action's own question.

        Raises:
            RpcError: there is none.
        """
        state = self.states[key]
        if isinstance(state, RpcError):
            raise state
        return state


def news_questions(
    addresses: Sequence[str], topics: Sequence[str], first: BlockNumber
) -> list[Request]:
    """What to ask for the news from a block on; `news_of` reads the results."""
    filter_ = {
        "address": list(addresses),
        "fromBlock": hex(first),
        "toBlock": "latest",
        "topics": [list(topics)],
    }
    return [("eth_getLogs", (filter_,)), ("eth_blockNumber", ())]


def news_of(results: Sequence[Any], decoder: EventDecoder, first: BlockNumber) -> News | RpcError:
    """The news; an RpcError when the chain did not tell them."""
    logs, newest = results
    if not isinstance(logs, RpcError):
        return News(decoder, logs)
    # Who is behind the planner refuses the range, and has nothing new.
    return News(decoder) if _is_behind(newest, first) else logs


def _is_behind(newest: Any, first: BlockNumber) -> bool:
    try:
        return quantity(newest) < first
    except RpcPayloadError:
        return False
