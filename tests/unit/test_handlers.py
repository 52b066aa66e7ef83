"""Handlers: what each event does to a request and its claims."""

from typing import Any

import pytest

from beamer_agent.events.model import RequestEvent
from beamer_agent.state.claim import Claim
from beamer_agent.state.handlers import HANDLERS, HandlerContext
from beamer_agent.state.machine import IllegalTransitionError
from beamer_agent.state.request import DepositWithdrawal, Request
from beamer_agent.state.trackers import ClaimTracker, RequestTracker
from beamer_agent.types import ClaimId, TransactionHash
from tests.factories import (
    ALICE,
    BOB,
    CLAIM_ID,
    FILL_ID,
    OTHER_FILL_ID,
    REQUEST_ID,
    US,
    USER,
    make_claim_made,
    make_claim_stake_withdrawn,
    make_deposit_withdrawn,
    make_fill_invalidated,
    make_fill_invalidated_resolved,
    make_request_created,
    make_request_filled,
    make_request_resolved,
)

pytestmark = pytest.mark.unit

OTHER_CLAIM = ClaimId(8)


class Story:
    """Handlers at work on one request."""

    def __init__(self) -> None:
        self.context = HandlerContext(US, RequestTracker(), ClaimTracker())

    def tell(self, *events: RequestEvent) -> "Story":
        """Handle the events."""
        for event in events:
            HANDLERS[type(event)](event, self.context)
        return self

    @property
    def request(self) -> Request:
        """The request."""
        request = self.context.requests.get(REQUEST_ID)
        assert request is not None
        return request

    def claim(self, claim_id: ClaimId = CLAIM_ID) -> Claim:
        """A claim on it."""
        claim = self.context.claims.get(claim_id)
        assert claim is not None
        return claim


@pytest.fixture
def story() -> Story:
    """A request was created."""
    return Story().tell(make_request_created())


def bid(stake: int, challengers: int, challenger: str, **changes: Any) -> RequestEvent:
    """The `ClaimMade` after a bid, with the claimer's and the challengers' totals."""
    return make_claim_made(
        claimer_stake=stake,
        challenger_stake_total=challengers,
        last_challenger=challenger,
        **changes,
    )


def test_a_created_request_is_pending(story: Story) -> None:
    """It begins with its event."""
    assert story.request == Request(make_request_created())


def test_a_fill_is_remembered_with_its_id(story: Story) -> None:
    """After a reorg another one takes its place."""
    story.tell(make_request_filled())
    assert (story.request.state, story.request.fill) == ("filled", make_request_filled())
    moved = make_request_filled(fill_id=OTHER_FILL_ID)
    story.tell(moved)
    assert (story.request.state, story.request.fill) == ("filled", moved)


def test_our_claim_advances_the_request_and_starts_its_game(story: Story) -> None:
    """Claims by others are theirs."""
    story.tell(make_claim_made(claimer=ALICE, claim_id=OTHER_CLAIM))
    assert (story.request.state, story.claim(OTHER_CLAIM).state) == ("pending", "started")
    story.tell(make_request_filled(), make_claim_made())
    assert (story.request.state, story.claim().state) == ("claimed", "claimer_winning")


def test_bids_move_the_stakes_and_the_lead(story: Story) -> None:
    """The example of `protocol.md`: 10, 11 by Alice, 21 by the claimer, 16 by Bob."""
    story.tell(make_claim_made(claimer_stake=10), bid(10, 11, ALICE, termination=7))
    claim = story.claim()
    assert (claim.state, claim.last_challenger, claim.termination) == (
        "challenger_winning",
        ALICE,
        7,
    )
    story.tell(bid(21, 11, ALICE, termination=8))
    assert (claim.state, claim.claimer_stake, claim.termination) == ("claimer_winning", 21, 8)
    story.tell(bid(21, 27, BOB))
    assert (claim.state, claim.challenger_stake_total) == ("challenger_winning", 27)
    assert claim.challenger_stakes == {ALICE: 11, BOB: 16}


def test_bids_of_one_challenger_add_up(story: Story) -> None:
    """They are the differences of the totals."""
    story.tell(make_claim_made(claimer_stake=10), bid(10, 11, ALICE), bid(21, 11, ALICE))
    story.tell(bid(21, 30, ALICE))
    assert story.claim().challenger_stakes == {ALICE: 30}


def test_a_draw_is_the_challengers(story: Story) -> None:
    """Where the claim stake is zero, a counter-bid may only draw level."""
    story.tell(make_claim_made(claimer_stake=10), bid(10, 11, ALICE), bid(11, 11, ALICE))
    assert story.claim().state == "challenger_winning"


def test_a_bid_on_the_claim_of_another_moves_its_lead_too(story: Story) -> None:
    """From `started`, for nobody has decided about it."""
    story.tell(make_claim_made(claimer=BOB, claimer_stake=10), bid(10, 11, ALICE, claimer=BOB))
    assert story.claim().state == "challenger_winning"
    assert story.request.state == "pending"


def test_the_claimers_withdrawal_ends_the_claim(story: Story) -> None:
    """It takes everything; the deposit that moves with it went through the claim."""
    story.tell(make_claim_made(claimer_stake=10), bid(10, 11, ALICE), bid(21, 11, ALICE))
    story.tell(make_claim_stake_withdrawn(), make_deposit_withdrawn())
    assert (story.claim().state, story.claim().challenger_stakes) == ("withdrawn", {})
    assert story.request.withdrawal == DepositWithdrawal(US, CLAIM_ID)
    assert story.request.state == "withdrawn"


def test_one_challengers_withdrawal_leaves_the_others_their_share(story: Story) -> None:
    """The last one ends the claim."""
    story.tell(make_claim_made(claimer_stake=10), bid(10, 11, ALICE), bid(21, 11, ALICE))
    story.tell(bid(21, 27, BOB), make_claim_stake_withdrawn(stake_recipient=ALICE))
    assert (story.claim().state, story.claim().challenger_stakes) == (
        "challenger_winning",
        {BOB: 16},
    )
    story.tell(make_claim_stake_withdrawn(stake_recipient=BOB))
    assert (story.claim().state, story.claim().challenger_stakes) == ("withdrawn", {})


def test_a_late_resolution_pays_the_claimer_what_challengers_left(story: Story) -> None:
    """Invalidated, half paid out, healed by L1: the rest ends the claim."""
    story.tell(make_claim_made(claimer_stake=10), bid(10, 11, ALICE), bid(21, 11, ALICE))
    story.tell(bid(21, 27, BOB), make_fill_invalidated_resolved())
    story.tell(make_claim_stake_withdrawn(stake_recipient=ALICE))
    assert story.claim().state == "invalidated_l1_resolved"
    story.tell(make_request_resolved())
    assert story.claim().state == "claimer_winning"
    story.tell(make_claim_stake_withdrawn(), make_deposit_withdrawn())
    assert story.claim().state == "withdrawn"
    assert story.request.withdrawal == DepositWithdrawal(US, CLAIM_ID)


def test_a_lost_stake_without_challengers_goes_to_the_owner(story: Story) -> None:
    """That ends the claim as well."""
    story.tell(make_claim_made(), make_claim_stake_withdrawn(stake_recipient=BOB))
    assert story.claim().state == "withdrawn"


def test_a_deposit_without_a_stake_went_back_to_its_sender(story: Story) -> None:
    """The request had expired."""
    story.tell(make_deposit_withdrawn(receiver=USER))
    assert story.request.withdrawal == DepositWithdrawal(USER, None)
    assert story.request.state == "withdrawn"


def test_an_earlier_stake_has_nothing_to_do_with_an_expiry() -> None:
    """Another transaction, or another account, or another's claim, or one that was lost."""
    other = TransactionHash(b"\x01" * 32)
    cases = [
        (US, US, make_deposit_withdrawn(transaction_hash=other)),
        (US, ALICE, make_deposit_withdrawn(receiver=USER)),
        (US, USER, make_deposit_withdrawn(receiver=USER)),
        (USER, BOB, make_deposit_withdrawn(receiver=USER)),
    ]
    for claimer, recipient, deposit in cases:
        one = Story().tell(make_request_created(), make_claim_made(claimer=claimer))
        one.tell(make_claim_stake_withdrawn(stake_recipient=recipient), deposit)
        assert one.request.withdrawal == DepositWithdrawal(deposit.receiver, None)


def test_a_resolution_confirms_its_claim_and_disproves_the_others(story: Story) -> None:
    """By claimer and by fill id."""
    wrong_claimer = make_claim_made(claim_id=7, claimer=ALICE)
    wrong_fill = make_claim_made(claim_id=OTHER_CLAIM, fill_id=OTHER_FILL_ID)
    story.tell(make_claim_made(), wrong_claimer, wrong_fill, make_request_resolved())
    states = {claim.id: claim.state for claim in story.context.claims}
    disproven = "invalidated_l1_resolved"
    assert states == {CLAIM_ID: "claimer_winning", 7: disproven, OTHER_CLAIM: disproven}
    assert (story.request.state, story.request.resolution) == (
        "l1_resolved",
        make_request_resolved(),
    )


def test_a_resolution_that_came_first_judges_later_claims(story: Story) -> None:
    """It may come before anybody claims."""
    story.tell(
        make_request_resolved(), make_claim_made(), make_claim_made(claim_id=9, claimer=BOB)
    )
    assert story.claim().state == "claimer_winning"
    assert story.claim(ClaimId(9)).state == "invalidated_l1_resolved"


def test_an_invalidation_disproves_the_claims_of_that_fill(story: Story) -> None:
    """Earlier and later ones; those of other fills go on."""
    story.tell(make_claim_made(), make_claim_made(claim_id=7, fill_id=OTHER_FILL_ID))
    story.tell(make_fill_invalidated_resolved(), make_claim_made(claim_id=OTHER_CLAIM))
    states = {claim.id: claim.state for claim in story.context.claims}
    disproven = "invalidated_l1_resolved"
    assert states == {CLAIM_ID: disproven, 7: "claimer_winning", OTHER_CLAIM: disproven}
    assert story.request.invalidated_fill_ids == {FILL_ID}


def test_a_resolution_heals_an_invalidation_of_its_fill(story: Story) -> None:
    """And of no other one."""
    story.tell(
        make_fill_invalidated_resolved(),
        make_fill_invalidated_resolved(fill_id=OTHER_FILL_ID),
        make_claim_made(),
        make_request_resolved(),
    )
    assert story.claim().state == "claimer_winning"
    assert story.request.invalidated_fill_ids == {OTHER_FILL_ID}


def test_proofs_after_payment_change_nothing(story: Story) -> None:
    """They may come at any time."""
    story.tell(make_claim_made(), make_claim_stake_withdrawn(), make_deposit_withdrawn())
    story.tell(make_fill_invalidated_resolved(), make_request_resolved(filler=BOB))
    assert (story.claim().state, story.request.state) == ("withdrawn", "withdrawn")


@pytest.mark.parametrize(
    "event",
    [
        make_request_filled(),
        make_fill_invalidated(),
        make_claim_made(),
        make_deposit_withdrawn(),
        make_claim_stake_withdrawn(),
        make_request_resolved(),
        make_fill_invalidated_resolved(),
    ],
    ids=lambda e: type(e).__name__,
)
def test_an_event_of_an_unknown_request_leaves_no_trace(event: RequestEvent) -> None:
    """It is refused, to be tried again."""
    story = Story()
    with pytest.raises(IllegalTransitionError, match="unknown request"):
        story.tell(event)
    assert len(story.context.requests) == len(story.context.claims) == 0


def test_a_stake_of_an_unknown_or_settled_claim_leaves_no_trace(story: Story) -> None:
    """It is refused, to be tried again."""
    with pytest.raises(IllegalTransitionError, match="unknown or settled claim"):
        story.tell(make_claim_stake_withdrawn())
    story.tell(make_claim_made(), make_claim_stake_withdrawn(stake_recipient=BOB))
    with pytest.raises(IllegalTransitionError, match="unknown or settled claim"):
        story.tell(make_claim_stake_withdrawn())
    last = story.request.last_stake_withdrawal
    assert last == make_claim_stake_withdrawn(stake_recipient=BOB)


def test_a_bid_that_is_illegal_leaves_no_trace(story: Story) -> None:
    """The stakes are what they were."""
    story.tell(make_claim_made(claimer_stake=10), make_claim_stake_withdrawn())
    with pytest.raises(IllegalTransitionError):
        story.tell(bid(10, 11, ALICE))
    assert story.claim().challenger_stake_total == 0
    assert story.claim().challenger_stakes == {}


def test_a_second_withdrawal_of_the_deposit_leaves_no_trace(story: Story) -> None:
    """The first word stands."""
    story.tell(make_deposit_withdrawn(receiver=USER))
    with pytest.raises(IllegalTransitionError):
        story.tell(make_deposit_withdrawn(receiver=ALICE))
    assert story.request.withdrawal == DepositWithdrawal(USER, None)
