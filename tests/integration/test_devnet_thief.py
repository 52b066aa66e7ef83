"""The demo's thief on real contracts, and what an account has sent."""

import pytest

from beamer_agent.devnet.deployment import L2Contracts
from beamer_agent.devnet.expenses import expenses, heights, settle
from beamer_agent.devnet.games import GameBook
from beamer_agent.devnet.logs import LogReader
from beamer_agent.devnet.participant import Participant, Request
from beamer_agent.devnet.ploys import Ploy, Trick
from beamer_agent.devnet.summary import Holdings
from beamer_agent.devnet.thief import ROLE, Thief
from beamer_agent.devnet.world import LocalWorld
from beamer_agent.types import Address, Wei

pytestmark = pytest.mark.integration

AMOUNT = 50 * 10**18


class Scene:
    """A thief at work on one request, on chains that make a block for each transaction."""

    def __init__(self, world: LocalWorld, trick: Trick, answers: int = 0) -> None:
        self._world = world
        source, target = world.pair
        world.allow_lp(ROLE)
        self.request: Request = world.participant("user").create_request(
            source, target, "DAI", AMOUNT
        )
        self.ploy = Ploy(trick, answers, source, target, "DAI", self.request.amount)
        self.ploy.request_id = self.request.request_id
        self.book = GameBook()
        self.thief = Thief(world)
        manager = source.request_manager
        self._reader = LogReader(source.chain.client, [manager.contract], manager.block)

    def act(self) -> None:
        """The thief looks, and makes his move; then again, before he has seen what came of it."""
        self._look()
        for _ in range(2):
            self.thief.act([self.ploy], self.book)
        self._look()

    def grab(self) -> None:
        """The thief tries to withdraw."""
        self.thief.grab([self.ploy], self.book)
        self._look()

    def receivers(self) -> list[Address]:
        """Who has got stakes."""
        return [game.payout.receiver for game in self.book.games if game.payout is not None]

    def _look(self) -> None:
        settle(self._world, self.thief.address)
        for log in self._reader.read():
            self.book.apply(self.ploy.source.chain.name, log, 0.0)


def send_refused(source: L2Contracts, sender: Participant) -> None:
    """A transaction that nobody has simulated: a withdrawal from no claim."""
    call = source.request_manager.contract.call("withdraw", 99)
    fields = {"to": call.address, "data": "0x" + call.data.hex(), "gas": hex(200_000)}
    source.chain.client.call("eth_sendTransaction", {"from": sender.address, **fields})


@pytest.fixture
def agent(world: LocalWorld) -> Participant:
    """Whom the thief is after."""
    return world.participant("agent")


def test_unchallenged_theft_pays(world: LocalWorld) -> None:
    """The thief is a real one: nobody stops him, and he has stake and deposit."""
    before = Holdings.of(world, ROLE)
    scene = Scene(world, Trick.INVENTED_FILL)
    scene.act()
    scene.grab()
    assert scene.receivers() == []
    world.increase_time(world.settings.claim_period)
    scene.grab()
    assert scene.receivers() == [scene.thief.address]
    assert (Holdings.of(world, ROLE) - before).tokens["DAI"] > AMOUNT


def test_turn_is_answered_once(world: LocalWorld, agent: Participant) -> None:
    """However often he acts, a bid is one transaction; out-bid again, he answers again."""
    scene = Scene(world, Trick.INVENTED_FILL, answers=2)
    scene.act()
    (game,) = scene.book.games
    source = scene.ploy.source
    agent.challenge(source, game.claim_id, Wei(world.settings.claim_stake + 1))
    scene.act()
    assert len(game.bids) == 3
    agent.challenge(source, game.claim_id, Wei(world.settings.claim_stake + 1))
    scene.act()
    assert len(game.bids) == 5


def test_thief_fetches_nothing_for_others(world: LocalWorld, agent: Participant) -> None:
    """Anyone may hand the claimer what it has won; he does not."""
    scene = Scene(world, Trick.FALSE_CHALLENGE)
    claim_id = agent.claim(scene.request, agent.fill(scene.request))
    scene.act()
    agent.challenge(scene.ploy.source, claim_id, Wei(world.settings.claim_stake + 1))
    world.increase_time(world.settings.finality_period)
    world.increase_time(world.settings.challenge_period_extension)
    scene.grab()
    assert scene.receivers() == []
    agent.withdraw(scene.ploy.source, claim_id)
    scene.grab()
    assert scene.receivers() == [agent.address]


def test_expenses_are_what_the_balance_misses(world: LocalWorld, agent: Participant) -> None:
    """Transactions by function, on all chains; gas to the wei, also of refused ones."""
    source, target = world.pair
    request = world.participant("user").create_request(source, target, "DAI", AMOUNT)
    since, before = heights(world), Holdings.of(world, "agent")
    agent.fill(request)
    world.base.wallet("agent").send(world.contracts.resolver.contract.call("owner"))
    send_refused(source, agent)
    settle(world, agent.address)
    found = expenses(world, agent.address, since)
    assert found.transactions == {"approve": 1, "fillRequest": 1, "owner": 1, "withdraw": 1}
    assert found.failed == 1
    assert found.gas == -(Holdings.of(world, "agent") - before).native
    assert expenses(world, agent.address, heights(world)).transactions == {}
