"""What a direction has open, and what it lacks: a pure function over its fold."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping

from beamer_agent.actions.depth import claim_deadline, refund_time, symbol_of
from beamer_agent.actions.stakes import is_deposit_at_stake, own_stake
from beamer_agent.actions.view import DirectionView
from beamer_agent.planning.report import NATIVE, OTHER, DirectionReport, Lack, Stage, StageReport
from beamer_agent.state.claim import Claim, ClaimMachine
from beamer_agent.state.request import Request, RequestMachine
from beamer_agent.state.trackers import ClaimTracker
from beamer_agent.state.validity import Validity, claim_validity
from beamer_agent.types import Address, RequestId, Timestamp, Wei


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
    sums: dict[Stage, _Sum] = defaultdict(_Sum)
    wanted: dict[Address, int] = {}
    for request in requests:
        if request.fill is None and request.withdrawal is None:
            if is_filling(request.id):
                sums[Stage.FILLING].add(_amount(request, view), deadline=refund_time(request))
            else:
                _want(request, view, wanted)
        _add_deposit(request, claims, view, sums)
    return DirectionReport(
        made_at=view.now,
        source_time=view.source.head.timestamp,
        stages={stage: sums[stage].report() for stage in Stage},
        lacking=(*_native_lacking(view), *_tokens_lacking(wanted, view)),
        is_deciding=view.is_live,
        is_whole=view.is_live and view.source.is_whole and view.target.is_whole,
        halt=view.halt,
    )


class _Sum:
    """What is added up of one stage."""

    def __init__(self) -> None:
        self._count = 0
        self._amounts: Counter[str] = Counter()
        self._stake = 0
        self._deadline: Timestamp | None = None

    def add(
        self, amounts: Mapping[str, int], stake: int = 0, deadline: Timestamp | None = None
    ) -> None:
        """One obligation more."""
        self._count += 1
        self._amounts.update(amounts)
        self._stake += stake
        if deadline is not None:
            self._deadline = min(self._deadline or deadline, deadline)

    def report(self) -> StageReport:
        """What all of them come to."""
        return StageReport(self._count, dict(self._amounts), Wei(self._stake), self._deadline)


def _add_deposit(
    request: Request, claims: ClaimTracker, view: DirectionView, sums: Mapping[Stage, _Sum]
) -> None:
    """A deposit that we paid for, and our stakes in the claims on the request."""
    is_paid_out = is_deposit_at_stake(request, view.account)
    amount = _amount(request, view) if is_paid_out else {}
    standing = claims.of_request(request.id)
    is_claimed = any(_is_for_our_fill(claim, request) for claim in standing)
    is_lost = view.source.head.timestamp >= claim_deadline(request, view)
    if is_paid_out and not is_claimed and not is_lost:
        sums[Stage.FILLED].add(amount, deadline=refund_time(request))
    for claim in standing:
        stage = _stage_of(claim, request, claims, view)
        if stage is None:
            continue
        is_open = _validity(claim, request, claims, view) is Validity.OPEN
        deadline = claim.termination if is_open and stage is not Stage.CLAIMED else None
        is_of_fill = _is_for_our_fill(claim, request)
        sums[stage].add(amount if is_of_fill else {}, own_stake(claim, view.account), deadline)
        if is_of_fill:
            amount = {}


def _stage_of(
    claim: Claim, request: Request, claims: ClaimTracker, view: DirectionView
) -> Stage | None:
    """None: nothing of ours is to be had from a claim, nor to be lost with it."""
    if claim.state == ClaimMachine.withdrawn.value or own_stake(claim, view.account) == 0:
        return None
    is_ours = claim.claimer == view.account
    lost = Validity.INVALID if is_ours else Validity.VALID
    if _validity(claim, request, claims, view) is lost:
        return None
    if not is_ours:
        return Stage.STAKED
    return Stage.CONTESTED if claim.challenger_stake_total > 0 else Stage.CLAIMED


def _validity(
    claim: Claim, request: Request, claims: ClaimTracker, view: DirectionView
) -> Validity:
    return claim_validity(claim, request, claims, view.source.head.timestamp)


def _is_for_our_fill(claim: Claim, request: Request) -> bool:
    fill = request.fill
    return fill is not None and (claim.claimer, claim.fill_id) == (fill.filler, fill.fill_id)


def _amount(request: Request, view: DirectionView) -> dict[str, int]:
    return {symbol_of(request.created, view) or OTHER: request.created.amount}


def _want(request: Request, view: DirectionView, wanted: dict[Address, int]) -> None:
    """Note the least amount of a token for want of which a request may stay unfilled."""
    created, funds = request.created, view.target_funds
    token = created.target_token_address
    if request.state != RequestMachine.pending.value or funds is None:
        return
    is_in_time = view.latest_time < created.valid_until - view.policy.unsafe_fill_time
    if is_in_time and created.amount > funds.tokens_free.get(token, 0) and _is_pair(request, view):
        wanted[token] = min(wanted.get(token, created.amount), created.amount)


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
