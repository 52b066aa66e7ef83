"""What one end of a local bridge has sent: events in, messages with their hashes and ages out."""

from dataclasses import dataclass

from eth_abi.abi import encode
from eth_utils.crypto import keccak

from beamer_agent.devnet.chain import LocalChain
from beamer_agent.devnet.deployer import Deployed
from beamer_agent.devnet.logs import Log, LogReader
from beamer_agent.types import Address, BlockNumber, Timestamp


@dataclass(frozen=True, slots=True)
class Message:
    """One message. `arguments` name it at the other end, in the order of its functions."""

    nonce: int
    sender: Address
    target: Address
    data: bytes
    block: BlockNumber
    """Of the chain that sent it."""

    @property
    def arguments(self) -> tuple[int, Address, Address, bytes]:
        """Nonce, sender, target and data."""
        return self.nonce, self.sender, self.target, self.data

    @property
    def hash(self) -> bytes:
        """What both ends know it by."""
        return keccak(encode(["uint256", "address", "address", "bytes"], self.arguments))


class Outbox:
    """Reads the messages of one end, each exactly once, in the order of their nonces."""

    def __init__(self, chain: LocalChain, messenger: Deployed) -> None:
        self._client = chain.client
        self._reader = LogReader(chain.client, [messenger.contract], messenger.block)

    def new_messages(self) -> list[Message]:
        """What was sent since the last call."""
        return [_message(log) for log in self._reader.read() if log.name == "MessageSent"]

    def sent_at(self, message: Message) -> Timestamp:
        """When a message was sent, by the clock of its chain."""
        return self._client.block(message.block).timestamp

    def now(self) -> Timestamp:
        """The same clock at the newest block."""
        return self._client.head().timestamp


def _message(log: Log) -> Message:
    return Message(log["nonce"], log["sender"], log["target"], log["message"], log.block)
