r"""Planner: one turn of deciding for a direction, on everything that is open and does not sleep.

    open requests --rules--> Action --witness, promise of funds--> TransactionSender.submit
                        \--> Skip ----> ignored, asleep, or again next turn
    what a reorganisation took away --> Recalls
    their claims  ---------> GamePlanner

What is promised, submitted or ignored is decided from the fold, the views, the witness and the
sender's word on its keys. A request sleeps only while deciding on it cannot give anything else,
and has no part in what is promised or staked: nothing depends on the turn before.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace
from itertools import count
from typing import Final

from structlog.typing import FilteringBoundLogger

from beamer_agent.actions.depth import depth_wanted, doubt, is_claim_urgent
from beamer_agent.actions.halts import halted
from beamer_agent.actions.model import ClaimFill, FillRequest, Skip, fill_key
from beamer_agent.actions.profit import unprofitable
from beamer_agent.actions.quiet import quiet_until
from beamer_agent.actions.rules import plan_request, plan_stop
from beamer_agent.actions.testimony import Testimony, Witnesses
from beamer_agent.actions.view import ClaimTerms, DirectionView
from beamer_agent.planning.game import GamePlanner
from beamer_agent.planning.loss_warning import LossWarning
from beamer_agent.planning.misses import Misses
from beamer_agent.planning.obligations import report_on
from beamer_agent.planning.payouts import Payouts
from beamer_agent.planning.promises import Promises
from beamer_agent.planning.races import Races
from beamer_agent.planning.recalls import Recalls
from beamer_agent.planning.report import DirectionReport, ObligationStage, StageReport
from beamer_agent.planning.request_log import RequestLog
from beamer_agent.planning.sleepers import Ebb, Sleepers
from beamer_agent.planning.tallies import UNCOUNTED, Tallies
from beamer_agent.state.fold import Direction, Fold
from beamer_agent.state.request import Request, RequestMachine
from beamer_agent.transactions.account import ChainAccount
from beamer_agent.types import RequestId

_IGNORABLE: Final = (RequestMachine.pending.value, RequestMachine.filled.value)
"""Where an unfilled request may be ignored; a claim in our name, by whoever, says more."""


class Planner:
    """Decides for one direction. Used by its EventProcessor's thread only.

    Args:
        source: the account where deposits are claimed.
        target: the account where requests are filled.
        games: plays the claims on the requests.
        payouts: what the direction has paid out, within the operator's limits.
        tallies: told of each loss of a deposit, request that is not filled or missed, and race.
    """

    def __init__(
        self,
        direction: Direction,
        fold: Fold,
        source: ChainAccount,
        target: ChainAccount,
        terms: ClaimTerms,
        games: GamePlanner,
        witness: Witnesses,
        logger: FilteringBoundLogger,
        payouts: Payouts,
        tallies: Tallies = UNCOUNTED,
    ) -> None:
        self._fold = fold
        self._source = source
        self._target = target
        self._games = games
        self._witness = witness
        self._logger = logger
        self._log = RequestLog(logger, tallies.count_loss, tallies.count_unfilled)
        self._payouts = payouts
        self._races = Races(logger, tallies)
        self._misses = Misses(tallies)
        self._loss_warning = LossWarning(logger)
        self._promises = Promises(str(direction), fold, source, target, terms)
        self._recalls = Recalls(fold, source.sender, target.sender, self._log)
        self._open: dict[RequestId, int] = {}
        """With their places: who was opened earlier is decided on, and paid, earlier."""
        self._places = count()
        self._awake: set[RequestId] = set()
        """The open requests that do not sleep."""
        self._sleepers = Sleepers()
        self._ebb = Ebb()
        self._changed: set[RequestId] = set()
        """Since the last turn."""
        self._has_stirred = True
        """Whether any was awake since the last report."""
        self._stages: Mapping[ObligationStage, StageReport] = {}
        """Of the last report."""

    def reopen(self, request_id: RequestId) -> None:
        """Look at a request again: something has happened to it."""
        self._open.setdefault(request_id, next(self._places))
        self._changed.add(request_id)
        self._has_stirred = True
        self._awake.add(request_id)
        self._sleepers.wake(request_id)

    def forget(self, request_ids: Collection[RequestId]) -> None:
        """The fold has forgotten these: they are settled."""
        self._witness.forget(request_ids)
        self._games.forget_settled(request_ids)
        for request_id in request_ids:
            self._drop(request_id)

    def wake_all(self) -> None:
        """Decide on every open request in the next turn, whether it sleeps or not."""
        self._awake.update(self._sleepers.wake_all())

    def report(self, view: DirectionView) -> DirectionReport:
        """What is open, whether it sleeps or not, and what is lacking; see `obligations`.

        While all requests sleep, what is open stays as it is.
        """
        has_stirred, self._has_stirred = self._has_stirred, False
        known = (self._fold.requests.get(request_id) for request_id in self._open)
        requests = (request for request in known if request is not None and has_stirred)
        may_happen = self._target.sender.may_happen
        report = report_on(
            requests, self._fold.claims, view, lambda request_id: may_happen(fill_key(request_id))
        )
        if has_stirred:
            self._stages = report.stages
        return replace(report, stages=self._stages)

    def turn(self, view: DirectionView) -> None:
        """Decide on every open request that does not sleep, and its claims."""
        self._wake(view)
        self._misses.begin(view)
        requests = self._take_awake()
        self._has_stirred |= bool(requests)
        self._recalls.look(self._changed, requests, self._sleepers, view)
        self._games.recall(self._changed, view)
        self._changed.clear()
        self._promises.state(requests, view)
        self._payouts.state(requests, view)
        self._games.state_games(requests, view)
        for request in requests:
            is_final = self._decide_request(request, view)
            if self._games.decide(request, view) and is_final:
                self._close(request, view)
            else:
                self._let_sleep(request, view)

    def _wake(self, view: DirectionView) -> None:
        if self._ebb.is_lower(view):
            self.wake_all()
        self._awake.update(self._sleepers.wake_due(view.source.head.timestamp))

    def _let_sleep(self, request: Request, view: DirectionView) -> None:
        """Decide on a request again only when that can give anything else."""
        until = quiet_until(request, self._fold.claims.of_request(request.id), view)
        if until is None or until <= view.source.head.timestamp:
            return
        has_part = self._promises.has_part(request, view)
        if not has_part and not self._recalls.is_undoing(request):
            self._sleepers.add(request.id, until)
            self._awake.discard(request.id)

    def _take_awake(self) -> list[Request]:
        requests: list[Request] = []
        for request_id in sorted(self._awake, key=self._open.__getitem__):
            request = self._fold.requests.get(request_id)
            if request is not None:
                requests.append(request)
                continue
            # Its events came before it, and it opens itself; or it is gone, or of no direction.
            self._drop(request_id)
        return requests

    def _drop(self, request_id: RequestId) -> None:
        self._open.pop(request_id, None)
        self._awake.discard(request_id)
        self._sleepers.wake(request_id)
        self._log.forget(request_id)
        self._races.forget(request_id)
        self._misses.forget(request_id)
        self._payouts.forget(request_id)
        self._games.forget(request_id)

    def _decide_request(self, request: Request, view: DirectionView) -> bool:
        """Act on a request; True when it will never need anything again."""
        self._races.look(request, view)
        if request.fill is None and self._is_being_filled(request, view):
            return False
        if request.state == RequestMachine.ignored.value:
            return True
        decision = plan_request(request, self._fold.claims, view)
        if isinstance(decision, Skip):
            self._skip_request(request, decision)
            return decision.is_final
        if isinstance(decision, FillRequest):
            self._fill(request, decision, view)
        elif isinstance(decision, ClaimFill):
            self._claim(request, decision, view)
        return False

    def _is_being_filled(self, request: Request, view: DirectionView) -> bool:
        """Whether a fill of ours is on its way, after stopping one that must not be mined."""
        key = fill_key(request.id)
        if not self._target.sender.is_working_on(key):
            return False
        is_denied = self._attests(request, view) is Testimony.DENIED
        if is_denied or plan_stop(request, self._fold.claims, view) is not None:
            self._target.sender.cancel(key)
        elif halted(view) is not None or unprofitable(request.created, view) is not None:
            self._target.sender.drop(key)  # what was sent is paid for either way
        return self._target.sender.is_working_on(key)

    def _attests(self, request: Request, view: DirectionView) -> Testimony:
        return self._witness.attests(request.created, depth_wanted(request.created, view))

    def _skip_request(self, request: Request, skip: Skip) -> None:
        is_unfilled = request.fill is None and request.withdrawal is None
        if is_unfilled and skip.is_final and request.state in _IGNORABLE:
            self._advance(request, "ignore")
        self._misses.hinder(request, skip)
        self._log.explain(request.id, skip.reason, skip.figures)

    def _fill(self, request: Request, action: FillRequest, view: DirectionView) -> None:
        if not self._target.sender.accepts(action.key):
            return
        self._races.begin(request, view)
        refusal = doubt(self._attests(request, view)) or self._unpayable(request, action, view)
        if refusal is not None:
            self._misses.hinder(request, refusal)
            self._log.explain(request.id, refusal.reason, refusal.figures)
            return
        self._misses.want(request)
        if self._target.sender.submit(action) and request.state == RequestMachine.pending.value:
            self._loss_warning.look(request, view)
            self._advance(request, "try_to_fill")

    def _unpayable(
        self, request: Request, action: FillRequest, view: DirectionView
    ) -> Skip | None:
        """Why a fill that would be made now must not be paid for; None: it is set aside for it."""
        refusal = self._payouts.take(request, view)
        if refusal is None:
            reason = self._promises.promise(request, action, view)
            if reason is not None:
                self._payouts.give_back(request)
                refusal = Skip(reason)
        if refusal is not None:
            self._races.forget(request.id)  # nobody takes what we do not want
        return refusal

    def _claim(self, request: Request, action: ClaimFill, view: DirectionView) -> None:
        if not self._source.sender.accepts(action.key):
            if self._source.sender.is_working_on(action.key):
                self._recalls.note_claim(action)  # be it of a former generation
            return
        refusal = self._doubt_about_fill(request, view)
        if refusal is not None:
            self._log.explain(request.id, refusal.reason)
            return
        is_new = self._source.sender.submit(action)
        self._recalls.note_claim(action)
        if is_new and request.state == RequestMachine.filled.value:
            self._advance(request, "try_to_claim")

    def _doubt_about_fill(self, request: Request, view: DirectionView) -> Skip | None:
        if request.fill is None:
            return None
        testimony = self._witness.attests_fill(request.fill, view.depths.claim)
        # Who does not answer must not make us too late; but a claim without its fill is lost.
        is_late = testimony is Testimony.UNKNOWN and is_claim_urgent(request, view)
        return None if is_late else doubt(testimony)

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

    def _close(self, request: Request, view: DirectionView) -> None:
        if self._promises.is_exposed(request, view) or self._promises.is_in_doubt(request, view):
            return
        self._drop(request.id)
