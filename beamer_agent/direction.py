"""One direction: from two chains at work to what decides between them."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace

from structlog.typing import FilteringBoundLogger

from beamer_agent.actions.view import (
    DepthPolicy,
    DirectionView,
    EarningsPolicy,
    FillPolicy,
    GamePolicy,
)
from beamer_agent.auditing import build_auditor
from beamer_agent.base import BaseAccount, BaseSlot, FencedBase
from beamer_agent.chain import Chain, Surroundings
from beamer_agent.config import Config
from beamer_agent.config.directions import direction_key
from beamer_agent.contracts.interface import Contract
from beamer_agent.events.view import ChainView
from beamer_agent.fence import Fence
from beamer_agent.inbox import Inbox
from beamer_agent.orders import Restart
from beamer_agent.periods.auditor import AuditCounter, PeriodAuditor
from beamer_agent.periods.desk import RemainderDesk
from beamer_agent.planning.chronicle import Chronicle
from beamer_agent.planning.game import GamePlanner
from beamer_agent.planning.payouts import Payouts
from beamer_agent.planning.planner import Planner
from beamer_agent.planning.request_log import LossCounter
from beamer_agent.planning.tallies import Tallies
from beamer_agent.processor import EventProcessor, ViewMaker
from beamer_agent.resolution.rollup import ChainEnd, ProofDirection
from beamer_agent.resolution.watch import ProofWatch
from beamer_agent.state.fold import Direction, Fold
from beamer_agent.transactions.payout_book import PayoutBook, PayoutLimits
from beamer_agent.witness.witness import Bench, Witness


@dataclass(frozen=True, slots=True)
class DirectionWorkers:
    """A direction at work: step functions for its threads."""

    processor: EventProcessor
    wake: threading.Event
    """Whatever is new for the processor."""
    proofs: ProofWatch
    proofs_wake: threading.Event
    witness: Witness
    witness_wake: threading.Event
    auditor: PeriodAuditor
    auditor_wake: threading.Event
    fold: Fold
    """What it knows: its processor's own."""


@dataclass(frozen=True, slots=True)
class DirectionGames:
    """What is known of a direction, and what plays its claims; nothing of it acts by itself."""

    direction: Direction
    fold: Fold
    games: GamePlanner
    proofs: ProofWatch
    proofs_wake: threading.Event
    witness: Witness
    witness_wake: threading.Event


def build_direction(
    source: Chain,
    target: Chain,
    inbox: Inbox,
    slot: BaseSlot,
    around: Surroundings,
    tallies: Tallies,
    fence: Fence,
    order: Callable[[Restart], None],
    count_audit: AuditCounter,
) -> DirectionWorkers:
    """The processor of a direction, with a fold and a planner of its own, and those it asks.

    Whatever it shares with others, it reaches through the fence.
    """
    source, target = _behind(fence, source), _behind(fence, target)
    base, tallies = FencedBase(slot, fence), fence.around(tallies)
    expects_l1 = around.config.base_chain is not None
    wake = inbox.wake
    parts = build_games(
        source, target, base, around, wake.set, tallies.count_loss, expects_l1=expects_l1
    )
    direction, fold = parts.direction, parts.fold
    logger = _logger(direction, around)
    name = direction_key(source.connection.name, target.connection.name)
    payouts = Payouts(name, fold, target.account.sender, fence.around(around.payouts))
    planner = Planner(
        direction,
        fold,
        source.account,
        target.account,
        source.connection.terms,
        parts.games,
        parts.witness,
        logger,
        payouts,
        tallies,
    )
    make_view = view_maker(source, target, base, around)
    desk = RemainderDesk(wake, auditor_wake := threading.Event())
    chronicle = Chronicle(fold, tallies)
    processor = EventProcessor(direction, fold, inbox, planner, make_view, logger, desk, chronicle)
    auditor = build_auditor(name, source, target, desk, around, fence.guard(order), count_audit)
    return DirectionWorkers(
        processor,
        wake,
        parts.proofs,
        parts.proofs_wake,
        parts.witness,
        parts.witness_wake,
        auditor,
        auditor_wake,
        fold,
    )


def _behind(fence: Fence, chain: Chain) -> Chain:
    return replace(chain, account=chain.account.behind(fence))


def payout_book(config: Config) -> PayoutBook:
    """The book in which all directions of a configuration note what they pay out."""
    limits = config.limits.items()
    hours = {symbol: limit.max_per_hour for symbol, limit in limits}
    open_ = {symbol: limit.max_open for symbol, limit in limits}
    return PayoutBook(
        PayoutLimits(
            {symbol: limit for symbol, limit in hours.items() if limit is not None},
            {symbol: limit for symbol, limit in open_.items() if limit is not None},
            config.max_exposure,
        ),
        (direction_key(*names) for names in config.served_directions()),
    )


def build_games(
    source: Chain,
    target: Chain,
    base: BaseAccount,
    around: Surroundings,
    on_change: Callable[[], None],
    count_loss: LossCounter,
    *,
    expects_l1: bool,
) -> DirectionGames:
    """Fold, games, proofs and witness of a direction.

    `on_change` is called when a proof has come further, or the witness has an answer.

    `expects_l1`: whether an L1 that is not connected yet is waited for, for some seconds.
    """
    direction = Direction(source.connection.chain_id, target.connection.chain_id)
    fold = Fold(direction, around.account.address)
    wake, witness_wake = threading.Event(), threading.Event()
    proofs = _proof_watch(source, target, wake, around, on_change, expects_l1=expects_l1)
    witness = _witness(source, target, witness_wake, around, on_change)
    games = GamePlanner(
        str(direction),
        fold,
        source.account,
        target.account,
        lambda: base.account,
        proofs,
        witness,
        _logger(direction, around),
        count_loss,
    )
    return DirectionGames(direction, fold, games, proofs, wake, witness, witness_wake)


def view_maker(source: Chain, target: Chain, base: BaseAccount, around: Surroundings) -> ViewMaker:
    """What makes a direction's view out of those of its chains."""
    names = source.connection.name, target.connection.name
    settings = around.config.chains[source.connection.name]
    depths = DepthPolicy(
        settings.confirmation_blocks,
        settings.confirmations,
        around.config.chains[target.connection.name].claim_confirmations,
    )
    policy = _fill_policy(*names, around)
    game = GamePolicy(
        around.config.fill_wait_time, settings.max_claim_stake, settings.max_total_stake
    )

    def make_view(source_view: ChainView, target_view: ChainView) -> DirectionView:
        return DirectionView(
            account=around.account.address,
            source=source_view,
            target=target_view,
            source_funds=source.account.wallet.funds(),
            target_funds=target.account.wallet.funds(),
            policy=policy,
            game=game,
            terms=source.connection.terms,
            now=around.clock.now(),
            depths=depths,
            base_funds=None if base.account is None else base.account.wallet.funds(),
            staked_in_games=source.account.stakes.total(),
            eth_in_token=source.connection.eth_in_token,
            source_costs=source.account.costs.costs(),
            target_costs=target.account.costs.costs(),
            source_prices=source.prices.current(),
            target_prices=target.prices.current(),
            halt=around.switches.halt(direction_key(*names)),
        )

    return make_view


def _fill_policy(source: str, target: str, around: Surroundings) -> FillPolicy:
    config = around.config
    direction, settings = config.direction(source, target), config.chains[source]
    return FillPolicy(
        around.pairs,
        config.unsafe_fill_time,
        settings.min_source_balance,
        is_filling=config.fills(source, target),
        earnings=EarningsPolicy(
            direction.min_profit, direction.min_fee_ppm or 0, settings.risk_ppm
        ),
        denied_recipients=frozenset(config.denied_recipients),
        max_request={
            symbol: limit.max_request
            for symbol, limit in config.limits.items()
            if limit.max_request is not None
        },
    )


def _logger(direction: Direction, around: Surroundings) -> FilteringBoundLogger:
    return around.logger.bind(source_chain_id=direction.source, target_chain_id=direction.target)


def _witness(
    source: Chain,
    target: Chain,
    wake: threading.Event,
    around: Surroundings,
    on_change: Callable[[], None],
) -> Witness:
    interfaces = around.interfaces
    settings = [around.config.chains[chain.connection.name] for chain in (source, target)]
    deployments = source.connection.deployment, target.connection.deployment
    requests = Contract(deployments[0].request_manager, interfaces.request_manager)
    fills = Contract(deployments[1].fill_manager, interfaces.fill_manager)
    return Witness(
        Bench(source.connection.chain_id, source.connection.line.pool, requests),
        Bench(target.connection.chain_id, target.connection.line.pool, fills),
        poll_period=min(chain.poll_period for chain in settings),
        wake=wake,
        on_change=on_change,
        clock=around.clock,
        logger=_logger(Direction(source.connection.chain_id, target.connection.chain_id), around),
    )


def _proof_watch(
    source: Chain,
    target: Chain,
    wake: threading.Event,
    around: Surroundings,
    on_change: Callable[[], None],
    *,
    expects_l1: bool,
) -> ProofWatch:
    settings = around.config.chains[target.connection.name]
    direction = ProofDirection(
        source=ChainEnd(source.connection.client, source.connection.deployment),
        target=ChainEnd(target.connection.client, target.connection.deployment),
        interfaces=around.interfaces,
        account=around.account.address,
        expects_l1=expects_l1,
    )
    return ProofWatch(
        direction,
        poll_period=settings.poll_period,
        wake=wake,
        on_change=on_change,
        clock=around.clock,
        logger=around.logger,
    )
