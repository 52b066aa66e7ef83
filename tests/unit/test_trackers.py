"""Trackers: what is kept is found, what is removed is gone."""

import pytest

from beamer_agent.state.trackers import ClaimTracker, RequestTracker
from beamer_agent.types import ClaimId, RequestId
from tests.factories import REQUEST_ID, make_claim, make_request

pytestmark = pytest.mark.unit

OTHER_ID = RequestId(b"\x01" * 32)


def test_a_request_is_found_by_its_id() -> None:
    """Until it is removed; removing it twice does no harm."""
    requests, request = RequestTracker(), make_request()
    requests.add(request)
    assert requests.get(REQUEST_ID) is request
    assert REQUEST_ID in requests
    requests.remove(REQUEST_ID)
    requests.remove(REQUEST_ID)
    assert requests.get(REQUEST_ID) is None
    assert REQUEST_ID not in requests


def test_requests_are_counted_and_listed_as_they_came() -> None:
    """In the order in which they were added."""
    requests = RequestTracker()
    own = [make_request(nonce=nonce) for nonce in (3, 1, 2)]
    for request in own:
        requests.add(request)
    assert list(requests) == own
    assert len(requests) == 3


def test_a_claim_is_found_by_its_id_and_by_its_request() -> None:
    """Oldest first; claims on other requests are not among them."""
    claims = ClaimTracker()
    first, second = make_claim(id=ClaimId(5)), make_claim(id=ClaimId(4))
    other = make_claim(id=ClaimId(6), request_id=OTHER_ID)
    for claim in (first, second, other):
        claims.add(claim)
    assert claims.get(ClaimId(4)) is second
    assert claims.get(ClaimId(7)) is None
    assert claims.of_request(REQUEST_ID) == (first, second)
    assert claims.of_request(RequestId(b"")) == ()
    assert list(claims) == [first, second, other]
    assert len(claims) == 3


def test_removing_the_claims_of_a_request_leaves_the_others() -> None:
    """Also where there are none."""
    claims = ClaimTracker()
    other = make_claim(id=ClaimId(6), request_id=OTHER_ID)
    for claim in (make_claim(), other):
        claims.add(claim)
    claims.remove_of_request(REQUEST_ID)
    claims.remove_of_request(REQUEST_ID)
    assert list(claims) == [other]
    assert claims.of_request(REQUEST_ID) == ()
