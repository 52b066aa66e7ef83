"""Planner: what is promised, submitted, cancelled, ignored and told, turn after turn."""

from typing import Any, cast

import pytest

from beamer_agent.actions.model import Action, Reason, claim_key, fill_key
from beamer_agent.actions.view import ClaimTerms, DirectionView
from beamer_agent.events.model import Event
from beamer_agent.planner import ChainAccount, Planner
from beamer_agent.state.fold import Fold
from beamer_agent.transactions.queue import ActionQueue
from beamer_agent.transactions.sender import TransactionSender
from beamer_agent.transactions.wallet import Promise, Wallet
from beamer_agent.types import BlockNumber, RequestId, Seconds
from tests.doubles import FakeClock, RecordingLogger, ScriptedTransport, make_client
from tests.factories import (
    ALICE,
    AMOUNT,
    CLAIM_ID,
    DIRECTION,
    FILL_ID,
    NOW,
    REQUEST_ID,
    SOURCE,
    SOURCE_TOKEN,
    STAKE,
    TARGET,
    TARGET_TOKEN,
    TERMINATION,
    US,
    VALID_UNTIL,
    make_block,
    make_chain_view,
    make_claim_made,
    make_claim_stake_withdrawn,
    make_deposit_withdrawn,
    make_direction_view,
    make_request_created,
    make_request_filled,
    make_request_resolved,
)

pytestmark = pytest.mark.unit

FILL = fill_key(REQUEST_ID)
CLAIM = claim_key(REQUEST_ID, FILL_ID)
WITHDRAW = f"withdraw:{CLAIM_ID}"
UNSAFE = VALID_UNTIL - 600


class QueueSender(ActionQueue):
    """A sender without a chain: its queue is all that a planner sees of it."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__(clock)
        self.submitted: list[Action] = []
        self.cancelled_keys: list[str] = []

    def submit(self, action: Action) -> bool:
        """Remember what was taken."""
        is_new = super().submit(action)
        if is_new:
            self.submitted.append(action)
        return is_new

    def cancel(self, key: str) -> bool:
        """Remember what was to be undone."""
        self.cancelled_keys.append(key)
        return super().cancel(key)

    def keys(self) -> list[str]:
        """Of what was taken, in order."""
        return [action.key for action in self.submitted]


class Desk:
    """A planner of `DIRECTION` with everything around it."""

    def __init__(self, *, native: int = 10**19, tokens: int = 100 * AMOUNT) -> None:
        self.clock = FakeClock()
        self.log = RecordingLogger()
        self.source, self.target = QueueSender(self.clock), QueueSender(self.clock)
        self.source_wallet = make_wallet(native, tokens, SOURCE_TOKEN)
        self.target_wallet = make_wallet(native, tokens, TARGET_TOKEN)
        self.fold = Fold(DIRECTION, US)
        self.planner = Planner(
            DIRECTION,
            self.fold,
            ChainAccount(cast("TransactionSender", self.source), self.source_wallet),
            ChainAccount(cast("TransactionSender", self.target), self.target_wallet),
            ClaimTerms(STAKE, Seconds(86_400)),
            self.log.logger,
        )

    def turn(self, *events: Event, **view: Any) -> None:
        """Apply events, then decide with a view whose fields can be changed."""
        for event in events:
            self.fold.apply(event)
            self.planner.reopen(getattr(event, "request_id"))  # noqa: B009 - of RequestEvents
        self.planner.turn(self.view(**view))

    def view(self, **changes: Any) -> DirectionView:
        """With the funds of the wallets."""
        funds = {
            "source_funds": self.source_wallet.funds(),
            "target_funds": self.target_wallet.funds(),
        }
        return make_direction_view(**(funds | changes))

    def state(self, request_id: RequestId = REQUEST_ID) -> str:
        """Of a request."""
        request = self.fold.requests.get(request_id)
        assert request is not None
        return request.state

    def tokens_free(self) -> int:
        """Of the target token."""
        funds = self.target_wallet.funds()
        assert funds is not None
        return funds.tokens_free[TARGET_TOKEN]

    def native_free(self) -> int:
        """On the source chain."""
        funds = self.source_wallet.funds()
        assert funds is not None
        return funds.native_free

    def send_fill(self, key: str = FILL) -> None:
        """The sender has sent it."""
        assert self.target.mark_in_flight(key)

    def told(self, sentence: str) -> list[tuple[str, str]]:
        """Level and reason of the lines with a sentence."""
        lines = [line for line in self.log.lines if line["event"] == sentence]
        return [(line["log_level"], line["reason"]) for line in lines]


def make_wallet(native: int, tokens: int, token: Any, block: int = 100) -> Wallet:
    """A wallet with balances as of a block."""
    transport = ScriptedTransport(
        eth_getBalance=hex(native), eth_call="0x" + tokens.to_bytes(32).hex()
    )
    wallet = Wallet(make_client(transport), US, [token])
    wallet.refresh(BlockNumber(block))
    return wallet


def created(nonce: int, **changes: Any) -> Any:
    """The request with a nonce."""
    return make_request_created(nonce=nonce, **changes)


@pytest.fixture
def desk() -> Desk:
    """With plenty of everything."""
    return Desk()


def test_request_is_filled_claimed_and_withdrawn(desk: Desk) -> None:
    """Each step once, however often it is decided; then the request is closed."""
    for _ in range(3):
        desk.turn(make_request_created())
    assert desk.target.keys() == [FILL]
    assert desk.state() == "filled"
    desk.send_fill()
    for _ in range(3):
        desk.turn(make_request_filled())
    assert desk.source.keys() == [CLAIM]
    assert desk.state() == "claimed"
    late = make_chain_view(SOURCE, head=make_block(timestamp=TERMINATION))
    for _ in range(3):
        desk.turn(make_claim_made(), source=late)
    assert desk.source.keys() == [CLAIM, WITHDRAW]
    desk.turn(make_claim_stake_withdrawn(), make_deposit_withdrawn(), source=late)
    assert desk.planner._open == {}
    assert desk.told("Lost a deposit") == []
    assert desk.told("Not acting on request") == []


def test_fill_promises_its_amount_and_its_stake(desk: Desk) -> None:
    """From the turn that submits it."""
    desk.turn(make_request_created())
    for _ in range(2):
        assert desk.tokens_free() == 99 * AMOUNT
        assert desk.native_free() == 10**19 - STAKE
        desk.turn()


@pytest.mark.parametrize(
    ("funds", "reason"),
    [
        ({"tokens": 2 * AMOUNT}, Reason.INSUFFICIENT_TOKENS),
        ({"native": 2 * STAKE}, Reason.INSUFFICIENT_NATIVE),
    ],
)
def test_one_turn_spends_nothing_twice(funds: dict[str, int], reason: Reason) -> None:
    """Three requests, funds for two: the third is filled when there is more."""
    desk = Desk(**funds)
    events = [created(nonce) for nonce in (1, 2, 3)]
    desk.turn(*events)
    desk.turn()
    assert desk.target.keys() == [fill_key(event.request_id) for event in events[:2]]
    assert desk.told("Not acting on request") == [("info", reason.value)]
    desk.target.refuse(desk.target.keys()[0], "another was faster")
    for _ in range(2):  # the first one frees the promises
        desk.turn()
    assert desk.target.keys()[2:] == [fill_key(events[2].request_id)]


def test_two_directions_never_count_on_the_same_tokens() -> None:
    """The other direction has promised them after our view was made."""
    desk = Desk(tokens=AMOUNT)
    view = desk.view()
    other = desk.target_wallet.promise("other", "k", desk_amount(1))
    assert other
    desk.fold.apply(make_request_created())
    desk.planner.reopen(REQUEST_ID)
    desk.planner.turn(view)
    assert desk.target.keys() == []


def desk_amount(units: int) -> Any:
    """A promise of target tokens."""
    return Promise(TARGET_TOKEN, units)


def test_refused_fill_frees_its_promises(desk: Desk) -> None:
    """On the next turn; after its pause it is tried again."""
    desk.turn(make_request_created())
    desk.target.refuse(FILL, "no")
    desk.turn()
    assert desk.tokens_free() == 100 * AMOUNT
    assert desk.native_free() == 10**19
    desk.clock.advance(2)
    desk.turn()
    assert desk.target.keys() == [FILL, FILL]
    assert desk.tokens_free() == 99 * AMOUNT


def test_mined_fill_is_not_counted_twice(desk: Desk) -> None:
    """When the balance is that after it, its promise ends, though its event is not deep enough."""
    desk.turn(make_request_created())
    desk.send_fill()
    desk.target.mark_done(FILL, BlockNumber(101))
    desk.turn()
    assert desk.tokens_free() == 99 * AMOUNT
    desk.target_wallet.refresh(BlockNumber(101))
    desk.turn()
    assert desk.tokens_free() == 100 * AMOUNT


def test_seen_fill_is_promised_until_the_balance_knows(desk: Desk) -> None:
    """The event may be faster than the balance."""
    desk.turn(make_request_created(), make_request_filled(block_number=101))
    assert desk.tokens_free() == 99 * AMOUNT
    desk.target_wallet.refresh(BlockNumber(101))
    desk.turn()
    assert desk.tokens_free() == 100 * AMOUNT


def test_stake_is_promised_until_it_is_paid(desk: Desk) -> None:
    """Claimed, but not deep enough to be seen: the balance knows first."""
    desk.turn(make_request_created(), make_request_filled())
    desk.source.mark_in_flight(CLAIM)
    desk.turn()
    assert desk.native_free() == 10**19 - STAKE
    desk.source.mark_done(CLAIM, BlockNumber(100))
    desk.turn()
    assert desk.native_free() == 10**19
    desk.turn(make_claim_made())
    assert desk.native_free() == 10**19


@pytest.mark.parametrize(
    "events",
    [
        [make_request_filled(filler=ALICE)],
        [make_request_filled(), make_claim_made()],
        [make_request_filled(), make_deposit_withdrawn(receiver=ALICE)],
    ],
)
def test_nothing_is_promised_where_no_claim_is_due(desk: Desk, events: list[Event]) -> None:
    """Of others' fills, of claims made, of deposits gone."""
    desk.turn(make_request_created(), *events)
    assert desk.native_free() == 10**19
    assert desk.tokens_free() == 100 * AMOUNT


def test_unsafe_fill_on_its_way_is_cancelled(desk: Desk) -> None:
    """It keeps its promises until it is undone, and only then is the request ignored."""
    desk.turn(make_request_created())
    desk.send_fill()
    desk.turn(now=UNSAFE - 1)
    assert desk.target.cancelled_keys == []
    for _ in range(2):
        desk.turn(now=UNSAFE)
    assert desk.target.is_cancelled(FILL)
    assert desk.state() == "filled"
    assert desk.tokens_free() == 99 * AMOUNT
    desk.target.refuse(FILL, "cancelled")
    desk.turn(now=UNSAFE)
    assert desk.state() == "ignored"
    assert desk.tokens_free() == 100 * AMOUNT
    assert desk.planner._open == {}
    assert desk.told("Not acting on request") == [("info", Reason.UNSAFE_FILL_TIME.value)]


def test_unsafe_fill_that_waits_is_dropped_at_once(desk: Desk) -> None:
    """Nothing is to be undone."""
    desk.turn(make_request_created())
    desk.turn(now=UNSAFE)
    assert desk.target.waiting() == []
    assert desk.state() == "ignored"


def test_unsafe_fill_is_cancelled_while_chains_are_not_to_be_read(desk: Desk) -> None:
    """Time goes on without them."""
    desk.turn(make_request_created())
    desk.send_fill()
    lost = {
        "source": make_chain_view(SOURCE, is_reachable=False, is_synced=False),
        "target": make_chain_view(TARGET, is_reachable=False, is_synced=False),
    }
    desk.turn(now=UNSAFE, **lost)
    assert desk.target.is_cancelled(FILL)


def test_fill_is_cancelled_when_the_deposit_is_gone(desk: Desk) -> None:
    """Somebody else was paid with it; ours would be for nothing."""
    desk.turn(make_request_created())
    desk.send_fill()
    desk.turn(make_deposit_withdrawn(receiver=ALICE))
    assert desk.target.is_cancelled(FILL)
    desk.target.refuse(FILL, "cancelled")
    desk.turn()
    assert desk.planner._open == {}


def test_fill_that_was_mined_in_spite_of_its_cancellation_is_claimed(desk: Desk) -> None:
    """Whatever was decided before: what is filled is claimed."""
    desk.turn(make_request_created())
    desk.send_fill()
    desk.turn(now=UNSAFE)
    desk.target.mark_done(FILL, BlockNumber(100))
    desk.turn(make_request_filled(), now=UNSAFE)
    assert desk.source.keys() == [CLAIM]
    assert desk.native_free() == 10**19 - STAKE


def test_ignored_request_that_was_filled_after_all_is_claimed(desk: Desk) -> None:
    """By an earlier life, in a block that was read late."""
    desk.turn(make_request_created(), now=UNSAFE)
    assert desk.state() == "ignored"
    desk.turn(make_request_filled(), now=UNSAFE)
    assert desk.source.keys() == [CLAIM]


def test_ignored_request_is_not_looked_at_again(desk: Desk) -> None:
    """A clock that goes back changes nothing; its reason is told once."""
    for now in (UNSAFE, UNSAFE, NOW):
        desk.turn(make_request_created(), now=now)
    assert desk.target.keys() == []
    assert desk.told("Not acting on request") == [("info", Reason.UNSAFE_FILL_TIME.value)]


@pytest.mark.parametrize("event", [make_claim_made(), make_request_resolved()])
def test_request_whose_fill_is_read_late_is_not_ignored(desk: Desk, event: Event) -> None:
    """The source chain was read first, and the unsafe time has begun: it was filled."""
    unread = make_chain_view(TARGET, is_synced=False)
    for target in (unread, make_chain_view(TARGET)):
        desk.turn(make_request_created(), event, now=VALID_UNTIL, target=target)
    assert desk.state() in ("claimed", "l1_resolved")
    assert desk.target.keys() == []


def test_nothing_is_ignored_before_the_target_chain_is_read(desk: Desk) -> None:
    """A start reads history; a line for each old request would be noise."""
    desk.turn(
        make_request_created(), now=VALID_UNTIL, target=make_chain_view(TARGET, is_synced=False)
    )
    assert desk.state() == "pending"
    assert desk.log.lines == []


def test_request_of_another_filler_is_left_to_it(desk: Desk) -> None:
    """Without a word, until its deposit is withdrawn."""
    desk.turn(make_request_created(), make_request_filled(filler=ALICE))
    desk.turn(make_claim_made(claimer=ALICE))
    desk.turn(make_claim_stake_withdrawn(stake_recipient=ALICE))
    desk.turn(make_deposit_withdrawn(receiver=ALICE))
    assert desk.log.lines == []
    assert (desk.source.keys(), desk.target.keys()) == ([], [])
    assert desk.planner._open == {}


def test_refused_claim_is_tried_again(desk: Desk) -> None:
    """For as long as it takes."""
    desk.turn(make_request_created(), make_request_filled())
    for tries in range(2, 6):
        desk.source.refuse(CLAIM, "the endpoint says no")
        desk.turn()
        assert len(desk.source.submitted) == tries - 1
        desk.clock.advance(60)
        desk.turn()
        assert len(desk.source.submitted) == tries


def test_claim_says_what_is_known_by_now(desk: Desk) -> None:
    """So that the sender looks only where the planner could not."""
    desk.turn(make_request_created(), make_request_filled())
    desk.source.refuse(CLAIM, "no")
    desk.clock.advance(60)
    desk.turn(source=make_chain_view(SOURCE, events_until=BlockNumber(123)))
    assert [action.known_until for action in desk.source.submitted] == [100, 123]  # type: ignore[union-attr]


def test_fill_that_a_reorg_moved_is_claimed_anew(desk: Desk) -> None:
    """With its new id."""
    desk.turn(make_request_created(), make_request_filled(), make_claim_made())
    moved = make_request_filled(block_number=21, fill_id=bytes(31) + b"1")
    desk.turn(moved)
    assert desk.source.keys() == [claim_key(REQUEST_ID, moved.fill_id)]


@pytest.mark.parametrize(
    ("events", "time", "reason"),
    [
        ([make_request_filled()], VALID_UNTIL + 86_400, Reason.CLAIM_DEADLINE_PASSED),
        (
            [make_request_filled(), make_claim_made(), make_request_resolved(filler=ALICE)],
            NOW,
            Reason.CLAIM_LOST,
        ),
        (
            [make_request_filled(), make_deposit_withdrawn(receiver=ALICE)],
            NOW,
            Reason.DEPOSIT_LOST,
        ),
    ],
)
def test_loss_is_a_warning_once(
    desk: Desk, events: list[Event], time: int, reason: Reason
) -> None:
    """The operator has to know."""
    desk.fold.apply(make_request_created())
    view = {"source": make_chain_view(SOURCE, head=make_block(timestamp=time))}
    desk.turn(*events, **view)
    desk.turn(**view)
    assert desk.told("Lost a deposit") == [("warning", reason.value)]


@pytest.mark.parametrize(
    "view",
    [
        {"target": make_chain_view(TARGET, is_reachable=False)},
        {"source_funds": None},
    ],
)
def test_what_passes_by_itself_is_not_told(desk: Desk, view: dict[str, Any]) -> None:
    """And does not keep the request from being filled."""
    desk.turn(make_request_created(), **view)
    assert desk.log.lines == []
    desk.turn()
    assert desk.target.keys() == [FILL]


def test_submitted_fill_is_not_called_unaffordable() -> None:
    """Its own promise has used up the last token."""
    desk = Desk(tokens=AMOUNT)
    desk.turn(make_request_created())
    desk.send_fill()
    desk.turn()
    assert desk.told("Not acting on request") == []


def test_restarted_planner_reaches_the_same_decisions(desk: Desk) -> None:
    """From the events alone, in one turn."""
    desk.turn(
        make_request_created(),
        make_request_filled(),
        created(2),
        source=make_chain_view(SOURCE),
    )
    assert desk.source.keys() == [CLAIM]
    assert desk.target.keys() == [fill_key(created(2).request_id)]
    assert desk.native_free() == 10**19 - 2 * STAKE


def test_claims_of_a_closed_deposit_are_still_withdrawn(desk: Desk) -> None:
    """A twin claim's stake is worth something after the deposit has gone."""
    twin = make_claim_made(claim_id=9, block_number=31)
    desk.turn(make_request_created(), make_request_filled(), make_claim_made(), twin)
    desk.turn(make_claim_stake_withdrawn(), make_deposit_withdrawn())
    assert desk.source.keys() == ["withdraw:9"]
    assert REQUEST_ID in desk.planner._open
    desk.turn(make_claim_stake_withdrawn(claim_id=9, block_number=61))
    assert desk.planner._open == {}
