"""How far endpoints of one chain are behind each other, without knowing when blocks were made.

time      0 s          5 s          12 s
l2a/1     shows 100    shows 101
l2a/2                               shows 100: 101 has been known for 7 seconds
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from beamer_agent.errors import RpcPayloadError
from beamer_agent.rpc.envelope import Request
from beamer_agent.rpc.model import quantity
from beamer_agent.types import BlockNumber

KEEP_SECONDS: Final = 120.0
"""Of heads older than this only the newest is kept: no lag needs to be told more exactly."""


@dataclass(frozen=True, slots=True)
class High:
    """A head higher than any before, and when it was seen first."""

    at: float
    number: BlockNumber


@dataclass(frozen=True, slots=True)
class Heads:
    """The heads that a chain's endpoints have shown."""

    shown: Mapping[str, BlockNumber] = field(default_factory=dict)
    """The last one of each endpoint."""
    highs: tuple[High, ...] = ()
    """Ascending, in number and in time."""

    def noted(self, endpoint: str, number: BlockNumber, at: float) -> "Heads":
        """After an endpoint has shown a head."""
        shown = {**self.shown, endpoint: number}
        # A head that nobody shows any more was rolled back: nobody is behind it.
        top = max(shown.values())
        highs = [high for high in self.highs if high.number <= top]
        if not highs or number > highs[-1].number:
            highs.append(High(at, number))
        recent = [high for high in highs[:-1] if high.at >= at - KEEP_SECONDS]
        return Heads(shown, (*recent, highs[-1]))

    def lag(self, number: BlockNumber, at: float) -> float:
        """For how many seconds a block above this one had been known."""
        above = next((high.at for high in self.highs if high.number > number), at)
        return max(0.0, at - above)


def asks_head(requests: Sequence[Request]) -> bool:
    """Whether the newest block is among the questions."""
    return any(map(_is_for_head, requests))


def head_among(requests: Sequence[Request], results: Sequence[Any]) -> BlockNumber | None:
    """The number of the newest block, if it was among the questions."""
    for request, result in zip(requests, results, strict=True):
        if _is_for_head(request):
            return head_number(result)
    return None


def head_number(block: Any) -> BlockNumber | None:
    """The height of what should be a block; None: it is none."""
    if not isinstance(block, dict):
        return None
    try:
        return BlockNumber(quantity(block.get("number")))
    except RpcPayloadError:
        return None


def _is_for_head(request: Request) -> bool:
    method, params = request
    return method == "eth_getBlockByNumber" and params[0] == "latest"
