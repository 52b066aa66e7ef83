"""`beamer-agent demo`: the real agent on local chains, with a table of what it does."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import click
from rich.console import Console
from rich.live import Live
from rich.table import Table

from beamer_agent.cli.devnet import block_time_option, world_sentences
from beamer_agent.devnet.agent_process import AgentProcess
from beamer_agent.devnet.demo import Demo
from beamer_agent.devnet.settings import WorldSettings
from beamer_agent.devnet.summary import Holdings, Summary, summarise
from beamer_agent.devnet.transfers import STAGES, Transfer
from beamer_agent.devnet.world import LocalWorld
from beamer_agent.errors import BeamerAgentError, FatalError

LOG = "agent.log"


@click.command()
@click.option(
    "--transfers",
    type=click.IntRange(1, 1000),
    metavar="N",
    default=8,
    show_default=True,
    help="How many transfers the user asks for.",
)
@block_time_option
def demo(transfers: int, block_time: float) -> None:
    """Watch the agent serve transfers between local chains."""
    settings = WorldSettings(block_time=block_time)
    with world_sentences():
        try:
            with LocalWorld(settings) as world, world.relaying():
                DemoScreen(world, Console()).show(transfers)
        except KeyboardInterrupt:
            raise FatalError("Interrupted before all transfers were withdrawn.") from None


class DemoScreen:
    """Plays the demo and shows it: a live table on a terminal, else a line for each stage."""

    def __init__(self, world: LocalWorld, console: Console) -> None:
        self._world = world
        self._console = console
        self._decimals = {token.symbol: token.decimals for token in world.settings.tokens}
        self._started_at = time.monotonic()

    def show(self, count: int) -> None:
        """Play it with so many transfers.

        Raises:
            FatalError: not all transfers were withdrawn, or the agent did not end in order.
        """
        self._console.print(
            f"Three chains are up, with a block every {self._world.settings.block_time:g} s. "
            "The agent starts; a user allows the contracts to take tokens.",
            soft_wrap=True,
        )
        before = Holdings.of_agent(self._world)
        log = self._world.folder / LOG
        with AgentProcess(self._world.configuration, log) as agent:
            try:
                transfers = self._play(agent, count)
            except BeamerAgentError:
                agent.stop()
                self._console.print(f"The agent's last words:\n{agent.tail()}", markup=False)
                raise
            code = agent.stop()
        gained = Holdings.of_agent(self._world) - before
        self._console.print(self._summary_table(summarise(transfers, gained)))
        if code != 0:
            self._console.print(agent.tail(), markup=False)
            raise FatalError(f"The agent's exit code after SIGTERM was {code}, not 0.")

    def _play(self, agent: AgentProcess, count: int) -> Sequence[Transfer]:
        story = Demo(self._world, agent, count, self._print_stage)
        with self._live_table() as live:

            def show_turn() -> None:
                if live is not None:
                    live.update(self._table(story.transfers), refresh=True)

            story.run(show_turn)
            show_turn()
        return story.transfers

    @contextmanager
    def _live_table(self) -> Iterator[Live | None]:
        if not self._console.is_terminal:
            yield None
            return
        with Live(self._table([]), console=self._console, auto_refresh=False) as live:
            yield live

    def _print_stage(self, transfer: Transfer, name: str) -> None:
        if self._console.is_terminal:
            return
        stage = transfer.stages[name]
        chain = transfer.target if name == "filled" else transfer.source
        self._console.print(
            f"{self._seconds():5.1f} s  {self._describe(transfer)}: {name} in block {stage.block} "
            f"of {chain.chain.name}, {stage.seconds:.1f} s after the request",
            soft_wrap=True,
            highlight=False,
        )

    def _seconds(self) -> float:
        return time.monotonic() - self._started_at

    def _describe(self, transfer: Transfer) -> str:
        route = f"{transfer.source.chain.name} -> {transfer.target.chain.name}"
        return f"{route}  {self._amount(transfer.symbol, transfer.amount)}"

    def _amount(self, symbol: str, amount: int, sign: str = "") -> str:
        return f"{_decimal(amount, self._decimals[symbol], sign)} {symbol}"

    def _table(self, transfers: Sequence[Transfer]) -> Table:
        table = Table(
            title=f"Transfers after {self._seconds():.0f} s",
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
            f"{_decimal(-summary.gained.native, 18)} ETH",
        )
        return table


def _stage_cell(transfer: Transfer, name: str) -> str:
    stage = transfer.stages.get(name)
    return f"{stage.block} · {stage.seconds:4.1f} s" if stage else "[dim]...[/dim]"


def _decimal(amount: int, decimals: int, sign: str = "") -> str:
    # Integer arithmetic: floats never touch an amount.
    whole, rest = divmod(abs(amount), 10**decimals)
    digits = f"{rest:0{decimals}d}".rstrip("0")
    prefix = "-" if amount < 0 else sign
    return f"{prefix}{whole}{'.' + digits if digits else ''}"
