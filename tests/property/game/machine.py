"""The game against adversaries: what they do is drawn, what must hold is checked after each step.

This machine has no honest agent in it: the contracts alone must keep the books. Those with agents
are built upon it.
"""

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from beamer_agent.types import ClaimId
from tests.property.game.moves import BidKind, FillIdKind, Moves
from tests.property.game.terms import ADVERSARIES, BLOCK, LPS, OWNER
from tests.property.game.world import World

FEW = st.integers(min_value=0, max_value=3)
FILL_IDS = st.sampled_from(FillIdKind)
BIDS = st.sampled_from(BidKind)


class GameMachine(RuleBasedStateMachine):
    """Requests, claims and games; time passes block by block."""

    @initialize()
    def begin(self) -> None:
        """Two chains, and a request to play about."""
        self.world = World()
        self.moves = Moves(self.world)
        self.world.create_request()

    def pass_blocks(self, blocks: int) -> None:
        """Seal so many blocks."""
        for _ in range(blocks):
            self.world.seal()

    # --- what users and time do

    @rule(blocks=st.integers(min_value=30, max_value=120))
    def create_request(self, blocks: int) -> None:
        """Valid for so many blocks."""
        self.world.create_request(blocks * BLOCK)

    @rule(blocks=st.integers(min_value=1, max_value=3))
    def pass_few_blocks(self, blocks: int) -> None:
        """Reactions become visible."""
        self.pass_blocks(blocks)

    @rule(blocks=st.integers(min_value=4, max_value=60))
    def pass_many_blocks(self, blocks: int) -> None:
        """Claims terminate, requests expire, proofs mature."""
        self.pass_blocks(blocks)

    # --- what adversaries do

    @rule(request=FEW, who=FEW, kind=FILL_IDS)
    def claim_falsely(self, request: int, who: int, kind: FillIdKind) -> None:
        """Without having filled, at least not yet."""
        self.moves.claim_falsely(request, who, kind)

    @rule(request=FEW, who=FEW, kind=FILL_IDS, times=st.integers(min_value=2, max_value=5))
    def claim_falsely_many_times(
        self, request: int, who: int, kind: FillIdKind, times: int
    ) -> None:
        """Griefing: each has to be answered."""
        self.moves.claim_falsely(request, who, kind, times)

    @rule(request=FEW, who=FEW)
    def claim_with_future_fill(self, request: int, who: int) -> None:
        """False when it is made, true from the end of its block on."""
        self.moves.claim_falsely(request, who, FillIdKind.FUTURE)
        self.moves.fill(request, who)

    @rule(
        who=FEW,
        kind=FILL_IDS,
        bid=BIDS,
        rounds=st.integers(min_value=1, max_value=3),
        is_repeating=st.booleans(),
    )
    def steal_with_a_friend(
        self, who: int, kind: FillIdKind, bid: BidKind, rounds: int, is_repeating: bool
    ) -> None:
        """A fresh request is claimed, and a friend challenges before anybody else can.

        Whoever leaves challenged claims alone finds no time for a proof in the end; nor does
        whoever takes each repeated proof for the first.
        """
        self.world.create_request()
        known = len(self.world.claim_ids)
        self.moves.claim_falsely(0, who, kind)
        if len(self.world.claim_ids) == known:
            return  # the thief is no LP any more
        claim_id = self.world.claim_ids[-1]
        self.moves.bid_for(claim_id, who + 1, bid)
        self.out_bid(claim_id, who, bid, rounds, is_repeating=is_repeating)

    @rule(who=FEW, rounds=st.integers(min_value=1, max_value=4), kind=BIDS)
    def grief(self, who: int, rounds: int, kind: BidKind) -> None:
        """Whatever an agent claims on a fresh request is challenged at once, and to the end."""
        request_id = self.world.create_request()
        self.pass_blocks(4)
        for claim_id, booked in list(self.world.books.claims.items()):
            if booked.request_id == request_id and booked.claimer not in ADVERSARIES:
                self.moves.bid_for(claim_id, who, kind)
                self.out_bid(claim_id, who, kind, rounds)

    @rule(request=FEW, who=FEW, kind=FILL_IDS)
    def claim_for_another(self, request: int, who: int, kind: FillIdKind) -> None:
        """A present that may be poisoned."""
        self.moves.claim_for_another(request, who, kind)

    @rule(request=FEW, who=FEW, is_claimed=st.booleans())
    def fill(self, request: int, who: int, is_claimed: bool) -> None:
        """Perhaps of a request that is claimed already, or that somebody else would fill."""
        self.moves.fill(request, who)
        if is_claimed:
            self.moves.claim_own_fill(request)

    @rule(claim=FEW, who=FEW, kind=BIDS)
    def bid(self, claim: int, who: int, kind: BidKind) -> None:
        """At once."""
        self.moves.bid(claim, who, kind)

    @rule(claim=FEW, who=FEW, kind=BIDS, rounds=st.integers(min_value=1, max_value=3))
    def bid_in_the_last_moment(self, claim: int, who: int, kind: BidKind, rounds: int) -> None:
        """Out-bidding to the end: each bid leaves as little time as possible."""
        facts = self.moves.claim(claim)
        if facts is not None:
            self.out_bid(facts.id, who, kind, rounds)

    def out_bid(
        self,
        claim_id: ClaimId,
        who: int,
        kind: BidKind,
        rounds: int,
        *,
        is_repeating: bool = False,
    ) -> None:
        """Whatever the others do meanwhile; perhaps with a new non-fill proof now and then."""
        for _ in range(rounds):
            left = (self.world.claim(claim_id).termination - self.world.now - 1) // BLOCK
            for block in range(left):
                if is_repeating and block % 10 == 0:
                    self.moves.invalidate_for(claim_id)
                self.pass_blocks(1)
            if left >= 0:
                self.moves.bid_for(claim_id, who, kind)

    @rule(claim=FEW, who=FEW)
    def withdraw(self, claim: int, who: int) -> None:
        """For any participant."""
        self.moves.withdraw(claim, who)

    @rule(request=FEW)
    def withdraw_expired(self, request: int) -> None:
        """When nobody has claimed in time."""
        self.moves.withdraw_expired(request)

    @rule(claim=FEW, request=FEW, kind=FILL_IDS)
    def invalidate(self, claim: int, request: int, kind: FillIdKind) -> None:
        """Of any fill id."""
        self.moves.invalidate(claim, request, kind)

    @rule(message=FEW)
    def deliver(self, message: int) -> None:
        """Over L1."""
        self.moves.deliver(message)

    # --- what must hold

    @invariant()
    def books_and_balances_agree(self) -> None:
        """Nobody has a wei more or less than the rules say, the contract included."""
        world = self.world
        for account in (*LPS, OWNER):
            assert world.source.balance(account) == world.books.balances[account], account
        manager = world.source_side.manager.address
        assert world.source.balance(manager) == world.books.held

    @invariant()
    def no_claim_pays_more_than_was_put_in(self) -> None:
        """By the contract's own record of stakes and payments."""
        for claim_id in self.world.claim_ids:
            claim, booked = self.world.claim(claim_id), self.world.books.claims[claim_id]
            assert claim.claimer_stake + claim.challenger_total == booked.pot
            assert claim.withdrawn == booked.pot - booked.unpaid <= booked.pot

    @invariant()
    def every_request_is_filled_at_most_once(self) -> None:
        """I1: as many fills as filled requests."""
        assert len(self.world.fills) == self.world.fill_count
