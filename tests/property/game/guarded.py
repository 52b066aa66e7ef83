"""The game with honest agents in it: the machine, and what must hold of them."""

from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, rule

from beamer_agent.actions.model import ChallengeClaim, ClaimFill, FillRequest, Reason
from beamer_agent.types import Address, ClaimId, Wei
from tests.property.game.bridge import Bridge, Passage
from tests.property.game.facts import ClaimFacts
from tests.property.game.honest import GAME, Habits, HonestAgent
from tests.property.game.machine import FEW, GameMachine
from tests.property.game.terms import (
    ADVERSARIES,
    HONEST,
    LPS,
    NATIVE,
    OWNER,
    REQUEST_EXTENSION,
    SECOND_HONEST,
    STAKE,
)

LONGEST_SLEEP = 3
"""Blocks; an agent that sleeps for longer may miss what only it can answer."""
COSTS = (0, STAKE // 2, 3 * STAKE)
CALM_BLOCKS = 250
"""After the last move of an adversary; everything is decided by then."""

HABITS = st.builds(
    Habits, is_filling=st.booleans(), lag=st.integers(0, 1), knows_prices=st.booleans()
)


class GuardedMachine(GameMachine):
    """Agents have a turn in every block, before or after the adversaries."""

    has_l1 = True
    """Whether agents can carry proofs over L1."""

    @initialize(
        habits=st.lists(HABITS, min_size=1, max_size=2),
        cost=st.sampled_from(COSTS),
        delay=st.integers(min_value=0, max_value=2),
        is_early=st.booleans(),
    )
    def begin(self, habits: list[Habits], cost: int, delay: int, is_early: bool) -> None:
        """One honest agent or two, and a way over L1."""
        super().begin()
        self.is_early = is_early
        passage = Passage(cost=Wei(cost), blocks=delay, is_open=self.has_l1)
        self.bridge = Bridge(self.world, passage)
        accounts = (HONEST, SECOND_HONEST)
        self.agents = [
            HonestAgent(self.world, self.bridge, account, habit)
            for account, habit in zip(accounts, habits, strict=False)
        ]
        self.once_removed: set[Address] = set()

    def pass_blocks(self, blocks: int) -> None:
        """Agents act in each block."""
        for _ in range(blocks):
            if not self.is_early:
                self.take_turns()
            self.world.seal()
            self.bridge.seal()
            if self.is_early:
                self.take_turns()

    def take_turns(self) -> None:
        """Each agent, in the open block."""
        for agent in self.agents:
            before = len(agent.done)
            agent.turn()
            for action in agent.done[before:]:
                if isinstance(action, ChallengeClaim):
                    self.check_bid(agent, action)

    def check_bid(self, agent: HonestAgent, bid: ChallengeClaim) -> None:
        """I4, and for its own claims: never for a false one."""
        claim = self.world.claim(bid.claim_id)
        assert self.world.is_true(claim) == (claim.claimer == agent.account), (bid, claim)

    # --- what happens to agents

    @rule(who=FEW, blocks=st.integers(min_value=1, max_value=LONGEST_SLEEP))
    def sleep(self, who: int, blocks: int) -> None:
        """A slow endpoint, a long garbage collection."""
        self.agents[who % len(self.agents)].sleep(blocks)

    @rule(who=FEW, seed=st.integers(0, 1000))
    def restart(self, who: int, seed: int) -> None:
        """Everything is read from the chains again, in any interleaving."""
        self.agents[who % len(self.agents)].restart(seed)

    @rule(who=FEW, is_allowed=st.booleans(), is_source=st.booleans())
    def change_lists(self, who: int, is_allowed: bool, is_source: bool) -> None:
        """An LP is removed in mid-game, or comes back."""
        account = LPS[who]
        name = "addAllowedLp" if is_allowed else "removeAllowedLp"
        if is_source:
            self.world.on_source(OWNER, name, account)
        else:
            self.world.on_target(OWNER, name, account)
        if not is_allowed:
            self.once_removed.add(account)

    # --- what must hold

    @invariant()
    def no_obligation_is_met_twice(self) -> None:
        """I1: no fill, claim or bid of an agent is carried out twice, in whichever life."""
        for agent in self.agents:
            keys = [
                action.key
                for action in agent.done
                if isinstance(action, FillRequest | ClaimFill | ChallengeClaim)
            ]
            assert len(keys) == len(set(keys)), keys

    @invariant()
    def stakes_stay_within_limits(self) -> None:
        """What an agent can lose at most in a game, whatever happens."""
        for agent in self.agents:
            for booked in self.world.books.claims.values():
                is_own = booked.claimer == agent.account
                stake = booked.claimer_stake if is_own else booked.stakes.get(agent.account, 0)
                assert stake <= GAME.max_claim_stake, booked

    @invariant()
    def what_was_filled_is_claimed(self) -> None:
        """I3: before its deadline, by whoever is an LP."""
        for agent in self.agents:
            if agent.account in self.once_removed:
                continue
            for request_id, fill in self.world.fills.items():
                created = self.world.requests[request_id]
                is_due = self.world.now >= created.valid_until + REQUEST_EXTENSION
                if fill.filler == agent.account and is_due:
                    assert self.is_claimed(fill), request_id.hex()

    def is_claimed(self, fill: Any) -> bool:
        """Whether somebody has claimed a fill for its filler."""
        return any(
            (claim.request_id, claim.claimer, claim.fill_id)
            == (fill.request_id, fill.filler, fill.fill_id)
            for claim in self.world.books.claims.values()
        )

    @invariant()
    def no_false_claim_is_won(self) -> None:
        """I4: each false claim is answered, and its claimer is not ahead when it ends."""
        for claim_id, booked in self.world.books.claims.items():
            if booked.claimer not in ADVERSARIES or booked.unpaid == 0:
                continue
            claim = self.world.claim(claim_id)
            if not self.world.is_true(claim) and not self.is_beyond_means(claim):
                is_won = self.world.books.is_valid(booked, self.world.now)
                assert is_won is not True, (claim, self.told_of(claim_id))

    def is_beyond_means(self, claim: ClaimFacts) -> bool:
        """Whether adversaries have driven stakes above what agents may bid, here or in all games.

        It is not about the agents' money, and L1's word would cost them more than it wins: also
        where they have filled the request, when they may not claim any more.
        """
        accounts = {agent.account for agent in self.agents}
        fill = self.world.fills.get(claim.request_id)
        is_theirs = fill is not None and fill.filler in accounts - self.once_removed
        booked = self.world.books.claims[claim.id]
        has_part = not accounts.isdisjoint(booked.stakes)
        is_too_much = claim.claimer_stake - claim.challenger_total >= GAME.max_claim_stake
        was_no_room = any(reason == Reason.STAKE_LIMIT for _, reason, *_ in self.told_of(claim.id))
        return (is_too_much or was_no_room) and not is_theirs and not has_part

    def told_of(self, claim_id: ClaimId) -> list[Any]:
        """What the agents said of a claim, for whoever reads a failure."""
        lines = [line for agent in self.agents for line in agent.log.lines]
        return [
            (line["event"], line.get("reason"), line.get("bid"), line.get("claimer_stake"))
            for line in lines
            if line.get("claim_id") == claim_id
        ]

    @invariant()
    def no_honest_claim_of_agents_is_lost(self) -> None:
        """I4: it is defended until it ends."""
        accounts = [agent.account for agent in self.agents]
        for claim_id, booked in self.world.books.claims.items():
            if booked.claimer in accounts and booked.unpaid:
                claim = self.world.claim(claim_id)
                if self.world.is_true(claim):
                    assert self.world.books.is_valid(booked, self.world.now) is not False, claim

    def teardown(self) -> None:
        """Adversaries rest; everything is decided and withdrawn, and the sums are done."""
        if not hasattr(self, "agents"):
            return
        self.pass_blocks(CALM_BLOCKS)
        self.books_and_balances_agree()
        self.no_obligation_is_met_twice()
        self.stakes_stay_within_limits()
        self.what_was_filled_is_claimed()
        self.no_false_claim_is_won()
        self.check_sums()

    def check_sums(self) -> None:
        """An honest agent has lost nothing, and a thief has won nothing."""
        for agent in self.agents:
            assert self.world.books.balances[agent.account] >= NATIVE, [
                (claim_id, booked, self.told_of(claim_id))
                for claim_id, booked in self.world.books.claims.items()
                if agent.account in (booked.claimer, *booked.stakes)
            ]
            self.check_deposits(agent)
        self.check_losers()

    def check_deposits(self, agent: HonestAgent) -> None:
        """Every fill of an agent was paid back, with its fee."""
        if agent.account in self.once_removed:
            return
        fills = [fill for fill in self.world.fills.values() if fill.filler == agent.account]
        requests = [self.world.requests[fill.request_id] for fill in fills]
        token = self.world.source_side.token
        due = sum(created.amount + created.lp_fee for created in requests)
        assert self.world.source.read(token, "balanceOf", agent.account) >= due

    def check_losers(self) -> None:
        """The claimer of a false claim, answered or not, has nothing of it."""
        for claim_id, booked in self.world.books.claims.items():
            claim = self.world.claim(claim_id)
            if booked.claimer not in ADVERSARIES or self.world.is_true(claim):
                continue
            if not self.is_beyond_means(claim):
                assert booked.claimer not in booked.paid, claim


class PatientMachine(GuardedMachine):
    """Without a way over L1 whoever bids most wins: agents answer, and stop at their limits."""

    has_l1 = False

    @invariant()
    def no_false_claim_is_won(self) -> None:
        """At least not unanswered."""
        for claim_id, booked in self.world.books.claims.items():
            claim = self.world.claim(claim_id)
            if booked.claimer in ADVERSARIES and booked.unpaid and not self.world.is_true(claim):
                is_won = self.world.books.is_valid(booked, self.world.now)
                assert is_won is not True or booked.stakes, (claim, self.told_of(claim_id))

    def no_honest_claim_of_agents_is_lost(self) -> None:
        """It may be, to whoever bids above the limit."""

    def check_sums(self) -> None:
        """Nothing beyond the limits of the games, which are checked after every step."""
