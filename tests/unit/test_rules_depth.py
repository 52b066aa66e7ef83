"""The rules of depth: how long a fill waits for its request, and a claim for its fill."""

from typing import Any

import pytest

from beamer_agent.actions.depth import depth_wanted, doubt, is_claim_urgent
from beamer_agent.actions.model import ClaimFill, FillRequest, Reason, Skip
from beamer_agent.actions.testimony import Testimony
from beamer_agent.actions.view import DepthPolicy
from beamer_agent.config import Tier
from beamer_agent.types import BlockNumber, TokenAmount
from tests.decisions import UNSAFE_FROM, decide, source_at
from tests.factories import (
    AMOUNT,
    SOURCE,
    TARGET,
    VALID_UNTIL,
    make_address,
    make_block,
    make_request,
    make_request_created,
    make_request_filled,
)
from tests.made_views import TERMS, make_chain_view, make_direction_view

pytestmark = pytest.mark.unit

URGENT_FROM = VALID_UNTIL - TERMS.answer_margin
WAITING = Skip(Reason.UNCONFIRMED)


def tiers(*entries: tuple[int, int]) -> dict[str, tuple[Tier, ...]]:
    """Amounts and blocks, for the token of the factories."""
    return {"TST": tuple(Tier(amount=TokenAmount(a), blocks=b) for a, b in entries)}


def chain_at(number: int, chain_id: int = SOURCE, **changes: Any) -> Any:
    """A chain with a head of this number."""
    head = make_block(number, **changes)
    return make_chain_view(chain_id, head=head)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("amount", "depth"),
    [(0, 2), (99, 2), (100, 5), (199, 5), (200, 20), (10**30, 20)],
)
def test_larger_amounts_wait_for_more_blocks(amount: int, depth: int) -> None:
    """From each amount on; below all of them, as long as any event."""
    view = make_direction_view(depths=DepthPolicy(2, tiers((100, 5), (200, 20))))
    assert depth_wanted(make_request_created(amount=amount), view) == depth


def test_no_amount_waits_for_less_than_any_event() -> None:
    """Whatever its entry says; nor does one of another token, or of none that is configured."""
    view = make_direction_view(depths=DepthPolicy(3, tiers((0, 1))))
    assert depth_wanted(make_request_created(), view) == 3
    other = DepthPolicy(3, {"OTHER": tiers((0, 9))["TST"]})
    assert depth_wanted(make_request_created(), make_direction_view(depths=other)) == 3
    unknown = make_request_created(source_token_address=make_address(99))
    deep = make_direction_view(depths=DepthPolicy(3, tiers((0, 9))))
    assert depth_wanted(unknown, deep) == 3


@pytest.mark.parametrize(("head", "is_filled"), [(14, False), (15, True), (16, True)])
def test_request_is_filled_when_its_block_is_deep_enough(head: int, is_filled: bool) -> None:
    """Not a block earlier; it is of block 10."""
    depths = DepthPolicy(0, tiers((AMOUNT, 5)))
    decision = decide(make_request(), source=chain_at(head), depths=depths)
    assert isinstance(decision, FillRequest) is is_filled
    assert is_filled or decision == WAITING


def test_smaller_request_is_filled_beside_a_larger_one_that_waits() -> None:
    """In the block of the request itself."""
    depths = DepthPolicy(0, tiers((AMOUNT, 5)))
    small = make_request(amount=AMOUNT - 1)
    assert isinstance(decide(small, source=chain_at(10), depths=depths), FillRequest)


def test_request_that_waits_too_long_is_never_filled() -> None:
    """The unsafe time comes first."""
    decision = decide(make_request(), depths=DepthPolicy(10**6), now=UNSAFE_FROM)
    assert decision == Skip(Reason.UNSAFE_FILL_TIME, is_final=True)


@pytest.mark.parametrize(("head", "is_claimed"), [(24, False), (25, True)])
def test_fill_is_claimed_when_its_block_is_deep_enough(head: int, is_claimed: bool) -> None:
    """On the target chain; it is of block 20."""
    request = make_request(fill=make_request_filled(), state="filled")
    depths = DepthPolicy(claim=5)
    decision = decide(request, target=chain_at(head, TARGET), depths=depths)
    assert isinstance(decision, ClaimFill) is is_claimed
    assert is_claimed or decision == WAITING


def test_depth_of_requests_does_not_delay_claims() -> None:
    """Nor does that of fills delay fills."""
    filled = make_request(fill=make_request_filled(), state="filled")
    assert isinstance(decide(filled, depths=DepthPolicy(10**6)), ClaimFill)
    assert isinstance(decide(make_request(), depths=DepthPolicy(claim=10**6)), FillRequest)


@pytest.mark.parametrize(("seconds", "is_claimed"), [(-1, False), (0, True)])
@pytest.mark.parametrize("clock", ["wall", "source"])
@pytest.mark.parametrize("is_reachable", [True, False])
def test_fill_is_claimed_before_a_refund_whatever_its_depth(
    seconds: int, is_claimed: bool, clock: str, is_reachable: bool
) -> None:
    """A margin before it, by the later clock; a target chain that is down cannot hinder it."""
    time = URGENT_FROM + seconds
    request = make_request(fill=make_request_filled(), state="filled")
    target = make_chain_view(
        TARGET, head=make_block(20), is_reachable=is_reachable, is_synced=is_reachable
    )
    clocks = {"now": time} if clock == "wall" else {"source": source_at(time)}
    view = {"target": target, "depths": DepthPolicy(claim=5), **clocks}
    assert isinstance(decide(request, **view), ClaimFill) is is_claimed
    assert is_claim_urgent(request, make_direction_view(**view)) is is_claimed


def test_testimony_is_needed_to_act() -> None:
    """Nothing follows from an event that one endpoint told of."""
    assert doubt(Testimony.UPHELD) is None
    assert doubt(Testimony.UNKNOWN) == Skip(Reason.UNATTESTED)
    assert doubt(Testimony.DENIED) == Skip(Reason.DENIED)


def test_block_in_front_of_the_head_is_not_deep() -> None:
    """An endpoint that has fallen behind does not confirm anything."""
    filled = make_request(fill=make_request_filled(block_number=BlockNumber(21)), state="filled")
    assert decide(filled, target=chain_at(20, TARGET)) == WAITING
