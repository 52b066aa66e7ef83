"""Transfers as the demo sees them: from the chains' events alone."""

import time
from pathlib import Path

import pytest

from beamer_agent.devnet.agent_process import AgentProcess
from beamer_agent.devnet.demo import Demo
from beamer_agent.devnet.participant import Request
from beamer_agent.devnet.summary import Holdings, summarise
from beamer_agent.devnet.transfers import STAGES, Transfer, TransferTracker
from beamer_agent.devnet.world import LocalWorld
from beamer_agent.errors import CallRevertedError, FatalError
from beamer_agent.types import Seconds, TokenAmount, Wei

pytestmark = pytest.mark.integration

AMOUNT = 50 * 10**18


def send(world: LocalWorld, tracker: TransferTracker) -> Transfer:
    """A new transfer of the user's, mined and followed."""
    source, target = world.pair
    transaction_hash = world.participant("user").send_request(source, target, "DAI", AMOUNT)
    transfer = Transfer(
        source, target, "DAI", TokenAmount(AMOUNT), transaction_hash, time.monotonic()
    )
    tracker.transfers.append(transfer)
    request_of(world, transfer)
    return transfer


def request_of(world: LocalWorld, transfer: Transfer) -> Request:
    """The request behind a transfer."""
    return world.participant("user").wait_for_request(
        transfer.source, transfer.target, transfer.symbol, transfer.transaction_hash
    )


def tracker_of(world: LocalWorld, filler: str = "agent") -> TransferTracker:
    """A tracker that has seen nothing yet."""
    return TransferTracker(world.contracts, world.participant(filler).address)


def test_stages_follow_the_events(world: LocalWorld) -> None:
    """Each stage carries the block of its chain; the summary counts them."""
    agent, before = world.participant("agent"), Holdings.of(world, "agent")
    reached: list[str] = []
    tracker = TransferTracker(
        world.contracts, agent.address, lambda _, stage: reached.append(stage)
    )
    request = world.participant("user").create_request(*world.pair, "DAI", AMOUNT)
    transfer = send(world, tracker)
    tracker.update()
    assert transfer.request_id != request.request_id
    assert list(transfer.stages) == ["created"]
    followed = request_of(world, transfer)
    fill_id = agent.fill(followed)
    claim_id = agent.claim(followed, fill_id)
    tracker.update()
    world.increase_time(world.settings.claim_period)
    agent.withdraw(transfer.source, claim_id)
    tracker.update()
    assert reached == list(STAGES)
    assert transfer.is_withdrawn
    summary = summarise(tracker.transfers, Holdings.of(world, "agent") - before)
    assert (summary.fills, summary.claims, summary.withdrawals) == (1, 1, 1)
    assert summary.median_blocks_to_fill == 2  # the agent's approval took the block between
    assert summary.gained.tokens["DAI"] > 0
    assert summary.gained.native < 0


def test_work_of_others_does_not_count(world: LocalWorld) -> None:
    """A fill by somebody else is not the agent's."""
    tracker = tracker_of(world, filler="user")
    transfer = send(world, tracker)
    tracker.update()
    world.participant("agent").fill(request_of(world, transfer))
    tracker.update()
    assert list(transfer.stages) == ["created"]


def test_refund_is_not_a_withdrawal(world: LocalWorld) -> None:
    """An expired request goes back to the user; the demo calls that a failure."""
    tracker = tracker_of(world)
    transfer = send(world, tracker)
    tracker.update()
    world.increase_time(Seconds(3601))
    manager = transfer.source.request_manager.contract
    wallet = transfer.source.chain.wallet("user")
    wallet.execute(manager.call("withdrawExpiredRequest", transfer.request_id))
    tracker.update()
    assert transfer.refunded
    assert not transfer.is_withdrawn


def test_demo_without_work_ends_with_a_sentence(world: LocalWorld, tmp_path: Path) -> None:
    """An agent that does nothing is found out in time."""
    idle = AgentProcess(tmp_path / "agent.toml", tmp_path / "agent.log")
    demo = Demo(world, idle, 3, lambda *_: None, seconds=0.3)
    with pytest.raises(FatalError, match="only 0 of 3 transfers were withdrawn"):
        demo.run(lambda: None)
    assert len(demo.transfers) == 3
    assert summarise(demo.transfers, Holdings({}, Wei(0))).median_blocks_to_fill is None


def test_stranger_may_not_fill(world: LocalWorld) -> None:
    """The world's allow list holds the agent alone."""
    tracker = tracker_of(world)
    transfer = send(world, tracker)
    tracker.update()
    with pytest.raises(CallRevertedError):
        world.participant("rival").fill(request_of(world, transfer))
