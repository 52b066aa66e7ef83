r"""Planner: one turn of deciding for a direction, on everything that is open.

    open requests --rules--> Action --promise funds--> TransactionSender.submit
                        \--> Skip ----> ignored, or again next turn
    their claims  ---------> GamePlanner

What an operator could change or has lost is logged, once; that others were faster, or that
something is still to come, is not.

Nothing depends on the turn before: what is promised, submitted or ignored is decided from the
fold, the views and the sender's word on its keys.
"""

from typing import Final

from structlog.typing import FilteringBoundLogger

from beamer_agent.actions.model import (
    ClaimFill,
    FillRequest,
    Reason,
    Skip,
    claim_key,
    fill_key,
)
from beamer_agent.actions.rules import plan_request, plan_stop
from beamer_agent.actions.view import ClaimTerms, DirectionView, Funds
from beamer_agent.game import GamePlanner
from beamer_agent.state.fold import Direction, Fold
from beamer_agent.state.request import Request, RequestMachine
from beamer_agent.transactions.account import ChainAccount
from beamer_agent.transactions.wallet import Promise
from beamer_agent.types import BlockNumber, RequestId

UNFILLED: Final = (
    Reason.UNKNOWN_TOKEN_PAIR,
    Reason.ALLOWANCE_LIMIT,
    Reason.WRONG_REQUEST_ID,
    Reason.UNSAFE_FILL_TIME,
    Reason.INSUFFICIENT_TOKENS,
    Reason.INSUFFICIENT_NATIVE,
    Reason.CLAIM_ENDING,
    Reason.UNDEFENDABLE,
    Reason.GAME_RESERVE,
)
"""Logged: nobody has filled the request, and we do not."""
_IGNORABLE: Final = (RequestMachine.pending.value, RequestMachine.filled.value)
"""Where an unfilled request may be ignored; a claim in our name, by whoever, says more."""
LOSSES: Final = (Reason.CLAIM_DEADLINE_PASSED, Reason.DEPOSIT_LOST)
"""Logged as warnings: something of ours is lost."""


class Planner:
    """Decides for one direction. Used by its EventProcessor's thread only.

    Args:
        source: the account where deposits are claimed.
        target: the account where requests are filled.
        games: plays the claims on the requests.
    """

    def __init__(
        self,
        direction: Direction,
        fold: Fold,
        source: ChainAccount,
        target: ChainAccount,
        terms: ClaimTerms,
        games: GamePlanner,
        logger: FilteringBoundLogger,
    ) -> None:
        self._name = str(direction)
        self._fold = fold
        self._source = source
        self._target = target
        self._terms = terms
        self._games = games
        self._logger = logger
        self._open: dict[RequestId, None] = {}
        self._reasons: dict[RequestId, set[Reason]] = {}
        """What was logged of each open request."""

    def reopen(self, request_id: RequestId) -> None:
        """Look at a request again: something has happened to it."""
        self._open[request_id] = None

    def turn(self, view: DirectionView) -> None:
        """Decide on every open request and its claims."""
        found = [self._fold.requests.get(request_id) for request_id in self._open]
        requests = [request for request in found if request is not None]
        # The others' events came before their request, which opens itself, or will never have one.
        self._open = {request.id: None for request in requests}
        self._state_promises(requests, view)
        self._games.state_games(requests, view)
        for request in requests:
            is_final = self._decide_request(request, view)
            if self._games.decide(request, view) and is_final:
                self._close(request)

    def _state_promises(self, requests: list[Request], view: DirectionView) -> None:
        stakes: dict[str, Promise] = {}
        fills: dict[str, Promise] = {}
        for request in requests:
            if self._will_need_stake(request, view):
                stakes[_stake_key(request)] = Promise(None, self._terms.stake)
            if self._is_amount_spoken_for(request, view):
                fills[fill_key(request.id)] = _amount_of(request)
        self._source.wallet.state_promises(f"{self._name} stakes", stakes)
        self._target.wallet.state_promises(f"{self._name} fills", fills)

    def _will_need_stake(self, request: Request, view: DirectionView) -> bool:
        if request.withdrawal is not None:
            return False
        if request.fill is None:
            return self._target.sender.is_working_on(fill_key(request.id))
        if request.fill.filler != view.account:
            return False
        fill = (request.fill.filler, request.fill.fill_id)
        claims = self._fold.claims.of_request(request.id)
        if any((claim.claimer, claim.fill_id) == fill for claim in claims):
            return False
        paid_at = self._source.sender.done_at(claim_key(request.id, request.fill.fill_id))
        return not _is_deducted(paid_at, view.source_funds)

    def _is_amount_spoken_for(self, request: Request, view: DirectionView) -> bool:
        """Whether the wallet's balance still counts tokens that our fill takes, or has taken."""
        if request.fill is not None:
            is_deducted = _is_deducted(request.fill.block_number, view.target_funds)
            return request.fill.filler == view.account and not is_deducted
        key = fill_key(request.id)
        is_deducted = _is_deducted(self._target.sender.done_at(key), view.target_funds)
        return self._target.sender.is_working_on(key) and not is_deducted

    def _decide_request(self, request: Request, view: DirectionView) -> bool:
        """Act on a request; True when it will never need anything again."""
        if request.fill is None and self._is_being_filled(request, view):
            return False
        if request.state == RequestMachine.ignored.value:
            return True
        decision = plan_request(request, self._fold.claims, view)
        if isinstance(decision, Skip):
            self._skip_request(request, decision)
            return decision.is_final
        if isinstance(decision, FillRequest):
            self._fill(request, decision)
        elif isinstance(decision, ClaimFill):
            self._claim(request, decision)
        return False

    def _is_being_filled(self, request: Request, view: DirectionView) -> bool:
        """Whether a fill of ours is on its way, after stopping one that comes too late."""
        key = fill_key(request.id)
        if not self._target.sender.is_working_on(key):
            return False
        if plan_stop(request, self._fold.claims, view) is not None:
            self._target.sender.cancel(key)
        return self._target.sender.is_working_on(key)

    def _skip_request(self, request: Request, skip: Skip) -> None:
        is_unfilled = request.fill is None and request.withdrawal is None
        if is_unfilled and skip.is_final and request.state in _IGNORABLE:
            self._advance(request, "ignore")
        self._explain(request, skip.reason)

    def _fill(self, request: Request, action: FillRequest) -> None:
        if not self._target.sender.accepts(action.key):
            return
        stake = Promise(None, self._terms.stake)
        if not self._source.wallet.promise(f"{self._name} stakes", _stake_key(request), stake):
            self._explain(request, Reason.INSUFFICIENT_NATIVE)
        elif not self._target.wallet.promise(
            f"{self._name} fills", action.key, _amount_of(request)
        ):
            self._explain(request, Reason.INSUFFICIENT_TOKENS)
        elif self._target.sender.submit(action) and request.state == RequestMachine.pending.value:
            self._advance(request, "try_to_fill")

    def _claim(self, request: Request, action: ClaimFill) -> None:
        is_new = self._source.sender.submit(action)
        if is_new and request.state == RequestMachine.filled.value:
            self._advance(request, "try_to_claim")

    def _advance(self, request: Request, event: str) -> None:
        previous = request.state
        request.advance(event)
        self._logger.info(
            "Request changed state",
            request_id=request.id,
            previous=previous,
            state=request.state,
            decision=event,
        )

    def _explain(self, request: Request, reason: Reason) -> None:
        known = self._reasons.setdefault(request.id, set())
        if reason in known:
            return
        known.add(reason)
        if reason in LOSSES:
            self._logger.warning("Lost a deposit", request_id=request.id, reason=reason.value)
        elif reason in UNFILLED:
            self._logger.info("Not acting on request", request_id=request.id, reason=reason.value)

    def _close(self, request: Request) -> None:
        self._open.pop(request.id, None)
        self._reasons.pop(request.id, None)
        self._games.forget(request)


def _is_deducted(paid_at: BlockNumber | None, funds: Funds | None) -> bool:
    """Whether the balances are those after a payment in a block."""
    return paid_at is not None and funds is not None and funds.block_number >= paid_at


def _stake_key(request: Request) -> str:
    return f"stake:0x{request.id.hex()}"


def _amount_of(request: Request) -> Promise:
    return Promise(request.created.target_token_address, request.created.amount)
