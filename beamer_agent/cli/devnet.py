"""`beamer-agent devnet`: not built yet."""

import click


@click.group()
def devnet() -> None:
    """Local chains, see issue 2 (not built yet)."""
