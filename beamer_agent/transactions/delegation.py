"""Delegation: whether the account's code on a chain is the batch executor's (EIP-7702)."""

from collections.abc import Sequence
from functools import cache
from typing import Any, Final

from eth_utils.address import to_checksum_address
from eth_utils.crypto import keccak
from structlog.typing import FilteringBoundLogger

from beamer_agent.contracts.interface import packaged_contract
from beamer_agent.errors import RpcPayloadError
from beamer_agent.rpc.client import LATEST, Request
from beamer_agent.rpc.model import octets
from beamer_agent.transactions.bundles import EXECUTOR, Ready, bundled
from beamer_agent.types import Address

PREFIX: Final = bytes.fromhex("ef0100")
"""What the code of an account that delegates begins with; the address follows (EIP-7702)."""
_CODE_BYTES: Final = len(PREFIX) + 20


def delegate_of(code: bytes) -> Address | None:
    """Where an account's code says that its code is; None: the account does not delegate."""
    if len(code) != _CODE_BYTES or not code.startswith(PREFIX):
        return None
    return to_checksum_address(code[len(PREFIX) :])


def is_executor(code: bytes) -> bool:
    """Whether code is the packaged batch executor's, byte for byte."""
    return keccak(code) == _executor_hash()


class Delegation:
    """Watches one account on one chain. Used by the sender's thread only.

    The account's code is asked for before each turn: a command of the operator may change it at
    any time. The executor's own code cannot change: once seen, it is not asked for again.

    Args:
        is_wanted: whether the operator wants bundles; nothing is asked otherwise.
    """

    def __init__(
        self, account: Address, logger: FilteringBoundLogger, *, is_wanted: bool = True
    ) -> None:
        self._account = account
        self._logger = logger
        self._is_wanted = is_wanted
        self._is_told: bool | None = None
        """What was told last; None: nothing yet."""
        self._delegate: Address | None = None
        self._known: dict[Address, bool] = {}

    @property
    def is_ours(self) -> bool:
        """Whether a call of the account to itself is one of the batch executor, at last sight."""
        return self._delegate is not None and self._known.get(self._delegate, False)

    @property
    def is_open(self) -> bool:
        """Whether the code of its delegate is still to be looked at, with `questions`."""
        return self._delegate is not None and self._delegate not in self._known

    def questions(self) -> list[Request]:
        """The account's code, and that of a delegate that was never looked at."""
        if not self._is_wanted:
            return []
        asked: list[Request] = [("eth_getCode", (self._account, LATEST))]
        if self._delegate is not None and self.is_open:
            asked.append(("eth_getCode", (self._delegate, LATEST)))
        return asked

    def take(self, results: Sequence[Any]) -> None:
        """Take the answers in; one that is none means no delegation, for this turn."""
        if not results:
            return
        code, *others = (_code(result) for result in results)
        if self._delegate is not None:
            for other in others:
                if other is not None:
                    self._known[self._delegate] = is_executor(other)
        self._delegate = None if code is None else delegate_of(code)
        if code is not None and not self.is_open:
            self._tell()

    def _tell(self) -> None:
        if self._is_told == self.is_ours:
            return
        self._is_told = self.is_ours
        if self.is_ours:
            self._logger.info("Transactions go together", executor=self._delegate)
        else:
            self._logger.warning("Account does not delegate to the batch executor")

    def together(self, ready: Sequence[Ready]) -> list[Ready]:
        """The same in as few transactions as the account's code lets it be."""
        return bundled(ready, self._account) if self.is_ours else list(ready)


def _code(result: Any) -> bytes | None:
    try:
        return octets(result)
    except RpcPayloadError:
        return None


@cache
def _executor_hash() -> bytes:
    return keccak(hexstr=packaged_contract(EXECUTOR)["runtime_code"])
