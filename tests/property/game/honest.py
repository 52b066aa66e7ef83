"""HonestAgent: the real fold, planner and rules, on doubles of the senders and of L1's way."""

import threading
from dataclasses import dataclass, replace
from random import Random
from typing import cast

from beamer_agent.actions.model import Action
from beamer_agent.actions.view import DirectionView, FillPolicy, GamePolicy
from beamer_agent.config import TokenConfig
from beamer_agent.events.view import Batch, ChainView
from beamer_agent.inbox import Inbox
from beamer_agent.planning.game import GamePlanner
from beamer_agent.planning.payouts import Payouts
from beamer_agent.planning.planner import Planner
from beamer_agent.processor import EventProcessor
from beamer_agent.rpc.model import Block
from beamer_agent.state.fold import Fold
from beamer_agent.tokens import TokenPairs
from beamer_agent.transactions.account import ChainAccount
from beamer_agent.transactions.payout_book import NO_LIMITS, PayoutBook
from beamer_agent.transactions.sender import TransactionSender
from beamer_agent.transactions.stake_book import StakeBook
from beamer_agent.transactions.wallet import Wallet
from beamer_agent.types import Address, BlockNumber, Seconds, Timestamp, Wei
from tests.doubles import FakeClock, RecordingLogger, ScriptedTransport, make_client
from tests.property.game.bridge import BaseSender, Bridge, Lookout
from tests.property.game.endpoint import make_evm_client
from tests.property.game.evm import EvmChain
from tests.property.game.sending import EvmSender
from tests.property.game.terms import BLOCK, DIRECTION, SOURCE, STAKE, TARGET, TERMS
from tests.property.game.truth import TruthfulWitness
from tests.property.game.world import World

GAME = GamePolicy(
    fill_wait_time=Seconds(3 * BLOCK),
    max_claim_stake=Wei(10 * STAKE),
    max_total_stake=Wei(900 * STAKE),
)


@dataclass(frozen=True, slots=True)
class Habits:
    """How an agent differs from others."""

    is_filling: bool = True
    lag: int = 0
    """How many blocks its view of the target chain is old."""
    knows_prices: bool = True
    """Whether it knows what a deposit is worth in ether."""
    game: GamePolicy = GAME


class HonestAgent:
    """One account's agent, in one life after the other."""

    def __init__(self, world: World, bridge: Bridge, account: Address, habits: Habits) -> None:
        self.account = account
        self.done: list[Action] = []
        """Everything carried out, in all lives."""
        self._world = world
        self._bridge = bridge
        self._habits = habits
        self._asleep = 0
        self._begin()

    def turn(self) -> None:
        """Read what is new, decide, carry out; unless it sleeps."""
        self.clock.advance(self._world.now - self.clock.now())
        if self._asleep > 0:
            self._asleep -= 1
            return
        for chain in (self._world.source, self._world.target):
            self._deliver(chain)
        self._lookout.look()
        for account, head in self._accounts:
            account.wallet.refresh(head())
        self._processor.step()
        for sender in (self._source, self._target, self._base):
            self.done += sender.carry_out()

    def sleep(self, blocks: int) -> None:
        """Do nothing for so many blocks."""
        self._asleep = blocks

    def restart(self, seed: int) -> None:
        """Lose everything, and read both chains anew, in any interleaving."""
        chance = Random(seed)  # noqa: S311 - to be repeated, not to be unguessable
        self._begin()
        chains = [self._world.source, self._world.target]
        while chains:
            chain = chance.choice(chains)
            self._deliver(chain, at_most=chance.randrange(1, 4))
            self._processor.step()
            if self._read[chain.chain_id] == self._visible(chain):
                chains.remove(chain)

    # ---

    def _begin(self) -> None:
        world, account = self._world, self.account
        self.clock = FakeClock(world.now)
        self.log = RecordingLogger()
        self.fold = Fold(DIRECTION, account)
        self._lookout = Lookout(world, self._bridge)
        self._source = EvmSender(world, world.source, account, self.clock)
        self._target = EvmSender(world, world.target, account, self.clock)
        self._base = BaseSender(self.clock, self._bridge)
        self._make_accounts()
        witness = TruthfulWitness(world)
        games = GamePlanner(
            str(DIRECTION),
            self.fold,
            self._source_account,
            self._target_account,
            lambda: self._base_account,
            self._lookout,
            witness,
            self.log.logger,
        )
        planner = Planner(
            DIRECTION,
            self.fold,
            self._source_account,
            self._target_account,
            TERMS,
            games,
            witness,
            self.log.logger,
            Payouts("a->b", self.fold, self._target_account.sender, PayoutBook(NO_LIMITS, ())),
        )
        self._inbox = Inbox(threading.Event())
        self._processor = EventProcessor(
            DIRECTION, self.fold, self._inbox, planner, self._view, self.log.logger
        )
        self._read = {SOURCE: 0, TARGET: 0}
        """How many events of each chain have been delivered."""

    def _make_accounts(self) -> None:
        world, account = self._world, self.account
        source = Wallet(make_evm_client(world.source), account, [])
        target = Wallet(make_evm_client(world.target), account, [world.target_side.token.address])
        rich = make_client(ScriptedTransport(eth_getBalance=hex(10**21)))
        base = Wallet(rich, account, [])
        self._source_account = _account(self._source, source, self._habits)
        self._target_account = _account(self._target, target, self._habits)
        self._base_account = _account(self._base, base, self._habits)
        self._accounts = (
            (self._source_account, world.source.height),
            (self._target_account, world.target.height),
            (self._base_account, lambda: BlockNumber(1)),
        )

    def _view(self, source: ChainView, target: ChainView) -> DirectionView:
        token = self._world.source_side.token.address
        return DirectionView(
            account=self.account,
            source=source,
            target=target,
            source_funds=self._source_account.wallet.funds(),
            target_funds=self._target_account.wallet.funds(),
            policy=FillPolicy(
                pairs=self._pairs(),
                unsafe_fill_time=Seconds(600),
                min_source_balance=STAKE,
                is_filling=self._habits.is_filling,
            ),
            game=self._habits.game,
            terms=TERMS,
            now=self.clock.now(),
            base_funds=self._base_account.wallet.funds(),
            staked_in_games=self._source_account.stakes.total(),
            eth_in_token={token: 10**18} if self._habits.knows_prices else {},
        )

    def _pairs(self) -> TokenPairs:
        tokens = {
            SOURCE: self._world.source_side.token.address,
            TARGET: self._world.target_side.token.address,
        }
        return TokenPairs(
            {"TST": tuple(TokenConfig(chain_id=c, address=a) for c, a in tokens.items())}
        )

    def _deliver(self, chain: EvmChain, at_most: int | None = None) -> None:
        """What the chain's monitor has read since the last time, perhaps not all at once."""
        chain_id, visible = chain.chain_id, self._visible(chain)
        first = self._read[chain_id]
        last = visible if at_most is None else min(visible, first + at_most)
        events = tuple(self._world.events[chain_id][first:last])
        self._read[chain_id] = last
        head = self._head(chain)
        is_synced = last == visible
        until = head.number if is_synced else BlockNumber(events[-1].block_number - 1)
        view = ChainView(chain_id, head, until, is_synced=is_synced, is_reachable=True)
        self._inbox.deliver(Batch(view, events))

    def _visible(self, chain: EvmChain) -> int:
        """How many events the agent could have read."""
        height = self._head(chain).number
        return sum(e.block_number <= height for e in self._world.events[chain.chain_id])

    def _head(self, chain: EvmChain) -> Block:
        head, lag = chain.head, self._habits.lag if chain is self._world.target else 0
        return head if lag == 0 else _earlier(chain, head, lag)


def _earlier(chain: EvmChain, head: Block, lag: int) -> Block:
    number = BlockNumber(head.number - lag)
    return replace(
        head,
        number=number,
        hash=chain.hash_of(number),
        parent_hash=chain.hash_of(number - 1),
        timestamp=Timestamp(head.timestamp - lag * BLOCK),
    )


def _account(sender: EvmSender | BaseSender, wallet: Wallet, habits: Habits) -> ChainAccount:
    book = StakeBook(habits.game.max_total_stake)
    return ChainAccount(cast("TransactionSender", sender), wallet, book)
