"""Transports that carry to a chain, and change what comes back in perfect form."""

import json
from collections.abc import Callable
from typing import Any

from beamer_agent.rpc.model import RawLog
from beamer_agent.rpc.transport import HttpTransport

Lie = Callable[[list[RawLog]], list[RawLog]]


class LyingTransport:
    """An endpoint that tells something else about logs, and the truth about everything else.

    Args:
        url: of the chain.
        lie: what becomes of each list of logs.
    """

    def __init__(self, url: str, lie: Lie) -> None:
        self._inner = HttpTransport(url)
        self._lie = lie

    def post(self, body: bytes, seconds: float | None = None) -> bytes:
        """The truth, but for logs."""
        asked = json.loads(body)
        told = json.loads(self._inner.post(body, seconds))
        if not isinstance(asked, list):
            return json.dumps(self._changed(asked, told)).encode()
        by_id = {entry["id"]: entry for entry in told}
        return json.dumps([self._changed(call, by_id[call["id"]]) for call in asked]).encode()

    def close(self) -> None:
        """Give the connections back."""
        self._inner.close()

    def _changed(self, call: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
        if call["method"] == "eth_getLogs" and "result" in answer:
            return answer | {"result": self._lie(answer["result"])}
        return answer


def show_nothing(_logs: list[RawLog]) -> list[RawLog]:
    """A lie: there are no logs."""
    return []
