"""Repeats: logs that were in the answer before need not be decoded once more."""

import marshal
from collections.abc import Callable, Sequence
from hashlib import blake2b
from typing import Final

from beamer_agent.events.model import Event
from beamer_agent.rpc.model import RawLog

Decode = Callable[[Sequence[RawLog]], tuple[Event, ...]]
_Place = tuple[str, str]
"""Block number and index, as the endpoint wrote them."""
DIGEST_BYTES: Final = 16
"""So many that no endpoint finds two logs with the same."""


class Repeats:
    """Decodes logs of a range that is read again and again. For one thread.

    Args:
        decode: what is done with the others; see `RangeReader.decode`.
    """

    def __init__(self, decode: Decode) -> None:
        self._decode = decode
        self._known: dict[_Place, tuple[bytes, tuple[Event, ...]]] = {}
        """Of the answer before, with a digest of each log: of busy chains, logs are megabytes."""

    def decode(self, logs: Sequence[RawLog]) -> tuple[Event, ...]:
        """The events among logs, in chain order.

        Raises:
            UndecodableLogError: a contract's log does not fit its ABI.
        """
        before, self._known = self._known, {}
        for log in logs:
            place = log["blockNumber"], log["logIndex"]
            known = before.get(place)
            # Word for word: a block that replaced another one may have its log at the same place.
            digest = _digest(log)
            is_known = known is not None and known[0] == digest
            self._known[place] = known if known and is_known else (digest, self._decode([log]))
        events = [event for _, found in self._known.values() for event in found]
        return tuple(sorted(events, key=lambda event: (event.block_number, event.log_index)))


def _digest(log: RawLog) -> bytes:
    # Of all ways to bytes the quickest; in version 0 the same for all that is equal.
    return blake2b(marshal.dumps(log, 0), digest_size=DIGEST_BYTES).digest()
