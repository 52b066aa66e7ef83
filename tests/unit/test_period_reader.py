"""ContractReader: fresh answers about the very blocks up to which something is known."""

from typing import Any

import pytest

from beamer_agent.errors import RpcConnectionError, RpcError
from beamer_agent.periods.facts import Difference, Subject, compare, known_facts
from beamer_agent.periods.reader import CALLS_AT_ONCE
from beamer_agent.periods.remainder import Remainder
from beamer_agent.types import BlockNumber, ClaimId, RequestId, Timestamp
from tests.contract_answers import ContractsChain
from tests.factories import (
    NOW,
    VALID_UNTIL,
    make_block,
    make_claim_made,
    make_fill_invalidated,
    make_request_created,
)
from tests.made_periods import CLAIMED, AuditedChains, make_remainder
from tests.made_views import TERMS

pytestmark = pytest.mark.unit

AWAITED = RequestId(b"o" * 32)
ELSEWHERE = make_block(100, hash=b"another block".ljust(32))


def audited(remainder: Remainder) -> AuditedChains:
    """Contracts that agree."""
    return AuditedChains(known_facts(remainder))


def test_contracts_that_agree_are_read_so() -> None:
    """In every field."""
    remainder = make_remainder(*CLAIMED)
    reading = audited(remainder).reader().read(remainder)
    assert reading is not None
    assert reading.facts == known_facts(remainder)


def test_it_asks_about_the_blocks_whose_events_are_known() -> None:
    """Not about newer ones, in which something may have happened."""
    remainder = make_remainder(
        *CLAIMED,
        source={"events_until": BlockNumber(90)},
        events_until=BlockNumber(80),
    )
    chains = audited(remainder)
    reading = chains.reader().read(remainder)
    assert reading is not None
    assert (reading.source_until, reading.target_until) == (90, 80)
    assert set(chains.blocks) == {hex(90), hex(80)}


@pytest.mark.parametrize("name", ["source", "target"])
def test_endpoint_without_past_state_is_asked_about_its_newest_block(name: str) -> None:
    """The reading says how new that is."""
    remainder = make_remainder(
        *CLAIMED, source={"events_until": BlockNumber(90)}, events_until=BlockNumber(90)
    )
    chains = audited(remainder)
    chains.forget_past(getattr(chains, name))
    reading = chains.reader().read(remainder)
    assert reading is not None
    assert reading.facts == known_facts(remainder)
    newest = {"source": reading.source_until, "target": reading.target_until}
    assert newest.pop(name) == 100
    assert list(newest.values()) == [90]


@pytest.mark.parametrize("name", ["source", "target"])
@pytest.mark.parametrize("head", [ELSEWHERE, None])
def test_replaced_head_means_that_nothing_was_read(name: str, head: Any) -> None:
    """Neither when another block is there, nor when the endpoint has none."""
    remainder = make_remainder(*CLAIMED)
    chains = audited(remainder)
    chains.show_head(getattr(chains, name), head)
    assert chains.reader().read(remainder) is None


def test_many_calls_are_asked_some_at_a_time() -> None:
    """Each time with the question for the head."""
    created = [make_request_created(nonce=n, log_index=n) for n in range(CALLS_AT_ONCE + 1)]
    remainder = make_remainder(*created)
    chains = audited(remainder)
    sizes = posts_of(chains.source)
    assert chains.reader().read(remainder) is not None
    assert sizes == [CALLS_AT_ONCE + 1, 2]
    assert chains.source.methods().count("eth_getBlockByNumber") == 2


def posts_of(chain: ContractsChain) -> list[int]:
    """How many calls each request of a chain has, filled in as they come."""
    sizes: list[int] = []
    post = chain.post

    def counting(body: bytes, _seconds: float | None = None) -> bytes:
        before = len(chain.calls)
        answer = post(body, _seconds)
        sizes.append(len(chain.calls) - before)
        return answer

    chain.post = counting  # type: ignore[method-assign]
    return sizes


def test_endpoint_that_does_not_answer_is_an_error() -> None:
    """It will be asked again."""
    remainder = make_remainder(*CLAIMED)
    chains = audited(remainder)
    chains.target.always("eth_call", RpcConnectionError("gone"))
    with pytest.raises(RpcError, match="gone"):
        chains.reader().read(remainder)


def test_call_that_reverts_is_an_error() -> None:
    """No contract of ours refuses these; it is no reason to ask about another block."""
    remainder = make_remainder(*CLAIMED, make_claim_made(claim_id=ClaimId(9), block_number=31))
    chains = AuditedChains(known_facts(make_remainder(*CLAIMED)))
    with pytest.raises(RpcError, match="revert"):
        chains.reader().read(remainder)
    assert "latest" not in chains.blocks


def open_request(**changes: Any) -> dict[Subject, Any]:
    """What a contract says of an open request that is awaited."""
    known = known_facts(make_remainder(make_request_created(request_id=AWAITED)))
    return {s: changes.get(s.field, fact) for s, fact in known.items()}


@pytest.mark.parametrize(
    ("changes", "is_difference"),
    [
        ({}, True),
        ({"sender": "0x" + 40 * "0"}, False),
        ({"target_chain_id": 77}, False),
        ({"withdraw_claim_id": 5}, False),
        ({"valid_until": NOW - TERMS.request_extension}, False),
        ({"valid_until": NOW - TERMS.request_extension + 1}, True),
    ],
)
def test_awaited_request_is_a_difference_when_the_contract_has_it_open(
    changes: dict[str, Any], is_difference: bool
) -> None:
    """One that is settled was forgotten; and of others, anybody may have absences proven."""
    remainder = make_remainder(make_fill_invalidated(request_id=AWAITED))
    reading = AuditedChains(open_request(**changes)).reader().read(remainder)
    assert reading is not None
    expected = {Difference(Subject(AWAITED, None, "is_open"), False, True)}
    found = compare(known_facts(remainder), reading.facts)
    assert found == (expected if is_difference else frozenset())


def test_remainder_is_comparable_when_both_chains_are_known_and_answer() -> None:
    """Of a part nobody can say what is missing."""
    assert make_remainder(*CLAIMED).is_comparable
    for change in (
        {"is_synced": False},
        {"is_reachable": False},
        {"events_since": Timestamp(VALID_UNTIL - 10)},
    ):
        assert not make_remainder(*CLAIMED, source=change).is_comparable
        assert not make_remainder(*CLAIMED, **change).is_comparable
