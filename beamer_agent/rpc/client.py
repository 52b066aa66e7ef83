"""One client per chain: typed questions in, typed answers or an RpcError out."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from eth_abi.exceptions import DecodingError

from beamer_agent.contracts.call import ContractCall
from beamer_agent.errors import (
    CallRevertedError,
    RpcError,
    RpcPayloadError,
    RpcResponseError,
)
from beamer_agent.rpc.envelope import Asks, Request
from beamer_agent.rpc.model import (
    WORD_BITS,
    Block,
    RawLog,
    Receipt,
    SimulatedCall,
    block_from_json,
    octets,
    quantity,
    receipt_from_json,
)
from beamer_agent.types import Address, BlockNumber, ChainId, TransactionHash, Wei

__all__ = ["LATEST", "PENDING", "ChainClient", "Request"]

LATEST: Final = "latest"
PENDING: Final = "pending"

_GAS_OF_A_CALL: Final = range(21_000, 50_000_001)
"""From what every transaction costs to all that geth simulates: anything else would be believed
for a limit, with which nothing can be mined."""


class ChainClient:
    """Asks one chain. Every method is one question to its endpoints; safe for many threads.

    Args:
        asks: the chain's endpoint, or all of them.
        describe_revert: turns a revert's data into a reason for the log.
    """

    def __init__(self, asks: Asks, describe_revert: Callable[[bytes], str]) -> None:
        self.asks = asks
        self.describe_revert = describe_revert

    def call(self, method: str, *params: Any) -> Any:
        """The result of one JSON-RPC call, as the endpoint wrote it.

        Raises:
            RpcError: no usable answer.
        """
        return _raised(self.batch([(method, params)])[0])

    def batch(self, requests: Sequence[Request]) -> list[Any]:
        """The results of many calls at once, in order; an RpcError where one failed.

        Raises:
            RpcError: the request as a whole failed.
        """
        try:
            return [self._put_into_words(result) for result in self.asks.ask(requests)]
        except RpcResponseError as error:
            raise self._put_into_words(error) from None

    def chain_id(self) -> ChainId:
        """EIP-155 id of the chain behind the endpoint."""
        return ChainId(quantity(self.call("eth_chainId")))

    def head(self) -> Block:
        """The newest block."""
        return self._block(self.call("eth_getBlockByNumber", LATEST, False))

    def block(self, number: BlockNumber) -> Block:
        """The block at a height. Raises RpcPayloadError when the endpoint has none."""
        return self._block(self.call("eth_getBlockByNumber", hex(number), False))

    def logs(
        self,
        addresses: Sequence[Address],
        first: BlockNumber,
        last: BlockNumber,
        topics: Sequence[str | None] = (),
    ) -> list[RawLog]:
        """Logs of the addresses in the blocks from `first` to `last`, both included."""
        filter_ = {
            "address": list(addresses),
            "fromBlock": hex(first),
            "toBlock": hex(last),
            "topics": list(topics),
        }
        result = self.call("eth_getLogs", filter_)
        if not isinstance(result, list):
            raise RpcPayloadError("eth_getLogs was not answered with a list")
        return result

    def code(self, address: Address) -> bytes:
        """Run-time code at an address; empty where there is no contract."""
        return octets(self.call("eth_getCode", address, LATEST))

    def balance(self, address: Address) -> Wei:
        """Native currency of an account."""
        return Wei(quantity(self.call("eth_getBalance", address, LATEST), WORD_BITS))

    def read(self, call: ContractCall, block: str = LATEST) -> Any:
        """The value of a view function; a tuple when it returns several.

        Raises:
            CallRevertedError: the contract refused.
        """
        method, params = call.request(block)
        return self._decoded(call, self.call(method, *params))

    def read_many(self, calls: Iterable[ContractCall], block: str = LATEST) -> list[Any]:
        """The values of many view functions at once; an RpcError where one failed."""
        calls = list(calls)
        return self.values(calls, self.batch([call.request(block) for call in calls]))

    def values(self, calls: Sequence[ContractCall], results: Sequence[Any]) -> list[Any]:
        """The same from the results of calls that went with other questions."""
        return [
            result if isinstance(result, RpcError) else self._decoded_or_error(call, result)
            for call, result in zip(calls, results, strict=True)
        ]

    def transaction_counts(self, account: Address) -> tuple[int, int]:
        """How many transactions of the account are mined, and how many with the pool's."""
        results = self.batch(
            [
                ("eth_getTransactionCount", (account, LATEST)),
                ("eth_getTransactionCount", (account, PENDING)),
            ]
        )
        mined, pending = (quantity(_raised(result)) for result in results)
        return mined, pending

    def estimate_gas(self, transaction: dict[str, Any], block: str = LATEST) -> int:
        """Gas that a transaction would use now: at once its simulation.

        Raises:
            CallRevertedError: it would revert.
        """
        return quantity(self.call("eth_estimateGas", transaction, block))

    @staticmethod
    def simulation(calls: Sequence[dict[str, Any]], block: str = LATEST) -> Request:
        """The question what becomes of calls that are carried out in a block on top of a block.

        One after the other: each finds what those before it have left.
        """
        return "eth_simulateV1", ({"blockStateCalls": [{"calls": list(calls)}]}, block)

    def simulated(self, result: Any, count: int) -> list[SimulatedCall | CallRevertedError]:
        """What became of so many calls, read from the answer to that question.

        Raises:
            RpcError: as it was answered, or the answer is none.
        """
        blocks = _raised(result)
        try:
            found = [self._simulated(call) for call in blocks[0]["calls"]]
        except (IndexError, KeyError, TypeError, AttributeError):
            raise RpcPayloadError("eth_simulateV1 was not answered with calls") from None
        if len(found) != count:
            raise RpcPayloadError("eth_simulateV1 was answered with another number of calls")
        return found

    def _simulated(self, result: dict[str, Any]) -> SimulatedCall | CallRevertedError:
        if quantity(result["status"]) == 1:
            gas_used = quantity(result["gasUsed"])
            if gas_used not in _GAS_OF_A_CALL:
                raise RpcPayloadError("eth_simulateV1 was answered with gas that no call uses")
            return SimulatedCall(gas_used)
        error = result.get("error") or {}
        message, data = str(error.get("message", "")), result.get("returnData")
        reason = self.describe_revert(_revert_data(data)) or message or "execution reverted"
        return CallRevertedError(3, message, reason, data)

    def send_raw_transaction(self, raw: bytes) -> None:
        """Hand a signed transaction to the endpoint, once.

        Raises:
            RpcResponseError: refused, the message says why.
            RpcError: the endpoint may or may not have taken it.
        """
        self.call("eth_sendRawTransaction", "0x" + raw.hex())

    def send_raw_transactions(self, raws: Sequence[bytes]) -> list[RpcError | None]:
        """Hand signed transactions over in their order, each once; None where one was taken.

        An RpcResponseError is a refusal; after any other the endpoint may or may not have it.
        """
        asked = [("eth_sendRawTransaction", ("0x" + raw.hex(),)) for raw in raws]
        try:
            results = self.batch(asked)
        except RpcError as error:
            return [error] * len(asked)
        return [result if isinstance(result, RpcError) else None for result in results]

    def receipts(self, hashes: Sequence[TransactionHash]) -> list[Receipt | None]:
        """Receipts of transactions, in order; None where a transaction is not mined."""
        requests = [("eth_getTransactionReceipt", ("0x" + h.hex(),)) for h in hashes]
        return [
            None if raw is None else receipt_from_json(raw)
            for raw in map(_raised, self.batch(requests))
        ]

    def close(self) -> None:
        """Give the connections back."""
        self.asks.close()

    def _put_into_words(self, result: Any) -> Any:
        if not isinstance(result, RpcResponseError) or "revert" not in result.message.lower():
            return result
        reason = self.describe_revert(_revert_data(result.data)) or result.message
        return CallRevertedError(result.code, result.message, reason, result.data)

    def _decoded(self, call: ContractCall, result: Any) -> Any:
        try:
            return call.decode(octets(result))
        except (DecodingError, ValueError, OverflowError):  # the latter: text, and its place
            raise RpcPayloadError(f"{call.name} returned what is not its type") from None

    def _decoded_or_error(self, call: ContractCall, result: Any) -> Any:
        try:
            return self._decoded(call, result)
        except RpcError as error:
            return error

    @staticmethod
    def _block(raw: Any) -> Block:
        if raw is None:
            raise RpcPayloadError("the endpoint does not have the block")
        return block_from_json(raw)


def _raised(result: Any) -> Any:
    if isinstance(result, RpcError):
        raise result
    return result


def _revert_data(data: Any) -> bytes:
    # Some endpoints wrap the data once more.
    if isinstance(data, dict):
        data = data.get("data")
    if not isinstance(data, str) or not data.startswith("0x"):
        return b""
    try:
        return bytes.fromhex(data[2:])
    except ValueError:
        return b""
