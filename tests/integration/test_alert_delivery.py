"""Alerts from the registry to receivers on this machine, through apprise."""

import io
import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
import structlog
from prometheus_client import CollectorRegistry, Gauge
from pydantic import SecretStr
from structlog.typing import FilteringBoundLogger

from beamer_agent.clock import SystemClock
from beamer_agent.config.alerts import AlertsConfig
from beamer_agent.devnet.anvil import free_port
from beamer_agent.devnet.waiting import wait_until
from beamer_agent.errors import ConfigurationError, FatalError
from beamer_agent.logging import configure_logging
from beamer_agent.service import keeper
from beamer_agent.service.alerts.alerts import Alerts
from beamer_agent.service.status import StateStatus, Status
from tests.doubles import RecordingLogger
from tests.factories import US
from tests.hasty_alerts import hurry
from tests.receivers import HOST, Receiver

pytestmark = pytest.mark.integration

SECONDS = 20.0
WELL = Status(StateStatus("running", 1), 0.1)
TOKEN = "t0ken-of-a-channel"


class Office:
    """Alerts about one chain, with a log that is kept."""

    def __init__(
        self,
        urls: list[str],
        heartbeat_url: str | None = None,
        logger: FilteringBoundLogger | None = None,
    ) -> None:
        self.status = WELL
        self.looks = 0
        """How often the status was asked for."""
        self.fatal: list[FatalError] = []
        self.log = RecordingLogger()
        self.registry = CollectorRegistry()
        self.is_down = Gauge(
            "beamer_chain_state", "", ["chain", "state"], registry=self.registry
        ).labels("l2a", "down")
        config = AlertsConfig(
            urls=tuple(map(SecretStr, urls)),
            heartbeat_url=SecretStr(heartbeat_url) if heartbeat_url else None,
            heartbeat_period=0.05,
        )
        self.alerts = Alerts(
            config,
            self.registry,
            US,
            self._look,
            SystemClock(),
            logger or self.log.logger,
            self.fatal.append,
        )
        self.alerts.start()

    def _look(self) -> Status:
        self.looks += 1
        return self.status

    def wait_for_looks(self, count: int) -> None:
        """Until the status was asked for so many times more."""
        wanted = self.looks + count
        wait_until(lambda: self.looks >= wanted, "looks at the status", seconds=SECONDS)

    def seconds_to_stop(self) -> float:
        """Stop, and how long it took."""
        started = time.monotonic()
        self.alerts.stop()
        return time.monotonic() - started


@pytest.fixture(autouse=True)
def _in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    """Alerts fire at once, and what failed is tried again soon."""
    hurry(monkeypatch.setattr)
    monkeypatch.setattr(keeper, "LONGEST_RETRY_SECONDS", 0.1)


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """One that takes everything."""
    with Receiver() as receiver:
        yield receiver


def url_of(receiver: Receiver) -> str:
    """For apprise, with tokens in it."""
    return f"json://user:{TOKEN}@{HOST}:{receiver.port}/{TOKEN}"


def wait_for_titles(receiver: Receiver, *titles: str) -> None:
    """Until exactly these messages have come."""
    wanted = [f"beamer-agent: {title}" for title in titles]
    wait_until(lambda: receiver.titles == wanted, f"the messages {titles}", seconds=SECONDS)


def test_alert_and_its_end_arrive(receiver: Receiver) -> None:
    """Once each, with what to do; the log has them as well."""
    office = Office([url_of(receiver)])
    office.is_down.set(1)
    wait_for_titles(receiver, "FIRING: ChainDown (l2a)")
    assert [alert.name for alert in office.alerts.firing()] == ["ChainDown"]
    office.is_down.set(0)
    wait_for_titles(receiver, "FIRING: ChainDown (l2a)", "RECOVERED: ChainDown (l2a)")
    first, second = receiver.messages
    assert "What to do: docs/runbook.md#chain-down" in first["message"]
    assert (first["type"], second["type"]) == ("failure", "success")
    assert office.log.sentences("warning") == ["Alert"]
    assert "Alert is over" in office.log.sentences("info")
    assert office.seconds_to_stop() < 3
    assert office.fatal == []


def test_channel_that_hangs_holds_nobody_up(receiver: Receiver) -> None:
    """Neither the others, nor the watch, nor the end."""
    with Receiver() as hanging:
        hanging.hangs = True
        office = Office([url_of(hanging), url_of(receiver)])
        office.is_down.set(1)
        wait_for_titles(receiver, "FIRING: ChainDown (l2a)")
        office.is_down.set(0)
        wait_for_titles(receiver, "FIRING: ChainDown (l2a)", "RECOVERED: ChainDown (l2a)")
        value = office.registry.get_sample_value
        name = "beamer_alert_channel_waiting_seconds"
        assert (value(name, {"channel": "json-0"}) or 0) > 0
        assert office.seconds_to_stop() < 3
    foreign = [t.name for t in threading.enumerate() if "ThreadPool" in t.name and not t.daemon]
    assert foreign == []


def test_channel_that_refuses_gets_everything_later() -> None:
    """In order, whether nobody listens there or somebody does not want it."""
    port = free_port()
    office = Office([f"json://{HOST}:{port}"])
    office.is_down.set(1)
    wait_until(lambda: "Step failed, will try again" in office.log.sentences(), "a refusal")
    with Receiver(port) as receiver:
        receiver.status = 401
        office.is_down.set(0)
        wait_until(
            lambda: any("401" in str(line.get("error")) for line in office.log.lines),
            "a refusal by status",
        )
        receiver.status = 200
        wait_for_titles(receiver, "FIRING: ChainDown (l2a)", "RECOVERED: ChainDown (l2a)")
        office.alerts.stop()


def test_heart_beats_until_something_is_wrong(receiver: Receiver) -> None:
    """Not in Error, and not when the supervisor stands still; again when all is well."""
    office = Office([], f"http://{HOST}:{receiver.port}/beat/{TOKEN}")
    wait_until(lambda: len(receiver.paths) > 2, "heartbeats", seconds=SECONDS)
    assert set(receiver.paths) == {f"/beat/{TOKEN}"}
    in_error = replace(WELL, service=StateStatus("error", 1))
    for status in (in_error, replace(WELL, supervisor_turned_seconds_ago=11.0)):
        office.status = status
        office.wait_for_looks(2)  # a heartbeat may have been on its way
        heard = len(receiver.paths)
        office.wait_for_looks(3)
        assert len(receiver.paths) == heard
        office.status = WELL
        office.wait_for_looks(3)
        assert len(receiver.paths) > heard
    office.alerts.stop()


def test_heartbeat_that_is_not_heard_is_told_without_its_url(receiver: Receiver) -> None:
    """By its status, or by the kind of error."""
    receiver.status = 500
    office = Office([], f"http://{HOST}:{receiver.port}/{TOKEN}")
    sentence = "the heartbeat was not heard: HTTP status 500"
    wait_until(lambda: any(line.get("error") == sentence for line in office.log.lines), sentence)
    office.alerts.stop()
    assert TOKEN not in str(office.log.lines)


def test_url_of_no_service_keeps_alerts_from_starting() -> None:
    """Without the URL in the sentence; no thread is left, and apprise itself says nothing."""
    before = threading.active_count()
    with pytest.raises(ConfigurationError) as caught:
        Office([f"json://{HOST}", f"nonsense://{TOKEN}"])
    sentence = "alerts.urls.1: is no URL that apprise knows: see appriseit.com/services"
    assert str(caught.value) == sentence
    assert threading.active_count() == before


@pytest.mark.usefixtures("restored_logging")
def test_no_token_reaches_the_log(receiver: Receiver) -> None:
    """Of a channel that refuses and of a heartbeat, at level debug, apprise's words included."""
    stream = io.StringIO()
    configure_logging("debug", "json", (), stream)
    receiver.status = 403
    heartbeat_url = f"http://{HOST}:{receiver.port}/{TOKEN}"
    office = Office([url_of(receiver)], heartbeat_url, structlog.get_logger())
    office.is_down.set(1)
    told = ("error=403", "not heard: HTTP status 403")
    wait_until(lambda: all(text in stream.getvalue() for text in told), "both", seconds=SECONDS)
    office.alerts.stop()
    assert TOKEN not in stream.getvalue()
