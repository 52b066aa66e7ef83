"""Obligations: what is open, by stage, and what is lacking."""

from typing import Any

import pytest

from beamer_agent.actions.costs import ActionCosts
from beamer_agent.planning.obligations import report_on
from beamer_agent.planning.report import (
    NATIVE,
    DirectionReport,
    Lack,
    ObligationStage,
    StageReport,
)
from beamer_agent.state.fold import Fold
from beamer_agent.switches import Halt
from beamer_agent.types import ClaimId, Wei
from tests.factories import (
    ALICE,
    AMOUNT,
    BOB,
    DIRECTION,
    OTHER_FILL_ID,
    SOURCE,
    STAKE,
    TARGET,
    TARGET_TOKEN,
    TERMINATION,
    US,
    VALID_UNTIL,
    make_block,
    make_claim_made,
    make_claim_stake_withdrawn,
    make_deposit_withdrawn,
    make_request_created,
    make_request_filled,
    make_request_resolved,
)
from tests.made_views import (
    TERMS,
    make_chain_view,
    make_direction_view,
    make_fill_policy,
    make_funds,
)

pytestmark = pytest.mark.unit

TWIN = ClaimId(3)
ENOUGH = {TARGET_TOKEN: AMOUNT}


def report(*events: Any, is_filling: bool = False, **changes: Any) -> DirectionReport:
    """Of the requests that events tell of, seen with a view that can be changed."""
    fold = Fold(DIRECTION, US)
    for event in (make_request_created(), *events):
        fold.apply(event)
    view = make_direction_view(**changes)
    return report_on(fold.requests, fold.claims, view, lambda _: is_filling)


def open_stages(*events: Any, **changes: Any) -> dict[ObligationStage, StageReport]:
    """The stages with something in them."""
    stages = report(*events, **changes).stages
    assert set(stages) == set(ObligationStage)
    return {stage: found for stage, found in stages.items() if found.count}


def paid_out(deadline: int | None, stake: int = 0) -> StageReport:
    """One request of the factories."""
    return StageReport(1, {"TST": AMOUNT}, Wei(stake), deadline)  # type: ignore[arg-type]


def challenged(**changes: Any) -> Any:
    """Somebody bids against our claim."""
    bid = {"last_challenger": ALICE, "challenger_stake_total": Wei(STAKE + 1)}
    return make_claim_made(**({"block_number": 31} | bid | changes))


def after(time: int) -> dict[str, Any]:
    """The view of a source chain at a time."""
    return {"source": make_chain_view(SOURCE, head=make_block(timestamp=time))}


def test_request_that_nobody_filled_is_no_obligation() -> None:
    """We may still leave it."""
    assert open_stages() == {}


def test_fill_on_its_way_must_be_claimed_before_its_refund() -> None:
    """It may be mined after we have ended."""
    assert open_stages(is_filling=True) == {ObligationStage.FILLING: paid_out(VALID_UNTIL)}


def test_fill_waits_for_its_claim() -> None:
    """Whether it came a moment ago or an earlier life made it."""
    filled = {ObligationStage.FILLED: paid_out(VALID_UNTIL)}
    assert open_stages(make_request_filled()) == filled
    assert open_stages(make_request_filled(), is_filling=True) == filled


def test_fill_of_another_is_not_ours() -> None:
    """Nor is his claim."""
    filled = make_request_filled(filler=ALICE)
    assert open_stages(filled, make_claim_made(claimer=ALICE)) == {}


def test_claim_that_nobody_disputes_has_time() -> None:
    """It is worth the deposit and its stake."""
    assert open_stages(make_request_filled(), make_claim_made()) == {
        ObligationStage.CLAIMED: paid_out(None, STAKE)
    }


def test_challenged_claim_has_to_be_answered_until_it_ends() -> None:
    """Then it is decided, and time does not press any more."""
    events = make_request_filled(), make_claim_made(), challenged(challenger_stake_total=STAKE)
    open_until = {ObligationStage.CONTESTED: paid_out(TERMINATION, STAKE)}
    assert open_stages(*events) == open_until
    answered = challenged(block_number=32, claimer_stake=2 * STAKE, last_challenger=US)
    ended = open_stages(*events, answered, **after(TERMINATION))
    assert ended == {ObligationStage.CONTESTED: paid_out(None, 2 * STAKE)}


def test_stake_against_a_claim_of_another() -> None:
    """Nothing was paid out for it."""
    claims = make_claim_made(claimer=BOB), challenged(claimer=BOB, last_challenger=US)
    staked = StageReport(1, {}, Wei(STAKE + 1), TERMINATION)
    assert open_stages(*claims) == {ObligationStage.STAKED: staked}


def test_what_is_lost_is_not_open() -> None:
    """Our side of a claim that L1 has decided for the other one."""
    claims = make_claim_made(claimer=BOB), challenged(claimer=BOB, last_challenger=US)
    assert open_stages(*claims, make_request_resolved(filler=BOB)) == {}
    assert open_stages(make_claim_made(), make_request_resolved(filler=BOB)) == {}


def test_deposit_of_two_claims_counts_once() -> None:
    """Both stakes do."""
    claims = [make_claim_made(), make_claim_made(claim_id=TWIN, block_number=31)]
    assert open_stages(make_request_filled(), *claims) == {
        ObligationStage.CLAIMED: StageReport(2, {"TST": AMOUNT}, Wei(2 * STAKE), None)
    }


def test_claim_for_another_fill_leaves_the_fill_unclaimed() -> None:
    """As after a reorganisation: its stake is open, and so is the claim to be made."""
    moved = make_claim_made(fill_id=OTHER_FILL_ID)
    assert open_stages(make_request_filled(), moved) == {
        ObligationStage.FILLED: paid_out(VALID_UNTIL),
        ObligationStage.CLAIMED: StageReport(1, {}, STAKE, None),
    }


def test_withdrawn_claim_is_over() -> None:
    """With its deposit."""
    ends = make_claim_stake_withdrawn(), make_deposit_withdrawn()
    assert open_stages(make_request_filled(), make_claim_made(), *ends) == {}


def test_nearest_deadline_is_that_of_the_first() -> None:
    """Of all in a stage."""
    early = make_request_created(nonce=2, valid_until=VALID_UNTIL - 100)
    fills = make_request_filled(), make_request_filled(request_id=early.request_id)
    filled = report(early, *fills).stages[ObligationStage.FILLED]
    assert (filled.count, filled.nearest_deadline) == (2, VALID_UNTIL - 100)
    assert filled.amounts == {"TST": 2 * AMOUNT}


def test_nothing_lacks_where_there_is_enough() -> None:
    """Of everything that is asked for."""
    assert report().lacking == ()
    assert report(target_funds=make_funds(tokens_free=ENOUGH)).lacking == ()


def test_token_that_a_request_asks_for_lacks() -> None:
    """Others than that one may still be filled."""
    funds = make_funds(tokens_free={TARGET_TOKEN: AMOUNT - 1})
    lack = Lack(TARGET, "TST", AMOUNT, AMOUNT - 1, is_total=False)
    assert report(target_funds=funds).lacking == (lack,)


def test_token_lacks_only_for_what_could_be_filled() -> None:
    """Not for a request that is filled, too old, or asks for an unknown token."""
    scarce: dict[str, Any] = {"target_funds": make_funds(tokens_free={TARGET_TOKEN: 1})}
    assert report(make_request_filled(filler=ALICE), **scarce).lacking == ()
    assert report(**scarce, **after(VALID_UNTIL - 600)).lacking == ()
    assert report(is_filling=True, **scarce).lacking == ()
    strange = make_request_created(nonce=2, source_token_address=TARGET_TOKEN, amount=2 * AMOUNT)
    rich: dict[str, Any] = {"target_funds": make_funds(tokens_free=ENOUGH)}
    assert report(strange, **rich).lacking == ()


def test_without_any_token_nothing_can_be_filled() -> None:
    """Though nobody asks at the moment."""
    funds = make_funds(tokens_free={TARGET_TOKEN: 0})
    (lack,) = report(make_request_filled(), target_funds=funds).lacking
    assert lack == Lack(TARGET, "TST", 1, 0, is_total=True)


def test_native_currency_lacks_on_the_source_chain() -> None:
    """For the least balance that the operator wants, and for the next stake."""
    poor = make_funds(native_balance=Wei(10**17 - 1))
    (lack,) = report(source_funds=poor).lacking
    assert lack == Lack(SOURCE, NATIVE, 10**17, 10**17 - 1, is_total=True)
    promised = make_funds(native_free=Wei(STAKE - 1))
    (lack,) = report(source_funds=promised).lacking
    assert lack == Lack(SOURCE, NATIVE, STAKE, STAKE - 1, is_total=True)


def test_native_currency_lacks_for_the_fill_itself() -> None:
    """On the target chain, as far as it is known what a fill costs."""
    costs = ActionCosts(fill=Wei(7), claim=Wei(7), withdraw=Wei(7))
    poor = make_funds(native_balance=Wei(6))
    (lack,) = report(target_funds=poor, target_costs=costs).lacking
    assert lack == Lack(TARGET, NATIVE, 7, 6, is_total=True)
    assert report(target_funds=poor).lacking == ()


def test_direction_that_is_only_watched_lacks_nothing() -> None:
    """It has no use for funds."""
    nothing = make_funds(native_balance=Wei(0), native_free=Wei(0), tokens_free={})
    policy = make_fill_policy(is_filling=False)
    watched = report(source_funds=nothing, target_funds=nothing, policy=policy)
    assert watched.lacking == ()


def test_funds_that_are_not_read_yet_are_not_lacking() -> None:
    """Nobody knows."""
    assert report(source_funds=None, target_funds=None).lacking == ()


def test_direction_decides_while_nothing_it_knows_is_stale() -> None:
    """Of either chain."""
    assert report().is_deciding
    assert not report(target=make_chain_view(TARGET, is_reachable=False)).is_deciding


def test_report_tells_when_it_was_made() -> None:
    """By both clocks."""
    made = report(now=VALID_UNTIL, **after(TERMINATION))
    assert (made.made_at, made.source_time) == (VALID_UNTIL, TERMINATION)


def test_it_is_told_what_was_halted_and_whether_all_is_known() -> None:
    """What a drain must know: that nothing new is begun, and that no earlier life is missing."""
    assert report(halt=Halt.DRAINING).halt is Halt.DRAINING
    assert (report().halt, report().is_whole) == (None, True)
    part = make_chain_view(TARGET, events_since=7)
    assert not report(target=part).is_whole
    lost = make_chain_view(SOURCE, is_reachable=False)
    assert not report(source=lost).is_whole


def test_fill_that_cannot_be_claimed_any_more_is_not_open() -> None:
    """It is lost, and told as such; nobody has to wait for it."""
    late = VALID_UNTIL + TERMS.request_extension
    assert open_stages(make_request_filled(), **after(late)) == {}
    assert open_stages(make_request_filled(), make_claim_made(), **after(late)) != {}
