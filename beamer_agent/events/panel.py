"""Panel: the endpoints of one chain, when each of them is asked for itself."""

from collections.abc import Sequence
from typing import Any, Protocol

from beamer_agent.errors import RpcError
from beamer_agent.rpc.envelope import Request


class Named(Protocol):
    """An endpoint, as logs and metrics know it."""

    @property
    def name(self) -> str:
        """Chain and position, `l2a/1`; never a host or a URL, which may hold keys."""
        ...


class Said(Protocol):
    """What one endpoint answered."""

    @property
    def endpoint(self) -> Named:
        """Who."""
        ...

    @property
    def results(self) -> list[Any] | RpcError:
        """In the order of the questions, an RpcError in place of one that failed, or for all."""
        ...


class Panel(Protocol):
    """What is needed of a chain's endpoints to compare them; `rpc.pool` is one."""

    @property
    def endpoints(self) -> Sequence[Named]:
        """All that are configured."""
        ...

    @property
    def quorum(self) -> int:
        """How many must agree before money depends on it."""
        ...

    def ask_each(self, requests: Sequence[Request], /) -> Sequence[Said]:
        """The answers of every usable endpoint, within the pool's deadline.

        Raises:
            RpcError: none may be asked.
        """
        ...

    def distrust(self, endpoint_name: str, reason: str, /) -> None:
        """Prefer the others from now on; reported once per reason."""
        ...
