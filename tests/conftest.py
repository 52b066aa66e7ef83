"""Rules for all tests: each says what it needs, and unit and property tests reach no network."""

import logging
import socket
from collections.abc import Iterator
from typing import Any

import pytest
import structlog

from beamer_agent.logging import QUIET_LOGGERS

pytest_plugins = ["tests.chain_fixtures", "tests.faults.report"]

KINDS = ("unit", "property", "integration", "e2e", "faults")
OFFLINE = ("unit", "property")
AT_THE_MERCY_OF_THE_MACHINE = ("integration", "e2e", "faults")
"""Real processes and chains: a machine that stands still for seconds may break one."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse tests without a kind; order them so that the cheap ones fail first.

    Those with real processes are tried once more; the summary names each that needed it.
    """
    unmarked = [item.nodeid for item in items if not any(map(item.get_closest_marker, KINDS))]
    if unmarked:
        raise pytest.UsageError(f"tests without one of the markers {KINDS}: {unmarked}")
    for item in items:
        if any(map(item.get_closest_marker, AT_THE_MERCY_OF_THE_MACHINE)):
            item.add_marker(pytest.mark.flaky(reruns=1))
    items.sort(key=lambda item: [item.get_closest_marker(kind) is None for kind in KINDS])


@pytest.fixture(autouse=True)
def _no_network(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make every connection of a unit or property test fail."""
    if not any(map(request.node.get_closest_marker, OFFLINE)):
        return

    def refuse(*_args: Any, **_kwargs: Any) -> None:
        raise AssertionError("unit and property tests may not use the network")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket.socket, "connect_ex", refuse)


@pytest.fixture
def restored_logging() -> Iterator[None]:
    """The process's logging is afterwards what it was before."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in QUIET_LOGGERS}
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, former in levels.items():
        logging.getLogger(name).setLevel(former)
    structlog.reset_defaults()
