"""Forks: is the block that we saw last still there, and if not, which is the newest that is?"""

from beamer_agent.errors import RpcPayloadError
from beamer_agent.events.poll import Look, blocks_at
from beamer_agent.events.tail import Tail
from beamer_agent.rpc.client import ChainClient
from beamer_agent.types import BlockNumber


def is_replaced(tail: Tail, seen: Look) -> bool:
    """Whether a block that was seen is another one by now.

    Raises:
        RpcPayloadError: the answers do not fit each other; the next look will tell.
    """
    mark = tail.newest
    if mark is None:
        return False
    if seen.at_mark is not None and seen.at_mark.hash != mark.hash:
        return True
    if seen.head.number < mark.number:
        return tail.contradicts(seen.head)
    if seen.at_mark is None:
        raise RpcPayloadError("the endpoint does not have a block that it has shown")
    if seen.head.number == mark.number + 1 and seen.head.parent_hash != mark.hash:
        raise RpcPayloadError("the newest block does not stand on the one before it")
    return False


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
