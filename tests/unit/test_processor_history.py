"""EventProcessor: what a start reads of the past is not told as news."""

import pytest

from tests.factories import (
    SOURCE,
    TARGET,
    US,
    make_claim_made,
    make_request_created,
    make_request_filled,
)
from tests.processor_office import Office

pytestmark = pytest.mark.unit


@pytest.fixture
def office() -> Office:
    """Before anything has arrived."""
    return Office()


def levels(office: Office) -> list[str]:
    """Of what was told."""
    return [line["log_level"] for line in office.log.lines]


def test_newest_range_of_a_start_is_history(office: Office) -> None:
    """It has happened before; the view that comes with it says that all is read."""
    office.deliver(make_request_created(), is_synced=True)
    office.step(make_request_filled(), chain_id=TARGET, is_synced=True)
    assert levels(office) == ["debug", "debug"]


def test_chain_that_falls_behind_tells_news(office: Office) -> None:
    """After an outage many blocks are read at once: what is in them has just happened."""
    office.step(chain_id=SOURCE, is_synced=True)
    office.step(make_request_created(), is_synced=False)
    office.step(make_claim_made(claimer=US), is_synced=False)
    assert set(levels(office)) == {"info"}
