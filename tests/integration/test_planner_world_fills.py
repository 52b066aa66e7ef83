"""Planner, senders and wallets on real chains: fills, approvals, and how many fit a block."""

import pytest

from beamer_agent.devnet.deployment import L2Contracts
from beamer_agent.devnet.participant import Participant
from beamer_agent.devnet.world import LocalWorld
from tests.e2e.story import counts, resume_mining, sent_by, stop_mining
from tests.hand_agent import UNLIMITED, HandAgent
from tests.whole_life import AMOUNT, finish

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("mining_resumed")]


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
        assert agent.sent(target) == [*["approve"] * len(target.tokens), *["fill"] * 5]


def test_left_over_allowance_is_used_or_replaced(
    world: LocalWorld, user: Participant, source: L2Contracts, target: L2Contracts
) -> None:
    """Of a token that wants zero first: the second fill finds a part of the limit."""
    agent = HandAgent(world, allowance=2 * AMOUNT)
    requests = []
    for _ in range(3):
        requests.append(user.create_request(source, target, "USDT", AMOUNT * 4 // 5))
        agent.turns(2)
    ahead = ["approve"] * len(target.tokens)
    assert agent.sent(target) == [*ahead, "fill", "fill", "approve", "approve", "fill"]
    finish(agent, *requests)


def test_amount_above_the_configured_allowance_is_left(
    world: LocalWorld, user: Participant, source: L2Contracts, target: L2Contracts
) -> None:
    """And told once."""
    agent = HandAgent(world, allowance=AMOUNT)
    user.create_request(source, target, "DAI", AMOUNT + 1)
    agent.turns(4)
    assert "fill" not in agent.sent(target)
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
