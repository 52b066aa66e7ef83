"""Where commands print their tables."""

from typing import Final

from rich.console import Console

_WIDTH_WITHOUT_TERMINAL: Final = 400  # a table is only as wide as it must be


def table_console() -> Console:
    """The terminal, or a file so wide that no cell has to be broken."""
    console = Console()
    if not console.is_terminal:
        console.width = _WIDTH_WITHOUT_TERMINAL
    return console
