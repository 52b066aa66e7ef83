"""`beamer-agent games`: the numbers of all disputed claims, and what the agent would do now."""

from collections.abc import Iterator

import click
import structlog
from rich.table import Table
from rich.text import Text

import beamer_agent
from beamer_agent.chain import Surroundings
from beamer_agent.cli.console import table_console
from beamer_agent.cli.help import GroupedCommand
from beamer_agent.cli.options import agent_options
from beamer_agent.cli.startup import (
    EXIT_FATAL,
    Ingredients,
    line_opener,
    load_ingredients,
    sentences_for_errors,
)
from beamer_agent.cli.survey import Survey
from beamer_agent.clock import SystemClock
from beamer_agent.config import Config
from beamer_agent.logging import Redactor, secrets_of
from beamer_agent.preflight import BASE_CHAIN
from beamer_agent.tokens import TokenPairs
from beamer_agent.transactions.wallet import Wallet
from beamer_agent.types import Wei
from beamer_agent.units import ether

Row = tuple[str, str, str]
"""Where, what, and the sentence."""


@click.command(cls=GroupedCommand)
@agent_options
@click.pass_context
def games(ctx: click.Context, /, **_options: object) -> None:
    """Show disputed claims in numbers; send nothing.

    With what the agent would do about each of them now.

    Exit code 0: all chains were read, 1: one was not, 2: bad configuration.
    """
    with sentences_for_errors():
        ingredients = load_ingredients(ctx)
    redactor = Redactor(secrets_of(ingredients.config))
    around = _surroundings(ingredients)
    with Survey(around, line_opener(ingredients)) as survey:
        survey.look()
    claims = list(_claims(survey))
    _print_table(claims, redactor)
    _print_table([list(_sums(survey, ingredients.config))], redactor)
    click.echo(f"{len(claims)} disputed claims")
    for fault in survey.faults:
        click.echo(f"Error: {redactor.text(fault)}", err=True)
    if survey.faults:
        raise SystemExit(EXIT_FATAL)


def _surroundings(ingredients: Ingredients) -> Surroundings:
    return Surroundings(
        ingredients.config,
        ingredients.account,
        ingredients.deployments,
        ingredients.interfaces,
        TokenPairs(ingredients.config.tokens),
        SystemClock(),
        structlog.get_logger(beamer_agent.__name__),
    )


def _claims(survey: Survey) -> Iterator[list[Row]]:
    """The rows of each claim."""
    for direction in survey.directions:
        where = f"{direction.source.connection.name} -> {direction.target.connection.name}"
        for numbers in direction.arithmetic():
            yield [(where, what, text) for what, text in numbers.lines()]


def _sums(survey: Survey, config: Config) -> Iterator[Row]:
    """What the games hold and may still need, by the chain where it is."""
    for name, chain in survey.chains.items():
        staked, limit = chain.account.stakes.total(), config.chains[name].max_total_stake
        yield name, "staked in all games", f"{ether(staked)} of at most {ether(limit)}"
        yield from _reserve(name, "reserved for bids", chain.account.wallet)
    if survey.slot.account is None:
        yield BASE_CHAIN, "proofs", "not connected: no proof can be carried over L1"
    else:
        yield from _reserve(BASE_CHAIN, "reserved for proofs", survey.slot.account.wallet)


def _reserve(where: str, what: str, wallet: Wallet) -> Iterator[Row]:
    funds = wallet.funds()
    if funds is None:
        yield where, "balance", "it could not be read"
        return
    reserved = Wei(funds.native_balance - funds.native_free)
    yield where, what, ether(reserved)
    yield where, "balance", f"{ether(funds.native_balance)}, free {ether(funds.native_free)}"


def _print_table(groups: list[list[Row]], redactor: Redactor) -> None:
    if not any(groups):
        return
    table = Table("Where", "What", "Found")
    for group in groups:
        for row in group:
            table.add_row(*(Text(redactor.text(cell), overflow="fold") for cell in row))
        table.add_section()
    table_console().print(table)
