"""Sheet: all that is to be known of a chain before a start, asked in one HTTP request."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from beamer_agent.contracts.call import ContractCall
from beamer_agent.errors import RpcError
from beamer_agent.rpc.client import LATEST, ChainClient, Request
from beamer_agent.rpc.model import WORD_BITS, octets, quantity
from beamer_agent.types import Address, Wei


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a chain has answered; each answer that failed is an RpcError."""

    _codes: Mapping[Address, Any]
    _balance: Any
    _values: Mapping[ContractCall, Any]

    def has_code(self, address: Address) -> bool:
        """Whether there is a contract at one of the addresses.

        Raises:
            RpcError: that was not answered.
        """
        return bool(octets(_raised(self._codes[address])))

    def balance(self) -> Wei:
        """The account's native currency.

        Raises:
            RpcError: that was not answered.
        """
        return Wei(quantity(_raised(self._balance), WORD_BITS))

    def values(self, calls: Sequence[ContractCall]) -> list[Any]:
        """What some of the calls return; an RpcError where one failed."""
        return [self._values[call] for call in calls]


def ask(
    client: ChainClient,
    account: Address,
    addresses: Sequence[Address],
    calls: Sequence[ContractCall],
) -> Sheet:
    """The codes at addresses, the balance of an account, and what calls return.

    Raises:
        RpcError: the endpoint does not answer.
    """
    requests: list[Request] = [("eth_getBalance", (account, LATEST))]
    requests += [("eth_getCode", (address, LATEST)) for address in addresses]
    requests += [call.request(LATEST) for call in calls]
    balance, *results = client.batch(requests)
    count = len(addresses)
    values = client.values(calls, results[count:])
    return Sheet(
        dict(zip(addresses, results[:count], strict=True)),
        balance,
        dict(zip(calls, values, strict=True)),
    )


def _raised(result: Any) -> Any:
    if isinstance(result, RpcError):
        raise result
    return result
