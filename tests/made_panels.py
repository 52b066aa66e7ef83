"""Endpoints of one chain that are asked one by one, in memory."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from beamer_agent.errors import RpcError
from beamer_agent.rpc.endpoint import Endpoint
from beamer_agent.rpc.envelope import Request
from tests.doubles import FakeClock, RecordingLogger, ScriptedTransport


@dataclass(frozen=True, slots=True)
class Said:
    """What one endpoint answered."""

    endpoint: Endpoint
    results: list[Any] | RpcError


class FakePanel:
    """A `Panel` of stand-ins, named `l2a/1`, `l2a/2` and so on.

    Args:
        chains: what each endpoint makes of the chain.
    """

    def __init__(self, chains: Sequence[ScriptedTransport], quorum: int) -> None:
        self.quorum = quorum
        self.endpoints = tuple(
            Endpoint(f"l2a/{place}", chain, FakeClock(), RecordingLogger().logger)
            for place, chain in enumerate(chains, start=1)
        )
        self.asked: list[list[Request]] = []
        """The questions of every round."""
        self.distrusted: list[tuple[str, str]] = []
        """Endpoint and reason, as often as it was told."""

    def ask_each(self, requests: Sequence[Request], /) -> list[Said]:
        """The answers of all, one after the other."""
        self.asked.append(list(requests))
        return [Said(endpoint, _results(endpoint, requests)) for endpoint in self.endpoints]

    def distrust(self, endpoint_name: str, reason: str, /) -> None:
        """Remember who is not trusted."""
        self.distrusted.append((endpoint_name, reason))


def _results(endpoint: Endpoint, requests: Sequence[Request]) -> list[Any] | RpcError:
    try:
        return endpoint.ask(requests)
    except RpcError as error:
        return error
