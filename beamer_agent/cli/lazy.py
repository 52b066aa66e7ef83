"""Commands that are loaded when they are asked for, so that a start pays for no other one."""

import gc
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import click
from click.exceptions import NoSuchCommand

from beamer_agent.cli.help import GroupedGroup
from beamer_agent.cli.libraries import load_libraries
from beamer_agent.cli.signals import stops_at_once


class LazyGroup(GroupedGroup):
    """A group of commands, of which each stands in a module of its name beside this one.

    Args:
        names: of the commands.
    """

    def __init__(self, *args: Any, names: Sequence[str] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._names = tuple(names)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names; nothing is loaded for them."""
        return sorted(self._names)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """A command; None when there is none of this name."""
        if cmd_name not in self._names:
            return None
        command: click.Command = load(cmd_name)
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that is asked for.

        Raises:
            NoSuchCommand: with those that are similar; click looks among loaded ones only.
        """
        try:
            return super().resolve_command(ctx, args)
        except NoSuchCommand as error:
            name = error.command_name
            raise NoSuchCommand(name, possibilities=self._names, ctx=ctx) from None


def load(name: str) -> Any:
    """What has this name in the module of this name; a signal meanwhile is an orderly stop."""
    with stops_at_once():
        load_libraries()
        loaded = getattr(import_module(f"beamer_agent.cli.{name}"), name)
    if not gc.isenabled():  # the process is ours: see `beamer_agent.__main__`
        # What was loaded lives as long as the process: the collector need not walk it each time.
        gc.freeze()
        gc.enable()
    return loaded
