"""Help that is grouped by what options are about, and fits one screen."""

from collections.abc import Iterable
from typing import Any, Final

import click

ORDER: Final = (
    "Chains",
    "Account",
    "Filling",
    "Challenges",
    "Files",
    "Logging & metrics",
    "Other",
)
"""The groups of options, as they are listed."""


class GroupedOption(click.Option):
    """An option that knows under which heading its help stands."""

    def __init__(self, *args: Any, group: str = ORDER[-1], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.group = group


class GroupedCommand(click.Command):
    """A command whose options are listed by group."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the groups of options."""
        _write_options(self.get_params(ctx), ctx, formatter)


class GroupedGroup(click.Group):
    """A group of commands whose own options are listed by group, before the commands."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the groups of options, then the commands."""
        _write_options(self.get_params(ctx), ctx, formatter)
        self.format_commands(ctx, formatter)


def _write_options(
    parameters: Iterable[click.Parameter], ctx: click.Context, formatter: click.HelpFormatter
) -> None:
    rows: dict[str, list[tuple[str, str]]] = {name: [] for name in ORDER}
    for parameter in parameters:
        if not isinstance(parameter, click.Option):
            continue  # an argument is in the line of usage, and has no help of its own
        record = parameter.get_help_record(ctx)
        if record is not None:
            rows[getattr(parameter, "group", ORDER[-1])].append(record)
    width = max(len(names) for group in rows.values() for names, _ in group)
    for name, group in rows.items():
        if not group:
            continue
        with formatter.section(name):
            # The same column in all groups; the formatter itself aligns each group alone.
            formatter.write_dl([(names.ljust(width), text) for names, text in group])
