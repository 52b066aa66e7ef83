"""Audits at the end of a period, on real chains: what was withheld is found, nothing else is."""

from collections.abc import Callable

import pytest
from eth_utils.crypto import keccak

from beamer_agent.devnet.deployment import L2Contracts
from beamer_agent.devnet.participant import Participant, Request
from beamer_agent.devnet.world import LocalWorld
from beamer_agent.events.view import FIRST_BLOCK
from beamer_agent.orders import RestartKind
from beamer_agent.rpc.model import RawLog
from tests.crowd import claim_all, create_requests, false_fill_id, wait_for_all
from tests.hand_agent import UNLIMITED, HandAgent
from tests.hand_audit import HandAudit, audits, run_period
from tests.lying import LyingTransport

pytestmark = pytest.mark.integration

AMOUNT = 10**6
CREATED = (
    "RequestCreated(bytes32,uint256,address,address,address,address,uint256,uint96,uint32,"
    "uint256,uint256)"
)
FILLED = "RequestFilled(bytes32,bytes32,uint256,address,address,uint256)"
CLAIMED = "ClaimMade(bytes32,uint96,address,uint96,address,uint96,uint256,bytes32)"
TRANSFERS = 150


def withholding(event: str) -> Callable[[list[RawLog]], list[RawLog]]:
    """An endpoint that has no logs of an event."""
    topic = "0x" + keccak(text=event).hex()
    return lambda logs: [log for log in logs if log["topics"][0] != topic]


def watchtower(world: LocalWorld, **liars: LyingTransport) -> tuple[HandAgent, HandAudit]:
    """An agent that fills nothing, and the audit of the first direction."""
    agent = HandAgent(world, fill=False, liars=liars)
    audit, _ = audits(agent)
    return agent, audit


@pytest.fixture
def rival(world: LocalWorld) -> Participant:
    """Another agent."""
    world.allow_lp("rival")
    return world.participant("rival")


@pytest.fixture
def claimed(
    user: Participant, rival: Participant, source: L2Contracts, target: L2Contracts
) -> Request:
    """A request that another agent has filled and claimed."""
    request = user.create_request(source, target, "DAI", AMOUNT)
    rival.claim(request, rival.fill(request))
    return request


@pytest.mark.parametrize(
    ("chain", "event", "fields"),
    [
        pytest.param("l2b", FILLED, {"fill_id"}, id="a fill"),
        pytest.param("l2a", CLAIMED, {"active_claims"}, id="a claim"),
        pytest.param("l2a", CREATED, {"is_open"}, id="a request"),
    ],
)
def test_event_that_an_endpoint_withholds_is_found(
    world: LocalWorld, claimed: Request, chain: str, event: str, fields: set[str]
) -> None:
    """The direction is to be built anew; one that reads the truth agrees with the contracts."""
    liar = LyingTransport(world.l2s[chain].chain.url, withholding(event))
    agent, audit = watchtower(world, **{chain: liar})
    agent.turns(3)
    run_period(agent, audit)
    (order,) = audit.orders
    assert (order.part, order.kind) == ("l2a->l2b", RestartKind.HARD)
    told = [line for line in agent.log.lines if line["event"] == "Contracts say otherwise"]
    assert {line["field"] for line in told} == fields
    assert {line["request_id"] for line in told} == {claimed.request_id}
    honest, honest_audit = watchtower(world)
    honest.turns(3)
    run_period(honest, honest_audit)
    assert honest_audit.orders == []
    assert "Period is over" in honest.log.sentences()


@pytest.mark.usefixtures("claimed")
def test_event_that_comes_late_is_no_difference(world: LocalWorld) -> None:
    """Its endpoint has seen it when what was found is looked at once more."""
    lies = {"is_lying": True}
    lie = withholding(FILLED)
    late = LyingTransport(
        world.l2s["l2b"].chain.url, lambda logs: lie(logs) if lies["is_lying"] else logs
    )
    agent, audit = watchtower(world, l2b=late)
    agent.turns(3)
    agent.clock.advance(agent._around.config.period)
    for _ in range(2):
        audit.auditor.step()
        audit.processor.step()
    assert audit.auditor._suspicion is not None
    lies["is_lying"] = False
    agent.chains["l2b"].following.monitor.read_again(FIRST_BLOCK)
    run_period(agent, audit)
    assert audit.orders == []


def agreeing(agent: HandAgent) -> int:
    """Compares all directions of an agent now; how many requests were compared."""
    compared = 0
    for audit in audits(agent):
        remainder = audit.remainder()
        if remainder is not None:
            assert audit.compare(remainder) == frozenset()
            compared += len(remainder.requests)
    return compared


@pytest.mark.usefixtures("rival")
def test_nothing_differs_while_hundreds_of_transfers_are_under_way(
    world: LocalWorld,
) -> None:
    """Requests, fills, true claims and false ones, in every turn."""
    agent = HandAgent(world, allowance=UNLIMITED)
    agent.turns(2)
    compared = 0
    for _ in range(2):
        requests = create_requests(world, "DAI", AMOUNT, TRANSFERS)
        for _ in range(3):
            agent.turn()
            compared = max(compared, agreeing(agent))
        some = requests[: TRANSFERS // 3]
        thefts = [(request, false_fill_id(n)) for n, request in enumerate(some, 1)]
        wait_for_all(world.pair[0].chain, claim_all(world, "rival", thefts))
        for _ in range(3):
            agent.turn()
            compared = max(compared, agreeing(agent))
    assert compared >= 2 * TRANSFERS


@pytest.mark.usefixtures("claimed")
@pytest.mark.parametrize("chain", ["l2a", "l2b"])
def test_reorganisation_before_the_answer_is_no_difference(world: LocalWorld, chain: str) -> None:
    """The copy is of blocks that are gone: nothing is said of it, another one is wanted."""
    agent, audit = watchtower(world)
    agent.turns(3)
    before = audit.remainder()
    assert before is not None
    assert audit.compare(before) == frozenset()
    world.l2s[chain].chain.client.call("anvil_reorg", 2, [])
    assert audit.compare(before) is None
    agent.turns(3)
    after = audit.remainder()
    assert after is not None
    assert audit.compare(after) == frozenset()
    assert before.requests != after.requests
