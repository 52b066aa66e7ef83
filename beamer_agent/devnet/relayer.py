"""The native bridges of the local rollups: what an operator runs beside a real one."""

from itertools import takewhile

from beamer_agent.contracts.call import ContractCall
from beamer_agent.devnet.deployment import L2Contracts, WorldContracts
from beamer_agent.devnet.merkle import merkle_root
from beamer_agent.devnet.outbox import Message, Outbox
from beamer_agent.errors import CallRevertedError
from beamer_agent.types import Seconds, TransactionHash


class Relayer:
    """Posts on L1 what the rollups have sent, and delivers on the rollups what L1 has sent.

    On their way up messages wait for somebody who proves and executes them. Nothing is remembered
    that the chains do not know: a second relayer may take over any time.

    Args:
        contracts: the world.
        delay: age at which a message is cared for, by the clock of the chain that sent it.
    """

    def __init__(self, contracts: WorldContracts, delay: Seconds) -> None:
        rollups = [l2 for l2 in contracts.l2s if not l2.is_base]
        self._ways_up = [_WayUp(l2, delay) for l2 in rollups]
        self._ways_down = [_WayDown(l2, delay) for l2 in rollups]

    def relay_once(self) -> int:
        """Care for all messages that are old enough; returns the number of transactions.

        A message that its receiver refuses stays and is tried again next time.

        Raises:
            RpcError: a chain does not answer.
            FatalError: a transaction was not mined.
        """
        posted = sum(way.post_root() for way in self._ways_up)
        return posted + sum(way.deliver() for way in self._ways_down)


class _WayUp:
    """From a rollup to L1."""

    def __init__(self, l2: L2Contracts, delay: Seconds) -> None:
        self._l1_messenger = l2.l1_messenger.contract
        self._client = l2.base.client
        self._wallet = l2.base.wallet("relayer")
        self._delay = delay
        self._outbox = Outbox(l2.chain, l2.messenger)
        self._sent: list[Message] = []

    def post_root(self) -> int:
        """Post a root of all that is old enough, unless the last one covers it; returns 1 or 0."""
        self._sent += self._outbox.new_messages()
        covered = self._covered()
        newest = self._outbox.now() - self._delay
        old = takewhile(lambda m: self._outbox.sent_at(m) <= newest, self._sent[covered:])
        count = covered + len(list(old))
        if count == covered:
            return 0
        root = merkle_root([message.hash for message in self._sent[:count]])
        self._wallet.execute(self._l1_messenger.call("postRoot", root, count))
        return 1

    def _covered(self) -> int:
        roots = self._client.read(self._l1_messenger.call("rootCount"))
        if roots == 0:
            return 0
        _, count = self._client.read(self._l1_messenger.call("roots", roots - 1))
        return int(count)


class _WayDown:
    """From L1 to a rollup."""

    def __init__(self, l2: L2Contracts, delay: Seconds) -> None:
        self._l2 = l2
        self._delay = delay
        self._wallet = l2.chain.wallet("relayer")
        self._outbox = Outbox(l2.base, l2.l1_messenger)
        self._waiting: list[Message] = []

    def deliver(self) -> int:
        """Deliver what is old enough, wait until all of it is mined; returns how many."""
        self._waiting += self._outbox.new_messages()
        newest = self._outbox.now() - self._delay
        kept, sent = [], []
        for message in self._waiting:
            if self._outbox.sent_at(message) > newest:
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

    def _is_delivered(self, message: Message) -> bool:
        return bool(self._l2.chain.client.read(self._call("delivered", message.nonce)))

    def _deliver(self, message: Message) -> TransactionHash:
        return self._wallet.send(self._call("deliverMessage", *message.arguments))

    def _call(self, function: str, *arguments: object) -> ContractCall:
        return self._l2.messenger.contract.call(function, *arguments)
