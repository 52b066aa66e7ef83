"""Reads what happens on a chain, each event once."""

from beamer_agent.devnet.deployment import L2Contracts
from beamer_agent.devnet.logs import Log, LogReader
from beamer_agent.types import BlockNumber


class Witness:
    """The events of both managers of a chain."""

    def __init__(self, l2: L2Contracts) -> None:
        contracts = [l2.request_manager.contract, l2.fill_manager.contract]
        self.l2 = l2
        self._reader = LogReader(l2.chain.client, contracts, BlockNumber(0))
        self._logs: list[Log] = []

    def look(self) -> list[Log]:
        """Everything so far."""
        self._logs += self._reader.read()
        return self._logs

    def count(self, name: str) -> int:
        """How many events of a name there are."""
        return len(self.named(name))

    def named(self, name: str) -> list[Log]:
        """The events of a name, oldest first."""
        return [log for log in self.look() if log.name == name]
