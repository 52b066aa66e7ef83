"""A planner of `DIRECTION` with wallets, and senders that only queue."""

from collections.abc import Iterable, Mapping
from typing import Any, cast

from beamer_agent.actions.model import Action, ChallengeClaim, claim_key, fill_key
from beamer_agent.actions.proof import Proof, ProofProgress
from beamer_agent.actions.view import DirectionView
from beamer_agent.events.model import Event
from beamer_agent.planning.game import GamePlanner
from beamer_agent.planning.payouts import Payouts
from beamer_agent.planning.planner import Planner
from beamer_agent.state.fold import Direction, Fold
from beamer_agent.transactions.account import ChainAccount
from beamer_agent.transactions.exposure import ExposureBook
from beamer_agent.transactions.payout_book import NO_LIMITS, PayoutBook
from beamer_agent.transactions.queue import ActionQueue
from beamer_agent.transactions.sender import TransactionSender
from beamer_agent.transactions.stake_book import StakeBook
from beamer_agent.transactions.wallet import Wallet
from beamer_agent.types import BlockNumber, ChainId, RequestId, TokenAmount, Wei
from tests.doubles import FakeClock, RecordingLogger, ScriptedTransport, make_client
from tests.factories import (
    AMOUNT,
    CLAIM_ID,
    DIRECTION,
    FILL_ID,
    REQUEST_ID,
    SOURCE,
    SOURCE_TOKEN,
    TARGET_TOKEN,
    US,
    VALID_UNTIL,
    make_request_created,
)
from tests.made_views import TERMS, make_direction_view
from tests.made_witness import ScriptedWitness
from tests.tallying import RecordingTallies

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


class ProofDesk:
    """Where proofs have come to, as a test says; remembers which were asked for."""

    def __init__(self) -> None:
        self.looks: dict[str, ProofProgress | None] = {}
        self.others: ProofProgress | None = None
        """Where all others are."""
        self.interest: list[Proof] = []

    def state_interest(self, proofs: Iterable[Proof]) -> None:
        """Remember them."""
        self.interest = list(proofs)

    def progress(self, proof: Proof) -> ProofProgress | None:
        """What the test said."""
        return self.looks.get(proof.key, self.others)


class Desk:
    """A planner of `DIRECTION` with everything around it.

    Args:
        beside: the desk of another direction from the same source chain, or of a former
            generation.
        fills: the sender of the target chain; that of a former generation.
    """

    def __init__(
        self,
        *,
        native: int = 10**19,
        tokens: int = 100 * AMOUNT,
        limit: int = 10**19,
        unfinal: Mapping[str, int] | None = None,
        payouts: PayoutBook | None = None,
        direction: Direction = DIRECTION,
        beside: "Desk | None" = None,
        fills: QueueSender | None = None,
    ) -> None:
        self.clock = FakeClock()
        self.log = RecordingLogger()
        self.source: QueueSender = beside.source if beside else QueueSender(self.clock)
        self.target = fills or QueueSender(self.clock)
        self.base_sender = QueueSender(self.clock)
        token = SOURCE_TOKEN
        own_wallet = make_wallet(native, tokens, token)
        self.source_wallet: Wallet = beside.source_wallet if beside else own_wallet
        self.target_wallet = make_wallet(native, tokens, TARGET_TOKEN)
        self.base_wallet = make_wallet(native, 0, token)
        self.book: StakeBook = beside.book if beside else StakeBook(Wei(limit))
        caps = {symbol: TokenAmount(cap) for symbol, cap in (unfinal or {}).items()}
        self.exposure: ExposureBook = beside.exposure if beside else ExposureBook(caps)
        self.fold = Fold(direction, US)
        self.proofs = ProofDesk()
        self.witness = ScriptedWitness()
        self.tallies = RecordingTallies()
        self.losses = self.tallies.losses
        self.payouts: PayoutBook = beside.payouts if beside else payouts or free_book()
        self.base: ChainAccount | None = self._account(self.base_sender, self.base_wallet, 0)
        source = ChainAccount(
            cast("TransactionSender", self.source), self.source_wallet, self.book, self.exposure
        )
        target = self._account(self.target, self.target_wallet, limit)
        games = GamePlanner(
            str(direction),
            self.fold,
            source,
            target,
            lambda: self.base,
            self.proofs,
            self.witness,
            self.log.logger,
            self.tallies.count_loss,
        )
        self.planner = Planner(
            direction,
            self.fold,
            source,
            target,
            TERMS,
            games,
            self.witness,
            self.log.logger,
            Payouts("a->b", self.fold, target.sender, self.payouts),
            self.tallies,
        )

    @staticmethod
    def _account(sender: QueueSender, wallet: Wallet, limit: int) -> ChainAccount:
        return ChainAccount(cast("TransactionSender", sender), wallet, StakeBook(Wei(limit)))

    def turn(self, *events: Event, **view: Any) -> None:
        """Apply events, then decide with a view whose fields can be changed."""
        for event in events:
            self.fold.apply(event)
            self.planner.reopen(getattr(event, "request_id"))  # noqa: B009 - of RequestEvents
        self.planner.turn(self.view(**view))

    def rewind(self, above: int, chain_id: ChainId = SOURCE, **view: Any) -> None:
        """A reorganisation drops a chain's events above a block; then decide."""
        for request_id in self.fold.rewind(chain_id, BlockNumber(above)):
            self.planner.reopen(request_id)
        self.planner.turn(self.view(**view))

    def view(self, **changes: Any) -> DirectionView:
        """With the funds of the wallets, and what is staked in all games."""
        funds: dict[str, Any] = {
            "staked_in_games": self.book.total(),
            "source_funds": self.source_wallet.funds(),
            "target_funds": self.target_wallet.funds(),
            "base_funds": self.base_wallet.funds(),
        }
        return make_direction_view(**(funds | changes))

    def state(self, request_id: RequestId = REQUEST_ID) -> str:
        """Of a request."""
        request = self.fold.requests.get(request_id)
        assert request is not None
        return request.state

    def staked(self) -> int:
        """In the games of the source chain."""
        return self.book.total()

    def base_free(self) -> int:
        """On L1."""
        funds = self.base_wallet.funds()
        assert funds is not None
        return funds.native_free

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

    def bids(self) -> list[int]:
        """That were submitted, in order."""
        return [a.bid for a in self.source.submitted if isinstance(a, ChallengeClaim)]

    def land(self, *events: Event) -> None:
        """All that was submitted on the source chain is mined, and these are its events."""
        for action in self.source.submitted:
            self.source.mark_in_flight(action.key)
            self.source.mark_done(action.key, BlockNumber(101))
        for event in events:
            self.fold.apply(event)

    def send_fill(self, key: str = FILL) -> None:
        """The sender has sent it."""
        assert self.target.mark_in_flight(key)

    def told(self, sentence: str) -> list[tuple[str, str]]:
        """Level and reason of the lines with a sentence."""
        lines = [line for line in self.log.lines if line["event"] == sentence]
        return [(line["log_level"], line["reason"]) for line in lines]


def free_book() -> PayoutBook:
    """Without limits."""
    return PayoutBook(NO_LIMITS, ())


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
