"""`beamer-agent`: without a command it runs the agent, with one it does something about it."""

import click

from beamer_agent.cli.lazy import LazyGroup, load
from beamer_agent.cli.options import ENVIRONMENT_PREFIX, agent_options

PROGRAM = "beamer-agent"


@click.group(
    cls=LazyGroup,
    names=("alerts", "check", "ctl", "delegate", "demo", "devnet", "games", "health"),
    invoke_without_command=True,
    context_settings={"auto_envvar_prefix": ENVIRONMENT_PREFIX},
    epilog="--log-level beats BEAMER_AGENT_LOG_LEVEL, which beats log-level in the file.",
)
@agent_options
@click.version_option(package_name=PROGRAM, prog_name=PROGRAM)
@click.pass_context
def cli(ctx: click.Context, /, **_options: object) -> None:
    """Run the Beamer agent: fill and claim transfers, challenge false claims."""
    if ctx.invoked_subcommand is None:
        load("run")(ctx)
