"""Which transactions go together, and what a bundle's receipt says of each."""

from collections.abc import Sequence
from typing import Any

import pytest
from eth_abi.abi import decode

from beamer_agent.rpc.model import receipt_from_json
from beamer_agent.transactions.bundles import (
    MOST_ACTIONS,
    MOST_GAS,
    NO_EXECUTOR,
    UNTOLD,
    Ready,
    bundled,
    failures,
)
from beamer_agent.transactions.signer import TRANSFER_GAS
from tests.factories import FILL_MANAGER, REQUEST_MANAGER, SOURCE_TOKEN, STAKE, TARGET_TOKEN, US
from tests.made_actions import make_challenge, make_claim_fill, make_fill
from tests.made_bundles import GAS, OTHER_LOG, claim, failed_log, fill, make_ready, withdrawal

pytestmark = pytest.mark.unit

CALL = ["(address,uint256,uint256,bytes)[]"]


def calls_of(bundle: Ready) -> list[Any]:
    """What the executor reads out of a bundle: (to, value, gas, data)."""
    (calls,) = decode(CALL, bundle.planned.call.data[4:])
    return list(calls)


def labels(ready: Sequence[Ready]) -> list[str]:
    """Of transactions, in order."""
    return [one.planned.label for one in ready]


def told(bundle: Ready, *logs: dict[str, Any]) -> dict[str, str]:
    """The failures of a mined bundle with these logs, reasons in hexadecimal."""
    receipt = receipt_from_json(
        {
            "transactionHash": "0x" + "00" * 32,
            "blockNumber": "0x7",
            "status": "0x1",
            "gasUsed": "0x1",
            "from": US.lower(),
            "logs": list(logs),
        }
    )
    return failures(bundle.planned, receipt, bytes.hex)


def test_neighbours_of_a_kind_go_together() -> None:
    """Claims with claims, fills with fills, withdrawals with withdrawals, in their order."""
    ready = [claim(1), claim(2), fill(3), fill(4), fill(5), withdrawal(6), withdrawal(7)]
    found = bundled(ready, US)
    assert labels(found) == ["claims", "fills", "withdrawals"]
    assert [action.key for one in found for action in one.actions] == [
        one.actions[0].key for one in ready
    ]
    assert all(one.planned.call.address == US and one.planned.value == 0 for one in found)
    assert found[1].planned.keys == tuple(one.actions[0].key for one in ready[2:5])


def test_calls_are_what_the_transactions_were() -> None:
    """Address, value and data of each; the gas without what only a transaction needs."""
    (bundle,) = bundled([claim(1), claim(2)], US)
    for call, nonce in zip(calls_of(bundle), (1, 2), strict=True):
        key = make_claim_fill(nonce).key
        assert call == (REQUEST_MANAGER.lower(), STAKE, GAS - TRANSFER_GAS, key.encode())


def test_single_one_stays_as_it_is() -> None:
    """A bundle of one would cost more."""
    ready = [claim(1), fill(2), withdrawal(3)]
    assert bundled(ready, US) == ready


def test_bids_and_other_rare_ones_stay_single() -> None:
    """What is answered in time or not at all waits for nobody."""
    ready = [make_ready(make_challenge(n), "challenge") for n in (1, 2)]
    assert bundled(ready, US) == ready


def approved(nonce: int) -> list[Ready]:
    """A fill behind an approval of its own."""
    approval = make_ready(make_fill(nonce), "approve", TARGET_TOKEN, is_last=False)
    return [approval, fill(nonce)]


def test_approval_that_a_fill_needs_goes_along_with_it() -> None:
    """In its place: what it approves is there when the fill is tried, and not before."""
    (bundle,) = bundled([fill(1), *approved(2), fill(3)], US)
    assert [call[0] for call in calls_of(bundle)] == [
        address.lower() for address in (FILL_MANAGER, TARGET_TOKEN, FILL_MANAGER, FILL_MANAGER)
    ]
    assert [action.key for action in bundle.actions] == [make_fill(n).key for n in (1, 2, 3)]


def test_lone_fill_with_its_approval_is_one_transaction() -> None:
    """Two would cost more, and where one is taken at a time the fill would be a block later."""
    (bundle,) = bundled(approved(1), US)
    assert [action.key for action in bundle.actions] == [make_fill(1).key]


def test_approval_whose_fill_is_not_ready_stays_alone() -> None:
    """And so does one that is asked for itself."""
    ready = [fill(1), approved(2)[0], make_ready(make_fill(3), "approve", TARGET_TOKEN), fill(4)]
    assert bundled(ready, US) == ready


def test_failed_approval_is_no_failure_of_a_fill_that_went_through() -> None:
    """The allowance before it did; a fill that failed did, whatever became of its approval."""
    (bundle,) = bundled([*approved(1), *approved(2)], US)
    assert told(bundle, failed_log(0, b"")) == {}
    assert told(bundle, failed_log(2, b""), failed_log(3, b"\xaa")) == {make_fill(2).key: "aa"}


def test_allowances_are_those_that_each_fill_leaves() -> None:
    """Fills of several tokens go together."""
    ready = [fill(1), fill(22, token=SOURCE_TOKEN), fill(333)]
    (bundle,) = bundled(ready, US)
    assert bundle.planned.allowances == tuple(one.planned.allowance_after for one in ready)
    assert bundle.planned.steps == tuple(one.planned for one in ready)
    assert ready[0].planned.steps == (ready[0].planned,)


def test_bundle_has_its_limits() -> None:
    """Of actions, and of gas."""
    many = bundled([claim(n) for n in range(1, 2 * MOST_ACTIONS + 2)], US)
    assert [len(one.actions) for one in many] == [MOST_ACTIONS, MOST_ACTIONS, 1]
    heavy = bundled([fill(n, gas=MOST_GAS // 3) for n in range(1, 6)], US)
    assert [len(one.actions) for one in heavy] == [3, 2]


def test_gas_is_enough_when_every_call_burns_its_own() -> None:
    """At each call, 63/64 of what is left are at least what it may use."""
    (bundle,) = bundled([claim(n) for n in range(1, 11)], US)
    data = bundle.planned.call.data
    left = bundle.simulated.gas - TRANSFER_GAS - sum(16 if byte else 4 for byte in data)
    for _, _, gas, _ in calls_of(bundle):
        left -= 9_000 + 2_600 + 700  # payment, first look, loop
        assert left * 63 // 64 >= gas
        left -= gas + 4_500  # all of it, and telling of its failure
    assert left >= 0


def test_failures_are_told_by_key() -> None:
    """All others are done."""
    (bundle,) = bundled([fill(1), fill(2), fill(3)], US)
    assert told(bundle, OTHER_LOG, failed_log(1, b"\xaa\xbb"), OTHER_LOG) == {
        make_fill(2).key: "aabb"
    }
    assert told(bundle, OTHER_LOG) == {}


def test_failure_without_a_reason_is_a_failure() -> None:
    """It ran out of gas, for one."""
    (bundle,) = bundled([fill(1), fill(2)], US)
    assert told(bundle, failed_log(0, b"")) == {make_fill(1).key: UNTOLD}


def test_bundle_without_any_log_did_nothing() -> None:
    """The delegation was removed meanwhile: a call to an account without code succeeds."""
    (bundle,) = bundled([fill(1), fill(2)], US)
    assert told(bundle) == {make_fill(1).key: NO_EXECUTOR, make_fill(2).key: NO_EXECUTOR}


def test_single_transaction_has_no_failures() -> None:
    """Its receipt says all of it, without any log."""
    assert told(fill(1)) == {}


@pytest.mark.parametrize(
    "log",
    [
        failed_log(0, b"", address=FILL_MANAGER),
        failed_log(0, b"", address=None),
        failed_log(2, b""),
        failed_log(0, b"", data="0x1234"),
        failed_log(0, b"", data=7),
        failed_log(0, b"", topics=None),
        failed_log(0, b"", topics=[OTHER_LOG["topics"][0], "0x" + "00" * 32]),
        failed_log(0, b"", topics=[failed_log(0, b"")["topics"][0], 0]),
        failed_log(0, b"", topics=[failed_log(0, b"")["topics"][0]]),
    ],
)
def test_log_of_another_shape_tells_of_no_failure(log: dict[str, Any]) -> None:
    """Another contract's, one beyond the bundle, and what is no log at all."""
    (bundle,) = bundled([fill(1), fill(2)], US)
    assert told(bundle, log) == {}
