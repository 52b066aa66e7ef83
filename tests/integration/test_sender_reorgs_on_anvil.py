"""The sender's way with a real node that replaces its newest blocks."""

from collections.abc import Iterator

import pytest

from beamer_agent.devnet.world import LocalWorld
from beamer_agent.transactions.overdue import RESEND_BLOCKS
from tests.e2e.story import resume_mining, stop_mining
from tests.station import Station

pytestmark = pytest.mark.integration

REPLACED = "Transaction's block was replaced"


@pytest.fixture
def station(world: LocalWorld) -> Iterator[Station]:
    """On the first L2, which mines only when it is told to, some blocks after its contracts."""
    l2 = world.pair[0]
    l2.chain.mine(32)
    stop_mining(l2.chain)
    yield Station(world, l2)
    resume_mining(l2.chain)


def nonces_of(station: Station) -> int:
    """How many transactions of the account are in blocks."""
    mined, _ = station.chain.client.transaction_counts(station.account)
    return mined


def block_at(station: Station, base_fee: int) -> None:
    """A block that asks for so many wei per gas: what is sent after it offers twice as much."""
    station.chain.client.call("anvil_setNextBlockBaseFeePerGas", hex(base_fee))
    station.blocks(1)


@pytest.mark.parametrize("method", ["anvil_reorg", "anvil_rollback"])
@pytest.mark.parametrize("depth", [1, 5, 30])
def test_lost_fill_goes_out_again_at_its_nonce(station: Station, method: str, depth: int) -> None:
    """With its approval, which comes first; the node had dropped both."""
    before = nonces_of(station)
    station.sender.submit(station.fill(1))
    station.turn()
    station.blocks(depth)
    assert station.sender.done_at(station.fill(1).key) is not None
    station.reorganise(depth, method)
    assert nonces_of(station) == before
    assert station.sender.done_at(station.fill(1).key) is None
    assert station.sender.submit(station.fill(1))
    station.turn()
    station.blocks(1)
    assert station.sender.done_at(station.fill(1).key) == station.chain.height()
    assert nonces_of(station) == before + 2
    assert station.warnings() == [REPLACED] * 2


@pytest.mark.parametrize(
    ("base_fee", "blocks"),
    [
        pytest.param(500, 1, id="in the pool still"),
        pytest.param(1_000, 1 + RESEND_BLOCKS, id="as dear, dropped"),
        pytest.param(2_000, 1 + RESEND_BLOCKS, id="dearer, dropped"),
    ],
)
def test_transactions_in_flight_behind_the_lost_ones_are_mined_too(
    station: Station, base_fee: int, blocks: int
) -> None:
    """At once if the node has them still, else as soon as they are overdue.

    It takes the dearest first, and drops those whose nonces are too high then.
    """
    before = nonces_of(station)
    block_at(station, 1_000)
    station.sender.submit(station.fill(1))
    station.turn()
    block_at(station, base_fee)
    station.sender.submit(station.fill(2))
    station.turn()
    station.reorganise(1)
    station.sender.submit(station.fill(1))
    station.turn()
    station.blocks(1)
    assert nonces_of(station) == before + (4 if blocks == 1 else 2)
    station.blocks(blocks - 1)
    assert nonces_of(station) == before + 4
    assert all(station.sender.done_at(station.fill(n).key) is not None for n in (1, 2))


def test_fill_that_nobody_wants_any_more_is_not_made_again(station: Station) -> None:
    """Its request has vanished: the nonce is used up, and the next fill goes on behind."""
    before = nonces_of(station)
    station.sender.submit(station.fill(1))
    station.turn()
    station.blocks(1)
    station.reorganise(1)
    station.sender.submit(station.fill(2))
    station.blocks(8)
    assert "Cancelled transaction" in station.log.sentences()
    assert station.sender.done_at(station.fill(1).key) is None
    assert station.sender.done_at(station.fill(2).key) is not None
    assert nonces_of(station) in (before + 3, before + 4)


def test_transaction_that_the_new_blocks_have_is_done_at_once(station: Station) -> None:
    """The same bytes, in another block: nothing is sent, nothing asked of those who decide."""
    station.sender.submit(station.fill(1))
    station.turn()
    raw = [sent.newest.raw for sent in station.sender._watch.flight]
    station.blocks(3)
    again = [["0x" + transaction.hex(), 1] for transaction in raw]
    before = station.chain.height()
    station.chain.client.call("anvil_reorg", 3, again)
    station.turn(before - 3)
    assert station.sender.done_at(station.fill(1).key) == before - 1
    assert "Sending transaction once more" not in station.log.sentences()
    assert not station.sender.accepts(station.fill(1).key)


def test_next_life_goes_on_after_a_reorganisation(station: Station) -> None:
    """Until the next block the node counts what it has dropped; that is no reason to wait on."""
    for nonce in (1, 2):
        station.sender.submit(station.fill(nonce))
        station.turn()
    station.blocks(1)
    station.sender.submit(station.fill(3))
    station.turn()
    station.chain.client.call("anvil_reorg", 1, [])
    after = Station(station.world, station.l2)
    after.sender.submit(after.fill(2))
    after.turn()
    after.blocks(3)
    assert after.sender.done_at(after.fill(2).key) is not None
