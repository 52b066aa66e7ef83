"""A chain that changes its mind, and an endpoint in front of nodes that do not know equally much.

blocks of the chain now -----------+
the same without the newest -------+--> who answers which part of a look depends on the mood
as it was before the last reorg ---+
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from eth_utils.crypto import keccak

from beamer_agent.errors import RpcTimeoutError
from beamer_agent.events.model import Event
from beamer_agent.rpc.model import Block
from beamer_agent.types import BlockHash, ClaimId, Timestamp
from tests.doubles import ErrorObject, ScriptedTransport, block_json
from tests.factories import NOW, make_block, make_claim_made
from tests.raw_logs import make_log

LAG = 3
"""How many of the newest blocks some nodes have not seen yet."""


@dataclass(frozen=True, slots=True)
class ModelBlock:
    """A block and what happened in it."""

    block: Block
    events: tuple[Event, ...]


Blocks = tuple[ModelBlock, ...]
"""A chain from block zero on."""


class ModelChain:
    """Grows, and puts other blocks in the place of its newest.

    Args:
        deployment: no events are emitted before this block.
        recent: so many blocks after a reorganisation some nodes still show the old ones.
        finality: how deep a reorganisation may be to be shown so.
    """

    def __init__(self, deployment: int, recent: int, finality: int) -> None:
        self.deployment = deployment
        self.blocks: Blocks = ()
        self.highest = 0
        """The height of the highest block there ever was."""
        self._recent = recent
        self._finality = finality
        self._serial = 0
        self._before: Blocks = ()
        self._fork: int | None = None

    @property
    def head(self) -> int:
        """Height of the newest block."""
        return len(self.blocks) - 1

    def grow(self, contents: Sequence[int]) -> None:
        """New blocks with so many events each."""
        for count in contents:
            self.blocks = (*self.blocks, self._next(count))
        self.highest = max(self.highest, self.head)

    def reorganise(self, depth: int, contents: Sequence[int]) -> int:
        """Replace the newest blocks by others; the fork: the newest block that stays."""
        before = self.blocks
        depth = min(depth, self.head)
        self.blocks = before[: len(before) - depth]
        fork = self.head
        is_deep = depth > self._finality
        self._before, self._fork = before, None if is_deep else fork
        self.grow(contents)
        return fork

    def before(self) -> Blocks:
        """As nodes show it that have not heard of the last reorganisation."""
        is_recent = self._fork is not None and self.head - self._fork <= self._recent
        return self._before if is_recent else self.blocks

    def behind(self) -> Blocks:
        """As nodes show it that have not seen the newest blocks; what is final they have."""
        return self.blocks[: max(len(self.blocks) - LAG, self.highest - self._finality + 1, 1)]

    def events(self, first: int, last: int) -> set[Event]:
        """What happened in some blocks."""
        return {event for entry in self.blocks[first : max(last + 1, 0)] for event in entry.events}

    def _next(self, count: int) -> ModelBlock:
        self._serial += 1
        number = len(self.blocks)
        parent = self.blocks[-1].block.hash if self.blocks else BlockHash(bytes(32))
        block = make_block(
            number,
            hash=BlockHash(keccak(self._serial.to_bytes(8, "big"))),
            parent_hash=parent,
            timestamp=Timestamp(NOW + self._serial),
        )
        count = count if number >= self.deployment else 0
        return ModelBlock(block, tuple(self._event(block, index) for index in range(count)))

    def _event(self, block: Block, index: int) -> Event:
        return make_claim_made(
            block_number=block.number,
            block_hash=block.hash,
            log_index=index,
            claim_id=ClaimId(1_000 * self._serial + index),
        )


WELL = "well"
MOODS = {
    WELL: "",
    "older": "head, blocks and logs of a node that is behind",
    "old blocks": "a new head, but the other blocks of a node that is behind",
    "late logs": "a new head, but the logs of a node that is behind",
    "stale logs": "logs from before the last reorganisation",
    "stale": "everything from before the last reorganisation",
    "no logs beside": "logs are refused in one request with other questions",
    "down": "no answer in time",
}


class ModelEndpoint(ScriptedTransport):
    """Answers each HTTP request in the next mood.

    Args:
        limit: of blocks in one question for logs.
    """

    def __init__(self, chain: ModelChain, limit: int) -> None:
        super().__init__()
        self.moods: list[str] = []
        self.meanwhile: Callable[[], None] | None = None
        """Done once, after the next answer was made up and before it arrives."""
        self._chain = chain
        self._limit = limit
        self._mood = WELL
        self.on("eth_getBlockByNumber", self._block)
        self.on("eth_getLogs", self._logs)

    def post(self, body: bytes, seconds: float | None = None) -> bytes:
        """Answer one HTTP request."""
        self._mood = self.moods.pop(0) if self.moods else WELL
        if self._mood == "down":
            raise RpcTimeoutError("no answer in time")
        answer = super().post(body, seconds)
        action, self.meanwhile = self.meanwhile, None
        if action is not None:
            action()
        return answer

    def _block(self, tag: str, _full: bool) -> Any:
        if tag == "latest":
            return block_json(self._shown("older", "stale")[-1].block)
        number, blocks = int(tag, 16), self._shown("older", "old blocks", "stale")
        return block_json(blocks[number].block) if number < len(blocks) else None

    def _logs(self, filter_: dict[str, Any]) -> Any:
        blocks = self._shown("older", "late logs", "stale", "stale logs")
        first, is_live = int(filter_["fromBlock"], 16), filter_["toBlock"] == "latest"
        last = len(blocks) - 1 if is_live else int(filter_["toBlock"], 16)
        if first > last or last - first >= self._limit:
            return ErrorObject("invalid block range params", -32602)
        if is_live and self._mood == "no logs beside":
            return ErrorObject("not in a batch", -32602)
        return [make_log(event) for entry in blocks[first : last + 1] for event in entry.events]

    def _shown(self, *odd_moods: str) -> Blocks:
        if self._mood not in odd_moods:
            return self._chain.blocks
        if self._mood.startswith("stale"):
            return self._chain.before()
        return self._chain.behind()
