"""EventProcessor: what a start reads of the past is not told as news."""

import threading
from typing import cast

import pytest

from beamer_agent.inbox import Inbox
from beamer_agent.planner import Planner
from beamer_agent.processor import EventProcessor
from beamer_agent.state.fold import Fold
from tests.doubles import RecordingLogger
from tests.factories import (
    DIRECTION,
    SOURCE,
    TARGET,
    US,
    make_claim_made,
    make_request_created,
    make_request_filled,
)
from tests.made_views import make_batch, make_direction_view

pytestmark = pytest.mark.unit


class IdlePlanner:
    """Decides nothing."""

    def reopen(self, _request_id: object) -> None:
        """Something has happened to a request."""

    def turn(self, _view: object) -> None:
        """Decide."""


@pytest.fixture
def log() -> RecordingLogger:
    """What was told."""
    return RecordingLogger()


@pytest.fixture
def inbox() -> Inbox:
    """What has arrived."""
    return Inbox(threading.Event())


@pytest.fixture
def processor(inbox: Inbox, log: RecordingLogger) -> EventProcessor:
    """A processor that has seen nothing yet."""
    return EventProcessor(
        DIRECTION,
        Fold(DIRECTION, US),
        inbox,
        cast("Planner", IdlePlanner()),
        lambda source, target: make_direction_view(source=source, target=target),
        log.logger,
    )


def test_last_range_of_a_history_is_history(
    inbox: Inbox, processor: EventProcessor, log: RecordingLogger
) -> None:
    """It often is the only one; the view that comes with it says that all is read."""
    inbox.deliver(make_batch(make_request_created(), is_synced=True))
    inbox.deliver(make_batch(make_request_filled(), chain_id=TARGET, is_synced=True))
    processor.step()
    assert [line["log_level"] for line in log.lines] == ["debug", "debug"]


def test_chain_that_falls_behind_tells_news(
    inbox: Inbox, processor: EventProcessor, log: RecordingLogger
) -> None:
    """After an outage many blocks are read at once: what is in them has just happened."""
    inbox.deliver(make_batch(chain_id=SOURCE, is_synced=True))
    processor.step()
    inbox.deliver(make_batch(make_request_created(), is_synced=False))
    inbox.deliver(make_batch(make_claim_made(claimer=US), is_synced=False))
    processor.step()
    assert {line["log_level"] for line in log.lines} == {"info"}
