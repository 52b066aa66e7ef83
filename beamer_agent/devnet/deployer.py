"""Puts the packaged contracts on a local chain and calls them as their owner."""

from dataclasses import dataclass
from typing import Any

from eth_abi.abi import encode
from eth_utils.abi import get_abi_input_types
from eth_utils.address import to_checksum_address

from beamer_agent.contracts.interface import Contract, packaged_contract
from beamer_agent.devnet.chain import LocalChain
from beamer_agent.errors import RpcPayloadError
from beamer_agent.rpc.model import Receipt
from beamer_agent.types import Address, BlockNumber, TransactionHash


@dataclass(frozen=True, slots=True)
class Deployed:
    """A contract and how it came to its chain."""

    name: str
    contract: Contract
    transaction_hash: TransactionHash
    block: BlockNumber
    arguments: tuple[Any, ...]

    @property
    def address(self) -> Address:
        """Where it is."""
        return self.contract.address


class Deployer:
    """The owner of all contracts of a chain; every step is mined when its method returns."""

    def __init__(self, chain: LocalChain) -> None:
        self._chain = chain
        self._wallet = chain.wallet("deployer")

    @property
    def address(self) -> Address:
        """The owner's account."""
        return self._wallet.address

    def deploy(self, name: str, *arguments: Any) -> Deployed:
        """Create a packaged contract with its constructor's arguments.

        Raises:
            FatalError: the constructor refused.
            CallRevertedError: the same, found before sending.
        """
        package = packaged_contract(name)
        encoded = encode(_constructor_types(package["abi"]), arguments)
        bytecode = bytes.fromhex(package["bytecode"].removeprefix("0x"))
        receipt = self._mined(self._wallet.send_creation(bytecode + encoded))
        address = self._created_address(receipt.transaction_hash)
        return Deployed(
            name=name,
            contract=Contract(address, package["abi"]),
            transaction_hash=receipt.transaction_hash,
            block=receipt.block_number,
            arguments=arguments,
        )

    def call(self, deployed: Deployed, function: str, *arguments: Any) -> Receipt:
        """Call a function of a deployed contract.

        Raises:
            CallRevertedError: it refused.
        """
        return self._mined(self._wallet.send(deployed.contract.call(function, *arguments)))

    def skip_nonces(self, count: int) -> None:
        """Move the addresses of all later contracts away from those of the other chains.

        Without it the same contract has the same address everywhere, and a source chain taken
        for a target chain would go unnoticed.
        """
        mined, _ = self._chain.client.transaction_counts(self.address)
        self._chain.client.call("anvil_setNonce", self.address, hex(mined + count))

    def _mined(self, transaction_hash: TransactionHash) -> Receipt:
        if self._chain.anvil.block_time is not None:
            self._chain.mine()
        return self._wallet.wait_for(transaction_hash)

    def _created_address(self, transaction_hash: TransactionHash) -> Address:
        name = "0x" + transaction_hash.hex()
        receipt = self._chain.client.call("eth_getTransactionReceipt", name)
        if not isinstance(receipt, dict) or not isinstance(receipt.get("contractAddress"), str):
            raise RpcPayloadError("the receipt of a creation names no contract")
        return to_checksum_address(receipt["contractAddress"])


def _constructor_types(abi: Any) -> list[str]:
    for entry in abi:
        if entry["type"] == "constructor":
            return get_abi_input_types(entry)
    return []
