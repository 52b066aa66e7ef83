"""Many questions to one endpoint in few requests."""

from collections.abc import Sequence
from typing import Any, Final

from beamer_agent.contracts.call import ContractCall
from beamer_agent.errors import RpcError
from beamer_agent.rpc.client import ChainClient, Request

LARGEST_BATCH: Final = 100
"""Calls in one request; some endpoints take no more."""


def ask_all(client: ChainClient, requests: Sequence[Request]) -> list[Any]:
    """The results in order; an RpcError where one failed.

    Raises:
        RpcError: the chain does not answer.
    """
    results: list[Any] = []
    for first in range(0, len(requests), LARGEST_BATCH):
        results += client.batch(requests[first : first + LARGEST_BATCH])
    return results


def read_all(client: ChainClient, calls: Sequence[ContractCall]) -> list[Any]:
    """The values of view functions in order.

    Raises:
        RpcError: the chain does not answer, or one of the contracts refuses.
    """
    return [answered(value) for value in try_all(client, calls)]


def try_all(client: ChainClient, calls: Sequence[ContractCall]) -> list[Any]:
    """The values of view functions in order; an RpcError where one failed.

    Raises:
        RpcError: the chain does not answer.
    """
    values: list[Any] = []
    for first in range(0, len(calls), LARGEST_BATCH):
        values += client.read_many(calls[first : first + LARGEST_BATCH])
    return values


def answered(value: Any) -> Any:
    """The value itself, unless it is an error.

    Raises:
        RpcError: it is one.
    """
    if isinstance(value, RpcError):
        raise value
    return value
