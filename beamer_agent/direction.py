"""One direction: from two chains at work to what decides between them."""

from beamer_agent.actions.view import DirectionView, FillPolicy
from beamer_agent.chain import Chain, Surroundings
from beamer_agent.events.view import ChainView
from beamer_agent.inbox import Inbox
from beamer_agent.planner import ChainAccount, Planner
from beamer_agent.processor import EventProcessor, ViewMaker
from beamer_agent.state.fold import Direction, Fold


def build_processor(
    source: Chain, target: Chain, inbox: Inbox, around: Surroundings
) -> EventProcessor:
    """The processor of a direction, with a fold and a planner of its own."""
    direction = Direction(source.connection.chain_id, target.connection.chain_id)
    logger = around.logger.bind(source_chain_id=direction.source, target_chain_id=direction.target)
    fold = Fold(direction, around.account.address)
    planner = Planner(
        direction,
        fold,
        ChainAccount(source.sender, source.wallet),
        ChainAccount(target.sender, target.wallet),
        source.connection.terms,
        logger,
    )
    return EventProcessor(
        direction, fold, inbox, planner, view_maker(source, target, around), logger
    )


def view_maker(source: Chain, target: Chain, around: Surroundings) -> ViewMaker:
    """What makes a direction's view out of those of its chains."""
    settings = around.config.chains[source.connection.name]
    policy = FillPolicy(around.pairs, around.config.unsafe_fill_time, settings.min_source_balance)

    def make_view(source_view: ChainView, target_view: ChainView) -> DirectionView:
        return DirectionView(
            account=around.account.address,
            source=source_view,
            target=target_view,
            source_funds=source.wallet.funds(),
            target_funds=target.wallet.funds(),
            policy=policy,
            terms=source.connection.terms,
            now=around.clock.now(),
        )

    return make_view
