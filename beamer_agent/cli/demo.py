"""`beamer-agent demo`: not built yet."""

import click


@click.command()
def demo() -> None:
    """Local chains, see issue 2 (not built yet)."""
