"""`beamer-agent devnet`: local chains for trying the agent out."""

import os
import shlex
import shutil
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from beamer_agent.cli.startup import sentences_for_errors
from beamer_agent.devnet.folder import WorldFolder
from beamer_agent.devnet.settings import WorldSettings
from beamer_agent.devnet.world import LocalWorld
from beamer_agent.errors import FatalError, RecoverableError

CHECK_SECONDS = 0.5
"""Between two looks at whether the chains are still there."""

MIN_BLOCK_TIME = 0.1
MAX_BLOCK_TIME = 60.0

block_time_option = click.option(
    "--block-time",
    type=click.FloatRange(MIN_BLOCK_TIME, MAX_BLOCK_TIME),
    metavar="SECONDS",
    default=1.0,
    show_default=True,
    help="Time between blocks, on all chains.",
)


@click.group()
def devnet() -> None:
    """Run local chains with the contracts on them."""


@devnet.command()
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    metavar="DIR",
    default=Path("devnet"),
    show_default=True,
    help="Where the agent's files go: new, empty, or of an earlier devnet.",
)
@block_time_option
def up(folder: Path, block_time: float) -> None:
    """Start three chains, deploy the contracts, write an agent's files, and wait for Ctrl-C."""
    with world_sentences():
        try:
            _run(folder, block_time)
        except KeyboardInterrupt:
            click.echo("The chains are gone, and so are the files.")


def _run(folder: Path, block_time: float) -> None:
    settings = WorldSettings(block_time=block_time)
    with (
        WorldFolder(folder) as own,
        LocalWorld(settings, folder=own.path) as world,
        world.relaying(),
    ):
        click.echo(_greeting(world))
        pause = threading.Event()
        while not pause.wait(CHECK_SECONDS):
            world.check()


def _greeting(world: LocalWorld) -> str:
    chains = [f"  {c.name:5} chain id {c.chain_id:<6} {c.url}" for c in world.chains]
    configuration = _short(world.configuration)
    return "\n".join(
        [
            f"Three chains are running, with a block every {world.settings.block_time:g} s:",
            *chains,
            "",
            f"The files of an agent are in {_short(world.folder)}. "
            "Type next, in another terminal:",
            f"  {_command('check', '--config', configuration)}",
            f"  {_command('--config', configuration)}",
            f"  {_command('health', '--config', configuration)}",
            "",
            "Ctrl-C ends the chains and removes the files.",
        ]
    )


def _command(*arguments: str) -> str:
    program = Path(sys.argv[0])
    if program.name == "__main__.py":
        words = [sys.executable, "-m", "beamer_agent"]
    elif shutil.which(program.name) == str(program):
        words = [program.name]
    else:
        words = [_short(program)]
    return shlex.join([*words, *arguments])


def _short(path: Path) -> str:
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative


@contextmanager
def world_sentences() -> Iterator[None]:
    """What goes wrong inside ends the process with a sentence; signals raise KeyboardInterrupt."""
    with sentences_for_errors(), _interruptible():
        try:
            yield
        except RecoverableError as error:
            # Nobody tries again here: a local chain that fails once has gone.
            raise FatalError(f"A local chain did not do what it was asked: {error}.") from None


@contextmanager
def _interruptible() -> Iterator[None]:
    # A shell may have started us with SIGINT ignored, so both get a handler.
    signals = (signal.SIGINT, signal.SIGTERM)
    former = [signal.signal(number, signal.default_int_handler) for number in signals]
    try:
        yield
    finally:
        for number, handler in zip(signals, former, strict=True):
            signal.signal(number, handler)
