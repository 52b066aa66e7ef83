"""The native bridges and those who carry proofs over L1 by hand."""

import pytest

from beamer_agent.devnet.deployment import L2Contracts
from beamer_agent.devnet.logs import LogReader
from beamer_agent.devnet.outbox import Outbox
from beamer_agent.devnet.participant import Participant, Request
from beamer_agent.devnet.passage import Passage
from beamer_agent.devnet.settings import WorldSettings
from beamer_agent.devnet.waiting import wait_until
from beamer_agent.devnet.world import LocalWorld
from beamer_agent.errors import CallRevertedError, FatalError
from beamer_agent.types import FillId, Seconds
from tests.carrying import AT_ONCE, carry, carry_to_l1, is_invalidated, resolution
from tests.chain_fixtures import MakeWorld

pytestmark = pytest.mark.integration

FALSE_ID = FillId(b"\x01" * 32)
AMOUNT = 10**18
AN_HOUR = Seconds(3600)


@pytest.fixture
def agent(world: LocalWorld) -> Participant:
    """Who fills."""
    return world.participant("agent")


@pytest.fixture
def rival(world: LocalWorld) -> Participant:
    """Somebody who is no LP."""
    return world.participant("rival")


@pytest.fixture
def request_(world: LocalWorld) -> Request:
    """A request that waits for a fill."""
    return world.participant("user").create_request(*world.pair, "DAI", AMOUNT)


def roots(l2: L2Contracts) -> list[tuple[bytes, int]]:
    """The roots of a rollup on L1, each with its number of messages."""
    messenger, client = l2.l1_messenger.contract, l2.base.client
    count = client.read(messenger.call("rootCount"))
    return [client.read(messenger.call("roots", index)) for index in range(count)]


def test_fill_proof_travels_the_whole_trust_chain(
    world: LocalWorld, request_: Request, agent: Participant
) -> None:
    """A fill is proven on L1 and told to the source chain, where it pays long before the end."""
    fill_id = agent.fill(request_)
    claim_id = agent.claim(request_, fill_id)
    carry(world, agent, request_, fill_id)
    assert resolution(request_) == (agent.address, fill_id)
    agent.withdraw(request_.source, claim_id)


def test_non_fill_proof_travels_the_whole_trust_chain(
    world: LocalWorld, request_: Request, rival: Participant
) -> None:
    """A false fill id is invalid on the source chain; anyone may have carried that."""
    rival.invalidate_fill(request_, FALSE_ID)
    carry(world, rival, request_, FALSE_ID)
    assert is_invalidated(request_, FALSE_ID)


def test_each_of_many_messages_is_proven_under_one_root(
    world: LocalWorld, request_: Request, rival: Participant
) -> None:
    """Odd numbers of messages too: the contract and we build the same tree."""
    fill_ids = [FillId(bytes([number]) * 32) for number in range(1, 6)]
    for fill_id in fill_ids:
        rival.invalidate_fill(request_, fill_id)
    world.relayer(AT_ONCE).relay_once()
    assert [count for _, count in roots(request_.target)] == [5]
    for fill_id in fill_ids:
        assert rival.prove(request_, fill_id).succeeded


def test_message_is_proven_whatever_was_sent_after_it(
    world: LocalWorld, request_: Request, rival: Participant
) -> None:
    """Before the root was posted, or after: the root says what it covers."""
    fill_ids = [FillId(bytes([number]) * 32) for number in range(1, 5)]
    rival.invalidate_fill(request_, fill_ids[0])
    wallet = world.base.wallet("rival")
    early = Passage(request_.target, wallet, request_.request_id, fill_ids[0])
    for fill_id in fill_ids[1:3]:
        rival.invalidate_fill(request_, fill_id)
    world.relayer(AT_ONCE).relay_once()
    rival.invalidate_fill(request_, fill_ids[3])
    assert early.prove().succeeded
    assert rival.prove(request_, fill_ids[1]).succeeded


def test_message_is_hashed_as_its_chain_stores_it(request_: Request, rival: Participant) -> None:
    """Leaves made from events are those of the contract."""
    rival.invalidate_fill(request_, FALSE_ID)
    target = request_.target
    (message,) = Outbox(target.chain, target.messenger).new_messages()
    call = target.messenger.contract.call("messageHashes", message.nonce)
    assert target.chain.client.read(call) == message.hash


def test_native_bridge_posts_each_root_once(
    world: LocalWorld, request_: Request, agent: Participant
) -> None:
    """Neither the same relayer nor a new one posts again what is covered."""
    agent.fill(request_)
    relayer = world.relayer(AT_ONCE)
    assert relayer.relay_once() == 1
    assert relayer.relay_once() == 0
    assert world.relayer(AT_ONCE).relay_once() == 0


def test_root_covers_the_messages_that_are_old_enough(
    world: LocalWorld, request_: Request, rival: Participant
) -> None:
    """A younger message waits for a root of its own."""
    relayer = world.relayer(AN_HOUR)
    rival.invalidate_fill(request_, FALSE_ID)
    assert relayer.relay_once() == 0
    world.increase_time(AN_HOUR)
    rival.invalidate_fill(request_, FillId(b"\x02" * 32))
    assert relayer.relay_once() == 1
    assert [count for _, count in roots(request_.target)] == [1]
    world.increase_time(AN_HOUR)
    assert relayer.relay_once() == 1
    assert [count for _, count in roots(request_.target)] == [1, 2]


def test_native_bridge_leaves_proving_and_executing_to_others(
    world: LocalWorld, request_: Request, agent: Participant
) -> None:
    """However long one waits: a root is all that comes by itself."""
    agent.fill(request_)
    relayer = world.relayer(AT_ONCE)
    assert relayer.relay_once() == 1
    world.increase_time(AN_HOUR)
    assert relayer.relay_once() == 0
    messenger = request_.target.l1_messenger
    logs = LogReader(world.base.client, [messenger.contract], messenger.block).read()
    names = {log.name for log in logs}
    assert "RootPosted" in names
    assert not names & {"MessageProven", "MessageDelivered"}


def test_verdict_is_delivered_once_when_it_is_old_enough(
    world: LocalWorld, request_: Request, agent: Participant
) -> None:
    """The way down takes its time as well, and a new relayer does not deliver again."""
    fill_id = agent.fill(request_)
    carry_to_l1(world, agent, request_, fill_id)
    relayer = world.relayer(AN_HOUR)
    assert relayer.relay_once() == 0
    world.increase_time(AN_HOUR)
    assert relayer.relay_once() == 1
    assert resolution(request_) == (agent.address, fill_id)
    assert relayer.relay_once() == 0
    assert world.relayer(AT_ONCE).relay_once() == 0


def test_message_without_a_root_cannot_be_proven(request_: Request, agent: Participant) -> None:
    """The native bridge must have spoken first."""
    fill_id = agent.fill(request_)
    with pytest.raises(CallRevertedError) as refusal:
        agent.prove(request_, fill_id)
    assert refusal.value.reason == "InvalidProof(0)"


def test_proof_must_mature(world: LocalWorld, request_: Request, agent: Participant) -> None:
    """Execution is refused before, and a second proof does not begin anew."""
    fill_id = agent.fill(request_)
    world.relayer(AT_ONCE).relay_once()
    agent.prove(request_, fill_id)
    with pytest.raises(CallRevertedError) as early:
        agent.execute(request_, fill_id)
    assert early.value.reason.startswith("NotMature(0, ")
    with pytest.raises(CallRevertedError) as again:
        agent.prove(request_, fill_id)
    assert again.value.reason == "AlreadyProven(0)"


def test_fill_that_nobody_speaks_of_cannot_be_carried(
    request_: Request, agent: Participant
) -> None:
    """There is no message to prove."""
    with pytest.raises(FatalError, match="No message"):
        agent.prove(request_, FALSE_ID)


def test_participant_walks_the_whole_way_while_the_bridges_run(make_world: MakeWorld) -> None:
    """On chains that run by themselves each step waits until it is possible."""
    settings = WorldSettings(
        block_time=0.2, relay_delay=Seconds(1), proof_maturity=Seconds(1), base_transfers=True
    )
    world = make_world(settings)
    agent, (source, target) = world.participant("agent"), world.pair
    with world.relaying():
        request = world.participant("user").create_request(source, target, "DAI", AMOUNT)
        fill_id = agent.fill(request)
        agent.relay(request, fill_id)
        wait_until(lambda: resolution(request)[1] == fill_id, "the verdict", seconds=20.0)
    world.check()
