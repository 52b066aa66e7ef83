"""The off-chain half of the local messenger pairs: a native bridge, as one small object."""

from dataclasses import dataclass

from beamer_agent.contracts.call import ContractCall
from beamer_agent.devnet.chain import LocalChain
from beamer_agent.devnet.deployer import Deployed
from beamer_agent.devnet.deployment import WorldContracts
from beamer_agent.devnet.logs import Log, LogReader
from beamer_agent.errors import CallRevertedError
from beamer_agent.types import Seconds, Timestamp, TransactionHash


@dataclass(frozen=True, slots=True)
class _End:
    chain: LocalChain
    messenger: Deployed


class Relayer:
    """Delivers what the messengers of a world have stored, each message at the paired messenger.

    Nothing is remembered that the chains do not know: a second relayer may take over any time.

    Args:
        contracts: the world.
        delay: age at which a message is delivered, by the clock of the chain that sent it.
    """

    def __init__(self, contracts: WorldContracts, delay: Seconds) -> None:
        ends = [
            (_End(l2.chain, l2.messenger), _End(contracts.base, l2.l1_messenger))
            for l2 in contracts.l2s
        ]
        # All ways up before all ways down, so that one turn can carry a proof all the way.
        self._links = [_Link(up, down, delay) for up, down in ends]
        self._links += [_Link(down, up, delay) for up, down in ends]

    def relay_once(self) -> int:
        """Deliver all messages that are old enough; returns how many were delivered.

        A message that its receiver refuses stays and is tried again next time.

        Raises:
            RpcError: a chain does not answer.
            FatalError: a delivery was not mined.
        """
        return sum(link.relay_once() for link in self._links)


class _Link:
    """One direction of one pair."""

    def __init__(self, source: _End, target: _End, delay: Seconds) -> None:
        self._source = source
        self._target = target
        self._delay = delay
        self._wallet = target.chain.wallet("relayer")
        self._reader = LogReader(
            source.chain.client, [source.messenger.contract], source.messenger.block
        )
        self._waiting: list[Log] = []

    def relay_once(self) -> int:
        """Deliver what is old enough, then wait until all of it is mined."""
        self._waiting += [log for log in self._reader.read() if log.name == "MessageSent"]
        newest = self._source.chain.client.head().timestamp - self._delay
        kept, sent = [], []
        for message in self._waiting:
            if self._sent_at(message) > newest:
                kept.append(message)
            elif not self._is_delivered(message):
                try:
                    sent.append(self._deliver(message))
                except CallRevertedError:
                    kept.append(message)
        self._waiting = kept
        for transaction_hash in sent:
            self._wallet.wait_for(transaction_hash)
        return len(sent)

    def _sent_at(self, message: Log) -> Timestamp:
        return self._source.chain.client.block(message.block).timestamp

    def _is_delivered(self, message: Log) -> bool:
        return bool(self._target.chain.client.read(self._call("delivered", message["nonce"])))

    def _deliver(self, message: Log) -> TransactionHash:
        names = ("nonce", "sender", "target", "message")
        return self._wallet.send(self._call("deliverMessage", *(message[name] for name in names)))

    def _call(self, function: str, *arguments: object) -> ContractCall:
        return self._target.messenger.contract.call(function, *arguments)
