"""Transports that carry to a chain, and change what comes back in perfect form."""

import json
from collections.abc import Callable
from typing import Any

from eth_utils.crypto import keccak

from beamer_agent.rpc.model import RawLog
from beamer_agent.rpc.transport import HttpTransport
from beamer_agent.types import FillId

_FILLS = keccak(text="fills(bytes32)")[:4]

Lie = Callable[[list[RawLog]], list[RawLog]]


class LyingTransport:
    """An endpoint that tells something else about logs and fills, and the truth otherwise.

    Args:
        url: of the chain.
        lie: what becomes of each list of logs.
        fill_id: of every request, as this endpoint tells it; None: as it is.
    """

    def __init__(self, url: str, lie: Lie, fill_id: FillId | None = None) -> None:
        self._inner = HttpTransport(url)
        self._lie = lie
        self._fill_id = fill_id

    def post(self, body: bytes, seconds: float | None = None) -> bytes:
        """The truth, but for logs, and for fills."""
        asked = json.loads(body)
        told = json.loads(self._inner.post(body, seconds))
        if not isinstance(asked, list):
            return json.dumps(self._changed(asked, told)).encode()
        by_id = {entry["id"]: entry for entry in told}
        return json.dumps([self._changed(call, by_id[call["id"]]) for call in asked]).encode()

    def close(self) -> None:
        """Give the connections back."""
        self._inner.close()

    def cut(self) -> None:
        """End the connections for now."""
        self._inner.cut()

    def reopen(self) -> None:
        """Let connections come about again."""
        self._inner.reopen()

    def _changed(self, call: dict[str, Any], answer: dict[str, Any]) -> dict[str, Any]:
        if call["method"] == "eth_getLogs" and "result" in answer:
            return answer | {"result": self._lie(answer["result"])}
        if self._fill_id is not None and _is_about_fills(call):
            return answer | {"result": "0x" + self._fill_id.hex()}
        return answer


def _is_about_fills(call: dict[str, Any]) -> bool:
    is_call = call["method"] == "eth_call"
    return is_call and bytes.fromhex(call["params"][0]["data"][2:]).startswith(_FILLS)


def show_nothing(_logs: list[RawLog]) -> list[RawLog]:
    """A lie: there are no logs."""
    return []
