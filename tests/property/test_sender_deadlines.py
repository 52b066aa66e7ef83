"""Claims against their deadlines: any price under the cap gets them mined, so they are in time.

The base fee moves at will, the pool drops what it likes, fills stand in the claims' way; but in
the half hour before the deadlines, no block asks for more than the operator would pay for what is
urgent.
"""

from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from beamer_agent.actions.model import Action
from beamer_agent.transactions.fee_limits import URGENT_SECONDS, FeeLimits
from beamer_agent.types import Timestamp, Wei
from tests.factories import AMOUNT, NOW
from tests.fake_chain import BASE_FEE, TIP, PoolChain
from tests.made_actions import make_claim_fill, make_fill
from tests.sending import Sending

pytestmark = pytest.mark.property

ORDINARY, URGENT = 4 * BASE_FEE, 100 * BASE_FEE
LIMITS = FeeLimits(ordinary=Wei(ORDINARY), urgent=Wei(URGENT))
BLOCK_SECONDS = 60
CALM_BLOCKS = 15
"""Before the half hour: whatever happens."""
URGENT_BLOCKS = URGENT_SECONDS // BLOCK_SECONDS
DEADLINE = Timestamp(NOW + CALM_BLOCKS * BLOCK_SECONDS + URGENT_SECONDS)
LAST_DROP = CALM_BLOCKS + URGENT_BLOCKS - 6
"""In the last blocks the pool keeps what it has: who is dropped in the last one is late."""


@dataclass(frozen=True, slots=True)
class Weather:
    """What one block is like."""

    base_fee: int
    dropped: int | None
    """The place, among what waits, of a transaction that is lost before the block."""


def weathers(most: int) -> st.SearchStrategy[Weather]:
    """Blocks in which so much is asked at most."""
    return st.builds(
        Weather,
        st.integers(min_value=1, max_value=most) | st.sampled_from([BASE_FEE, most]),
        st.none() | st.integers(min_value=0, max_value=5),
    )


@given(
    calm=st.lists(weathers(2 * URGENT), min_size=CALM_BLOCKS, max_size=CALM_BLOCKS),
    urgent=st.lists(weathers(URGENT - TIP), min_size=URGENT_BLOCKS, max_size=URGENT_BLOCKS),
    claims=st.integers(min_value=1, max_value=4),
    fills=st.integers(min_value=0, max_value=3),
)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_claims_are_mined_before_their_deadlines(
    calm: list[Weather], urgent: list[Weather], claims: int, fills: int
) -> None:
    """Each once, whatever stands before them."""
    chain = PoolChain()
    chain.state.allowance = fills * AMOUNT
    sending = Sending(chain, fee_limits=LIMITS)
    actions: list[Action] = [
        *(make_fill(nonce) for nonce in range(1, fills + 1)),
        *(make_claim_fill(nonce, deadline=DEADLINE) for nonce in range(11, 11 + claims)),
    ]
    for block, weather in enumerate([*calm, *urgent]):
        waiting = chain.waiting()
        if weather.dropped is not None and weather.dropped < len(waiting) and block < LAST_DROP:
            chain.drop(waiting[weather.dropped].nonce)
        for action in actions:
            sending.sender.submit(action)
        chain.base_fee = weather.base_fee
        chain.mine()
        sending.clock.advance(BLOCK_SECONDS)
        sending.try_turn()
    assert len(chain.state.claims) == len(set(chain.state.claims)) == claims
