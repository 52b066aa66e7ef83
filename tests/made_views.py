"""What decisions look at, with a default for everything: chains, funds, policy."""

from typing import Any

from beamer_agent.actions.view import (
    ClaimTerms,
    DirectionView,
    FillPolicy,
    Funds,
    GamePolicy,
)
from beamer_agent.config import TokenConfig
from beamer_agent.events.model import Event
from beamer_agent.events.view import Batch, ChainView
from beamer_agent.tokens import TokenPairs
from beamer_agent.types import BlockNumber, ChainId, Seconds, Wei
from tests.factories import (
    AMOUNT,
    NOW,
    SOURCE,
    SOURCE_TOKEN,
    STAKE,
    TARGET,
    TARGET_TOKEN,
    US,
    made,
    make_block,
)

TERMS = ClaimTerms(
    stake=STAKE,
    request_extension=Seconds(86_400),
    claim_period=Seconds(7_200),
    challenge_extension=Seconds(3_600),
    max_validity=Seconds(172_800),
)
"""Of the source chain's RequestManager."""


def make_chain_view(chain_id: ChainId = SOURCE, **changes: Any) -> ChainView:
    """A chain that answers and is read up to its head, block 100."""
    head = changes.get("head", make_block())
    return made(
        ChainView,
        changes,
        chain_id=chain_id,
        head=head,
        events_until=head.number,
        is_synced=True,
        is_reachable=True,
    )


def make_batch(*events: Event, **changes: Any) -> Batch:
    """Events, with a batch and a view whose fields can be changed."""
    own = {key: changes.pop(key) for key in ("dead_above", "is_history") if key in changes}
    chain_id = events[0].chain_id if events else SOURCE
    return Batch(make_chain_view(**({"chain_id": chain_id} | changes)), events, **own)


def make_token_pairs(allowance: int | None = None) -> TokenPairs:
    """`SOURCE_TOKEN` and `TARGET_TOKEN`, equivalent."""
    source = TokenConfig(chain_id=SOURCE, address=SOURCE_TOKEN, allowance=None)
    target = TokenConfig(chain_id=TARGET, address=TARGET_TOKEN, allowance=allowance)
    return TokenPairs({"TST": (source, target)})


def make_funds(**changes: Any) -> Funds:
    """More than enough of everything."""
    return made(
        Funds,
        changes,
        block_number=BlockNumber(100),
        native_balance=Wei(10**19),
        native_free=Wei(10**19),
        tokens_free={SOURCE_TOKEN: 100 * AMOUNT, TARGET_TOKEN: 100 * AMOUNT},
    )


def make_fill_policy(**changes: Any) -> FillPolicy:
    """The policy of the defaults of the configuration."""
    return made(
        FillPolicy,
        changes,
        pairs=make_token_pairs(),
        unsafe_fill_time=Seconds(600),
        min_source_balance=Wei(10**17),
    )


def make_game_policy(**changes: Any) -> GamePolicy:
    """The policy of the defaults of the configuration."""
    return made(
        GamePolicy,
        changes,
        fill_wait_time=Seconds(120),
        max_claim_stake=Wei(10**18),
        max_total_stake=Wei(5 * 10**18),
    )


def make_direction_view(**changes: Any) -> DirectionView:
    """Both chains reachable and read, enough of everything."""
    return made(
        DirectionView,
        changes,
        account=US,
        source=make_chain_view(SOURCE),
        target=make_chain_view(TARGET),
        source_funds=make_funds(),
        target_funds=make_funds(),
        policy=make_fill_policy(),
        game=make_game_policy(),
        terms=TERMS,
        now=NOW,
    )
