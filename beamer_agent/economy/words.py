"""Words: what a contract has returned, out of whatever an endpoint says."""

from typing import Any, Final

from beamer_agent.errors import RpcError, RpcPayloadError
from beamer_agent.rpc.model import octets

WORD: Final = 32


def words_of(result: Any, count: int) -> list[int] | None:
    """The first words of an answer; None: it has fewer, or is none."""
    if isinstance(result, RpcError):
        return None
    try:
        data = octets(result)
    except RpcPayloadError:
        return None
    if len(data) < count * WORD:
        return None
    return [int.from_bytes(data[n * WORD : (n + 1) * WORD]) for n in range(count)]
