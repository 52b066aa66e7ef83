"""The fold agrees with the contracts, whatever order the events arrive in."""

from collections.abc import Iterable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beamer_agent.events.model import RequestEvent
from beamer_agent.state.claim import Claim, ClaimMachine
from beamer_agent.state.fold import Fold, Outcome
from beamer_agent.state.machine import IllegalTransitionError
from beamer_agent.state.request import Request
from beamer_agent.state.validity import Validity, claim_validity
from beamer_agent.types import Timestamp
from tests.factories import DIRECTION, SOURCE, TARGET, TERMINATION, US
from tests.property.histories import Ledger, LedgerClaim, ledgers, validity_of

pytestmark = pytest.mark.property

SAID = {None: Validity.OPEN, True: Validity.VALID, False: Validity.INVALID}


def folded(events: Iterable[RequestEvent]) -> Fold:
    """A fold that has seen the events in this order."""
    fold = Fold(DIRECTION, US)
    for event in events:
        fold.apply(event)
    return fold


def state_of(fold: Fold) -> tuple[Any, ...]:
    """Everything that a fold says."""
    requests = {request.id: request for request in fold.requests}
    claims = {claim.id: claim for claim in fold.claims}
    of_requests = {id_: [c.id for c in fold.claims.of_request(id_)] for id_ in requests}
    return requests, claims, of_requests, fold.incomplete


def facts_of(fold: Fold) -> tuple[Any, ...]:
    """What a fold says, less the states, which decisions touch."""
    requests = {
        r.id: (r.created, r.fill, r.resolution, r.invalidated_fill_ids, r.withdrawal)
        for r in fold.requests
    }
    claims = {
        c.id: (c.claimer_stake, c.challenger_stake_total, c.challenger_stakes, c.termination)
        for c in fold.claims
    }
    settled = {c.id for c in fold.claims if c.state == ClaimMachine.withdrawn.value}
    return requests, claims, settled, fold.incomplete


@given(ledgers)
def test_the_fold_agrees_with_the_contracts(ledger: Ledger) -> None:
    """On every request and claim: fill, proofs, deposit, stakes, who is paid, who will be."""
    fold = folded(ledger.events)
    known = {r.created.request_id: r for r in ledger.requests if r.is_created}
    assert {r.id for r in fold.requests} == known.keys()
    for request in fold.requests:
        truth = known[request.id]
        fill = request.fill and (request.fill.filler, request.fill.fill_id)
        resolution = request.resolution and (request.resolution.filler, request.resolution.fill_id)
        assert (fill, resolution) == (truth.fill, truth.resolution)
        assert request.invalidated_fill_ids == truth.invalidated
        paying = request.withdrawal and (request.withdrawal.claim_id or "expiry")
        assert paying == truth.withdrawn_by
        assert (request.state == "withdrawn") == (truth.withdrawn_by is not None)
        claims = fold.claims.of_request(request.id)
        assert [claim.id for claim in claims] == list(truth.claims)
        for claim in claims:
            check_claim(claim, request, truth.claims[claim.id], fold)
            now = Timestamp(TERMINATION - (not truth.claims[claim.id].has_terminated))
            validity = claim_validity(claim, request, fold.claims, now)
            assert validity is SAID[validity_of(truth, truth.claims[claim.id])]


def check_claim(claim: Claim, request: Request, truth: LedgerClaim, fold: Fold) -> None:
    """Stakes, and a state that fits them."""
    total = truth.challenger_total
    assert (claim.claimer_stake, claim.challenger_stake_total) == (truth.claimer_stake, total)
    left = {a: s for a, s in truth.stakes.items() if a not in truth.gone}
    assert claim.challenger_stakes == ({} if truth.is_paid_out else left)
    assert (claim.state == "withdrawn") == truth.is_paid_out
    if truth.is_paid_out:
        return
    validity = claim_validity(claim, request, fold.claims, Timestamp(TERMINATION - 1))
    has_proof = request.resolution is not None or claim.fill_id in request.invalidated_fill_ids
    is_disproven = has_proof and validity is Validity.INVALID
    assert (claim.state == "invalidated_l1_resolved") == is_disproven
    if not has_proof:
        winning = ("started", "claimer_winning")
        assert (claim.state in winning) == (claim.claimer_stake > total)


@given(ledgers)
def test_events_in_chain_order_are_all_applied(ledger: Ledger) -> None:
    """The machines allow whatever the contracts do; only an unknown request's events are kept."""
    created = {r.created.request_id for r in ledger.requests if r.is_created}
    fold = folded(ledger.events)
    assert fold.incomplete == len({e.request_id for e in ledger.events} - created)


@given(ledgers, st.data())
def test_any_order_of_arrival_ends_in_the_same_state(ledger: Ledger, data: st.DataObject) -> None:
    """Also with duplicates, as after a range that was read twice."""
    events = ledger.events + data.draw(st.lists(st.sampled_from(ledger.events), max_size=5))
    shuffled = data.draw(st.permutations(events))
    assert state_of(folded(shuffled)) == state_of(folded(ledger.events))


@given(ledgers, st.data())
def test_any_interleaving_of_the_chains_ends_in_the_same_state(
    ledger: Ledger, data: st.DataObject
) -> None:
    """Each chain in its own order, as monitors deliver; none waits for the other."""
    chains = {id_: [e for e in ledger.events if e.chain_id == id_] for id_ in (SOURCE, TARGET)}
    turns = data.draw(st.permutations([event.chain_id for event in ledger.events]))
    arrived = [chains[turn].pop(0) for turn in turns]
    assert state_of(folded(arrived)) == state_of(folded(ledger.events))


@given(ledgers, st.integers(0, 60))
def test_a_restart_reaches_the_same_state(ledger: Ledger, moment: int) -> None:
    """From any moment on: the new life reads everything again (invariant I5)."""
    old_life = folded(ledger.events[:moment])
    for event in ledger.events[moment:]:
        old_life.apply(event)
    assert state_of(folded(ledger.events)) == state_of(old_life)


@given(ledgers)
def test_a_duplicate_is_passed_over(ledger: Ledger) -> None:
    """And changes nothing."""
    fold = folded(ledger.events)
    before = state_of(folded(ledger.events))
    assert {fold.apply(event) for event in ledger.events} <= {Outcome.PASSED_OVER}
    assert state_of(fold) == before


DECISIONS = ("ignore", "try_to_fill", "try_to_claim", "start_challenge")


@given(ledgers, st.data())
def test_decisions_never_block_an_event(ledger: Ledger, data: st.DataObject) -> None:
    """Ignored, or thought to be filled or claimed: the facts come through all the same."""
    fold = Fold(DIRECTION, US)
    for event in ledger.events:
        fold.apply(event)
        decision = data.draw(st.sampled_from(DECISIONS))
        for subject in (*fold.requests, *fold.claims):
            try:
                subject.advance(decision)
            except IllegalTransitionError:
                continue
    assert facts_of(fold) == facts_of(folded(ledger.events))
