"""Bundles of any transactions: nothing is lost, done twice, overtaken, or starved of gas."""

import pytest
from eth_abi.abi import decode
from hypothesis import given
from hypothesis import strategies as st

from beamer_agent.transactions.bundles import LABELS, MOST_ACTIONS, MOST_GAS, Ready, bundled
from beamer_agent.transactions.model import APPROVE
from beamer_agent.transactions.signer import TRANSFER_GAS
from tests.factories import FILL_MANAGER, REQUEST_MANAGER, TARGET_TOKEN, US
from tests.made_actions import make_challenge, make_claim_fill, make_fill, make_withdraw
from tests.made_bundles import make_ready

pytestmark = pytest.mark.property

KINDS = ("fill", "approved fill", "approval alone", "claim", "challenge", "withdraw")
GAS = st.integers(TRANSFER_GAS, MOST_GAS)


def transactions(kind: str, number: int, gas: int) -> list[Ready]:
    """Of one action."""
    approval = make_ready(
        make_fill(number), APPROVE, TARGET_TOKEN, token=TARGET_TOKEN, is_last=False
    )
    fill = make_ready(make_fill(number), "fill", FILL_MANAGER, token=TARGET_TOKEN, gas=gas)
    of_kind = {
        "fill": [fill],
        "approved fill": [approval, fill],
        "approval alone": [approval],
        "claim": [make_ready(make_claim_fill(number), "claim", value=number, gas=gas)],
        "challenge": [make_ready(make_challenge(number), "challenge", value=number, gas=gas)],
        "withdraw": [make_ready(make_withdraw(number), "withdraw", REQUEST_MANAGER, gas=gas)],
    }
    return of_kind[kind]


ROUNDS = st.lists(st.tuples(st.sampled_from(KINDS), GAS), max_size=60).map(
    lambda drawn: [
        one
        for number, (kind, gas) in enumerate(drawn, start=1)
        for one in transactions(kind, number, gas)
    ]
)


@given(ROUNDS)
def test_every_call_is_made_once_and_in_its_place(ready: list[Ready]) -> None:
    """Each action stands in one transaction, and keeps its kind."""
    found = bundled(ready, US)
    steps = [step for one in found for step in one.planned.steps]
    assert steps == [one.planned for one in ready]
    wholes = [action.key for one in found if one.is_last_of_action for action in one.actions]
    assert wholes == [one.actions[0].key for one in ready if one.is_last_of_action]
    for one in found:
        if one.planned.parts:
            assert set(one.planned.keys) == {action.key for action in one.actions}
            assert one.planned.label in LABELS.values()
        else:
            assert one in ready


@given(ROUNDS)
def test_no_bundle_is_too_large_or_starves_its_last_call(ready: list[Ready]) -> None:
    """Whatever the calls before it burn."""
    for one in bundled(ready, US):
        if not one.planned.parts:
            continue
        assert len(one.actions) <= MOST_ACTIONS
        data = one.planned.call.data
        (calls,) = decode(["(address,uint256,uint256,bytes)[]"], data[4:])
        left = one.simulated.gas - TRANSFER_GAS - sum(16 if byte else 4 for byte in data)
        for _, value, gas, _ in calls:
            left -= 9_000 * bool(value) + 2_600 + 700
            assert left * 63 // 64 >= gas
            left -= gas + 4_500
