"""The sender's way with a real node's pool: its words, its nonces, its blocks."""

from collections.abc import Iterator

import pytest

from beamer_agent.actions.model import WithdrawClaim
from beamer_agent.devnet.world import LocalWorld
from beamer_agent.errors import RpcResponseError
from beamer_agent.transactions.fees import replacement_fees, suggest_fees
from beamer_agent.transactions.model import PlannedTransaction, SimulatedTransaction
from beamer_agent.transactions.overdue import RESEND_BLOCKS
from beamer_agent.transactions.rejections import Rejection, rejection_of
from beamer_agent.types import ClaimId, RequestId, Wei
from tests.e2e.story import resume_mining, stop_mining
from tests.sending import GIVEN_UP_BLOCKS
from tests.station import Station

pytestmark = pytest.mark.integration


@pytest.fixture
def station(world: LocalWorld) -> Iterator[Station]:
    """On the first L2, which mines only when it is told to."""
    l2 = world.pair[0]
    stop_mining(l2.chain)
    yield Station(world, l2)
    resume_mining(l2.chain)


@pytest.mark.parametrize("symbol", ["DAI", "USDT"])
def test_two_fills_of_one_token_are_in_flight_together(station: Station, symbol: str) -> None:
    """Each with its own exact approval, in one block."""
    for nonce in (1, 2):
        assert station.sender.submit(station.fill(nonce, symbol))
    station.turn()
    assert station.in_pool() == 4
    station.blocks(1)
    assert station.in_pool() == 0
    assert station.warnings() == []
    assert [station.sender.done_at(station.fill(n).key) for n in (1, 2)] == [
        station.chain.height()
    ] * 2


def test_limit_of_a_token_that_wants_zero_first(station: Station) -> None:
    """The second fill finds half of what it needs, while nothing is mined."""
    for nonce in (1, 2, 3):
        station.sender.submit(station.fill(nonce, "USDT", approval=15))
    station.turn()
    station.blocks(1)
    assert station.warnings() == []
    assert all(station.sender.done_at(station.fill(n).key) for n in (1, 2, 3))


def test_dropped_transactions_are_sent_again(station: Station) -> None:
    """The pool was emptied: all of them, at their nonces."""
    station.sender.submit(station.fill(1))
    station.turn()
    station.chain.client.call("anvil_dropAllTransactions")
    assert station.in_pool() == 0
    station.blocks(RESEND_BLOCKS + 1)
    station.blocks(1)
    assert station.sender.done_at(station.fill(1).key) is not None


def test_foreign_transaction_takes_a_nonce(station: Station) -> None:
    """It is noticed and survived: the action gets another nonce."""
    station.sender.submit(station.fill(1, approval=10**6))
    station.turn()
    station.blocks(1)
    station.sender.submit(station.fill(2))
    station.turn()
    station.chain.client.call("anvil_dropAllTransactions")
    own = station.chain.wallet("agent")
    own.send(station.l2.tokens["DAI"].contract.call("approve", station.account, 1))
    station.blocks(GIVEN_UP_BLOCKS)
    assert "Lost the nonce to another transaction" in station.warnings()
    station.sender.submit(station.fill(2))
    station.turn()
    station.blocks(1)
    assert station.sender.done_at(station.fill(2).key) is not None


def test_cancelled_fill_leaves_the_pool(station: Station) -> None:
    """Replaced by nothing, at a price that the node takes."""
    station.sender.submit(station.fill(1))
    station.turn()
    station.sender.cancel(station.fill(1).key)
    station.turn()
    station.blocks(1)
    station.turn()
    assert "Cancelled transaction" in station.log.sentences()
    assert station.sender.done_at(station.fill(1).key) is None
    assert station.in_pool() == 0


def test_replacement_is_accepted_and_less_is_not(station: Station) -> None:
    """By the rule of the node, of which ours is on the safe side."""
    head = station.chain.client.head()
    fees = suggest_fees(station.chain.client, head)
    nonce, _ = station.chain.client.transaction_counts(station.account)
    call = station.l2.tokens["DAI"].contract.call("approve", station.account, 1)
    simulated = SimulatedTransaction(PlannedTransaction("approve", call), 60_000)
    other = SimulatedTransaction(simulated.planned, 60_001)
    client = station.chain.client
    client.send_raw_transaction(station.signer.sign(simulated, nonce, fees).raw)
    with pytest.raises(RpcResponseError) as refusal:
        client.send_raw_transaction(station.signer.sign(other, nonce, fees).raw)
    assert rejection_of(refusal.value) is Rejection.UNDERPRICED
    bump = replacement_fees(fees, fees)
    assert bump is not None
    signed = station.signer.sign(simulated, nonce, bump)
    client.send_raw_transaction(signed.raw)
    station.chain.mine()
    assert client.receipts([signed.hash])[0] is not None


@pytest.mark.parametrize(
    ("change", "meaning"),
    [
        ("again", Rejection.ALREADY_KNOWN),
        ("nonce", Rejection.NONCE_TOO_LOW),
        ("value", Rejection.INSUFFICIENT_FUNDS),
    ],
)
def test_words_of_the_node_are_understood(
    station: Station, change: str, meaning: Rejection
) -> None:
    """The node's own, as it says them today."""
    client = station.chain.client
    fees = suggest_fees(client, client.head())
    nonce, _ = client.transaction_counts(station.account)
    call = station.l2.tokens["DAI"].contract.call("approve", station.account, 1)
    value = Wei(10**30 if change == "value" else 0)
    simulated = SimulatedTransaction(PlannedTransaction("approve", call, value=value), 60_000)
    raw = station.signer.sign(simulated, nonce, fees).raw
    if change == "again":
        client.send_raw_transaction(raw)
    if change == "nonce":
        used = station.chain.wallet("agent").send(call)
        station.chain.mine()
        station.chain.wallet("agent").wait_for(used)
    with pytest.raises(RpcResponseError) as refusal:
        client.send_raw_transaction(raw)
    assert rejection_of(refusal.value) is meaning


def test_refusal_names_the_contracts_reason(station: Station) -> None:
    """The error's name and arguments, once; the fill behind it goes on."""
    withdraw = WithdrawClaim(RequestId(bytes(32)), ClaimId(77))
    station.sender.submit(withdraw)
    station.sender.submit(station.fill(1))
    station.turn()
    station.blocks(1)
    (refused,) = [line for line in station.log.lines if line["event"] == "Put action off"]
    assert refused["action"] == withdraw.key
    assert "77" in refused["error"]
    assert station.sender.done_at(station.fill(1).key) is not None
