"""Planner, senders and wallets on real chains: what keeps a request, and how it goes on."""

import pytest

from beamer_agent.devnet.deployment import L2Contracts
from beamer_agent.devnet.participant import Participant, Request
from beamer_agent.devnet.settings import WorldSettings
from beamer_agent.devnet.world import LocalWorld
from beamer_agent.transactions.overdue import RESEND_BLOCKS
from beamer_agent.types import Seconds
from tests.chain_fixtures import MakeWorld
from tests.e2e.story import counts, resume_mining, stop_mining
from tests.hand_agent import UNLIMITED, HandAgent
from tests.whole_life import AMOUNT, finish

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("mining_resumed")]


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


def test_lost_race_costs_no_second_payment(
    world: LocalWorld, user: Participant, source: L2Contracts, target: L2Contracts
) -> None:
    """A rival filled before our look: nothing is sent. While ours is in the pool: it reverts."""
    rival, us = allowed_rival(world, target), world.participant("agent")
    agent = HandAgent(world, allowance=UNLIMITED)
    agent.turns(1)
    ahead = agent.sent(target)
    first = user.create_request(source, target, "DAI", AMOUNT)
    before = us.balance(target, "DAI")
    for chain in agent.chains.values():
        chain.following.monitor.step()
    rival.fill(first)
    for _ in range(2):
        agent.decide()
        for chain in agent.chains.values():
            chain.account.sender.step()
    assert agent.sent(target) == ahead
    assert agent.put_off() == ["the request is filled"]
    agent.turns(3)
    assert us.balance(target, "DAI") == before
    assert "claim" not in agent.sent(source)


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
        source.account.sender.step()
        source.following.monitor.step()
        target.following.monitor.step()
        target.account.sender.step()
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
