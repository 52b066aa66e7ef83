"""Reads contracts' events as plain dictionaries, by their ABI alone.

The world does not use the agent's decoder: it sees with other eyes what it reports on the agent.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from eth_abi.abi import decode
from eth_abi.exceptions import DecodingError
from eth_typing import ABIEvent
from eth_utils.abi import event_abi_to_log_topic, filter_abi_by_type
from eth_utils.address import to_checksum_address

from beamer_agent.contracts.interface import Contract
from beamer_agent.errors import UndecodableLogError
from beamer_agent.rpc.client import ChainClient
from beamer_agent.rpc.model import RawLog
from beamer_agent.types import Address, BlockNumber, TransactionHash


@dataclass(frozen=True, slots=True)
class Log:
    """One event of one contract; arguments by the names of its ABI, addresses checksummed."""

    name: str
    address: Address
    block: BlockNumber
    transaction_hash: TransactionHash
    arguments: dict[str, Any]

    def __getitem__(self, argument: str) -> Any:
        return self.arguments[argument]


class LogReader:
    """Reads the events of some contracts of one chain, each exactly once.

    Args:
        client: of the chain.
        contracts: whose events are wanted.
        first: the block to begin with.
    """

    def __init__(
        self, client: ChainClient, contracts: Sequence[Contract], first: BlockNumber
    ) -> None:
        self._client = client
        self._addresses = [contract.address for contract in contracts]
        self._events: dict[tuple[str, str], ABIEvent] = {}
        for contract in contracts:
            for event in filter_abi_by_type("event", contract.abi):
                topic = "0x" + event_abi_to_log_topic(event).hex()
                self._events[contract.address, topic] = event
        self._next = first

    def read(self, head: BlockNumber | None = None) -> list[Log]:
        """The events since the last call, up to a block that exists, or up to the newest one.

        Raises:
            UndecodableLogError: one does not fit its ABI.
        """
        last = self._client.head().number if head is None else head
        if last < self._next:
            return []
        raw = self._client.logs(self._addresses, self._next, last)
        self._next = BlockNumber(last + 1)
        return [self._decoded(log) for log in raw]

    def _decoded(self, raw: RawLog) -> Log:
        address = to_checksum_address(raw["address"])
        event = self._events[address, raw["topics"][0]]
        return Log(
            name=event["name"],
            address=address,
            block=BlockNumber(int(raw["blockNumber"], 16)),
            transaction_hash=TransactionHash(bytes.fromhex(raw["transactionHash"][2:])),
            arguments=_arguments(event, raw),
        )


def _arguments(event: ABIEvent, raw: RawLog) -> dict[str, Any]:
    indexed = [p for p in event["inputs"] if p.get("indexed")]
    plain = [p for p in event["inputs"] if not p.get("indexed")]
    words = b"".join(bytes.fromhex(topic[2:]) for topic in raw["topics"][1:])
    try:
        values = decode([p["type"] for p in indexed], words)
        values += decode([p["type"] for p in plain], bytes.fromhex(raw["data"][2:]))
    except DecodingError as error:
        raise UndecodableLogError(f"{event['name']}: {error}") from error
    return {
        p["name"]: to_checksum_address(value) if p["type"] == "address" else value
        for p, value in zip((*indexed, *plain), values, strict=True)
    }
