"""What answers look like: checked before anybody counts on one.

Who answers with anything else has failed as much as one who does not answer, so that another
endpoint is asked: otherwise one that answers quickly, and nonsense, would keep all from working.
"""

from collections.abc import Callable, Mapping
from typing import Any, Final

from beamer_agent.errors import RpcError, RpcPayloadError, UndecodableLogError
from beamer_agent.rpc.envelope import Request
from beamer_agent.rpc.model import (
    WORD_BITS,
    RawLog,
    block_from_json,
    hash_of,
    octets,
    quantity,
    receipt_from_json,
)

CheckLog = Callable[[RawLog], None]
"""Looks at a log whose fields have the right shape; raises UndecodableLogError."""


def any_log(_log: RawLog) -> None:
    """A `CheckLog` that knows no events."""


def checked(request: Request, result: Any, check_log: CheckLog) -> Any:
    """The result, or an RpcPayloadError in its place when it is no answer to the request."""
    method, params = request
    if isinstance(result, RpcError):
        return result
    try:
        if method == "eth_getLogs":
            _check_logs(result, check_log)
        elif method == "eth_getBlockByNumber":
            _check_block(result, params[0])
        elif method in _SHAPES:
            _SHAPES[method](result)
    except RpcPayloadError as error:
        return RpcPayloadError(f"{method}: {error}")
    return result


def _check_block(raw: Any, tag: Any) -> None:
    # A block at a height may not be there yet; the newest one always is.
    if raw is not None or tag == "latest":
        block_from_json(raw)


def _check_receipt(raw: Any) -> None:
    if raw is not None:
        receipt_from_json(raw)


def _check_logs(raw: Any, check_log: CheckLog) -> None:
    if not isinstance(raw, list):
        raise RpcPayloadError("not a list")
    for log in raw:
        try:
            _check_fields(log)
            check_log(log)
        except (KeyError, TypeError):
            raise RpcPayloadError("an entry is no log") from None
        except UndecodableLogError as error:
            raise RpcPayloadError(str(error)) from None


def _check_fields(log: Any) -> None:
    for topic in log["topics"]:
        hash_of(topic)
    octets(log["data"])
    hash_of(log["blockHash"])
    hash_of(log["transactionHash"])
    quantity(log["logIndex"])
    quantity(log["blockNumber"])


_SHAPES: Final[Mapping[str, Callable[[Any], object]]] = {
    "eth_call": octets,
    "eth_chainId": quantity,
    "eth_estimateGas": quantity,
    "eth_gasPrice": quantity,
    "eth_getBalance": lambda raw: quantity(raw, WORD_BITS),
    "eth_getCode": octets,
    "eth_getTransactionCount": quantity,
    "eth_getTransactionReceipt": _check_receipt,
    "eth_maxPriorityFeePerGas": quantity,
}
