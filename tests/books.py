"""What roles have won and lost on the chains of a world, to the wei; gas is kept apart."""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from beamer_agent.devnet.chain import LocalChain
from beamer_agent.devnet.participant import Participant
from beamer_agent.devnet.world import LocalWorld

ETHER: Final = "ether"

Gains = dict[tuple[str, str, str], int]
"""By role, name of the chain, and token symbol or ETHER; base units. Zeroes are left out."""


class Books:
    """Opened before a story, read when everything of it is mined.

    Args:
        roles: whose fortunes are followed.
    """

    def __init__(self, world: LocalWorld, roles: Sequence[str]) -> None:
        self._world = world
        self._roles = {role: world.participant(role) for role in roles}
        self._first = {chain.name: chain.height() + 1 for chain in world.chains}
        self._before = self._holdings()

    def gains(self) -> Gains:
        """What each has now and had not before; what was paid for gas counts as still there."""
        gains = {entry: amount - self._before[entry] for entry, amount in self._holdings().items()}
        for chain in self._world.chains:
            for receipt in self._receipts(chain):
                for role in self._roles_of(receipt):
                    gains[role, chain.name, ETHER] += _gas_paid(receipt)
        return {entry: amount for entry, amount in gains.items() if amount}

    def failures(self, role: str) -> list[str]:
        """Transactions of a role that were mined and failed, as `chain:hash`."""
        return [
            f"{chain.name}:{receipt['transactionHash']}"
            for chain in self._world.chains
            for receipt in self._receipts(chain)
            if role in self._roles_of(receipt) and receipt["status"] != "0x1"
        ]

    def _holdings(self) -> Gains:
        holdings: Gains = {}
        for role, owner in self._roles.items():
            for chain in self._world.chains:
                holdings[role, chain.name, ETHER] = chain.client.balance(owner.address)
            for name, l2 in self._world.l2s.items():
                for symbol in l2.tokens:
                    holdings[role, name, symbol] = owner.balance(l2, symbol)
        return holdings

    def _receipts(self, chain: LocalChain) -> Iterable[dict[str, Any]]:
        for number in range(self._first[chain.name], chain.height() + 1):
            yield from chain.client.call("eth_getBlockReceipts", hex(number))

    def _roles_of(self, receipt: dict[str, Any]) -> list[str]:
        return [role for role, owner in self._roles.items() if _is_from(receipt, owner)]


def total(*parts: Gains) -> Gains:
    """The sum of several gains."""
    entries = {entry for part in parts for entry in part}
    sums = {entry: sum(part.get(entry, 0) for part in parts) for entry in entries}
    return {entry: amount for entry, amount in sums.items() if amount}


def _gas_paid(receipt: dict[str, Any]) -> int:
    return int(receipt["gasUsed"], 16) * int(receipt["effectiveGasPrice"], 16)


def _is_from(receipt: dict[str, Any], owner: Participant) -> bool:
    return bool(receipt["from"] == owner.address.lower())
