"""Payouts: what a direction has paid out, told to the book that all directions share.

Nothing of it is memory: a payout is a fill of ours that the target chain has, or one on its way.
It was made, at the latest, when it was claimed, by the source chain's clock; while it is not
claimed, it counts as made just now. Now is what our own clock says: a head may tell any time.
After a start, the book gives nothing away before both chains are read back as far as a deposit
can be open that nobody disputes, and the target chain up to the head of that time, which may take
as long as its blocks need to be confirmed; older ones count when they are read.

What a reorganisation takes away counts until the new blocks are read: most of it is in them.
"""

from collections.abc import Iterable

from beamer_agent.actions.depth import symbol_of
from beamer_agent.actions.judgement import made_at
from beamer_agent.actions.model import Skip, fill_key
from beamer_agent.actions.view import DirectionView
from beamer_agent.events.view import ChainView
from beamer_agent.state.fold import Fold
from beamer_agent.state.request import Request
from beamer_agent.transactions.payout_book import Payout, PayoutBook
from beamer_agent.transactions.sender import TransactionSender
from beamer_agent.types import BlockNumber, RequestId, Timestamp


class Payouts:
    """The payouts of one direction. For one thread.

    Args:
        name: the direction's, one of those that the book knows.
        target: makes the fills.
    """

    def __init__(self, name: str, fold: Fold, target: TransactionSender, book: PayoutBook) -> None:
        self._name = name
        self._fold = fold
        self._target = target
        self._book = book
        self._was_synced = False
        self._now = Timestamp(0)
        self._began_at: BlockNumber | None = None
        """The target chain's head in the first turn, or a lower one that was told since."""
        self._unpaid: set[RequestId] = set()
        """Nobody knows of a fill of ours, as far as blocks are read."""
        self._over: set[RequestId] = set()
        """Those that were forgotten, or vanished."""

    def state(self, requests: Iterable[Request], view: DirectionView) -> None:
        """Tell of the requests to which something may have happened since the last turn."""
        if self._book.is_empty:
            return
        self._now = view.now
        for request in requests:
            if self._book.is_limited(_symbol(request, view)):
                self._note(request, view)
        if view.source.is_synced and view.target.is_synced:
            self._let_go()
        # Of a chain that does not answer any more, what was paid is known, or told by the sender.
        self._was_synced |= view.source.is_synced and view.target.is_synced
        chain_id = view.source.chain_id
        tokens = view.policy.pairs.of_chain(chain_id)
        prices = {(chain_id, token): view.source_prices.get(token, 0) for token in tokens}
        is_known = (
            self._was_synced
            and self._reaches_start(view.target)
            and all(_reaches_back(chain, view) for chain in (view.source, view.target))
        )
        self._book.state(self._name, prices, is_known=is_known)

    def take(self, request: Request, view: DirectionView) -> Skip | None:
        """Count a fill that is about to be made; why it must not be, if there is a reason."""
        if not self._book.is_limited(_symbol(request, view)):
            return None
        return self._book.take(request.id, _payout(request, view, None), view.now)

    def give_back(self, request: Request) -> None:
        """The fill is not made after all."""
        self._book.note(request.id, None, self._now)

    def forget(self, request_id: RequestId) -> None:
        """Nothing more will come of a request."""
        if not self._book.is_empty:
            self._over.add(request_id)

    def _reaches_start(self, target: ChainView) -> bool:
        """Whether fills of an earlier life are seen, those of its last blocks among them."""
        began_at = target.head.number if self._began_at is None else self._began_at
        self._began_at = min(began_at, target.head.number)
        return target.events_until >= self._began_at

    def _note(self, request: Request, view: DirectionView) -> None:
        self._over.discard(request.id)
        payout = self._payout_of(request, view)
        if payout is None:
            self._unpaid.add(request.id)
        else:
            self._unpaid.discard(request.id)
            self._book.note(request.id, payout, self._now)

    def _let_go(self) -> None:
        for request_id in self._unpaid:
            self._book.note(request_id, None, self._now)
        for request_id in self._over:
            self._book.close(request_id, self._now)
        self._unpaid.clear()
        self._over.clear()

    def _payout_of(self, request: Request, view: DirectionView) -> Payout | None:
        fill = request.fill
        if fill is None:
            may_be_filled = self._target.may_happen(fill_key(request.id))
            return _payout(request, view, None) if may_be_filled else None
        if fill.filler != view.account:
            return None
        made = (
            made_at(claim, view)
            for claim in self._fold.claims.of_request(request.id)
            if (claim.claimer, claim.fill_id) == (fill.filler, fill.fill_id)
        )
        return _payout(request, view, min(made, default=None))


def _payout(request: Request, view: DirectionView, paid_at: Timestamp | None) -> Payout:
    created = request.created
    return Payout(
        _symbol(request, view),
        (created.chain_id, created.source_token_address),
        created.amount,
        paid_at,
        is_open=request.withdrawal is None,
    )


def _symbol(request: Request, view: DirectionView) -> str:
    return symbol_of(request.created, view) or ""


def _reaches_back(chain: ChainView, view: DirectionView) -> bool:
    terms = view.terms
    longest = terms.max_validity + terms.request_extension + terms.claim_period
    now = min(view.now, view.source.head.timestamp)
    return chain.is_whole or chain.events_since <= now - longest
