"""ChainConnector: every attempt is reported, as what it is."""

from typing import cast

import pytest

import beamer_agent.connector
from beamer_agent.chain import Connection, Surroundings
from beamer_agent.connector import (
    MENDING_SECONDS,
    Attempt,
    ChainConnector,
    Connected,
    Unreachable,
    Unusable,
)
from beamer_agent.errors import (
    BeamerAgentError,
    ConfigurationError,
    RecoverableError,
    RpcTimeoutError,
    UndecodableLogError,
)
from tests.doubles import ScriptedTransport, make_line

pytestmark = pytest.mark.unit

LINE = make_line(ScriptedTransport())
AROUND = cast("Surroundings", object())
CONNECTION = cast("Connection", object())


def make_connector(
    monkeypatch: pytest.MonkeyPatch, result: object
) -> tuple[ChainConnector, list[Attempt]]:
    """A connector whose attempts end with a connection or an error."""

    def connect(line: object, around: object) -> Connection:
        assert (line, around) == (LINE, AROUND)
        if isinstance(result, BeamerAgentError):
            raise result
        return cast("Connection", result)

    monkeypatch.setattr(beamer_agent.connector, "connect", connect)
    attempts: list[Attempt] = []
    return ChainConnector(LINE, AROUND, attempts.append), attempts


def test_connection_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    """And the connector is done."""
    connector, attempts = make_connector(monkeypatch, CONNECTION)
    assert connector.step() is None
    assert attempts == [Connected(CONNECTION)]


def test_fault_is_reported_and_tried_again_much_later(monkeypatch: pytest.MonkeyPatch) -> None:
    """The operator has to change something first, or a node had told nonsense."""
    error = ConfigurationError(["no permission"])
    connector, attempts = make_connector(monkeypatch, error)
    assert connector.step() == MENDING_SECONDS
    assert attempts == [Unusable("l2a", error)]


@pytest.mark.parametrize("error", [RpcTimeoutError("no answer"), UndecodableLogError("what?")])
def test_silence_is_reported_and_tried_again(
    monkeypatch: pytest.MonkeyPatch, error: RecoverableError
) -> None:
    """The worker sees the error and waits."""
    connector, attempts = make_connector(monkeypatch, error)
    for _ in range(2):
        with pytest.raises(type(error)):
            connector.step()
    assert attempts == [Unreachable("l2a", str(error))] * 2
