"""Planner, senders and wallets on real chains and contracts, turned by hand, block by block."""

from collections.abc import Iterator

import pytest

from beamer_agent.devnet.deployment import L2Contracts
from beamer_agent.devnet.participant import Participant, Request
from beamer_agent.devnet.settings import WorldSettings
from beamer_agent.devnet.world import LocalWorld
from beamer_agent.transactions.watch import RESEND_BLOCKS
from beamer_agent.types import Seconds
from tests.chain_fixtures import MakeWorld
from tests.e2e.story import WHOLE_LIFE, counts, resume_mining, sent_by, stop_mining
from tests.hand_agent import UNLIMITED, HandAgent

pytestmark = pytest.mark.integration

AMOUNT = 10**6
"""Something of either token."""


@pytest.fixture
def world(world: LocalWorld) -> Iterator[LocalWorld]:
    """The shared world; afterwards its L2s mine again as before."""
    yield world
    for l2 in world.contracts.l2s:
        resume_mining(l2.chain)


@pytest.fixture
def user(world: LocalWorld) -> Participant:
    """Who asks for transfers."""
    return world.participant("user")


@pytest.fixture
def source(world: LocalWorld) -> L2Contracts:
    """Where deposits are."""
    return world.pair[0]


@pytest.fixture
def target(world: LocalWorld) -> L2Contracts:
    """Where requests are filled."""
    return world.pair[1]


def terminate(agent: HandAgent) -> None:
    """Let the claim period pass, on the chains and for the agent."""
    agent.world.increase_time(agent.world.settings.claim_period)
    agent.clock.advance(agent.world.settings.claim_period)


def finish(agent: HandAgent, *requests: Request) -> None:
    """Follow requests to their end; everything must have happened exactly once."""
    agent.turns(3)
    terminate(agent)
    agent.turns(3)
    assert [counts(request) for request in requests] == [WHOLE_LIFE] * len(requests)


def allowance(world: LocalWorld, l2: L2Contracts, symbol: str) -> int:
    """What the FillManager may take of the agent's tokens."""
    owner = world.participant("agent").address
    call = l2.tokens[symbol].contract.call("allowance", owner, l2.fill_manager.address)
    return int(l2.chain.client.read(call))


@pytest.mark.parametrize("symbol", ["DAI", "USDT"])
def test_request_is_approved_and_filled_in_one_block(
    world: LocalWorld, user: Participant, source: L2Contracts, target: L2Contracts, symbol: str
) -> None:
    """The block after it was seen; then claimed, then withdrawn, each once."""
    agent = HandAgent(world)
    request = user.create_request(source, target, symbol, AMOUNT)
    stop_mining(target.chain)
    agent.turns(2)
    mined, pending = sent_by(target, world)
    assert pending - mined == 2
    target.chain.mine()
    assert counts(request).get("RequestFilled") == 1
    resume_mining(target.chain)
    assert allowance(world, target, symbol) == 0
    finish(agent, request)
    assert agent.sent(target) == ["approve", "fill"]
    assert agent.sent(source) == ["claim", "withdraw"]


@pytest.mark.parametrize("symbol", ["DAI", "USDT"])
@pytest.mark.parametrize("configured", [None, UNLIMITED, 2 * AMOUNT, AMOUNT])
def test_fills_of_one_token_go_into_one_block(
    world: LocalWorld,
    user: Participant,
    source: L2Contracts,
    target: L2Contracts,
    symbol: str,
    configured: int | None,
) -> None:
    """Whatever the allowance, and though the token may want zero first: nothing reverts."""
    agent = HandAgent(world, allowance=configured)
    requests = [user.create_request(source, target, symbol, AMOUNT - n) for n in range(5)]
    stop_mining(target.chain)
    agent.turns(2)
    resume_mining(target.chain)
    assert [counts(request).get("RequestFilled") for request in requests] == [1] * 5
    finish(agent, *requests)
    assert "Transaction reverted" not in agent.log.sentences()
    if configured == UNLIMITED:
        assert agent.sent(target) == ["approve", *["fill"] * 5]


def test_left_over_allowance_is_used_or_replaced(
    world: LocalWorld, user: Participant, source: L2Contracts, target: L2Contracts
) -> None:
    """Of a token that wants zero first: the second fill finds a part of the limit."""
    agent = HandAgent(world, allowance=2 * AMOUNT)
    requests = []
    for _ in range(3):
        requests.append(user.create_request(source, target, "USDT", AMOUNT * 4 // 5))
        agent.turns(2)
    assert agent.sent(target) == ["approve", "fill", "fill", "approve", "approve", "fill"]
    finish(agent, *requests)


def test_amount_above_the_configured_allowance_is_left(
    world: LocalWorld, user: Participant, source: L2Contracts, target: L2Contracts
) -> None:
    """And told once."""
    agent = HandAgent(world, allowance=AMOUNT)
    user.create_request(source, target, "DAI", AMOUNT + 1)
    agent.turns(4)
    assert agent.sent(target) == []
    assert agent.log.sentences().count("Not acting on request") == 1


def test_both_directions_at_once(
    world: LocalWorld, user: Participant, source: L2Contracts, target: L2Contracts
) -> None:
    """Each chain is source of one and target of the other."""
    agent = HandAgent(world)
    there = user.create_request(source, target, "DAI", AMOUNT)
    back = user.create_request(target, source, "DAI", AMOUNT)
    agent.turns(2)
    finish(agent, there, back)


def test_stuck_fill_is_replaced_by_a_dearer_one(make_world: MakeWorld, user: Participant) -> None:
    """The base fee has risen above what it offers; anvil keeps it, so the world is its own."""
    world = make_world(WorldSettings(block_time=None))
    source, target = world.pair
    agent = HandAgent(world, allowance=UNLIMITED)
    first = user.create_request(source, target, "DAI", AMOUNT)
    agent.turns(3)
    request = user.create_request(source, target, "DAI", AMOUNT)
    stop_mining(target.chain)
    agent.turns(1)
    raised = 10**11  # far above twice the present one
    for _ in range(RESEND_BLOCKS):
        target.chain.client.call("anvil_setNextBlockBaseFeePerGas", hex(raised))
        agent.blocks(1)
    assert "RequestFilled" not in counts(request)
    agent.blocks(2)
    again = [line for line in agent.log.lines if line["event"] == "Sent transaction again"]
    assert len(again) == 1
    assert again[0]["max_fee_per_gas"] > raised
    assert counts(request)["RequestFilled"] == 1
    resume_mining(target.chain)
    finish(agent, first, request)


def test_claim_of_an_earlier_life_in_the_pool_is_not_made_again(
    world: LocalWorld, user: Participant, source: L2Contracts, target: L2Contracts
) -> None:
    """Nothing is added behind it until it is mined."""
    agent = HandAgent(world)
    request = user.create_request(source, target, "DAI", AMOUNT)
    stop_mining(source.chain)
    agent.turns(4)
    mined, pending = sent_by(source, world)
    assert pending - mined == 1
    after = HandAgent(world)
    after.turns(3)
    assert sent_by(source, world) == (mined, pending)
    assert after.sent(source) == []
    resume_mining(source.chain)
    finish(after, request)


@pytest.mark.parametrize("confirmations", [0, 3])
def test_claim_of_an_earlier_life_that_is_not_seen_yet_is_not_made_again(
    world: LocalWorld,
    user: Participant,
    source: L2Contracts,
    target: L2Contracts,
    confirmations: int,
) -> None:
    """Its event is not deep enough for the planner; the sender looks for it before it sends."""
    agent = HandAgent(world, confirmations=confirmations)
    request = user.create_request(source, target, "DAI", AMOUNT)
    for _ in range(20):
        if "ClaimMade" in counts(request):
            break
        agent.blocks(1)
    assert counts(request)["ClaimMade"] == 1
    after = HandAgent(world, confirmations=confirmations)
    after.turns(2)
    assert after.sent(source) == []
    if confirmations:
        assert after.put_off() == ["the fill is claimed"]
    after.blocks(confirmations)
    terminate(after)
    after.blocks(confirmations + 3)
    assert counts(request) == WHOLE_LIFE


def test_lost_race_costs_no_second_payment(
    world: LocalWorld, user: Participant, source: L2Contracts, target: L2Contracts
) -> None:
    """A rival filled before our look: nothing is sent. While ours is in the pool: it reverts."""
    rival, us = allowed_rival(world, target), world.participant("agent")
    agent = HandAgent(world, allowance=UNLIMITED)
    agent.turns(1)
    first = user.create_request(source, target, "DAI", AMOUNT)
    before = us.balance(target, "DAI")
    for chain in agent.chains.values():
        chain.monitor.step()
    rival.fill(first)
    for _ in range(2):
        agent.decide()
        for chain in agent.chains.values():
            chain.sender.step()
    assert agent.sent(target) == []
    assert agent.put_off() == ["the request is filled"]
    agent.turns(3)
    assert us.balance(target, "DAI") == before
    assert agent.sent(source) == []


def allowed_rival(world: LocalWorld, target: L2Contracts) -> Participant:
    """Another agent with a permission to fill."""
    rival = world.participant("rival")
    call = target.fill_manager.contract.call("addAllowedLp", rival.address)
    target.chain.wallet("deployer").execute(call)
    return rival


def test_fill_that_became_unsafe_is_cancelled(
    world: LocalWorld, user: Participant, source: L2Contracts, target: L2Contracts
) -> None:
    """In the pool, it is replaced by nothing; the tokens stay."""
    us = world.participant("agent")
    agent = HandAgent(world)
    request = user.create_request(source, target, "DAI", AMOUNT, Seconds(1_800))
    before = us.balance(target, "DAI")
    stop_mining(target.chain)
    agent.turns(2)
    assert agent.sent(target) == ["approve", "fill"]
    agent.clock.advance(1_800 - 600)
    agent.turns(2)
    resume_mining(target.chain)
    agent.turns(3)
    assert "Cancelled transaction" in agent.log.sentences()
    assert counts(request) == {"RequestCreated": 1}
    assert us.balance(target, "DAI") == before
    after = user.create_request(source, target, "DAI", AMOUNT)
    agent.turns(2)
    finish(agent, after)


def test_too_few_tokens_are_not_spent_twice(
    world: LocalWorld, user: Participant, source: L2Contracts, target: L2Contracts
) -> None:
    """Two requests, tokens for one: the other is filled when there are more."""
    us = world.participant("agent")
    token = target.tokens["USDT"]
    spare = us.balance(target, "USDT") - AMOUNT
    transfer = token.contract.call("transfer", user.address, spare)
    target.chain.wallet("agent").execute(transfer)
    agent = HandAgent(world)
    requests = [user.create_request(source, target, "USDT", AMOUNT) for _ in range(2)]
    agent.turns(5)
    assert [counts(r).get("RequestFilled") for r in requests] == [1, None]
    assert agent.log.sentences().count("Not acting on request") == 1
    back = token.contract.call("transfer", us.address, AMOUNT)
    target.chain.wallet("user").execute(back)
    agent.clock.advance(60)
    agent.turns(3)
    finish(agent, *requests)


def test_claim_without_funds_waits_for_them(
    world: LocalWorld, user: Participant, source: L2Contracts, target: L2Contracts
) -> None:
    """It stays due, and is made as soon as it can be paid."""
    us = world.participant("agent")
    agent = HandAgent(world)
    request = user.create_request(source, target, "DAI", AMOUNT)
    native = us.native_balance(source)
    fill_first(agent, request)
    source.chain.client.call("anvil_setBalance", us.address, hex(10**15))
    agent.turns(5)
    assert "ClaimMade" not in counts(request)
    assert len(agent.put_off()) == 1
    assert "insufficient funds" in agent.put_off()[0].lower()
    source.chain.client.call("anvil_setBalance", us.address, hex(native))
    agent.clock.advance(60)
    finish(agent, request)


def fill_first(agent: HandAgent, request: Request) -> None:
    """Let it be filled, and nothing more."""
    source = agent.chains[request.source.chain.name]
    target = agent.chains[request.target.chain.name]
    for _ in range(3):
        source.sender.step()
        source.monitor.step()
        target.monitor.step()
        target.sender.step()
        agent.decide()
        if "RequestFilled" in counts(request):
            return
    raise AssertionError("it was not filled")


def test_reason_of_a_refusal_is_in_the_log(
    world: LocalWorld, user: Participant, source: L2Contracts, target: L2Contracts
) -> None:
    """In the contract's words, once; and the request is filled when the reason has gone."""
    us = world.participant("agent")
    manager = target.fill_manager.contract
    owner = target.chain.wallet("deployer")
    agent = HandAgent(world)
    owner.execute(manager.call("removeAllowedLp", us.address))
    request = user.create_request(source, target, "DAI", AMOUNT)
    agent.turns(6)
    assert agent.put_off() == [f"LpNotAllowed({us.address.lower()})"]
    owner.execute(manager.call("addAllowedLp", us.address))
    agent.clock.advance(60)
    finish(agent, request)


def test_many_requests_need_few_blocks(world: LocalWorld, user: Participant) -> None:
    """Forty at once: filled and claimed within a few blocks, nothing goes one per block."""
    source, target = world.pair
    agent = HandAgent(world)
    requests = [user.create_request(source, target, "DAI", AMOUNT) for _ in range(40)]
    agent.turns(1)
    stop_mining(source.chain)
    stop_mining(target.chain)
    needed: dict[str, int] = {}
    for block in range(1, 11):
        agent.blocks(1)
        done = [counts(request) for request in requests]
        for name in ("RequestFilled", "ClaimMade"):
            if all(name in events for events in done):
                needed.setdefault(name, block)
        if len(needed) == 2:
            break
    assert needed["RequestFilled"] <= 3
    assert needed["ClaimMade"] <= 5
    for l2 in (source, target):
        resume_mining(l2.chain)
    finish(agent, *requests)
