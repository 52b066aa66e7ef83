"""What an account has sent: how many transactions of each kind, and what their gas has cost."""

from collections import Counter
from dataclasses import dataclass
from functools import partial
from typing import Any

from eth_utils.abi import filter_abi_by_type, function_abi_to_4byte_selector
from eth_utils.address import to_checksum_address

from beamer_agent.contracts.interface import ERC20_ABI, packaged_abi
from beamer_agent.devnet.chain import CONTRACT_NAMES, LocalChain
from beamer_agent.devnet.waiting import wait_until
from beamer_agent.devnet.world import LocalWorld
from beamer_agent.types import Address, BlockNumber, TransactionHash, Wei

OTHER = "other"
"""A transaction that calls no function we know."""


@dataclass(frozen=True, slots=True)
class Expenses:
    """Of one account, on all chains together."""

    transactions: dict[str, int]
    """How many, by the names of the contracts' functions."""
    failed: int
    """How many of them the chains have refused."""
    gas: Wei
    """What all of them have cost, besides what they carried."""


def settle(world: LocalWorld, account: Address) -> None:
    """Wait until everything that an account has sent is mined; it sends nothing more.

    Raises:
        FatalError: it is not mined in time.
    """
    for chain in world.chains:
        wait_until(partial(_is_settled, chain, account), f"{chain.name} to mine all of {account}")


def expenses(world: LocalWorld, account: Address, since: dict[str, BlockNumber]) -> Expenses:
    """What an account has sent in later blocks than these, by the names of the chains."""
    names = function_names()
    kinds: Counter[str] = Counter()
    failed, gas = 0, 0
    for chain in world.chains:
        sent = _sent(chain, account, since[chain.name])
        kinds.update(names.get(transaction["input"][:10], OTHER) for transaction in sent)
        hashes = [TransactionHash(bytes.fromhex(t["hash"][2:])) for t in sent]
        for receipt in chain.client.receipts(hashes):
            if receipt is not None:
                failed += not receipt.succeeded
                gas += receipt.gas_used * receipt.effective_gas_price
    return Expenses(dict(kinds), failed, Wei(gas))


def heights(world: LocalWorld) -> dict[str, BlockNumber]:
    """The newest block of each chain, by name."""
    return {chain.name: chain.height() for chain in world.chains}


def _is_settled(chain: LocalChain, account: Address) -> bool:
    mined, pending = chain.client.transaction_counts(account)
    return mined == pending


def _sent(chain: LocalChain, account: Address, since: BlockNumber) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []
    for number in range(since + 1, chain.height() + 1):
        block = chain.client.call("eth_getBlockByNumber", hex(number), True)
        sent += [t for t in block["transactions"] if to_checksum_address(t["from"]) == account]
    return sent


def function_names() -> dict[str, str]:
    """The names of our contracts' functions, by their selectors as JSON-RPC writes them."""
    abis = [*(packaged_abi(name) for name in CONTRACT_NAMES), ERC20_ABI]
    return {
        "0x" + function_abi_to_4byte_selector(function).hex(): function["name"]
        for abi in abis
        for function in filter_abi_by_type("function", abi)
    }
