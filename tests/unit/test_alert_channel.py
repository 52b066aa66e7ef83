"""Channel and heartbeat: what is kept, tried again and dropped. Nothing is sent here."""

from collections.abc import Callable, Mapping
from typing import Any, cast

import pytest
from prometheus_client import CollectorRegistry
from pydantic import SecretStr

import beamer_agent.service.alerts.delivery
import beamer_agent.service.alerts.heartbeat
from beamer_agent.errors import ConfigurationError, RecoverableError
from beamer_agent.service.alerts.channel import MOST_WAITING, Channel
from beamer_agent.service.alerts.delivery import AppriseDelivery, open_all
from beamer_agent.service.alerts.heartbeat import Heartbeat
from beamer_agent.service.alerts.message import AlertMessage, Tone
from beamer_agent.service.alerts.tally import MessageTally
from tests.doubles import FakeClock, RecordingLogger

pytestmark = pytest.mark.unit


class Post:
    """Stands in for `AppriseDelivery`."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.error: Exception | None = None
        self.meanwhile: Callable[[], None] = lambda: None
        """Happens while a message is sent."""

    def send(self, message: AlertMessage) -> None:
        """Take it, or not."""
        self.meanwhile()
        if self.error is not None:
            raise self.error
        self.sent.append(message.title)


class Office:
    """One channel with what is around it."""

    def __init__(self) -> None:
        self.post = Post()
        self.registry = CollectorRegistry()
        self.clock = FakeClock()
        tally = MessageTally(self.registry)
        self.log = RecordingLogger()
        url = SecretStr("json://localhost")
        self.channel = Channel(2, url, tally, self.clock, self.log.logger)
        self.channel.open(cast(AppriseDelivery, self.post))
        tally.show_waiting(lambda: {self.channel.name: self.channel.waiting_seconds()})

    def put(self, *titles: str) -> None:
        """Messages with these titles."""
        for title in titles:
            self.channel.put(AlertMessage(title, "body", Tone.INFO))

    def value(self, name: str, labels: Mapping[str, str] | None = None) -> float | None:
        """Of a metric of the channel."""
        all_labels = {"channel": "json-2", **(labels or {})}
        return self.registry.get_sample_value(name, all_labels)

    def count(self, outcome: str) -> float | None:
        """How many messages ended so."""
        return self.value("beamer_alert_messages_total", {"outcome": outcome})


def test_messages_are_sent_in_order() -> None:
    """One at a time, then it sleeps until the next is put."""
    office = Office()
    post = office.post
    assert office.channel.step() is None
    office.put("a", "b")
    assert office.channel.wake.is_set()
    assert [office.channel.step() for _ in range(3)] == [0.0, 0.0, None]
    assert post.sent == ["a", "b"]
    assert office.count("sent") == 2


def test_what_is_refused_is_tried_again() -> None:
    """It counts, and how long it has been waiting is shown."""
    office = Office()
    post = office.post
    office.put("a", "b")
    post.error = RecoverableError("closed")
    for _ in range(2):
        with pytest.raises(RecoverableError, match="closed"):
            office.channel.step()
    office.clock.advance(400)
    assert office.value("beamer_alert_channel_waiting_seconds") == 400
    assert office.count("refused") == 2
    post.error = None
    assert [office.channel.step() for _ in range(3)] == [0.0, 0.0, None]
    assert post.sent == ["a", "b"]
    assert office.value("beamer_alert_channel_waiting_seconds") == 0


def test_oldest_messages_are_dropped_when_too_many_wait() -> None:
    """Also the one that is being sent meanwhile; the next one is still sent once."""
    office = Office()
    post = office.post
    office.put(*map(str, range(MOST_WAITING)))
    post.meanwhile = lambda: office.put("new") if not post.sent else None
    while office.channel.step() is not None:
        pass
    assert post.sent == [*map(str, range(MOST_WAITING)), "new"]
    assert office.count("dropped") == 1
    post.sent.clear()
    post.meanwhile = lambda: None
    office.put(*map(str, range(MOST_WAITING + 3)))
    while office.channel.step() is not None:
        pass
    assert post.sent == [str(number) for number in range(3, MOST_WAITING + 3)]
    assert office.count("dropped") == 4


def test_urls_that_apprise_does_not_know_are_faults(monkeypatch: pytest.MonkeyPatch) -> None:
    """All at once, told with their places, without the URLs."""

    def refuse(url: SecretStr) -> Any:
        if url.get_secret_value() != "good":
            raise ValueError("is nothing")

    monkeypatch.setattr(beamer_agent.service.alerts.delivery, "AppriseDelivery", refuse)
    with pytest.raises(ConfigurationError) as caught:
        open_all([SecretStr("bad"), SecretStr("good"), SecretStr("worse")])
    assert caught.value.faults == ("alerts.urls.0: is nothing", "alerts.urls.2: is nothing")
    assert caught.value.__context__ is None


class Pulse:
    """A heartbeat whose GET does what the test says."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.is_well = True
        self.error: RecoverableError | None = None
        self.beats = 0
        self.told: list[bool] = []
        url = SecretStr("http://localhost/secret")
        self.heartbeat = Heartbeat(url, 60, lambda: self.is_well, self.told.append)
        monkeypatch.setattr(beamer_agent.service.alerts.heartbeat, "beat", self._beat)

    def _beat(self, _url: SecretStr) -> None:
        self.beats += 1
        if self.error is not None:
            raise self.error


def test_heart_beats_only_while_all_is_well(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once a period."""
    pulse = Pulse(monkeypatch)
    assert pulse.heartbeat.step() == 60
    pulse.is_well = False
    assert pulse.heartbeat.step() == 60
    assert (pulse.beats, pulse.told) == (1, [True])


def test_heartbeat_that_is_not_heard_is_tried_again_sooner(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """As every step that fails."""
    pulse = Pulse(monkeypatch)
    pulse.error = RecoverableError("HTTP status 500")
    with pytest.raises(RecoverableError, match="HTTP status 500"):
        pulse.heartbeat.step()
    assert pulse.told == [False]
