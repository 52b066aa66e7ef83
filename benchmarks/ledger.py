"""The transactions of an account as blocks and receipts have them, and where their gas went."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eth_utils.address import to_checksum_address

from beamer_agent.devnet.chain import LocalChain
from beamer_agent.devnet.deployment import L2Contracts
from beamer_agent.devnet.expenses import OTHER, function_names
from beamer_agent.devnet.logs import Log
from beamer_agent.devnet.world import LocalWorld
from beamer_agent.rpc.model import receipt_from_json
from beamer_agent.types import Address, BlockNumber, TransactionHash


@dataclass(frozen=True, slots=True)
class Entry:
    """One mined transaction."""

    function: str
    """Of our contracts, or `OTHER`."""
    gas_used: int
    succeeded: bool


def ledger(chain: LocalChain, account: Address, after: BlockNumber) -> list[Entry]:
    """What an account has sent in the blocks after one, oldest first."""
    names = function_names()
    entries = []
    for number in range(after + 1, chain.height() + 1):
        block = chain.client.call("eth_getBlockByNumber", hex(number), True)
        sent = {
            TransactionHash(bytes.fromhex(raw["hash"][2:])): names.get(raw["input"][:10], OTHER)
            for raw in block["transactions"]
            if to_checksum_address(raw["from"]) == account
        }
        if sent:
            receipts = chain.client.call("eth_getBlockReceipts", hex(number))
            entries += [
                Entry(sent[receipt.transaction_hash], receipt.gas_used, receipt.succeeded)
                for receipt in map(receipt_from_json, receipts)
                if receipt.transaction_hash in sent
            ]
    return entries


def agent_ledger(world: LocalWorld, after: Mapping[str, BlockNumber]) -> list[Entry]:
    """What the agent has sent on all chains, in later blocks than these by the chains' names."""
    agent = world.participant("agent").address
    return [entry for chain in world.chains for entry in ledger(chain, agent, after[chain.name])]


def failed(entries: Iterable[Entry]) -> int:
    """How many have reverted."""
    return sum(not entry.succeeded for entry in entries)


def gas_per_transfer(entries: Iterable[Entry], transfers: int) -> float:
    """The gas of fills, claims and withdrawals per transfer; approvals are made ahead of time."""
    return sum(entry.gas_used for entry in entries if entry.function != "approve") / transfers


def mean_gas(entries: Sequence[Entry]) -> dict[str, float]:
    """The mean gas of a transaction, by function."""
    spent: dict[str, list[int]] = {}
    for entry in entries:
        spent.setdefault(entry.function, []).append(entry.gas_used)
    return {name: sum(gas) / len(gas) for name, gas in sorted(spent.items())}


def message_gas(l2: L2Contracts, fill: Log) -> float:
    """The gas that a chain's messenger takes for the message of one fill.

    Args:
        l2: where the fill is.
        fill: its event; the transaction may hold more fills than this one.
    """
    transaction = "0x" + fill.transaction_hash.hex()
    trace = l2.chain.client.call("debug_traceTransaction", transaction, {"tracer": "callTracer"})
    messages = calls_to(trace, l2.messenger.address)
    return sum(int(call["gasUsed"], 16) for call in messages) / len(messages)


def calls_to(trace: dict[str, Any], address: Address) -> list[dict[str, Any]]:
    """The calls of a contract in a trace of calls, the outermost ones."""
    if to_checksum_address(trace["to"]) == address:
        return [trace]
    return [found for call in trace.get("calls", ()) for found in calls_to(call, address)]
