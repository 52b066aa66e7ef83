"""`beamer-agent demo`: the real agent on local chains, with a table of what it does."""

from collections.abc import Callable, Sequence

import click
from rich.console import Console
from rich.table import Table

from beamer_agent.cli.attack import AttackScreen
from beamer_agent.cli.console import table_console
from beamer_agent.cli.devnet import block_time_option, world_sentences
from beamer_agent.cli.screen import Screen
from beamer_agent.devnet.attack import attack_settings
from beamer_agent.devnet.demo import Demo
from beamer_agent.devnet.settings import WorldSettings
from beamer_agent.devnet.summary import Holdings, Summary, summarise
from beamer_agent.devnet.transfers import STAGES, Transfer
from beamer_agent.devnet.world import LocalWorld
from beamer_agent.errors import FatalError
from beamer_agent.units import units

ETHER_DECIMALS = 18
USUAL_TRANSFERS = 8


@click.command()
@click.option(
    "--transfers",
    type=click.IntRange(1, 1000),
    metavar="N",
    default=None,
    show_default=str(USUAL_TRANSFERS),
    help="How many transfers the user asks for.",
)
@click.option(
    "--attack",
    is_flag=True,
    help="Instead, a thief claims falsely and out-bids honest claims; see who ends up richer.",
)
@block_time_option
def demo(transfers: int | None, attack: bool, block_time: float) -> None:
    """Watch the agent serve transfers between local chains, or defend them from a thief."""
    if attack and transfers is not None:
        raise click.UsageError("--attack makes its own transfers: it goes without --transfers.")
    with world_sentences():
        if attack:
            _show(attack_settings(block_time), _show_attack, "all games were over")
        else:
            count = USUAL_TRANSFERS if transfers is None else transfers
            _show(
                WorldSettings(block_time=block_time),
                lambda world: DemoScreen(world, Console()).show(count),
                "all transfers were withdrawn",
            )


def _show(settings: WorldSettings, show: Callable[[LocalWorld], None], end: str) -> None:
    try:
        with LocalWorld(settings) as world, world.relaying():
            show(world)
    except KeyboardInterrupt:
        raise FatalError(f"Interrupted before {end}.") from None


def _show_attack(world: LocalWorld) -> None:
    AttackScreen(world, table_console()).show()


class DemoScreen:
    """Plays the demo and shows it: a live table on a terminal, else a line for each stage."""

    def __init__(self, world: LocalWorld, console: Console) -> None:
        self._world = world
        self._screen = Screen(world, console)
        self._decimals = {token.symbol: token.decimals for token in world.settings.tokens}

    def show(self, count: int) -> None:
        """Play it with so many transfers.

        Raises:
            FatalError: not all transfers were withdrawn, or the agent did not end in order.
        """
        self._screen.greet("The agent starts; a user allows the contracts to take tokens.")
        before = Holdings.of(self._world, "agent")
        with self._screen.agent_at_work() as agent:
            story = Demo(self._world, agent, count, self._print_stage)
            with self._screen.live(lambda: self._table(story.transfers)) as draw:
                story.run(draw)
                draw()
        gained = Holdings.of(self._world, "agent") - before
        self._screen.console.print(self._summary_table(summarise(story.transfers, gained)))
        self._screen.check_exit()

    def _print_stage(self, transfer: Transfer, name: str) -> None:
        stage = transfer.stages[name]
        chain = transfer.target if name == "filled" else transfer.source
        self._screen.print_line(
            f"{self._describe(transfer)}: {name} in block {stage.block} "
            f"of {chain.chain.name}, {stage.seconds:.1f} s after the request"
        )

    def _describe(self, transfer: Transfer) -> str:
        route = f"{transfer.source.chain.name} -> {transfer.target.chain.name}"
        return f"{route}  {self._amount(transfer.symbol, transfer.amount)}"

    def _amount(self, symbol: str, amount: int, sign: str = "") -> str:
        prefix = sign if amount >= 0 else ""
        return f"{prefix}{units(amount, self._decimals[symbol])} {symbol}"

    def _table(self, transfers: Sequence[Transfer]) -> Table:
        table = Table(
            title=f"Transfers after {self._screen.seconds():.0f} s",
            caption="block number and seconds since the request; fills are on the target chain",
        )
        table.add_column("#", justify="right")
        table.add_column("transfer")
        for name in STAGES:
            table.add_column(name, justify="right", min_width=12)
        for number, transfer in enumerate(transfers, start=1):
            cells = [_stage_cell(transfer, name) for name in STAGES]
            table.add_row(str(number), self._describe(transfer), *cells)
        return table

    def _summary_table(self, summary: Summary) -> Table:
        table = Table(title="Summary", show_header=False)
        table.add_column()
        table.add_column(justify="right")
        for name in ("fills", "claims", "withdrawals"):
            table.add_row(name, f"{getattr(summary, name)} of {summary.transfers}")
        median = summary.median_blocks_to_fill
        table.add_row(
            "blocks from request to fill, median", "-" if median is None else f"{median:g}"
        )
        for symbol, amount in summary.gained.tokens.items():
            table.add_row(f"{symbol} gained by the agent", self._amount(symbol, amount, "+"))
        table.add_row(
            "native currency spent on gas, stakes returned",
            f"{units(-summary.gained.native, ETHER_DECIMALS)} ETH",
        )
        return table


def _stage_cell(transfer: Transfer, name: str) -> str:
    stage = transfer.stages.get(name)
    return f"{stage.block} · {stage.seconds:4.1f} s" if stage else "[dim]...[/dim]"
