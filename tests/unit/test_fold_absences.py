"""Fold: whoever says of any request that it is not filled does not fill our memory."""

import pytest

from beamer_agent.state import histories
from beamer_agent.state.fold import Fold
from beamer_agent.types import RequestId
from tests.factories import (
    DIRECTION,
    REQUEST_ID,
    US,
    make_fill_invalidated,
    make_request_created,
    make_request_filled,
)

pytestmark = pytest.mark.unit

MOST = 5


def unknown(number: int) -> RequestId:
    """Of a request that nobody has made."""
    return RequestId(number.to_bytes(32, "big"))


@pytest.fixture(autouse=True)
def _few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(histories, "MOST_ABSENCES", MOST)


def say_absent(fold: Fold, count: int) -> None:
    """Of so many unknown requests."""
    for number in range(count):
        fold.apply(make_fill_invalidated(request_id=unknown(number), log_index=number))


def test_the_newest_are_kept() -> None:
    """The oldest go first, also where the history is not read to its beginning."""
    fold = Fold(DIRECTION, US)
    say_absent(fold, 3 * MOST)
    assert fold.awaited == tuple(unknown(n) for n in range(2 * MOST, 3 * MOST))
    assert fold.kept == MOST


def test_what_else_is_told_of_a_request_is_kept() -> None:
    """A fill that is there may be ours, and those of known requests belong to them."""
    fold = Fold(DIRECTION, US)
    fold.apply(make_fill_invalidated(log_index=1_000))
    fold.apply(make_request_filled())
    known = make_request_created(nonce=9)
    fold.apply(make_fill_invalidated(request_id=known.request_id, log_index=1_001))
    fold.apply(known)
    say_absent(fold, 3 * MOST)
    assert fold.awaited[0] == REQUEST_ID
    request = fold.requests.get(known.request_id)
    assert request is not None
    assert len(request.invalidations) == 1
