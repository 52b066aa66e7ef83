"""A look at a chain: everything that is to be known of it, in one HTTP request.

The newest block is asked for first: when blocks are replaced between the answers, it is the one
that the next look will find missing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from beamer_agent.errors import RpcError, RpcPayloadError
from beamer_agent.events.ranges import BlockRange
from beamer_agent.events.rider import Rider
from beamer_agent.events.tail import Mark
from beamer_agent.rpc.client import LATEST, ChainClient, Request
from beamer_agent.rpc.model import Block, RawLog, block_from_json
from beamer_agent.types import Address

_BLOCK: Final = "eth_getBlockByNumber"


@dataclass(frozen=True, slots=True)
class Look:
    """What the endpoint answered."""

    head: Block
    at_mark: Block | None
    """The block at the height of the mark that was given; None: it has none there."""
    logs: list[RawLog] | RpcError | None
    """None: not asked for."""


def look(
    client: ChainClient,
    mark: Mark | None,
    addresses: Sequence[Address],
    asked: BlockRange | None,
    riders: Sequence[Rider],
) -> Look:
    """Ask for the newest block, the one at a mark, the logs from `asked.first` on, and the rest.

    Raises:
        RpcError: the endpoint does not answer, or not for its blocks.
    """
    requests: list[Request] = [(_BLOCK, (LATEST, False))]
    if mark is not None:
        requests.append((_BLOCK, (hex(mark.number), False)))
    if asked is not None:
        requests.append(_logs(addresses, asked))
    passengers = [(rider, list(rider.questions())) for rider in riders]
    own = len(requests)
    requests += [question for _, questions in passengers for question in questions]
    results = client.batch(requests)
    head = _block(results[0])
    if head is None:
        raise RpcPayloadError("the endpoint has no newest block")
    _hand_over(passengers, results[own:], head)
    logs = results[own - 1] if asked is not None else None
    if logs is not None and not isinstance(logs, list | RpcError):
        raise RpcPayloadError("eth_getLogs was not answered with a list")
    return Look(head, None if mark is None else _block(results[1]), logs)


def blocks_at(client: ChainClient, numbers: Sequence[int]) -> list[Block | None]:
    """The blocks at some heights; None where the endpoint has none.

    Raises:
        RpcError: the endpoint does not answer.
    """
    results = client.batch([(_BLOCK, (hex(number), False)) for number in numbers])
    return [_block(result) for result in results]


def _logs(addresses: Sequence[Address], asked: BlockRange) -> Request:
    filter_ = {"address": list(addresses), "fromBlock": hex(asked.first), "toBlock": LATEST}
    return "eth_getLogs", (filter_,)


def _hand_over(
    passengers: Sequence[tuple[Rider, list[Request]]], results: list[Any], head: Block
) -> None:
    for rider, questions in passengers:
        if questions:
            rider.take(results[: len(questions)], head)
            results = results[len(questions) :]


def _block(raw: Any) -> Block | None:
    if isinstance(raw, RpcError):
        raise raw
    if raw is None:
        return None
    try:
        return block_from_json(raw)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise RpcPayloadError("the result is no block") from None
