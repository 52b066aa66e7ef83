"""One HTTP request at a faulty endpoint: what was asked in, what goes back out."""

import json
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Call = dict[str, Any]
"""A JSON-RPC request object."""

Answer = dict[str, Any]
"""A JSON-RPC response object."""

Node = Callable[[bytes], bytes]
"""Carries a body to the chain behind the endpoint."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An HTTP response. `is_cut`: only half of the body follows what the headers announce."""

    body: bytes
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    is_cut: bool = False


@dataclass(frozen=True, slots=True)
class Exchange:
    """What was asked, and the means to answer it."""

    body: bytes
    node: Node
    is_over: threading.Event
    """Set when the fault is over, or the endpoint itself."""

    @property
    def calls(self) -> list[Call]:
        """What was asked; a list of one when it was not a batch."""
        asked = json.loads(self.body)
        return asked if isinstance(asked, list) else [asked]

    @property
    def is_batch(self) -> bool:
        """Whether a list was asked."""
        return isinstance(json.loads(self.body), list)

    def asks(self, method: str) -> bool:
        """Whether one of the calls is of a method."""
        return any(call["method"] == method for call in self.calls)

    def served(self) -> Reply:
        """The truth, as the chain puts it."""
        return Reply(self.node(self.body))

    def answered(self, answer: Callable[[Call], Answer]) -> Reply:
        """Every call answered by a function, in a list if a list was asked."""
        answers = [answer(call) for call in self.calls]
        return Reply(json.dumps(answers if self.is_batch else answers[0]).encode())

    def ask(self, call: Call) -> Answer:
        """The chain's answer to one call."""
        answer: Answer = json.loads(self.node(json.dumps(call).encode()))
        return answer

    def block_number(self, block: str) -> int:
        """The number that is meant by a number in hex, or by a word like "latest"."""
        if block.startswith("0x"):
            return int(block, 16)
        call = {"jsonrpc": "2.0", "id": 0, "method": "eth_getBlockByNumber"}
        return int(self.ask({**call, "params": [block, False]})["result"]["number"], 16)


Behaviour = Callable[[Exchange], Reply | None]
"""What an endpoint makes of a request; None: it closes the connection without a word."""


def result(call: Call, value: Any) -> Answer:
    """The answer to a call that went well."""
    return {"jsonrpc": "2.0", "id": call["id"], "result": value}


def error(call_id: Any, code: int, message: str) -> Answer:
    """The answer to a call that is refused."""
    return {"jsonrpc": "2.0", "id": call_id, "error": {"code": code, "message": message}}
