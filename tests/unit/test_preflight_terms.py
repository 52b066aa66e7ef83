"""Preflight of settings against the contract's terms: time to wait, limits of stakes."""

import pytest

from beamer_agent.preflight import Finding
from tests.preflight_looks import bad, configuration, look, sound_chain

pytestmark = pytest.mark.unit


def test_a_claim_period_that_waiting_uses_up_is_a_warning() -> None:
    """A quarter of it is left for the proof that there is no fill, at least."""
    chain = sound_chain()
    chain.request_manager("claimPeriod", result=161)
    assert bad(look(chain, config=configuration("l2a", "l2b", fill_wait_time=120))) == []
    findings = bad(look(chain, config=configuration("l2a", "l2b", fill_wait_time=121)))
    assert findings == [
        Finding(
            "l2a",
            "fill-wait-time",
            "warning",
            "121 s leaves less than a quarter of the claimPeriod, 161 s: "
            "proofs against false claims come late",
            "set fill-wait-time to 120 or less",
        )
    ]


@pytest.mark.parametrize(("limit", "is_bad"), [("0.010000000000000001", False), ("0.01", True)])
def test_a_limit_that_allows_no_challenge_is_a_warning(limit: str, is_bad: bool) -> None:
    """The least challenge is the claim's stake and one wei."""
    config = configuration("l2a", "l2b", max_claim_stake=limit)
    expected = Finding(
        "l2a",
        "max-claim-stake",
        "warning",
        "0.01 ether is too little to challenge a claim, which takes 0.010000000000000001 ether",
        "set max-claim-stake to 0.010000000000000001 ether or more",
    )
    assert bad(look(sound_chain(), config=config)) == ([expected] if is_bad else [])
