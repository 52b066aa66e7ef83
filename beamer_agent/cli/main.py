"""`beamer-agent`: without a command it runs the agent, with one it does something about it."""

import click
import structlog

import beamer_agent
from beamer_agent.agent import Agent
from beamer_agent.cli.check import check
from beamer_agent.cli.demo import demo
from beamer_agent.cli.devnet import devnet
from beamer_agent.cli.games import games
from beamer_agent.cli.help import GroupedGroup
from beamer_agent.cli.options import ENVIRONMENT_PREFIX, agent_options
from beamer_agent.cli.progress import HistoryBars
from beamer_agent.cli.signals import StopSignals
from beamer_agent.cli.startup import load_parts, sentences_for_errors

PROGRAM = "beamer-agent"


@click.group(
    cls=GroupedGroup,
    invoke_without_command=True,
    context_settings={"auto_envvar_prefix": ENVIRONMENT_PREFIX},
    epilog=(
        "Options beat the environment (--log-level is BEAMER_AGENT_LOG_LEVEL), "
        "which beats the configuration file."
    ),
)
@agent_options
@click.version_option(package_name=PROGRAM, prog_name=PROGRAM)
@click.pass_context
def cli(ctx: click.Context, /, **_options: object) -> None:
    """Run the Beamer agent: fill and claim transfers, challenge false claims."""
    if ctx.invoked_subcommand is None:
        run(ctx)


def run(ctx: click.Context) -> None:
    """Run an agent until it is told to stop, or cannot go on."""
    with sentences_for_errors(), StopSignals() as signals:
        parts = load_parts(ctx)
        chains = parts.deployments.chains.items()
        bars = HistoryBars({chain_id: chain.deployment_block for chain_id, chain in chains})
        agent = Agent(
            parts.config,
            parts.account,
            parts.deployments,
            parts.interfaces,
            structlog.get_logger(beamer_agent.__name__),
            observers=[bars.observe],
        )
        signals.on_first = agent.stop
        with bars:
            agent.run()


cli.add_command(check)
cli.add_command(demo)
cli.add_command(devnet)
cli.add_command(games)
