"""Stand-ins at the seams of `architecture.md`: clock, endpoint, logger."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from logging import NOTSET
from typing import Any

import structlog
from eth_utils.crypto import keccak
from structlog.testing import LogCapture
from structlog.typing import FilteringBoundLogger

from beamer_agent import line
from beamer_agent.contracts.interface import load_interfaces
from beamer_agent.errors import RpcError
from beamer_agent.events.model import Event
from beamer_agent.rpc.client import ChainClient
from beamer_agent.rpc.endpoint import Endpoint
from beamer_agent.rpc.model import Block
from beamer_agent.rpc.pool import EndpointPool
from beamer_agent.rpc.push import PushEndpoint
from beamer_agent.types import BlockHash, Timestamp
from tests.factories import NOW, block_hash, make_block
from tests.raw_logs import make_log


class FakeClock:
    """A `Clock` that moves only when told to."""

    def __init__(self, now: int = NOW) -> None:
        self._now = float(now)
        self._monotonic = 0.0

    def now(self) -> Timestamp:
        """Wall-clock time."""
        return Timestamp(int(self._now))

    def monotonic(self) -> float:
        """Seconds advanced so far."""
        return self._monotonic

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._now += seconds
        self._monotonic += seconds


class RecordingLogger:
    """Keeps log lines instead of writing them; hand `logger` to the code under test."""

    def __init__(self) -> None:
        self._capture = LogCapture()
        self.logger: FilteringBoundLogger = structlog.wrap_logger(
            None,
            processors=[self._capture],
            wrapper_class=structlog.make_filtering_bound_logger(NOTSET),
        )

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Every line so far: `event` is its sentence, `log_level` its level, beside its ids."""
        return [dict(entry) for entry in self._capture.entries]

    def sentences(self, level: str | None = None) -> list[str]:
        """The sentence of every line so far, or of those of one level, `info` for example."""
        return [line["event"] for line in self.lines if level in (None, line["log_level"])]


@dataclass(frozen=True, slots=True)
class ErrorObject:
    """A JSON-RPC error object to answer with."""

    message: str
    code: int = -32000
    data: object = None


Answer = Callable[..., Any]
"""Takes the parameters of a call; returns a result or an `ErrorObject`, or raises an RpcError."""


class ScriptedTransport:
    """An endpoint in memory: a `Transport` that answers JSON-RPC, single calls and batches.

    Methods without a script are answered with an error object, as nodes do. A raised RpcError
    fails the whole HTTP request.
    """

    def __init__(self, **results: Any) -> None:
        self.calls: list[tuple[str, list[Any]]] = []
        """Every call so far, with its parameters."""
        self.posts = 0
        self.is_closed = False
        self._answers: dict[str, Answer] = {}
        for method, result in results.items():
            self.always(method, result)

    def on(self, method: str, answer: Answer) -> None:
        """Answer a method with what a function returns."""
        self._answers[method] = answer

    def answer_of(self, method: str) -> Answer:
        """What a method is answered with now, to build upon it."""
        return self._answers[method]

    def always(self, method: str, result: Any) -> None:
        """Answer a method with one result, whatever the parameters; an RpcError is raised."""
        self.on(method, lambda *_: _given(result))

    def in_turn(self, method: str, results: Iterable[Any]) -> None:
        """Answer a method with one result after the other; an RpcError is raised."""
        remaining = iter(tuple(results))
        self.on(method, lambda *_: _given(next(remaining)))

    def post(self, body: bytes, _seconds: float | None = None) -> bytes:
        """Answer one HTTP request."""
        self.posts += 1
        asked = json.loads(body)
        is_batch = isinstance(asked, list)
        response = [self._respond(entry) for entry in (asked if is_batch else [asked])]
        return json.dumps(response if is_batch else response[0]).encode()

    def close(self) -> None:
        """Remember that it was closed."""
        self.is_closed = True

    def cut(self) -> None:
        """Nothing to cut."""

    def reopen(self) -> None:
        """Nothing to open."""

    def methods(self) -> list[str]:
        """The methods called so far."""
        return [method for method, _ in self.calls]

    def _respond(self, asked: dict[str, Any]) -> dict[str, Any]:
        method, params = asked["method"], asked["params"]
        self.calls.append((method, params))
        known = self._answers.get(method)
        missing = ErrorObject(f"the method {method} does not exist", -32601)
        answer = known(*params) if known else missing
        head = {"jsonrpc": "2.0", "id": asked["id"]}
        if not isinstance(answer, ErrorObject):
            return head | {"result": answer}
        error = {"code": answer.code, "message": answer.message, "data": answer.data}
        return head | {"error": {key: value for key, value in error.items() if value is not None}}


class FixedTransport:
    """An endpoint that answers with prepared bodies, one after the other, then with the last."""

    def __init__(self, *bodies: bytes) -> None:
        self._bodies = list(bodies)

    def post(self, _body: bytes, _seconds: float | None = None) -> bytes:
        """The next body."""
        return self._bodies.pop(0) if len(self._bodies) > 1 else self._bodies[0]

    def close(self) -> None:
        """Nothing to close."""

    def cut(self) -> None:
        """Nothing to cut."""

    def reopen(self) -> None:
        """Nothing to open."""


class FakeChain(ScriptedTransport):
    """A chain in memory that answers for its head, its blocks and its logs.

    Args:
        head: height of the newest block; set it to move the chain, also backwards.
        events: what its contracts have emitted; append to it. Logs have the hash that their block
            has when they are asked for.
    """

    def __init__(self, head: int = 100, events: Sequence[Event] = ()) -> None:
        super().__init__()
        self.head = head
        self.events = list(events)
        self.timestamp: int = NOW
        """Of all blocks."""
        self._replaced: list[tuple[int, str]] = []
        self.on("eth_getBlockByNumber", self._block)
        self.on("eth_getLogs", self._logs)

    def ranges(self) -> list[tuple[int, int]]:
        """The block ranges of which logs were asked."""
        filters = [params[0] for method, params in self.calls if method == "eth_getLogs"]
        return [(int(f["fromBlock"], 16), self._height(f["toBlock"])) for f in filters]

    def replace_above(self, fork: int, salt: str = "other") -> None:
        """Give all blocks above one other hashes, also those to come; the events stay."""
        self._replaced.append((fork, salt))

    def block_at(self, number: int) -> Block:
        """The block at a height."""
        return make_block(
            number,
            hash=self._hash(number),
            parent_hash=self._hash(number - 1),
            timestamp=self.timestamp,
        )

    def _hash(self, number: int) -> BlockHash:
        salts = [salt for fork, salt in self._replaced if number > fork]
        plain = block_hash(number)
        return BlockHash(keccak(plain + "/".join(salts).encode())) if salts else plain

    def _height(self, tag: str) -> int:
        return self.head if tag == "latest" else int(tag, 16)

    def _block(self, tag: str, _full: bool) -> Any:
        number = self._height(tag)
        return block_json(self.block_at(number)) if 0 <= number <= self.head else None

    def _logs(self, filter_: dict[str, Any]) -> Any:
        first, last = int(filter_["fromBlock"], 16), self._height(filter_["toBlock"])
        if not 0 <= first <= last:
            return ErrorObject("invalid block range params", -32602)
        found = [event for event in self.events if first <= event.block_number <= last]
        return [make_log(self.placed(event)) for event in found]

    def placed(self, event: Event) -> Event:
        """An event with the hash that its block has now."""
        if not any(event.block_number > fork for fork, _ in self._replaced):
            return event
        return replace(event, block_hash=self._hash(event.block_number))


def block_json(block: Block) -> dict[str, Any]:
    """The `eth_getBlockByNumber` result that stands for a block."""
    raw = {
        "number": hex(block.number),
        "hash": "0x" + block.hash.hex(),
        "parentHash": "0x" + block.parent_hash.hex(),
        "timestamp": hex(block.timestamp),
    }
    return raw if block.base_fee is None else raw | {"baseFeePerGas": hex(block.base_fee)}


def make_line(
    transport: Any,
    name: str = "l2a",
    *others: Any,
    quorum: int = 1,
    pushes: tuple[PushEndpoint, ...] = (),
) -> line.Line:
    """The line to a chain whose endpoints are stand-ins."""
    transports = enumerate([transport, *others], start=1)
    endpoints = [make_endpoint(each, f"{name}/{place}") for place, each in transports]
    pool = EndpointPool(name, endpoints, quorum, FakeClock(), RecordingLogger().logger)
    return line.make_line(pool, load_interfaces(None), pushes)


def make_client(
    transport: Any,
    describe_revert: Callable[[bytes], str] | None = None,
    clock: FakeClock | None = None,
) -> ChainClient:
    """A client of a stand-in; reverts have no reason unless a function finds one."""
    return ChainClient(make_endpoint(transport, clock=clock), describe_revert or (lambda _: ""))


def make_endpoint(transport: Any, name: str = "l2a/1", clock: FakeClock | None = None) -> Endpoint:
    """An endpoint over a stand-in, with a clock of its own unless given one."""
    return Endpoint(name, transport, clock or FakeClock(), RecordingLogger().logger)


def _given(result: Any) -> Any:
    if isinstance(result, RpcError):
        raise result
    return result
