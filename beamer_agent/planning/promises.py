"""Promises: what of the account's funds is spoken for by a direction's requests.

source chain   a claim stake for each of our fills      until the claim is paid
target chain   the amount of each fill on its way       until the balance is read without it
max-unfinal    the amount of each of our fills          until its request is final

After a start, fills of an earlier life may stand in the target chain's history that is not read
yet. Until it is, requests that were there before, and look unfilled, count as if they were ours.
"""

from collections import Counter
from collections.abc import Iterable

from beamer_agent.actions.depth import claim_deadline, symbol_of
from beamer_agent.actions.model import FillRequest, Reason, claim_key, fill_key
from beamer_agent.actions.view import ClaimTerms, DirectionView, Funds
from beamer_agent.state.fold import Fold
from beamer_agent.state.request import Request
from beamer_agent.transactions.account import ChainAccount
from beamer_agent.transactions.wallet import Promise
from beamer_agent.types import BlockNumber, TokenAmount


class Promises:
    """Promises funds of both chains to requests. For one thread.

    Args:
        name: the direction's.
        source: the account where deposits are claimed.
        target: the account where requests are filled.
    """

    def __init__(
        self, name: str, fold: Fold, source: ChainAccount, target: ChainAccount, terms: ClaimTerms
    ) -> None:
        self._name = name
        self._fold = fold
        self._source = source
        self._target = target
        self._terms = terms
        self._began_at: BlockNumber | None = None
        """The source chain's head in the first turn."""

    def state(self, requests: Iterable[Request], view: DirectionView) -> None:
        """Say anew what all open requests need; those that sleep need nothing."""
        if self._began_at is None:
            self._began_at = view.source.head.number
        stakes: dict[str, Promise] = {}
        fills: dict[str, Promise] = {}
        paid: Counter[str] = Counter()
        for request in requests:
            if self._will_need_stake(request, view):
                stakes[_stake_key(request)] = Promise(None, self._terms.stake)
            if self._is_amount_spoken_for(request, view):
                fills[fill_key(request.id)] = _amount_of(request)
            if self.is_exposed(request, view):
                paid[symbol_of(request.created, view) or ""] += request.created.amount
        self._source.wallet.state_promises(f"{self._name} stakes", stakes)
        self._target.wallet.state_promises(f"{self._name} fills", fills)
        self._source.exposure.state(self._name, paid)

    def has_part(self, request: Request, view: DirectionView) -> bool:
        """Whether anything is promised or exposed for a request."""
        return (
            self._will_need_stake(request, view)
            or self._is_amount_spoken_for(request, view)
            or self.is_exposed(request, view)
        )

    def is_exposed(self, request: Request, view: DirectionView) -> bool:
        """Whether a limited amount is ours that is lost when the request vanishes."""
        created = request.created
        if created.block_number <= view.source.final_until:
            return False
        if not self._source.exposure.is_limited(symbol_of(created, view)):
            return False
        if request.fill is not None:
            return request.fill.filler == view.account
        may_be_filled = self._target.sender.may_happen(fill_key(request.id))
        return may_be_filled or self._may_be_ours(request, view)

    def is_in_doubt(self, request: Request, view: DirectionView) -> bool:
        """Whether funds are set aside for a fill that may be ours, though none was seen."""
        return self._may_be_ours(request, view) and (
            self.is_exposed(request, view) or self._will_need_stake(request, view)
        )

    def promise(self, request: Request, action: FillRequest, view: DirectionView) -> Reason | None:
        """Set aside what a fill needs; the reason why it must not be made, if there is one.

        Nothing is set aside then: what is too much for one limit must not keep others waiting.
        """
        reason = self._set_aside(request, action, view)
        if reason is not None:
            self._release(request, action, view)
        return reason

    def _set_aside(
        self, request: Request, action: FillRequest, view: DirectionView
    ) -> Reason | None:
        stake = Promise(None, self._terms.stake)
        if not self._source.wallet.promise(f"{self._name} stakes", _stake_key(request), stake):
            return Reason.INSUFFICIENT_NATIVE
        amount = _amount_of(request)
        if not self._target.wallet.promise(f"{self._name} fills", action.key, amount):
            return Reason.INSUFFICIENT_TOKENS
        return None if self._dares(request, view) else Reason.UNFINAL_LIMIT

    def _release(self, request: Request, action: FillRequest, view: DirectionView) -> None:
        if not self._will_need_stake(request, view):
            self._source.wallet.release(f"{self._name} stakes", _stake_key(request))
        self._target.wallet.release(f"{self._name} fills", action.key)

    def _dares(self, request: Request, view: DirectionView) -> bool:
        created = request.created
        symbol = symbol_of(created, view)
        if symbol is None or created.block_number <= view.source.final_until:
            return True
        amount = TokenAmount(0) if self.is_exposed(request, view) else created.amount
        return self._source.exposure.take(self._name, symbol, amount)

    def _may_be_ours(self, request: Request, view: DirectionView) -> bool:
        """Whether an earlier life may have filled a request, in a block that is not read yet."""
        created = request.created
        is_old = self._began_at is not None and created.block_number <= self._began_at
        return request.fill is None and is_old and not view.target_covers(created)

    def _will_need_stake(self, request: Request, view: DirectionView) -> bool:
        if request.withdrawal is not None:
            return False
        if request.fill is None:
            is_working = self._target.sender.is_working_on(fill_key(request.id))
            return is_working or self._may_need_stake(request, view)
        if request.fill.filler != view.account:
            return False
        fill = (request.fill.filler, request.fill.fill_id)
        claims = self._fold.claims.of_request(request.id)
        if any((claim.claimer, claim.fill_id) == fill for claim in claims):
            return False
        paid_at = self._source.sender.done_at(claim_key(request.id, request.fill.fill_id))
        return not _is_deducted(paid_at, view.source_funds)

    def _may_need_stake(self, request: Request, view: DirectionView) -> bool:
        if not self._may_be_ours(request, view):
            return False
        is_late = view.source.head.timestamp >= claim_deadline(request, view)
        claims = self._fold.claims.of_request(request.id)
        return not is_late and all(claim.claimer != view.account for claim in claims)

    def _is_amount_spoken_for(self, request: Request, view: DirectionView) -> bool:
        """Whether the wallet's balance still counts tokens that our fill takes, or has taken."""
        if request.fill is not None:
            is_deducted = _is_deducted(request.fill.block_number, view.target_funds)
            return request.fill.filler == view.account and not is_deducted
        key = fill_key(request.id)
        is_deducted = _is_deducted(self._target.sender.done_at(key), view.target_funds)
        return self._target.sender.is_working_on(key) and not is_deducted


def _is_deducted(paid_at: BlockNumber | None, funds: Funds | None) -> bool:
    """Whether the balances are those after a payment in a block."""
    return paid_at is not None and funds is not None and funds.block_number >= paid_at


def _stake_key(request: Request) -> str:
    return f"stake:0x{request.id.hex()}"


def _amount_of(request: Request) -> Promise:
    return Promise(request.created.target_token_address, request.created.amount)
