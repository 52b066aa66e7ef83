"""A delegated account on a real node: many actions in few transactions, each its own."""

from collections.abc import Iterator, Sequence

import pytest

from beamer_agent.actions.model import Action, ClaimFill, WithdrawClaim
from beamer_agent.cli.set_code import NOBODY
from beamer_agent.devnet.accounts import account_of
from beamer_agent.devnet.logs import Log, LogReader
from beamer_agent.devnet.world import LocalWorld
from beamer_agent.errors import RpcError, RpcResponseError
from beamer_agent.transactions.bundles import NO_EXECUTOR
from beamer_agent.types import BlockNumber, FillId, Timestamp, Wei
from tests.delegating import MANY, delegated_station, fills, sent, setter, submit
from tests.e2e.story import resume_mining, stop_mining
from tests.station import Station

pytestmark = pytest.mark.integration

DEADLINE = Timestamp(2**32 - 1)
RIVAL_TIP = Wei(10**12)
LIMIT = "in-flight transaction limit reached for delegated accounts"


@pytest.fixture
def station(world: LocalWorld) -> Iterator[Station]:
    """On an L2 that mines only when it is told to; the account delegates, and has approved."""
    yield from delegated_station(world)


def put_off(station: Station) -> list[str]:
    """Why actions were put off, in order."""
    return [line["error"] for line in station.log.lines if line["event"] == "Put action off"]


def done(station: Station, actions: Sequence[Action]) -> list[bool]:
    """Which are carried out."""
    return [station.sender.done_at(action.key) is not None for action in actions]


def events(station: Station, name: str, first: int) -> list[Log]:
    """Of the contracts of the station's chain, from a block on."""
    contracts = [station.l2.fill_manager.contract, station.l2.request_manager.contract]
    reader = LogReader(station.chain.client, contracts, BlockNumber(first))
    return [log for log in reader.read() if log.name == name]


def outbid(station: Station, action_nonce: int) -> None:
    """A rival makes the same fill, and pays to be first in the block."""
    rival, client = account_of("rival"), station.chain.client
    fill = station.fill(action_nonce)
    call = station.l2.fill_manager.contract.call(
        "fillRequest",
        fill.source_chain_id,
        fill.target_token,
        fill.receiver,
        fill.amount,
        fill.nonce,
    )
    signed = rival.sign_transaction(
        {
            "type": 2,
            "chainId": station.chain.chain_id,
            "nonce": client.transaction_counts(rival.address)[0],
            "to": call.address,
            "data": call.data,
            "value": 0,
            "gas": 500_000,
            "maxFeePerGas": 10 * RIVAL_TIP,
            "maxPriorityFeePerGas": RIVAL_TIP,
        }
    )
    client.send_raw_transaction(bytes(signed.raw_transaction))


def test_fills_go_together_and_a_rivals_undoes_no_other(station: Station) -> None:
    """Thirty in two transactions; the one that was taken meanwhile is put off alone."""
    first, actions = station.chain.height() + 1, fills(station)
    submit(station, actions)
    assert sent(station) == ["fills", "fills"]
    outbid(station, 7)
    station.blocks(1)
    assert done(station, actions) == [place != 6 for place in range(MANY)]
    (reason,) = put_off(station)
    assert "AlreadyFilled" in reason
    fillers = [log["filler"] for log in events(station, "RequestFilled", first)]
    assert fillers.count(station.account) == MANY - 1
    assert not station.sender.has_work()


def test_exact_approvals_go_along(station: Station) -> None:
    """Each fill behind its own, of a token that wants zero in between."""
    actions = [station.fill(nonce, "USDT") for nonce in range(1, 6)]
    submit(station, actions)
    station.blocks(1)
    assert all(done(station, actions))
    assert sent(station) == ["fills"]
    token = station.l2.tokens["USDT"].contract
    left = token.call("allowance", station.account, station.l2.fill_manager.address)
    assert station.chain.client.read(left) == 0


def test_fill_counts_on_an_approval_in_a_bundle_on_its_way(station: Station) -> None:
    """A limited one, of which something is left; in the next turn, before it is mined."""
    for nonce in (1, 2, 3):
        submit(station, [station.fill(nonce, "USDT", approval=25)])
    assert sent(station) == ["fills", "fill", "fills"]
    station.blocks(1)
    assert all(done(station, [station.fill(nonce, "USDT") for nonce in (1, 2, 3)]))
    assert put_off(station) == []


def test_claims_and_withdrawals_go_together(world: LocalWorld, station: Station) -> None:
    """Stakes are the account's, and come back to it though it has code."""
    first, manager = station.chain.height() + 1, station.l2.request_manager.contract
    resume_mining(station.chain)
    user = world.participant("user")
    requests = [user.create_request(*world.pair, "DAI", 10**18) for _ in range(MANY)]
    stop_mining(station.chain)
    stake = Wei(station.chain.client.read(manager.call("claimStake")))
    head = BlockNumber(station.chain.height())
    claims: list[Action] = [
        ClaimFill(r.request_id, FillId(r.request_id), stake, head, DEADLINE) for r in requests
    ]
    balance = station.chain.client.balance(station.account)
    submit(station, claims)
    station.blocks(1)
    assert all(done(station, claims))
    made = events(station, "ClaimMade", first)
    assert [log["claimer"] for log in made] == [station.account] * MANY
    staked = balance - station.chain.client.balance(station.account)
    assert staked >= MANY * stake
    station.chain.client.call("evm_increaseTime", 10**6)
    station.chain.mine()
    withdrawals = [WithdrawClaim(log["requestId"], log["claimId"]) for log in made]
    submit(station, withdrawals)
    station.blocks(1)
    assert all(done(station, withdrawals))
    assert balance - station.chain.client.balance(station.account) < stake  # gas is left of it
    assert sent(station) == ["claims", "claims", "withdrawals", "withdrawals"]
    assert put_off(station) == []


def test_without_delegation_they_go_alone(station: Station) -> None:
    """It is removed and set by commands while the agent runs: what is sent follows."""
    some, more, most = fills(station, 3), fills(station, 6)[3:], fills(station, 9)[6:]
    submit(station, some)
    station.blocks(1)
    executor = setter(station.chain).standing().delegate
    for address, actions in ((NOBODY, more), (executor, most)):
        assert address is not None
        resume_mining(station.chain)
        setter(station.chain).delegate(address)
        stop_mining(station.chain)
        submit(station, actions)
        station.blocks(1)
    assert sent(station) == ["fills", "fill", "fill", "fill", "fills"]
    assert all(done(station, [*some, *more, *most]))


def test_delegation_that_goes_while_a_bundle_waits_costs_gas_only(station: Station) -> None:
    """The call to itself does nothing: everything is sent anew, alone."""
    submit(station, actions := fills(station, 3))
    station.chain.client.call("anvil_setCode", station.account, "0x")
    station.blocks(1)
    assert put_off(station) == [NO_EXECUTOR] * 3
    assert not any(done(station, actions))
    station.clock.advance(60)
    submit(station, actions)
    station.blocks(1)
    assert sent(station) == ["fills", "fill", "fill", "fill"]
    assert all(done(station, actions))


def test_cancelled_action_takes_the_bundle_back_and_the_others_go_on(station: Station) -> None:
    """Its nonce is used up by nothing; what is wanted still is sent behind it."""
    submit(station, actions := fills(station, 3))
    station.sender.cancel(actions[1].key)
    station.turn()
    station.blocks(1)
    for action in (actions[0], actions[2]):
        station.clock.advance(60)
        station.sender.submit(action)
    station.turn()
    station.blocks(1)
    assert done(station, actions) == [True, False, True]
    assert sent(station) == ["fills", "fills"]
    assert "Cancelled transaction" in station.log.sentences()


def test_bundle_whose_block_is_replaced_comes_back_as_a_whole(station: Station) -> None:
    """The same bytes, when all of its actions are wanted again."""
    station.blocks(2)
    submit(station, actions := fills(station, 5))
    station.blocks(1)
    assert all(done(station, actions))
    station.reorganise(1)
    assert not any(done(station, actions))
    submit(station, actions)
    station.blocks(1)
    assert all(done(station, actions))
    assert sent(station) == ["fills"]
    assert "Sending transaction once more" in station.log.sentences()


def test_bundle_that_failed_in_part_is_not_repeated(station: Station) -> None:
    """After a reorganisation it would do what others may stand for by now."""
    station.blocks(2)
    first = station.chain.height() + 1
    submit(station, actions := fills(station, 3))
    outbid(station, 2)
    station.blocks(1)
    assert done(station, actions) == [True, False, True]
    station.reorganise(1)
    station.turn()
    station.blocks(1)
    assert "Cancelled transaction" in station.log.sentences()
    station.clock.advance(60)
    submit(station, actions)
    station.blocks(1)
    assert all(done(station, actions))
    fillers = [log["filler"] for log in events(station, "RequestFilled", first)]
    assert fillers == [station.account] * 3


def test_node_that_takes_one_at_a_time_gets_one_a_block(
    station: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As geth does with accounts that delegate: what is refused waits, and nothing is put off."""
    client = station.chain.client
    send = client.send_raw_transactions

    def take_one(raws: Sequence[bytes]) -> list[RpcError | None]:
        return [
            RpcResponseError(-32000, LIMIT, None) if station.in_pool() else send([raw])[0]
            for raw in raws
        ]

    monkeypatch.setattr(client, "send_raw_transactions", take_one)
    submit(station, actions := fills(station))
    for _ in range(2):
        assert station.in_pool() == 1
        station.blocks(1)
    assert all(done(station, actions))
    assert put_off(station) == []
    assert station.in_pool() == 0
