"""`beamer-agent` itself: runs the agent."""

import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack

import click
import structlog

import beamer_agent
from beamer_agent.agent import Agent
from beamer_agent.cli.signals import StopSignals
from beamer_agent.cli.startup import Ingredients, load_ingredients, sentences_for_errors
from beamer_agent.events.publisher import Subscriber
from beamer_agent.logging import written_aside
from beamer_agent.memory import keep_flat
from beamer_agent.service.notify import notifier_of


def run(ctx: click.Context) -> None:
    """Run an agent until it is told to stop, or cannot go on."""
    keep_flat()
    with sentences_for_errors(), StopSignals() as signals, ExitStack() as stack:
        ingredients = load_ingredients(ctx)
        stack.enter_context(written_aside())
        agent = Agent(
            ingredients.config,
            ingredients.account,
            ingredients.deployments,
            ingredients.interfaces,
            structlog.get_logger(beamer_agent.__name__),
            observers=_bars(ingredients, stack),
            notifier=notifier_of(os.environ),
        )
        signals.on_first = agent.stop
        agent.run()


def _bars(ingredients: Ingredients, stack: ExitStack) -> Sequence[Subscriber]:
    """What draws on a terminal; elsewhere nobody sees it."""
    if not sys.stderr.isatty():
        return ()
    # Only here: what draws takes longer to load than an endpoint to answer.
    from beamer_agent.cli.progress import HistoryBars  # noqa: PLC0415

    chains = ingredients.deployments.chains.items()
    bars = HistoryBars({chain_id: chain.deployment_block for chain_id, chain in chains})
    return (stack.enter_context(bars).observe,)
