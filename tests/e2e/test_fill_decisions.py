"""Which requests the agent does not fill, or not yet, and what it says about them."""

import pytest

from beamer_agent.devnet.accounts import account_of
from beamer_agent.devnet.deployment import L2Contracts
from beamer_agent.devnet.participant import Participant, Request
from beamer_agent.devnet.settings import L2_CHAIN_IDS, WorldSettings
from beamer_agent.devnet.world import LocalWorld
from beamer_agent.types import ChainId, Seconds
from tests.agent_process import AgentProcess
from tests.chain_fixtures import MakeWorld
from tests.e2e.conftest import Agents
from tests.e2e.story import (
    WHOLE_LIFE,
    counts,
    happened,
    resume_mining,
    see_through,
    sent_by,
    stop_mining,
    wait_for,
    wait_for_pool,
)

pytestmark = pytest.mark.e2e

NOT_ACTING = "Not acting on request"
UNSAFE = "the request expires within the unsafe fill time"
UNKNOWN_PAIR = "the tokens are not configured as a pair"
TOO_FEW_TOKENS = "the target token balance is too low"

SHORTEST_VALIDITY = Seconds(1800)
AMOUNT = 10**18
MUCH_GAS = 500_000
HIGH_TIP = 100 * 10**9


def wait_for_reason(agent: AgentProcess, request: Request, reason: str) -> None:
    """Wait until the agent says why it does not act on a request."""
    agent.wait_for_line(NOT_ACTING, request_id=hex_id(request), reason=reason)


def times_said(agent: AgentProcess, request: Request, reason: str) -> int:
    """How often it has said so."""
    return len(agent.lines(NOT_ACTING, request_id=hex_id(request), reason=reason))


def hex_id(request: Request) -> str:
    """The request's id as the log has it."""
    return "0x" + request.request_id.hex()


def fills_sent(agent: AgentProcess) -> int:
    """How many fills the agent has handed to a node."""
    return len(agent.lines("Sent transaction", transaction="fill"))


def give_away(l2: L2Contracts, symbol: str, amount: int) -> None:
    """Let the agent's account own less of a token."""
    rival = account_of("rival").address
    call = l2.tokens[symbol].contract.call("transfer", rival, amount)
    l2.chain.wallet("agent").execute(call)


def mint(l2: L2Contracts, symbol: str, amount: int) -> None:
    """Let the agent's account own more of a token."""
    call = l2.tokens[symbol].contract.call("mint", account_of("agent").address, amount)
    l2.chain.wallet("deployer").execute(call)


def allow_rival(l2: L2Contracts) -> Participant:
    """Another LP that may fill on a chain."""
    rival = Participant("rival")
    call = l2.fill_manager.contract.call("addAllowedLp", rival.address)
    l2.chain.wallet("deployer").execute(call)
    return rival


def create_mixed_request(world: LocalWorld) -> None:
    """A request that wants USDT for DAI, which nobody's configuration calls equivalent."""
    user, (source, target) = world.participant("user"), world.pair
    user.allow(source, "DAI", source.request_manager)
    call = source.request_manager.contract.call(
        "createRequest",
        target.chain.chain_id,
        source.tokens["DAI"].address,
        target.tokens["USDT"].address,
        user.address,
        AMOUNT,
        3600,
    )
    source.chain.wallet("user").execute(call)


def test_request_that_expires_within_the_unsafe_fill_time(
    world: LocalWorld, agents: Agents
) -> None:
    """It is never filled; one that expires later is."""
    user, pair = world.participant("user"), world.pair
    short = user.create_request(*pair, "DAI", AMOUNT, SHORTEST_VALIDITY)
    long = user.create_request(*pair, "DAI", AMOUNT)
    agent = agents.start(world, {"unsafe-fill-time": SHORTEST_VALIDITY + 1})
    see_through(world, agent, long)
    wait_for_reason(agent, short, UNSAFE)
    assert counts(short) == {"RequestCreated": 1}


def test_request_that_becomes_unsafe_while_it_cannot_be_filled(
    world: LocalWorld, agents: Agents
) -> None:
    """What was only put off is given up when its time has come, whatever the balance then is."""
    user, (source, target) = world.participant("user"), world.pair
    give_away(target, "DAI", world.participant("agent").balance(target, "DAI"))
    agent = agents.start(world, {"unsafe-fill-time": 600})
    request = user.create_request(source, target, "DAI", AMOUNT, SHORTEST_VALIDITY)
    wait_for_reason(agent, request, TOO_FEW_TOKENS)
    world.increase_time(Seconds(SHORTEST_VALIDITY - 600))
    wait_for_reason(agent, request, UNSAFE)
    mint(target, "DAI", 2 * AMOUNT)
    after = user.create_request(source, target, "USDT", 10**6)
    wait_for(agent, after, "RequestFilled")
    again = user.create_request(source, target, "DAI", AMOUNT)
    wait_for(agent, again, "RequestFilled")
    assert counts(request) == {"RequestCreated": 1}


def test_expired_request_is_left_to_its_user(world: LocalWorld, agents: Agents) -> None:
    """An agent that comes too late fills neither the refunded nor the merely expired request."""
    user, pair = world.participant("user"), world.pair
    refunded, expired = (
        user.create_request(*pair, "DAI", AMOUNT, SHORTEST_VALIDITY) for _ in range(2)
    )
    world.increase_time(SHORTEST_VALIDITY)
    manager = pair[0].request_manager.contract
    call = manager.call("withdrawExpiredRequest", refunded.request_id)
    pair[0].chain.wallet("user").execute(call)
    agent = agents.start(world)
    see_through(world, agent, user.create_request(*pair, "DAI", AMOUNT))
    assert counts(refunded) == {"RequestCreated": 1, "DepositWithdrawn": 1}
    assert counts(expired) == {"RequestCreated": 1}
    assert fills_sent(agent) == 1


def test_unknown_token_pair(world: LocalWorld, agents: Agents) -> None:
    """Two known tokens that are not equivalent: the reason is told once, nothing is filled."""
    user, pair = world.participant("user"), world.pair
    create_mixed_request(world)
    agent = agents.start(world)
    see_through(world, agent, user.create_request(*pair, "DAI", AMOUNT))
    assert len(agent.lines(NOT_ACTING, reason=UNKNOWN_PAIR)) == 1
    assert fills_sent(agent) == 1


def test_unaffordable_request_is_filled_after_a_top_up(world: LocalWorld, agents: Agents) -> None:
    """Until then the reason is told once, however many turns it lasts; others are served."""
    user, (source, target) = world.participant("user"), world.pair
    give_away(target, "DAI", world.participant("agent").balance(target, "DAI") - AMOUNT + 1)
    agent = agents.start(world)
    request = user.create_request(source, target, "DAI", AMOUNT)
    wait_for_reason(agent, request, TOO_FEW_TOKENS)
    wait_for(agent, user.create_request(source, target, "USDT", 10**6), "RequestFilled")
    wait_for(agent, user.create_request(source, target, "USDT", 10**6), "ClaimMade")
    assert counts(request) == {"RequestCreated": 1}
    assert times_said(agent, request, TOO_FEW_TOKENS) == 1
    mint(target, "DAI", 1)
    # Balances are looked at now and then, and whenever a transaction of ours was mined.
    wait_for(agent, user.create_request(source, target, "USDT", 10**6), "RequestFilled")
    see_through(world, agent, request)
    assert counts(request) == WHOLE_LIFE
    assert times_said(agent, request, TOO_FEW_TOKENS) == 1


def test_no_stake_no_fill(world: LocalWorld, agents: Agents) -> None:
    """Without native currency on the source chain a fill could not be claimed."""
    user, (source, target) = world.participant("user"), world.pair
    account = world.participant("agent").address
    minimum = 10**17
    source.chain.client.call("anvil_setBalance", account, hex(minimum - 1))
    agent = agents.start(world)
    poor = user.create_request(source, target, "DAI", AMOUNT)
    rich = user.create_request(target, source, "DAI", AMOUNT)
    wait_for(agent, rich, "RequestFilled")
    wait_for_reason(
        agent, poor, "the source chain's native balance is too low for the claim stake"
    )
    assert counts(poor) == {"RequestCreated": 1}


def test_refused_fill_is_tried_again_though_no_block_comes(
    world: LocalWorld, agents: Agents
) -> None:
    """The contract refuses, its owner relents; the next try needs time, not a new head."""
    user, (source, target) = world.participant("user"), world.pair
    account, owner = world.participant("agent").address, target.chain.wallet("deployer")
    agent = agents.start(world)
    agent.wait_for_line("Synced", chain_id=target.chain.chain_id)
    manager = target.fill_manager.contract
    owner.execute(manager.call("removeAllowedLp", account))
    request = user.create_request(source, target, "DAI", AMOUNT)
    agent.wait_for_line("Put action off", action=f"fill:{hex_id(request)}")
    owner.execute(manager.call("addAllowedLp", account))
    # Every half a minute balances are read, which would also make it look again.
    agent.wait_until(lambda: happened(request, "RequestFilled"), "the second try", 15.0)
    see_through(world, agent, request)
    assert counts(request) == WHOLE_LIFE


def test_another_lp_has_filled(world: LocalWorld, agents: Agents) -> None:
    """Its fill is neither repeated nor claimed."""
    user, (source, target) = world.participant("user"), world.pair
    request = user.create_request(source, target, "DAI", AMOUNT)
    allow_rival(target).fill(request)
    agent = agents.start(world)
    see_through(world, agent, user.create_request(source, target, "DAI", AMOUNT))
    assert counts(request) == {"RequestCreated": 1, "RequestFilled": 1}
    assert fills_sent(agent) == 1


def test_another_lp_overtakes(world: LocalWorld, agents: Agents) -> None:
    """Its fill is mined before ours, which reverts: gas is lost, nothing is claimed."""
    user, (source, target) = world.participant("user"), world.pair
    rival = allow_rival(target)
    rival.allow(target, "DAI", target.fill_manager)
    stop_mining(target.chain)
    request = user.create_request(source, target, "DAI", AMOUNT)
    agent = agents.start(world)
    wait_for_pool(world, agent, target, 2)
    fill_with_high_tip(request)
    resume_mining(target.chain)
    agent.wait_for_line("Transaction reverted", transaction="fill")
    lost = agent.wait_for_line("Lost a race", request_id=hex_id(request))
    assert (lost["rival"], lost["blocks_earlier"]) == (rival.address, 0)
    see_through(world, agent, user.create_request(source, target, "DAI", AMOUNT))
    assert counts(request) == {"RequestCreated": 1, "RequestFilled": 1}
    assert fills_sent(agent) == 2


def fill_with_high_tip(request: Request) -> None:
    """Let the rival hand in a fill that goes before all others of its block."""
    rival, client = account_of("rival"), request.target.chain.client
    call = request.target.fill_manager.contract.call(
        "fillRequest",
        request.source.chain.chain_id,
        request.target.tokens[request.symbol].address,
        request.receiver,
        request.amount,
        request.nonce,
    )
    signed = rival.sign_transaction(
        {
            "chainId": request.target.chain.chain_id,
            "nonce": client.transaction_counts(rival.address)[0],
            "to": call.address,
            "data": call.data,
            "value": 0,
            "gas": MUCH_GAS,
            "type": 2,
            "maxFeePerGas": 2 * HIGH_TIP,
            "maxPriorityFeePerGas": HIGH_TIP,
        }
    )
    client.send_raw_transaction(bytes(signed.raw_transaction))


def test_two_directions_never_spend_the_same_tokens(
    make_world: MakeWorld, agents: Agents, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Enough tokens on one chain for a request of either of two others: one is filled."""
    monkeypatch.setitem(L2_CHAIN_IDS, "l2c", ChainId(31903))
    world = make_world(WorldSettings(block_time=None))
    user, target = world.participant("user"), world.l2s["l2c"]
    sources = [world.l2s["l2a"], world.l2s["l2b"]]
    held = world.participant("agent").balance(target, "DAI")
    give_away(target, "DAI", held - 3 * AMOUNT)
    requests = [user.create_request(source, target, "DAI", 2 * AMOUNT) for source in sources]
    agent = agents.start(world)
    agent.wait_until(lambda: fills_sent(agent), "a fill")
    agent.wait_for_line(NOT_ACTING, reason=TOO_FEW_TOKENS)
    wait_for(agent, user.create_request(sources[0], target, "USDT", 10**6), "RequestFilled")
    wait_for(agent, user.create_request(sources[1], target, "USDT", 10**6), "RequestFilled")
    filled = [request for request in requests if "RequestFilled" in counts(request)]
    assert len(filled) == 1
    assert not agent.lines("Transaction reverted")
    assert not agent.lines("Put action off")
    mint(target, "DAI", AMOUNT)
    wait_for(agent, user.create_request(sources[0], target, "USDT", 10**6), "RequestFilled")
    see_through(world, agent, *requests)
    assert [counts(request) for request in requests] == [WHOLE_LIFE] * 2
    mined, pending = sent_by(target, world)
    assert mined == pending
