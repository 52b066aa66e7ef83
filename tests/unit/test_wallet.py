"""Wallet: nobody counts on what is promised to somebody else."""

from typing import Any

import pytest

from beamer_agent.actions.view import Funds
from beamer_agent.errors import RpcError, RpcResponseError, RpcTimeoutError
from beamer_agent.events.rider import Rider
from beamer_agent.transactions.wallet import BALANCE_SECONDS, Promise, Wallet
from beamer_agent.types import BlockNumber
from tests.doubles import ErrorObject, FakeClock, ScriptedTransport, make_client
from tests.factories import TARGET_TOKEN, US, make_address, make_block

pytestmark = pytest.mark.unit

OTHER_TOKEN = make_address(23)


def amount(units: int) -> Promise:
    """Tokens."""
    return Promise(TARGET_TOKEN, units)


def stake(wei: int) -> Promise:
    """Native currency."""
    return Promise(None, wei)


@pytest.fixture
def transport() -> ScriptedTransport:
    """An endpoint at which we own 1 000 wei and 50 of each token."""
    return ScriptedTransport(eth_getBalance=hex(1_000), eth_call="0x" + (50).to_bytes(32).hex())


@pytest.fixture
def wallet(transport: ScriptedTransport) -> Wallet:
    """A wallet that knows its balances."""
    wallet = Wallet(make_client(transport), US, [TARGET_TOKEN, OTHER_TOKEN])
    wallet.refresh(BlockNumber(7))
    return wallet


def funds_of(wallet: Wallet) -> Funds:
    """What is known to be there."""
    funds = wallet.funds()
    assert funds is not None
    return funds


def test_nothing_is_known_at_first(transport: ScriptedTransport) -> None:
    """And nothing can be promised."""
    wallet = Wallet(make_client(transport), US, [TARGET_TOKEN])
    assert wallet.funds() is None
    assert not wallet.promise("a", "k", amount(0))


def test_everything_is_free_without_promises(wallet: Wallet) -> None:
    """As read, with the block it was read at."""
    tokens = {TARGET_TOKEN: 50, OTHER_TOKEN: 50}
    assert funds_of(wallet) == Funds(BlockNumber(7), 1_000, 1_000, tokens)  # type: ignore[arg-type]


def test_promises_of_all_directions_add_up(wallet: Wallet) -> None:
    """By token; the balance itself stays."""
    wallet.state_promises("a", {"1": amount(20), "2": stake(300)})
    wallet.state_promises("b", {"1": amount(15), "2": stake(300)})
    funds = funds_of(wallet)
    assert funds.tokens_free == {TARGET_TOKEN: 15, OTHER_TOKEN: 50}
    assert (funds.native_balance, funds.native_free) == (1_000, 400)


def test_free_may_be_negative(wallet: Wallet) -> None:
    """Obligations do not go away for lack of funds."""
    wallet.state_promises("a", {"1": stake(1_001), "2": amount(51)})
    assert funds_of(wallet).native_free == -1
    assert funds_of(wallet).tokens_free[TARGET_TOKEN] == -1


def test_stated_promises_replace_those_before(wallet: Wallet) -> None:
    """What is not stated any more is free again; other directions keep theirs."""
    wallet.state_promises("b", {"1": amount(1)})
    wallet.promise("a", "new", amount(5))
    wallet.state_promises("a", {"1": amount(30)})
    wallet.state_promises("a", {})
    assert funds_of(wallet).tokens_free[TARGET_TOKEN] == 49


@pytest.mark.parametrize("promised", [amount(50), stake(1_000)])
def test_all_can_be_promised_once(wallet: Wallet, promised: Promise) -> None:
    """The last unit too; then the other direction comes too late."""
    assert wallet.promise("a", "k", promised)
    assert not wallet.promise("b", "k", Promise(promised.token, 1))


@pytest.mark.parametrize("promised", [amount(51), stake(1_001)])
def test_more_than_there_is_cannot_be_promised(wallet: Wallet, promised: Promise) -> None:
    """And leaves no trace."""
    assert not wallet.promise("a", "k", promised)
    assert funds_of(wallet).native_free == 1_000
    assert funds_of(wallet).tokens_free[TARGET_TOKEN] == 50


def test_unknown_token_cannot_be_promised(wallet: Wallet) -> None:
    """It is worth nothing to us."""
    assert not wallet.promise("a", "k", Promise(make_address(99), 1))


def test_token_that_does_not_answer_is_worth_nothing(transport: ScriptedTransport) -> None:
    """The other tokens go on."""
    transport.on(
        "eth_call",
        lambda call, _: (
            ErrorObject("execution reverted")
            if call["to"] == TARGET_TOKEN
            else "0x" + (50).to_bytes(32).hex()
        ),
    )
    wallet = Wallet(make_client(transport), US, [TARGET_TOKEN, OTHER_TOKEN])
    wallet.refresh(BlockNumber(7))
    assert funds_of(wallet).tokens_free == {OTHER_TOKEN: 50}


def test_balances_stay_when_the_chain_does_not_answer(
    wallet: Wallet, transport: ScriptedTransport
) -> None:
    """With the block they belong to."""
    transport.always("eth_getBalance", RpcTimeoutError("no answer"))
    with pytest.raises(RpcTimeoutError):
        wallet.refresh(BlockNumber(9))
    assert funds_of(wallet).block_number == 7


class Poll:
    """A wallet that rides in the polls of a monitor."""

    def __init__(self, transport: ScriptedTransport) -> None:
        self.clock = FakeClock()
        self.changes = 0
        self.client = make_client(transport)
        tokens = [TARGET_TOKEN, OTHER_TOKEN]
        self.wallet = Wallet(self.client, US, tokens, on_change=self._changed, clock=self.clock)
        self.rider: Rider = self.wallet

    def _changed(self) -> None:
        self.changes += 1

    def poll(self, head: int, **failures: RpcError) -> int:
        """Carry its questions; how many there were. Those of a method may fail."""
        questions = self.rider.questions()
        results: list[Any] = self.client.batch(questions)
        pairs = zip(questions, results, strict=True)
        answers = [failures.get(method, result) for (method, _), result in pairs]
        if questions:
            self.rider.take(answers, make_block(head))
        return len(questions)


@pytest.fixture
def ride(transport: ScriptedTransport) -> Poll:
    """A wallet before its first poll."""
    return Poll(transport)


def test_balances_ride_in_a_poll_now_and_then(ride: Poll) -> None:
    """The first one, and whenever they are old; who decides is woken."""
    assert ride.poll(100) == 3
    assert funds_of(ride.wallet).block_number == 100
    assert funds_of(ride.wallet).tokens_free == {TARGET_TOKEN: 50, OTHER_TOKEN: 50}
    assert [ride.poll(101), ride.changes] == [0, 1]
    ride.clock.advance(BALANCE_SECONDS)
    assert [ride.poll(115), ride.changes] == [3, 2]


def test_refreshed_balances_need_no_ride(ride: Poll) -> None:
    """The sender has just read them."""
    ride.poll(100)
    ride.clock.advance(BALANCE_SECONDS)
    ride.wallet.refresh(BlockNumber(101))
    assert ride.changes == 2
    assert ride.poll(102) == 0


def test_balances_that_could_not_be_read_are_asked_for_again(ride: Poll) -> None:
    """By the next poll; those we have stay as they are."""
    error = RpcResponseError(-32000, "busy")
    assert ride.poll(100, eth_getBalance=error) == 3
    assert ride.wallet.funds() is None
    assert ride.poll(101) == 3
    ride.clock.advance(BALANCE_SECONDS)
    ride.poll(120, eth_getBalance=error)
    assert funds_of(ride.wallet).block_number == 101
    assert ride.poll(121) == 3


def test_older_balances_change_nothing(ride: Poll) -> None:
    """Those of a payment's block are known; an endpoint behind it counts the tokens still."""
    ride.poll(100)
    ride.clock.advance(BALANCE_SECONDS)
    questions = ride.rider.questions()
    ride.wallet.refresh(BlockNumber(105))
    ride.rider.take(ride.client.batch(questions), make_block(104))
    assert funds_of(ride.wallet).block_number == 105


def test_refresh_after_a_reorganisation_may_be_of_a_lower_block(ride: Poll) -> None:
    """Those of the replaced blocks are worth nothing."""
    ride.poll(100)
    ride.wallet.refresh(BlockNumber(97))
    assert funds_of(ride.wallet).block_number == 97
