"""EvmChain: the packaged contracts in a real EVM inside this process, in blocks made on demand.

    sealed blocks (head: the newest) | open block: transactions of anybody, one after the other

What readers are told of events ends with the head; `seal` makes the open block the head. Gas costs
nothing, so that every wei that moves is one that the contracts have moved.
"""

from typing import Any, Final

import pyrevm
from eth_abi.abi import encode
from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak

from beamer_agent.contracts.call import ContractCall
from beamer_agent.contracts.interface import Contract, packaged_contract
from beamer_agent.rpc.model import Block, RawLog
from beamer_agent.types import (
    Address,
    BlockHash,
    BlockNumber,
    ChainId,
    Timestamp,
    TransactionHash,
    Wei,
)

GAS: Final = 30_000_000
"""More than any call needs."""


class RevertedError(Exception):
    """A contract refused; nothing has changed. The message is the EVM's."""


class EvmChain:
    """One chain.

    Args:
        first_block: height of its first block; chains that begin at different heights have
            different block hashes, and so different fill ids.
        now: timestamp of the first block.
    """

    def __init__(self, chain_id: ChainId, first_block: int, now: int) -> None:
        self.chain_id = chain_id
        self.logs: list[RawLog] = []
        """Of all blocks, the open one too."""
        self._evm = pyrevm.EVM(env=pyrevm.Env(cfg=pyrevm.CfgEnv(chain_id=chain_id)), gas_limit=GAS)
        self._transactions = 0
        self._logs_in_block = 0
        self._open(first_block, now)
        self.head = self._sealed()
        self.seal(1)

    # --- time

    @property
    def open_time(self) -> Timestamp:
        """Timestamp of the open block."""
        return self._open_time

    def height(self) -> BlockNumber:
        """Of the head."""
        return self.head.number

    def seal(self, seconds: int) -> None:
        """Make the open block the head, and open one that is so many seconds younger."""
        self.head = self._sealed()
        self._open(self.head.number + 1, self.head.timestamp + seconds)

    # --- transactions and questions

    def deploy(self, name: str, deployer: Address, *args: Any) -> Contract:
        """A packaged contract with its constructor's arguments."""
        packaged = packaged_contract(name)
        constructor = next(e for e in packaged["abi"] if e["type"] == "constructor")
        types = [parameter["type"] for parameter in constructor["inputs"]]
        code = bytes.fromhex(packaged["bytecode"].removeprefix("0x")) + encode(types, args)
        address = self._evm.deploy(deployer, code, gas=GAS)
        return Contract(to_checksum_address(address), packaged["abi"])

    def send(self, sender: Address, call: ContractCall, value: int = 0) -> TransactionHash:
        """Execute a transaction in the open block.

        Raises:
            RevertedError: a contract refused.
        """
        self._transactions += 1
        transaction_hash = TransactionHash(
            keccak(encode(["uint256[2]"], [[self.chain_id, self._transactions]]))
        )
        self._execute(sender, call.address, call.data, value)
        for log in self._evm.result.logs if self._evm.result else ():
            self._keep(log, transaction_hash)
        return transaction_hash

    def simulate(self, sender: Address, to: Address, data: bytes, value: int = 0) -> bytes:
        """What a transaction in the open block would return.

        Raises:
            RevertedError: a contract would refuse.
        """
        checkpoint = self._evm.snapshot()
        try:
            return self._execute(sender, to, data, value)
        finally:
            self._evm.revert(checkpoint)

    def ask(self, to: Address, data: bytes) -> bytes:
        """What a view function returns.

        Raises:
            RevertedError: the contract refuses.
        """
        try:
            return self._evm.message_call(_ASKING, to, data, gas=GAS, is_static=True)
        except RuntimeError as error:
            raise RevertedError(str(error)) from None

    def read(self, contract: Contract, name: str, *args: Any) -> Any:
        """The decoded value of a view function; a tuple when it returns several."""
        call = contract.call(name, *args)
        return call.decode(self.ask(call.address, call.data))

    def balance(self, account: Address) -> Wei:
        """Native currency of an account."""
        return Wei(self._evm.get_balance(account))

    def fund(self, account: Address, amount: int) -> None:
        """Let an account own exactly this much native currency."""
        self._evm.set_balance(account, amount)

    def hash_of(self, number: int) -> BlockHash:
        """The hash of a block, as contracts are told it."""
        return BlockHash(bytes(self._evm.block_hash(number)))

    # ---

    def _open(self, number: int, timestamp: int) -> None:
        self._open_number, self._open_time = BlockNumber(number), Timestamp(timestamp)
        self._logs_in_block = 0
        self._evm.set_block_env(pyrevm.BlockEnv(number=number, timestamp=timestamp, gas_limit=GAS))

    def _sealed(self) -> Block:
        number = self._open_number
        return Block(
            number, self.hash_of(number), self.hash_of(number - 1), self._open_time, Wei(0)
        )

    def _execute(self, sender: Address, to: Address, data: bytes, value: int) -> bytes:
        if value > self._evm.get_balance(sender):
            raise RevertedError("insufficient funds for gas * price + value")
        checkpoint = self._evm.snapshot()
        try:
            return self._evm.message_call(sender, to, data, value=value, gas=GAS)
        except RuntimeError as error:
            self._evm.revert(checkpoint)
            raise RevertedError(str(error)) from None

    def _keep(self, log: Any, transaction_hash: TransactionHash) -> None:
        topics, data = log.data
        self.logs.append(
            {
                "address": log.address.lower(),
                "topics": ["0x" + bytes(topic).hex() for topic in topics],
                "data": "0x" + bytes(data).hex(),
                "blockNumber": hex(self._open_number),
                "blockHash": "0x" + self.hash_of(self._open_number).hex(),
                "logIndex": hex(self._logs_in_block),
                "transactionHash": "0x" + transaction_hash.hex(),
            }
        )
        self._logs_in_block += 1


_ASKING: Final = to_checksum_address("0x" + "00" * 19 + "01")
