"""`beamer-agent ctl`: asks a running agent, or tells it something, over its control socket."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Final, NoReturn, TypeVar

import click
from pydantic import ConfigDict

from beamer_agent.cli.help import GroupedCommand, GroupedGroup, GroupedOption
from beamer_agent.cli.options import config_option, given_options
from beamer_agent.cli.startup import runtime_socket, sentences_for_errors
from beamer_agent.config.loader import load_as
from beamer_agent.config.table import Table
from beamer_agent.logging import LEVELS, Redactor
from beamer_agent.service.control.asking import ask
from beamer_agent.service.control.words import Command, CommandOutcome, Verb

EXIT_REFUSED: Final = 1
EXIT_NO_AGENT: Final = 2

SERVICE_SOCKET: Final = Path("/run/beamer-agent/control.sock")
"""Where the agent listens as a systemd service, unless its configuration says otherwise."""


class _Socket(Table):
    """What of the configuration says where to ask; whoever asks need not have the rest."""

    model_config = ConfigDict(extra="ignore")

    control_socket: Path | None = None


C = TypeVar("C", bound=Callable[..., object])


def _place_options(command: C) -> C:
    """Where the agent is: said to `ctl` or to its command, whichever one thinks of."""
    socket = click.option(
        "--socket",
        "socket_path",
        cls=GroupedOption,
        group="Files",
        # It is not looked at here: what is wrong with it has a sentence when it is asked.
        type=click.Path(path_type=Path, readable=False),
        metavar="PATH",
        help="where the agent listens; otherwise as configured",
    )
    return config_option(socket(command))


@click.group(cls=GroupedGroup)
@_place_options
def ctl(**_options: object) -> None:
    """Ask a running agent, or tell it something.

    Exit code 0: done, 1: refused, 2: no agent was there to ask, or bad configuration.
    """


@ctl.command(cls=GroupedCommand)
@_place_options
@click.pass_context
def status(ctx: click.Context, /, **_options: object) -> None:
    """Show states, pauses, restarts and what a drain waits for."""
    _tell(ctx, Command(Verb.STATUS))


@ctl.command(cls=GroupedCommand)
@_place_options
@click.pass_context
def risk(ctx: click.Context, /, **_options: object) -> None:
    """Show what is at risk if it stopped now."""
    _tell(ctx, Command(Verb.RISK))


@ctl.command(cls=GroupedCommand)
@_place_options
@click.argument("direction")
@click.pass_context
def pause(ctx: click.Context, /, direction: str, **_options: object) -> None:
    """Begin nothing new in a direction, such as "l2a->l2b"."""
    _tell(ctx, Command(Verb.PAUSE, direction))


@ctl.command(cls=GroupedCommand)
@_place_options
@click.argument("direction", required=False)
@click.pass_context
def resume(ctx: click.Context, /, direction: str | None, **_options: object) -> None:
    """End a direction's pause; without a direction, a drain."""
    _tell(ctx, Command(Verb.RESUME, direction))


@ctl.command(cls=GroupedCommand)
@_place_options
@click.pass_context
def drain(ctx: click.Context, /, **_options: object) -> None:
    """Begin nothing new, finish what is open, then end."""
    _tell(ctx, Command(Verb.DRAIN))


@ctl.command(cls=GroupedCommand)
@_place_options
@click.argument("part")
@click.option("--hard", is_flag=True, help="also forget what is known, and read it again")
@click.pass_context
def restart(ctx: click.Context, /, part: str, *, hard: bool, **_options: object) -> None:
    """Build a chain, a direction, base-chain or service anew."""
    _tell(ctx, Command(Verb.RESTART, part, is_hard=hard))


@ctl.command(name=Verb.LOG_LEVEL, cls=GroupedCommand)
@_place_options
@click.argument("level", metavar=f"[{'|'.join(LEVELS)}]")
@click.pass_context
def log_level(ctx: click.Context, /, level: str, **_options: object) -> None:
    """Show log lines from this level on."""
    _tell(ctx, Command(Verb.LOG_LEVEL, level))


def _tell(ctx: click.Context, command: Command) -> None:
    with sentences_for_errors():
        path = _place(ctx)
    try:
        answer = ask(path, command)
    except OSError as error:
        _exit_without_agent(path, error)
    redactor = Redactor()  # states and reasons tell what others have said
    is_done = answer.outcome is CommandOutcome.DONE
    for line in answer.lines:
        click.echo(redactor.text(line), err=not is_done)
    if not is_done:
        raise SystemExit(EXIT_REFUSED)


def _place(ctx: click.Context) -> Path:
    for context in (ctx, ctx.parent):
        if context is not None and (given := context.params["socket_path"]) is not None:
            return Path(given)
    configured = load_as(_Socket, *given_options(ctx)).control_socket
    return configured or runtime_socket(os.environ) or SERVICE_SOCKET


def _exit_without_agent(path: Path, error: OSError) -> NoReturn:
    match error:
        case FileNotFoundError():
            reason = "there is no such socket; name it in control-socket, or by --socket"
        case ConnectionRefusedError():
            reason = "nobody listens there any more"
        case PermissionError():
            reason = "it belongs to another user; ask as that user, or as root"
        case TimeoutError():
            reason = "it does not answer in time"
        case _:
            reason = error.strerror or str(error)
    click.echo(f"Error: no agent at {path}: {reason}", err=True)
    raise SystemExit(EXIT_NO_AGENT)
