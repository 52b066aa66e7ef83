"""What a direction has open, and what it lacks: a pure function over its fold."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping

from beamer_agent.actions.depth import claim_deadline, refund_time
from beamer_agent.actions.stakes import is_deposit_at_stake, own_stake
from beamer_agent.actions.view import DirectionView
from beamer_agent.planning.report import (
    NATIVE,
    OTHER,
    DirectionReport,
    Lack,
    ObligationStage,
    StageReport,
)
from beamer_agent.state.claim import Claim, ClaimMachine
from beamer_agent.state.request import Request, RequestMachine
from beamer_agent.state.trackers import ClaimTracker
from beamer_agent.state.validity import Validity, claim_validity
from beamer_agent.tokens import TokenPairs
from beamer_agent.types import Address, ChainId, RequestId, Timestamp, Wei


def report_on(
    requests: Iterable[Request],
    claims: ClaimTracker,
    view: DirectionView,
    is_filling: Callable[[RequestId], bool],
) -> DirectionReport:
    """What is open, lacking and known of a direction.

    `requests` are those that may still need anything; `is_filling` says whether a fill of ours
    is on its way.
    """
    survey = _Survey(claims, view)
    for request in requests:
        if request.fill is None and request.withdrawal is None:
            survey.add_unfilled(request, is_on_its_way=is_filling(request.id))
        survey.add_paid(request)
    return DirectionReport(
        made_at=view.now,
        source_time=view.source.head.timestamp,
        stages=survey.stages(),
        lacking=(*_native_lacking(view), *_tokens_lacking(survey.wanted, view)),
        is_deciding=view.is_live,
        is_whole=view.is_live and view.source.is_whole and view.target.is_whole,
        halt=view.halt,
    )


class _Sum:
    """What is added up of one stage."""

    def __init__(self) -> None:
        self._count = 0
        self._amounts: dict[tuple[ChainId, Address], int] = {}
        self._stake = 0
        self._deadline: Timestamp | None = None

    def add(self, paid: Request | None, stake: int, deadline: Timestamp | None) -> None:
        """One obligation more; `paid` is the request that was paid out for it."""
        self._count += 1
        self._stake += stake
        if paid is not None:
            token = paid.created.chain_id, paid.created.source_token_address
            self._amounts[token] = self._amounts.get(token, 0) + paid.created.amount
        if deadline is not None and (self._deadline is None or deadline < self._deadline):
            self._deadline = deadline

    def report(self, pairs: TokenPairs) -> StageReport:
        """What all of them come to."""
        amounts: Counter[str] = Counter()
        for (chain_id, token), amount in self._amounts.items():
            is_known = token in pairs.of_chain(chain_id)
            amounts[pairs.symbol(chain_id, token) if is_known else OTHER] += amount
        return StageReport(self._count, dict(amounts), Wei(self._stake), self._deadline)


class _Survey:
    """Goes through the requests. There may be thousands, every second."""

    def __init__(self, claims: ClaimTracker, view: DirectionView) -> None:
        self._claims = claims
        self._view = view
        self._sums = {stage: _Sum() for stage in ObligationStage}
        self.wanted: dict[Address, int] = {}
        """The least amounts, by token, for want of which a request may stay unfilled."""

    def stages(self) -> dict[ObligationStage, StageReport]:
        """What was added."""
        pairs = self._view.policy.pairs
        return {stage: found.report(pairs) for stage, found in self._sums.items()}

    def add_unfilled(self, request: Request, *, is_on_its_way: bool) -> None:
        """A request that nobody has filled, as far as is known."""
        if is_on_its_way:
            self._sums[ObligationStage.FILLING].add(request, 0, refund_time(request))
        elif request.state == RequestMachine.pending.value:
            self._want(request)

    def add_paid(self, request: Request) -> None:
        """The deposit of a request that we paid out, and our stakes in the claims on it."""
        claims = self._claims.of_request(request.id)
        paid = request if is_deposit_at_stake(request, self._view.account) else None
        if paid is not None and not any(_is_for_fill(claim, paid) for claim in claims):
            if self._view.source.head.timestamp < claim_deadline(paid, self._view):
                self._sums[ObligationStage.FILLED].add(paid, 0, refund_time(paid))
            paid = None
        for claim in claims:
            is_of_fill = paid is not None and _is_for_fill(claim, paid)
            if self._add_claim(claim, request, paid if is_of_fill else None) and is_of_fill:
                paid = None  # a second claim does not make it more

    def _add_claim(self, claim: Claim, request: Request, paid: Request | None) -> bool:
        """Whether something of ours is to be had from a claim, or to be lost with it."""
        account = self._view.account
        stake, is_ours = own_stake(claim, account), claim.claimer == account
        if stake == 0 or claim.state == ClaimMachine.withdrawn.value:
            return False
        now = self._view.source.head.timestamp
        validity = claim_validity(claim, request, self._claims, now)
        if validity is (Validity.INVALID if is_ours else Validity.VALID):
            return False
        stage = ObligationStage.STAKED
        if is_ours:
            stage = (
                ObligationStage.CONTESTED
                if claim.challenger_stake_total > 0
                else ObligationStage.CLAIMED
            )
        is_pressing = validity is Validity.OPEN and stage is not ObligationStage.CLAIMED
        self._sums[stage].add(paid, stake, claim.termination if is_pressing else None)
        return True

    def _want(self, request: Request) -> None:
        created, view = request.created, self._view
        token, funds = created.target_token_address, view.target_funds
        if funds is None or created.amount <= funds.tokens_free.get(token, 0):
            return
        is_in_time = view.latest_time < created.valid_until - view.policy.unsafe_fill_time
        if is_in_time and _is_pair(request, view):
            self.wanted[token] = min(self.wanted.get(token, created.amount), created.amount)


def _is_for_fill(claim: Claim, request: Request) -> bool:
    fill = request.fill
    return fill is not None and (claim.claimer, claim.fill_id) == (fill.filler, fill.fill_id)


def _is_pair(request: Request, view: DirectionView) -> bool:
    created = request.created
    return view.policy.pairs.is_pair(
        created.chain_id,
        created.source_token_address,
        created.target_chain_id,
        created.target_token_address,
    )


def _native_lacking(view: DirectionView) -> Iterator[Lack]:
    """As `rules` look at it before a fill; and what pays the fill itself."""
    if not view.policy.is_filling:
        return
    source, least = view.source_funds, view.policy.min_source_balance
    if source is not None and source.native_balance < least:
        yield Lack(view.source.chain_id, NATIVE, least, source.native_balance, is_total=True)
    elif source is not None and source.native_free < view.terms.stake:
        stake = view.terms.stake
        yield Lack(view.source.chain_id, NATIVE, stake, source.native_free, is_total=True)
    target, costs = view.target_funds, view.target_costs
    is_other = view.target.chain_id != view.source.chain_id
    if is_other and target and costs and target.native_balance < costs.fill:
        yield Lack(view.target.chain_id, NATIVE, costs.fill, target.native_balance, is_total=True)


def _tokens_lacking(wanted: Mapping[Address, int], view: DirectionView) -> Iterator[Lack]:
    """What requests ask for; and every token, when nothing is left of any."""
    funds, chain_id, pairs = view.target_funds, view.target.chain_id, view.policy.pairs
    if funds is None or not view.policy.is_filling:
        return
    free = {token: funds.tokens_free.get(token, 0) for token in pairs.of_chain(chain_id)}
    is_total = all(amount <= 0 for amount in free.values())
    for token, amount in free.items():
        least = wanted.get(token, 1 if is_total else None)
        if least is not None:
            yield Lack(chain_id, pairs.symbol(chain_id, token), least, amount, is_total=is_total)
