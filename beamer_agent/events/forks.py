"""Forks: is the block that we saw last still there, and if not, which is the newest that is?"""

from enum import Enum, auto

from beamer_agent.events.poll import Look, blocks_at
from beamer_agent.events.tail import Mark, Tail
from beamer_agent.rpc.client import ChainClient
from beamer_agent.rpc.model import Block
from beamer_agent.types import BlockNumber


class Standing(Enum):
    """How what was seen now stands to what was seen before."""

    SAME = auto()
    """The newest block stands on all that were seen."""
    REPLACED = auto()
    """A block that was seen is another one by now."""
    UNCLEAR = auto()
    """It is older than what was seen, or the answers do not fit each other: not to be used.

    Several nodes may stand behind one endpoint, and blocks come and go between two answers.
    """


def compare(tail: Tail, seen: Look) -> Standing:
    """What a look at the chain says of the blocks that were seen before."""
    mark = tail.newest
    if mark is None:
        return Standing.SAME
    if seen.at_mark is not None and seen.at_mark.hash != mark.hash:
        return Standing.REPLACED
    if seen.head.number < mark.number:
        return Standing.REPLACED if tail.contradicts(seen.head) else Standing.UNCLEAR
    if seen.at_mark is None:
        return Standing.UNCLEAR
    return Standing.SAME if _stands_on(seen.head, mark) else Standing.UNCLEAR


def _stands_on(head: Block, mark: Mark) -> bool:
    """Whether a newest block may be that of a mark or a later one; between them nobody looked."""
    if head.number == mark.number:
        return head.hash == mark.hash
    return head.number > mark.number + 1 or head.parent_hash == mark.hash


def find_fork(client: ChainClient, tail: Tail) -> BlockNumber | None:
    """The newest block that was seen and is still there; None: not one of them is.

    Raises:
        RpcError: the endpoint does not answer.
    """
    for marks in tail.newest_first():
        blocks = blocks_at(client, [mark.number for mark in marks])
        for mark, block in zip(marks, blocks, strict=True):
            if block is not None and block.hash == mark.hash:
                return mark.number
    return None
